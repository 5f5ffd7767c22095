package auth

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// encodingVersion is the first number in the clear bytes of a credential. It
// grows when a reader of before could misread what is written.
const encodingVersion = 1

// maxEncoded bounds what DecodeCredential looks at: escapes make JSON text at
// most six times as long as what it holds.
const maxEncoded = 8 * maxCredBytes

// encoded is the clear form of a credential. Values are pointers to tell null
// from the empty string.
type encoded struct {
	Version int                `json:"v"`
	Kind    string             `json:"kind"`
	Values  map[string]*string `json:"values,omitempty"`
	Expires string             `json:"expires,omitempty"`
	Scopes  []string           `json:"scopes,omitempty"`
	Extra   map[string]string  `json:"extra,omitempty"`
}

// Encode writes c in clear, to be sealed at once and shown to nobody: a JSON
// object with a version, stable byte for byte. It fails where Validate does.
func (c Credential) Encode() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e := encoded{Version: encodingVersion, Kind: c.Kind, Scopes: c.Scopes, Extra: c.Extra}
	e.Values = make(map[string]*string, len(c.Values))
	for name, v := range c.Values {
		text := v.Reveal()
		e.Values[name] = &text
	}
	if !c.Expires.IsZero() {
		e.Expires = c.Expires.UTC().Format(time.RFC3339Nano)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		// The cause could quote what it failed on.
		return nil, &Error{Op: opEncode, Field: "values", Reason: "the credential can't be written"}
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// DecodeCredential reads what [Credential.Encode] wrote. It is strict: unknown or
// repeated members, another version, and anything Validate refuses are an
// *Error, which tells nothing of the content.
func DecodeCredential(plain []byte) (Credential, error) {
	var e encoded
	if len(plain) > maxEncoded || written.Strict(plain, &e) != nil {
		return Credential{}, malformed("", "these are not the bytes of a credential; give what Encode wrote")
	}
	if e.Version != encodingVersion {
		return Credential{}, malformed("v", "the credential was written by a later version of waygate; run that")
	}
	c := Credential{Kind: e.Kind, Scopes: e.Scopes, Extra: e.Extra}
	if len(e.Values) > 0 {
		c.Values = make(map[string]secret.String, len(e.Values))
	}
	for name, v := range e.Values {
		if v == nil {
			return Credential{}, malformed("values", "a value is null; give what Encode wrote")
		}
		c.Values[name] = secret.New(*v)
	}
	if e.Expires != "" {
		at, err := time.Parse(time.RFC3339Nano, e.Expires)
		if err != nil {
			return Credential{}, malformed("expires", "is not a time in the form of RFC 3339")
		}
		c.Expires = at.UTC()
	}
	if err := c.Validate(); err != nil {
		return Credential{}, err
	}
	return c, nil
}

func malformed(field, reason string) *Error {
	return &Error{Op: opDecode, Field: field, Reason: reason}
}

// MarshalJSON writes c for people and logs: each value stands as [redacted].
// What it writes can't be read back as a credential.
func (c Credential) MarshalJSON() ([]byte, error) {
	shown := struct {
		Kind    string                   `json:"kind"`
		Values  map[string]secret.String `json:"values,omitempty"`
		Expires *time.Time               `json:"expires,omitempty"`
		Scopes  []string                 `json:"scopes,omitempty"`
		Extra   map[string]string        `json:"extra,omitempty"`
	}{Kind: c.Kind, Values: c.Values, Scopes: c.Scopes, Extra: c.Extra}
	if !c.Expires.IsZero() {
		shown.Expires = &c.Expires
	}
	return json.Marshal(shown)
}
