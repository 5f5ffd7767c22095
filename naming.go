package waygate

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxSlug   = 40
	maxTenant = 200
)

// checkSlug accepts [a-z0-9](_?[a-z0-9-])*, at most 40 bytes: no "__", so that
// "integration__action" can name a tool.
func checkSlug(field, s string) error {
	ok := s != "" && len(s) <= maxSlug && !strings.Contains(s, "__") && !strings.HasSuffix(s, "_")
	for i := range len(s) {
		c := s[i]
		lower := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !lower && (i == 0 || c != '_' && c != '-') {
			ok = false
		}
	}
	if s == "" {
		return at(field, fmt.Errorf("is missing: want 1 to %d bytes of a-z, 0-9, - and single _, beginning with a letter or digit", maxSlug))
	}
	if !ok {
		return at(field, fmt.Errorf("%q: want 1 to %d bytes of a-z, 0-9, - and single _, beginning with a letter or digit", clip(s), maxSlug))
	}
	return nil
}

// checkVariableName accepts [a-zA-Z_][a-zA-Z0-9_]*, at most 64 bytes.
func checkVariableName(s string) error {
	ok := s != "" && len(s) <= 64
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			ok = false
		}
	}
	if !ok {
		return fmt.Errorf("variable name %q: want 1 to 64 bytes of letters, digits and _, not beginning with a digit", clip(s))
	}
	return nil
}

// checkTenant accepts 1 to 200 bytes of valid UTF-8 without control characters.
func checkTenant(id string) error {
	if id == "" {
		return fmt.Errorf("tenant id: is empty: want 1 to %d bytes", maxTenant)
	}
	if len(id) > maxTenant {
		return fmt.Errorf("tenant id of %d bytes: want 1 to %d", len(id), maxTenant)
	}
	if !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) {
		return fmt.Errorf("tenant id %q: want valid UTF-8 without control characters", id)
	}
	return nil
}

// checkTags accepts at most 10 tags of 2 to 30 bytes of [a-z0-9-].
func checkTags(tags []string) error {
	if len(tags) > 10 {
		return at("tags", fmt.Errorf("%d, want at most 10", len(tags)))
	}
	for i, t := range tags {
		bad := strings.ContainsFunc(t, func(r rune) bool {
			return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		})
		if bad || len(t) < 2 || len(t) > 30 {
			return at(fmt.Sprintf("tags[%d]", i), fmt.Errorf("%q: want 2 to 30 bytes of a-z, 0-9 and -", clip(t)))
		}
	}
	return nil
}

// clip keeps messages about bad names short.
func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}

// newID is prefix_ and 128 bits in hex: 48 of time, so that ids sort by age, and
// 80 of chance.
func newID(prefix string, now time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(raw[6:]) // never fails
	return prefix + "_" + hex.EncodeToString(raw[:])
}

// newCallID is newID for what is made often, and needs to be unlike others but no secret.
func newCallID(prefix string, now time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixMilli())<<16|mathrand.Uint64()>>48)
	binary.BigEndian.PutUint64(raw[8:], mathrand.Uint64())
	var text [64]byte
	return string(hex.AppendEncode(append(append(text[:0], prefix...), '_'), raw[:]))
}

// newConnectionID is longer than any slug, so that On can't mistake one for the
// other.
func newConnectionID(now time.Time) string {
	var extra [4]byte
	_, _ = rand.Read(extra[:])
	return newID("con", now) + hex.EncodeToString(extra[:])
}
