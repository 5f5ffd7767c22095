package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/written"
)

// Key sends one secret in a header, a query parameter, a cookie or a member of
// the body.
//
// In the body, it becomes a top-level member of a JSON object or a pair of a
// form; another kind of body, multipart too, is an error when signing: files
// are not read twice to add a line to them. The body is read into memory, at
// most 10 MiB.
type Key struct {
	// In is where the secret goes. Empty means InHeader.
	In In `json:"in,omitempty"`
	// Name is the header, parameter, cookie or member; required, at most 256 bytes.
	Name string `json:"name"`
	// Prefix stands before the secret as it is written, a space at its end
	// included: "Token " or "key=". Empty by default.
	Prefix string `json:"prefix,omitempty"`
	// Field is the credential's value to send, as named in [Fields]. Empty means
	// "key" (made by [APIKey]), else "token" (made by [Token]).
	Field string `json:"field,omitempty"`
}

var (
	_ Scheme = Key{}
	_ Placer = Key{}
)

// Kind is "key".
func (Key) Kind() string { return "key" }

// Validate checks the place, that the name can stand there, that headers which
// frame the message are left alone, and the prefix.
func (s Key) Validate() error {
	bad := func(field, reason string) error {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	switch s.In.orHeader() {
	case InHeader, InQuery, InCookie, InBody:
	default:
		return bad("in", "there is no such part; use header, query, cookie or body")
	}
	if why := checkPlace(Place{In: s.In, Name: s.Name}); why != "" {
		return bad("name", why)
	}
	if len(s.Prefix) > maxPlaceName || strings.ContainsFunc(s.Prefix, isControl) || unsafeBytes(s.In, s.Prefix) != "" {
		return bad("prefix", "is longer than 256 bytes, or has a character that the place can't carry")
	}
	if s.place() == authorization() && header.IsToken(s.Prefix) && isAlnum(s.Prefix[0]) && isAlnum(s.Prefix[len(s.Prefix)-1]) {
		return bad("prefix", `would run into the secret; end it with a space, as "Token "`)
	}
	if s.Field != "" && !isName(s.Field) {
		return bad("field", "must be 1 to 64 of a-z, 0-9 and _, as the credential's values are named")
	}
	return nil
}

// Accepts asks for the value, and that it can stand in its place.
func (s Key) Accepts(c Credential) error {
	_, err := s.value(opAccept, c)
	return err
}

// Authorize writes the value to its place. In a body, it fails if the body is
// neither a JSON object nor a form, is compressed, or has more than 10 MiB.
func (s Key) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	v, err := s.value(opAuthorize, c)
	if err != nil {
		return err
	}
	return put(s.Kind(), r, s.place(), v)
}

// put writes a value that was checked to its place.
func put(kind string, r *http.Request, p Place, value string) error {
	switch p.In.orHeader() {
	case InHeader:
		setHeader(r, p.Name, value)
	case InCookie:
		setCookie(r, p.Name, value)
	case InQuery:
		if r.URL == nil {
			return &Error{Op: opAuthorize, Scheme: kind, Reason: "the request has no URL"}
		}
		setQuery(r, p.Name, value)
	case InBody:
		if why, err := setBody(r, p.Name, value); why != "" {
			return &Error{Op: opAuthorize, Scheme: kind, Field: p.String(), Reason: why, Err: err}
		}
	default:
		return &Error{Op: opAuthorize, Scheme: kind, Field: "in", Reason: "there is no such part; use header, query, cookie or body"}
	}
	return nil
}

// Places gives the one place that the definition names.
func (s Key) Places() []Place { return []Place{s.place()} }

// MarshalJSON writes {"kind":"key"} and the fields that are set.
func (s Key) MarshalJSON() ([]byte, error) {
	type plain Key
	return written.Marshal(s.Kind(), plain(s))
}

func (s Key) place() Place {
	p := Place{In: s.In.orHeader(), Name: s.Name}
	if p.In == InHeader {
		p.Name = http.CanonicalHeaderKey(s.Name)
	}
	return p
}

// value gives what is to be written, prefix included.
func (s Key) value(op string, c Credential) (string, error) {
	names, constructor := []string{valueKey, valueToken}, "auth.APIKey"
	if s.Field != "" {
		names, constructor = []string{s.Field}, "auth.Fields with that name"
	}
	v, err := pick(op, s.Kind(), c, constructor, names...)
	if err != nil {
		return "", err
	}
	return s.Prefix + v, checkValue(op, s.Kind(), s.place(), v)
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
