package auth

import (
	"cmp"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

const (
	maxSignedPlaces = 16 // headers, and as many query parameters
	defaultNonce    = 16 // bytes
	maxNonce        = 64
)

// signedPlace is one header or query parameter of a Signature.
type signedPlace struct {
	place Place
	field string
	value *template.Template
}

// signedTemplates is a Signature, compiled.
type signedTemplates struct {
	payload *template.Template
	places  []signedPlace
}

// compile reads all templates and checks all else.
func (s Signature) compile(op string) (t signedTemplates, err error) {
	bad := func(field, reason string) (signedTemplates, error) {
		return signedTemplates{}, &Error{Op: op, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	if field, why := s.choiceFault(); why != "" {
		return bad(field, why)
	}
	var why string
	if t.payload, why = compileSigned(s.Payload, template.Text, partTimestamp, partNonce); why != "" {
		return bad("payload", why)
	}
	if s.Payload == "" {
		return bad("payload", `is missing; say what is signed, as "{method}{path}{body}"`)
	}
	if field, why := t.add("headers", InHeader, s.Headers); why != "" {
		return bad(field, why)
	}
	if field, why := t.add("query", InQuery, s.Query); why != "" {
		return bad(field, why)
	}
	for _, name := range []string{partSignature, partTimestamp, partNonce} {
		needed := name == partSignature || mentions(t.payload, name)
		if needed && !slices.ContainsFunc(t.places, func(p signedPlace) bool { return mentions(p.value, name) }) {
			return bad("headers", "neither they nor query hold {"+name+"}, so that the provider can't check the signature")
		}
	}
	return t, nil
}

// choiceFault says what is wrong with the fields that are no templates.
func (s Signature) choiceFault() (field, why string) {
	switch s.algorithm() {
	case SignHMACSHA256, SignHMACSHA1, SignHMACSHA384, SignHMACSHA512, SignEd25519, SignRSASHA256, SignECDSASHA256:
	default:
		return "algorithm", "there is no such algorithm; use hmac-sha256, hmac-sha1, hmac-sha384, hmac-sha512, ed25519, rsa-sha256 or ecdsa-sha256"
	}
	switch hmac, e := hmacOf(s.algorithm()) != nil, s.KeyEncoding; {
	case !e.isKnown():
		return "key_encoding", "there is no such encoding; use text, base64, hex or pem"
	case hmac && e == KeyPEM, !hmac && e == KeyText, s.Algorithm != SignEd25519 && !hmac && e != "" && e != KeyPEM:
		return "key_encoding", "isn't one that keys of this algorithm have; leave it out"
	}
	switch s.Output {
	case "", OutputHex, OutputHexUpper, OutputBase64, OutputBase64URL:
	default:
		return "output", "there is no such output; use hex, hex_upper, base64 or base64_url"
	}
	if !isName(s.keyName()) {
		return "key", "must be 1 to 64 of a-z, 0-9 and _, as the credential's values are named"
	}
	if !isTimestamp(s.Timestamp) {
		return "timestamp", "there is no such format; use unix, unix_ms, iso, iso_ms, iso_basic, http, or a layout such as 2006-01-02 15:04:05"
	}
	if s.NonceBytes < 0 || s.NonceBytes > maxNonce {
		return "nonce_bytes", "must be 1 to 64, or 0 for 16"
	}
	return "", ""
}

// add reads the templates of one map.
func (t *signedTemplates) add(field string, in In, values map[string]string) (at, why string) {
	if len(values) > maxSignedPlaces {
		return field, "are more than 16"
	}
	kind := template.Text // a query's values are escaped when they are set
	if in == InHeader {
		kind = template.Header
	}
	for _, name := range sortedNames(values) {
		p := signedPlace{place: Place{In: in, Name: name}, field: field + "." + written.Quote(name)}
		if why := checkPlace(p.place); why != "" {
			return p.field, why
		}
		if slices.ContainsFunc(t.places, func(before signedPlace) bool { return overlaps(before.place, p.place) }) {
			return p.field, "is there twice, in two spellings"
		}
		if p.value, why = compileSigned(values[name], kind, partTimestamp, partNonce, partSignature); why != "" {
			return p.field, why
		}
		t.places = append(t.places, p)
	}
	return "", ""
}

// mentions says whether any of the templates names a value.
func (t signedTemplates) mentions(name string) bool {
	return mentions(t.payload, name) || slices.ContainsFunc(t.places, func(p signedPlace) bool { return mentions(p.value, name) })
}

// write sets the places that need the signature, or those that don't. All are
// expanded before the first is set: none sees another.
func (t signedTemplates) write(m *material, signed bool) error {
	values := make([]string, len(t.places))
	for i, p := range t.places {
		if mentions(p.value, partSignature) != signed {
			continue
		}
		text, err := m.expand(p.field, p.value)
		if err != nil {
			return err
		}
		if err := checkValue(m.op, m.scheme, p.place, text); err != nil {
			return err
		}
		values[i] = text
	}
	for i, p := range t.places {
		if mentions(p.value, partSignature) == signed {
			if err := put(m.scheme, m.r, p.place, values[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// stamp makes timestamp and nonce.
func (m *material) stamp(format string, nonceBytes int) error {
	stamp, _ := template.FormatTime(m.env.Now, cmp.Or(format, "unix"))
	nonce := make([]byte, cmp.Or(nonceBytes, defaultNonce))
	if _, err := io.ReadFull(m.env.Random, nonce); err != nil {
		return m.fault("", "there is no randomness to sign with")
	}
	m.own[partTimestamp], m.own[partNonce] = stamp, hex.EncodeToString(nonce)
	return nil
}

func isTimestamp(format string) bool {
	_, ok := template.FormatTime(time.Time{}, cmp.Or(format, "unix"))
	return ok
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
