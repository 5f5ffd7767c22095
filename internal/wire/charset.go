package wire

import "strings"

// charset is a set of bytes that stay as they are; the others are percent-escaped, byte for byte (RFC 3986, section
// 2.1).
type charset uint8

const (
	// everything is a header field's: nothing decodes percent escapes there.
	everything charset = iota
	// unreserved is RFC 3986, section 2.3.
	unreserved
	// slashed is unreserved and the slash.
	slashed
	// reserved is unreserved and what of RFC 3986, section 2.2 has no meaning of its own in a query: not # and not &,
	// which would end it or the pair, not +, which form decoders read as a space, not [ and ], which no query may hold
	// (section 3.4). A percent sign stays where it begins an escape, as RFC 6570, section 3.2.3 has it.
	reserved
	// octets is the cookie-octet of RFC 6265, section 4.1.1, without the percent sign, which begins our escapes.
	octets
	// formData is the application/x-www-form-urlencoded percent-encode set of the URL standard (WHATWG), turned round;
	// a space becomes "+".
	formData
	// token is RFC 9110, section 5.6.2.
	token
	// plain is what may stand in a path segment or a query without an escape: RFC 3986's pchar.
	plain
)

const upperHex = "0123456789ABCDEF"

// others lists the members of the set that are neither letters nor digits.
func (c charset) others() string {
	switch c {
	case unreserved:
		return "-._~"
	case slashed:
		return "-._~/"
	case reserved:
		return "-._~:/?@!$'()*,;="
	case octets:
		return "!#$&'()*+-./:<=>?@[]^_`{|}~"
	case formData:
		return "*-._"
	case token:
		return "!#$%&'*+-.^_`|~"
	case plain:
		return "-._~!$&'()*+,;=:@"
	}
	return ""
}

func (c charset) keeps(b byte) bool {
	if c == everything || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' {
		return true
	}
	return strings.IndexByte(c.others(), b) >= 0
}

// keepsAt is keeps for the byte at i, and true for the percent sign of an escape that stays.
func (c charset) keepsAt(s string, i int) bool {
	if c.keeps(s[i]) {
		return true
	}
	return c == reserved && s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f'
}

// only reports whether s is of the set throughout.
func (c charset) only(s string) bool { return c.escapes(s) == 0 }

// escapes counts the bytes of s that don't stay.
func (c charset) escapes(s string) int {
	n := 0
	for i := range len(s) {
		if !c.keepsAt(s, i) {
			n++
		}
	}
	return n
}

// append appends s with all else escaped.
func (c charset) append(dst []byte, s string) []byte { return c.appendPart(dst, s, 0, len(s)) }

// appendPart is append for s[from:to]; an escape that stays may reach beyond.
func (c charset) appendPart(dst []byte, s string, from, to int) []byte {
	for i := from; i < to; i++ {
		switch {
		case c.keepsAt(s, i):
			dst = append(dst, s[i])
		case c == formData && s[i] == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', upperHex[s[i]>>4], upperHex[s[i]&15])
		}
	}
	return dst
}

// escape is append as a string of its own, for one allocation: s itself, for none, if nothing needs an escape.
func (c charset) escape(s string) string {
	if c == everything {
		return s
	}
	n := c.escapes(s)
	if n == 0 {
		return s
	}
	const step = 64
	var room [3 * step]byte
	var b strings.Builder
	b.Grow(len(s) + 2*n)
	for from := 0; from < len(s); from += step {
		b.Write(c.appendPart(room[:0], s, from, min(from+step, len(s))))
	}
	return b.String()
}
