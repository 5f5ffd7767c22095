package auth

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// JWT makes a JSON Web Token (RFC 7519) for each request, signs it with a key of
// the customer's (RFC 7515), and sends it as a bearer token or in another place.
// Nothing is kept between requests: a token lives as long as its request needs.
//
// For a provider whose tokens name the key, the audience and the request:
//
//	auth.JWT{
//		Algorithm: "ES256",
//		KeyID:     "{key_id}",
//		Claims: map[string]any{
//			"iss": "{issuer_id}",
//			"aud": "example-v1",
//			"uri": "{method} {host}{path}",
//			"jti": "{random(16)}",
//		},
//		Lifetime: auth.Duration(2 * time.Minute),
//	}
//
// takes auth.Fields with key_id, issuer_id and private_key. Templates name what
// those of [Signature] do, but for timestamp, nonce and signature.
type JWT struct {
	// Algorithm is one of HS256, HS384, HS512 (HMAC), RS256, RS384, RS512, PS256,
	// PS384, PS512 (RSA), ES256, ES384, ES512 (ECDSA), all of RFC 7518, section 3.1,
	// and EdDSA (Ed25519, RFC 8037). Empty means HS256.
	Algorithm string `json:"algorithm,omitempty"`
	// Key names the credential's value that holds the key. Empty means "secret" for
	// HS256 to HS512, "private_key" for any other.
	Key string `json:"key,omitempty"`
	// KeyEncoding is how that value is to be read. Empty means KeyText for HS256 to
	// HS512, KeyPEM for any other; an Ed25519 key may also be KeyBase64 or KeyHex.
	KeyEncoding KeyEncoding `json:"key_encoding,omitempty"`
	// KeyID is the template of the header kid, which says which key it was. Empty:
	// no kid.
	KeyID string `json:"key_id,omitempty"`
	// Header are further members of the token's header, by name; their values are
	// templates. typ is JWT unless it is given. At most 16; not alg and kid.
	Header map[string]string `json:"header,omitempty"`
	// Claims are what the token says, by name. Texts are templates, in lists and
	// objects too, which nest at most four deep; numbers and booleans stand as they
	// are. At most 32; not iat, nbf and exp.
	Claims map[string]any `json:"claims,omitempty"`
	// Lifetime is how long the token is good for: its claim exp. Zero means 5
	// minutes; at most 24 hours.
	Lifetime Duration `json:"lifetime,omitempty"`
	// Backdate is how far before now the claim iat is, for providers whose clocks
	// are slow. Zero means not at all; at most 10 minutes.
	Backdate Duration `json:"backdate,omitempty"`
	// NotBefore adds the claim nbf, the same as iat.
	NotBefore bool `json:"not_before,omitempty"`
	// In, Name and Prefix say where the token goes, as in [Key]. Without Name it is
	// the header Authorization, with the prefix "Bearer " unless Prefix says
	// otherwise.
	In     In     `json:"in,omitempty"`
	Name   string `json:"name,omitempty"`
	Prefix string `json:"prefix,omitempty"`
}

// The limits of a JWT.
const (
	kindJWT         = "jwt"
	defaultLifetime = 5 * time.Minute
	maxLifetime     = 24 * time.Hour
	maxBackdate     = 10 * time.Minute
	maxClaims       = 32
	maxClaimDepth   = 4
	maxTokenBytes   = 16 << 10
)

var (
	_ Scheme = JWT{}
	_ Placer = JWT{}
)

// Kind is "jwt".
func (JWT) Kind() string { return kindJWT }

// Validate checks the algorithm, the place, the times, and that templates can be
// read and name what is there.
func (s JWT) Validate() error {
	_, err := s.compile(opValidate)
	return err
}

// Accepts asks for every value that the templates name, and for a key that can be
// read and fits the algorithm.
func (s JWT) Accepts(c Credential) error {
	_, err := s.token(context.Background(), opAccept, unsent(), c)
	return err
}

// Authorize makes a token and puts it in its place. It fails if the token has more
// than 16 KiB, or its templates name the body and that has more than 10 MiB.
func (s JWT) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	token, err := s.token(ctx, opAuthorize, r, c)
	if err != nil {
		return err
	}
	return put(s.Kind(), r, s.carrier().place(), s.carrier().Prefix+token)
}

// Places gives the one place that the token goes to.
func (s JWT) Places() []Place { return s.carrier().Places() }

// MarshalJSON writes {"kind":"jwt"} and the fields that are set.
func (s JWT) MarshalJSON() ([]byte, error) {
	type plain JWT
	return written.Marshal(s.Kind(), plain(s))
}

// carrier is the scheme that would send the token if it were given.
func (s JWT) carrier() Key {
	k := Key{In: s.In, Name: s.Name, Prefix: s.Prefix}
	if s.Name == "" && s.In.orHeader() == InHeader {
		k.Name, k.Prefix = "Authorization", cmp.Or(s.Prefix, "Bearer ")
	}
	return k
}

// token makes the token, or a stand-in for it if op is not to authorize.
func (s JWT) token(ctx context.Context, op string, r *http.Request, c Credential) (string, error) {
	t, err := s.compile(op)
	if err != nil {
		return "", err
	}
	m, err := newMaterial(ctx, op, s.Kind(), r, c)
	if err != nil {
		return "", err
	}
	text, err := pick(op, s.Kind(), c, "auth.Fields with that name", s.keyName())
	if err != nil {
		return "", err
	}
	key, why := jwsKey(s.algorithm(), text, s.KeyEncoding)
	if why != "" {
		return "", m.fault("values."+s.keyName(), why)
	}
	switch p := s.carrier().place(); p.In {
	case InHeader:
		dropHeader(r, p.Name)
	case InQuery:
		dropQuery(r, p.Name)
	}
	if t.body {
		if err := m.readBody(); err != nil {
			return "", err
		}
	}
	signed, err := s.unsigned(m, t)
	if err != nil || op != opAuthorize {
		return "", err
	}
	token, ok := jwsSign(s.algorithm(), key, signed)
	if !ok {
		return "", m.fault("values."+s.keyName(), "can't sign with "+s.algorithm()+"; give a key that fits it")
	}
	return token, nil
}

// unsigned is header and claims as they are signed: RFC 7515, section 5.1.
func (s JWT) unsigned(m *material, t jwtTemplates) (string, error) {
	header := map[string]any{"typ": "JWT"}
	for name, v := range t.header {
		text, err := m.expandUTF8("header."+written.Quote(name), v)
		if err != nil {
			return "", err
		}
		header[name] = text
	}
	header["alg"] = s.algorithm()
	if t.keyID != nil {
		kid, err := m.expandUTF8("key_id", t.keyID)
		if err != nil {
			return "", err
		}
		header["kid"] = kid
	}
	claims := map[string]any{}
	for _, name := range sortedKeys(t.claims) {
		v, err := m.claim("claims."+written.Quote(name), t.claims[name])
		if err != nil {
			return "", err
		}
		claims[name] = v
	}
	issued := m.env.Now.Add(-time.Duration(s.Backdate)).Unix()
	claims["iat"] = issued
	claims["exp"] = m.env.Now.Add(cmp.Or(time.Duration(s.Lifetime), defaultLifetime)).Unix()
	if s.NotBefore {
		claims["nbf"] = issued
	}
	text, ok := jwsInput(header, claims)
	if !ok || len(text) > maxTokenBytes {
		return "", m.fault("claims", "make a token of more than 16 KiB, or one that can't be written; leave some out, or shorten them")
	}
	return text, nil
}

// expandUTF8 is expand for what becomes JSON.
func (m *material) expandUTF8(field string, t *template.Template) (string, error) {
	text, err := m.expand(field, t)
	if err == nil && !utf8.ValidString(text) {
		return "", m.fault(field, "is not valid UTF-8 with this value, which no token can carry")
	}
	return text, err
}

func (s JWT) algorithm() string { return cmp.Or(s.Algorithm, "HS256") }

func (s JWT) keyName() string {
	if strings.HasPrefix(s.algorithm(), "HS") {
		return cmp.Or(s.Key, valueSecret)
	}
	return cmp.Or(s.Key, valuePrivateKey)
}
