package auth

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/waygate-go/waygate/internal/written"
)

// Headers sends several secrets, each in a header of its own.
type Headers struct {
	// Values names, for each header, the credential's value to send, as in
	// {"DD-API-KEY": "api_key", "DD-APPLICATION-KEY": "app_key"}. 1 to 32.
	Values map[string]string `json:"values"`
}

var (
	_ Scheme = Headers{}
	_ Placer = Headers{}
)

// Kind is "headers".
func (Headers) Kind() string { return "headers" }

// Validate checks the names, and that no header is there twice.
func (s Headers) Validate() error {
	bad := func(field, reason string) error {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	if len(s.Values) == 0 || len(s.Values) > maxValues {
		return bad("values", "must name 1 to 32 headers")
	}
	seen := make(map[string]bool, len(s.Values))
	for _, name := range s.names() {
		if why := checkPlace(Place{Name: name}); why != "" {
			return bad("values."+written.Quote(name), why)
		}
		if seen[http.CanonicalHeaderKey(name)] {
			return bad("values."+written.Quote(name), "is there twice, in two spellings")
		}
		seen[http.CanonicalHeaderKey(name)] = true
		if !isName(s.Values[name]) {
			return bad("values."+written.Quote(name), "must name a value of the credential: 1 to 64 of a-z, 0-9 and _")
		}
	}
	return nil
}

// Accepts asks for every value.
func (s Headers) Accepts(c Credential) error {
	for _, name := range s.names() {
		if _, err := s.value(opAccept, c, name); err != nil {
			return err
		}
	}
	return nil
}

// Authorize sets every header, or none.
func (s Headers) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	names := s.names()
	values := make([]string, len(names))
	for i, name := range names {
		v, err := s.value(opAuthorize, c, name)
		if err != nil {
			return err
		}
		values[i] = v
	}
	for i, name := range names {
		setHeader(r, name, values[i])
	}
	return nil
}

// Places gives the headers in the order of their names.
func (s Headers) Places() []Place {
	places := make([]Place, 0, len(s.Values))
	for _, name := range s.names() {
		places = append(places, Place{In: InHeader, Name: http.CanonicalHeaderKey(name)})
	}
	return places
}

// MarshalJSON writes {"kind":"headers"} and the names.
func (s Headers) MarshalJSON() ([]byte, error) {
	type plain Headers
	return written.Marshal(s.Kind(), plain(s))
}

func (s Headers) names() []string { return slices.Sorted(maps.Keys(s.Values)) }

func (s Headers) value(op string, c Credential, header string) (string, error) {
	v, err := pick(op, s.Kind(), c, "auth.Fields with that name", s.Values[header])
	if err != nil {
		return "", err
	}
	return v, checkValue(op, s.Kind(), Place{In: InHeader, Name: http.CanonicalHeaderKey(header)}, v)
}
