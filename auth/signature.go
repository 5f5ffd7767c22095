package auth

import (
	"context"
	"net/http"

	"github.com/waygate-go/waygate/internal/written"
)

// Signature signs chosen parts of each request with a key of the customer's: an
// HMAC (RFC 2104), Ed25519 (RFC 8032), RSA or ECDSA signature over a text that the
// definition composes, sent in headers or in the query.
//
// Payload, Headers and Query are templates. {name} is a value of the credential,
// or else of its Extra, unless it is one of these:
//
//	method           GET
//	host             api.example.com, with the port if the URL has one
//	path             /v1/things, as it is escaped on the wire
//	query            limit=2&q=a%20b, as it is on the wire
//	sorted_query     the pairs of the query, by their bytes
//	target           path and query with the ? between them
//	url              https://api.example.com/v1/things?limit=2
//	body             the body; read into memory, at most 10 MiB
//	header.Name      that header's value; empty if there is none
//	timestamp        the time, as Timestamp says
//	nonce            random, 16 bytes in hexadecimal unless NonceBytes says otherwise
//	signature        the signature; not in Payload
//
// Templates may call the functions base64, sha256, hmac, now and random:
// {base64(key, ':', secret)} joins and encodes, {sha256(body)} is a digest in
// hexadecimal and {base64(sha256(body))} the same digest in base64. Literal braces
// are doubled.
//
// The order is: the places of the scheme are cleared; what names no {signature} is
// written; Payload is expanded, so that it sees that; the rest is written.
//
// A provider that takes the HMAC over method, path, time and body:
//
//	auth.Signature{
//		Payload: "{method}\n{target}\n{timestamp}\n{sha256(body)}",
//		Headers: map[string]string{
//			"Authorization": "HMAC {key}:{signature}",
//			"X-Timestamp":   "{timestamp}",
//		},
//	}
//
// takes the credential auth.Fields(map[string]string{"key": …, "secret": …}).
type Signature struct {
	// Algorithm is how it is signed. Empty means hmac-sha256.
	Algorithm SignatureAlgorithm `json:"algorithm,omitempty"`
	// Key names the credential's value that holds the key. Empty means "secret" for
	// an HMAC, "private_key" for any other.
	Key string `json:"key,omitempty"`
	// KeyEncoding is how that value is to be read. Empty means KeyText for an HMAC,
	// KeyPEM for any other; an Ed25519 key may also be KeyBase64 or KeyHex.
	KeyEncoding KeyEncoding `json:"key_encoding,omitempty"`
	// Payload is what is signed; required.
	Payload string `json:"payload"`
	// Output is how the signature is written. Empty means OutputHex.
	Output SignatureOutput `json:"output,omitempty"`
	// Timestamp is the format of {timestamp}: unix (the default), unix_ms, iso,
	// iso_ms, iso_basic, http, or a layout of package time. Always UTC.
	Timestamp string `json:"timestamp,omitempty"`
	// NonceBytes is how many random bytes {nonce} has: 1 to 64, twice as many
	// hexadecimal digits. Zero means 16.
	NonceBytes int `json:"nonce_bytes,omitempty"`
	// Headers are the headers to set; at most 16, and as many of Query.
	Headers map[string]string `json:"headers,omitempty"`
	// Query are the query parameters to set, in the order of their names, behind
	// those that the request has. Values are escaped.
	Query map[string]string `json:"query,omitempty"`
}

// SignatureAlgorithm is a way of signing.
type SignatureAlgorithm string

// The algorithms of [Signature].
const (
	SignHMACSHA256  SignatureAlgorithm = "hmac-sha256"  // RFC 2104, FIPS 180-4
	SignHMACSHA1    SignatureAlgorithm = "hmac-sha1"    // for providers that have nothing better
	SignHMACSHA384  SignatureAlgorithm = "hmac-sha384"  // as hmac-sha256, with SHA-384
	SignHMACSHA512  SignatureAlgorithm = "hmac-sha512"  // as hmac-sha256, with SHA-512
	SignEd25519     SignatureAlgorithm = "ed25519"      // RFC 8032, section 5.1
	SignRSASHA256   SignatureAlgorithm = "rsa-sha256"   // RSASSA-PKCS1-v1_5, RFC 8017, section 8.2
	SignECDSASHA256 SignatureAlgorithm = "ecdsa-sha256" // FIPS 186-5; written as RFC 3279, section 2.2.3, says
)

// SignatureOutput is a way of writing a signature.
type SignatureOutput string

// The outputs of [Signature].
const (
	OutputHex       SignatureOutput = "hex"        // lower-case digits
	OutputHexUpper  SignatureOutput = "hex_upper"  // upper-case digits
	OutputBase64    SignatureOutput = "base64"     // RFC 4648, section 4, padded
	OutputBase64URL SignatureOutput = "base64_url" // RFC 4648, section 5, not padded
)

var (
	_ Scheme = Signature{}
	_ Placer = Signature{}
)

// Kind is "signature".
func (Signature) Kind() string { return kindSignature }

// Validate checks that algorithm, encodings and formats are known, that templates
// can be read and name what is there, that the signature is sent, and that a
// timestamp or nonce which is signed is sent too.
func (s Signature) Validate() error {
	_, err := s.compile(opValidate)
	return err
}

// Accepts asks for every value that the templates name, and for a key that can be
// read.
func (s Signature) Accepts(c Credential) error {
	return s.sign(context.Background(), opAccept, unsent(), c)
}

// Authorize signs the request. It fails if the body can't be read or has more than
// 10 MiB, and if what the request holds can't stand where a template puts it.
func (s Signature) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	return s.sign(ctx, opAuthorize, r, c)
}

// Places gives the headers, then the query parameters, in the order of their
// names.
func (s Signature) Places() []Place {
	places := make([]Place, 0, len(s.Headers)+len(s.Query))
	for _, name := range sortedNames(s.Headers) {
		places = append(places, Place{In: InHeader, Name: http.CanonicalHeaderKey(name)})
	}
	for _, name := range sortedNames(s.Query) {
		places = append(places, Place{In: InQuery, Name: name})
	}
	return places
}

// MarshalJSON writes {"kind":"signature"} and the fields that are set.
func (s Signature) MarshalJSON() ([]byte, error) {
	type plain Signature
	return written.Marshal(s.Kind(), plain(s))
}

// sign signs r, or goes through the motions if op is not to authorize.
func (s Signature) sign(ctx context.Context, op string, r *http.Request, c Credential) error {
	t, err := s.compile(op)
	if err != nil {
		return err
	}
	m, err := newMaterial(ctx, op, s.Kind(), r, c)
	if err != nil {
		return err
	}
	signer, err := s.signer(op, c)
	if err != nil {
		return err
	}
	if t.mentions(partBody) {
		if err := m.readBody(); err != nil {
			return err
		}
	}
	if err := s.prepare(m); err != nil {
		return err
	}
	if err := t.write(m, false); err != nil {
		return err
	}
	payload, err := m.expand("payload", t.payload)
	if err != nil {
		return err
	}
	if m.own[partSignature] = unsignedText; op == opAuthorize {
		raw, ok := signer([]byte(payload))
		if !ok {
			return m.fault("values."+s.keyName(), "can't sign with "+string(s.algorithm())+"; give a key that fits it")
		}
		m.own[partSignature] = s.Output.text(raw)
	}
	return t.write(m, true)
}

// unsignedText stands for a signature when nothing is signed.
const unsignedText = "0"

// prepare clears the places, and makes timestamp and nonce.
func (s Signature) prepare(m *material) error {
	for name := range s.Headers {
		dropHeader(m.r, name)
	}
	dropQuery(m.r, sortedNames(s.Query)...)
	return m.stamp(s.Timestamp, s.NonceBytes)
}
