package auth

import (
	"crypto/x509"
	"encoding/pem"
	"maps"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/waygate-go/waygate/secret"
)

// The limits of a credential, checked by [Credential.Validate].
const (
	maxValues    = 32       // values, and as many extras
	maxScopes    = 256      // scopes
	maxCredBytes = 64 << 10 // names, values, scopes and extras together
	maxName      = 64       // a kind, a value's name, an extra's name
)

// Credential is what a connection authenticates with: named secrets of one
// customer and what is known about them.
//
// It prints and marshals without its values; [Credential.Encode] writes them.
// Treat one that you were given as read-only, and change a [Credential.Clone].
type Credential struct {
	// Kind says what it is: "token", "api_key", "user_password", "fields",
	// "client_certificate", "oauth2" or "github_app"; a host's own scheme may bring its own,
	// [a-z0-9_]{1,64}.
	Kind string
	// Values are the secrets by name, [a-z0-9_]{1,64}; at most 32, each valid
	// UTF-8. Key material that is not text is held in base64.
	Values map[string]secret.String
	// Expires is when the provider stops taking it. Zero means unknown or never.
	Expires time.Time
	// Scopes are the rights that were granted, where known; at most 256.
	Scopes []string
	// Extra is what else is known, by name. It is not secret, and is shown; at
	// most 32.
	Extra map[string]string
}

// The kinds that this package makes, and the names of their values.
const (
	kindToken        = "token"
	kindAPIKey       = "api_key"
	kindUserPassword = "user_password"
	kindFields       = "fields"
	kindCertificate  = "client_certificate"

	valueToken       = "token"
	valueKey         = "key"
	valueUser        = "user"
	valuePassword    = "password"
	valueAccessToken = "access_token"
	valueCertificate = "certificate"
	valuePrivateKey  = "private_key"
)

// Token makes a credential of kind "token" whose value "token" is a bearer or
// personal access token.
func Token(token string) Credential {
	return Credential{Kind: kindToken, Values: map[string]secret.String{valueToken: secret.New(token)}}
}

// APIKey makes a credential of kind "api_key" whose value "key" is an API key.
func APIKey(key string) Credential {
	return Credential{Kind: kindAPIKey, Values: map[string]secret.String{valueKey: secret.New(key)}}
}

// UserPassword makes a credential of kind "user_password" with the values "user"
// and "password". One of the two may be empty: some providers take a key as the
// user, some as the password.
func UserPassword(user, password string) Credential {
	return Credential{Kind: kindUserPassword, Values: map[string]secret.String{
		valueUser: secret.New(user), valuePassword: secret.New(password),
	}}
}

// Fields makes a credential of kind "fields" with any named secrets, for
// [Headers], for a [Key] that has a Field, or for a host's own scheme.
func Fields(values map[string]string) Credential {
	c := Credential{Kind: kindFields, Values: make(map[string]secret.String, len(values))}
	for name, v := range values {
		c.Values[name] = secret.New(v)
	}
	return c
}

// Certificate makes a credential of kind "client_certificate" with the values
// "certificate" and "private_key", both PEM, for [ClientCertificate]. It expires
// when the first certificate does, if that can be read. For a token beside it,
// make all three with [Fields].
func Certificate(certPEM, keyPEM string) Credential {
	c := Credential{Kind: kindCertificate, Values: map[string]secret.String{
		valueCertificate: secret.New(certPEM), valuePrivateKey: secret.New(keyPEM),
	}}
	if leaf := leafOf(certPEM); leaf != nil {
		c.Expires = leaf.NotAfter.UTC()
	}
	return c
}

// leafOf reads the first certificate of a PEM text; nil if that can't be done.
func leafOf(text string) *x509.Certificate {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			leaf, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil
			}
			return leaf
		}
	}
	return nil
}

// Clone gives a copy that shares no map or slice with c.
func (c Credential) Clone() Credential {
	c.Values = maps.Clone(c.Values)
	c.Scopes = slices.Clone(c.Scopes)
	c.Extra = maps.Clone(c.Extra)
	return c
}

// Secrets lists the values that are set, in the order of their names, for a
// [secret.Redactor].
func (c Credential) Secrets() []secret.String {
	out := make([]secret.String, 0, len(c.Values))
	for _, name := range slices.Sorted(maps.Keys(c.Values)) {
		if v := c.Values[name]; !v.IsZero() {
			out = append(out, v)
		}
	}
	return out
}

// Validate checks the limits: a kind, at most 32 values, 32 extras and 256
// scopes, names as their fields say, valid UTF-8, and 64 KiB of text in all. The
// *Error names what is at fault and never a value. Whether a scheme can sign
// with it is for [Scheme].Accepts to say.
func (c Credential) Validate() error {
	if !isName(c.Kind) {
		return invalid("kind", "must be 1 to 64 of a-z, 0-9 and _; use a constructor such as auth.Token")
	}
	if len(c.Values) > maxValues {
		return invalid("values", "there are more than 32; keep what is not secret in extra")
	}
	if len(c.Scopes) > maxScopes {
		return invalid("scopes", "there are more than 256; keep those that are used")
	}
	if len(c.Extra) > maxValues {
		return invalid("extra", "there are more than 32; keep the others beside the connection, as its Metadata")
	}
	if y := c.Expires.UTC().Year(); y < 0 || y > 9999 {
		return invalid("expires", "the year must be between 0 and 9999; leave it zero if it is unknown")
	}
	size, err := c.size()
	if err != nil {
		return err
	}
	if size > maxCredBytes {
		return invalid("values", "the credential has more than 64 KiB of text; keep only what signs and renews")
	}
	return nil
}

// size adds up the text of c and checks each piece.
func (c Credential) size() (int, error) {
	n := len(c.Kind)
	for _, name := range slices.Sorted(maps.Keys(c.Values)) {
		if !isName(name) {
			return 0, invalid("values", "a name must be 1 to 64 of a-z, 0-9 and _")
		}
		v := c.Values[name]
		if v.IsZero() {
			return 0, invalid("values."+name, "is not set; make it with secret.New")
		}
		if !utf8.ValidString(v.Reveal()) {
			return 0, invalid("values."+name, "is not valid UTF-8; store binary keys as base64")
		}
		n += len(name) + len(v.Reveal())
	}
	for _, s := range c.Scopes {
		if s == "" || !utf8.ValidString(s) {
			return 0, invalid("scopes", "a scope must be valid UTF-8 and not empty")
		}
		n += len(s)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Extra)) {
		if !isExtraName(name) {
			return 0, invalid("extra", "a name must be 1 to 64 bytes of UTF-8 without control characters")
		}
		if !utf8.ValidString(c.Extra[name]) {
			return 0, invalid("extra."+name, "is not valid UTF-8")
		}
		n += len(name) + len(c.Extra[name])
	}
	return n, nil
}

func invalid(field, reason string) *Error {
	return &Error{Op: opValidate, Field: field, Reason: reason}
}

// isName reports whether s is [a-z0-9_]{1,64}.
func isName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for _, b := range []byte(s) {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '_' {
			return false
		}
	}
	return true
}

func isExtraName(s string) bool {
	if s == "" || len(s) > maxName || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
