package auth

import (
	"context"
	"net/http"

	"github.com/waygate-go/waygate/internal/written"
)

// None leaves requests as they are. It accepts only a credential without values:
// a secret that nobody uses should not be kept.
type None struct{}

var (
	_ Scheme = None{}
	_ Placer = None{}
)

// Kind is "none".
func (None) Kind() string { return "none" }

// Validate gives nil.
func (None) Validate() error { return nil }

// Accepts refuses a credential that has values.
func (s None) Accepts(c Credential) error {
	if len(c.Values) > 0 {
		return &Error{Op: opAccept, Scheme: s.Kind(), Field: "values", Reason: "the API takes no credential; leave it out"}
	}
	return nil
}

// Authorize changes nothing.
func (s None) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	return s.Accepts(c)
}

// Places gives none.
func (None) Places() []Place { return nil }

// MarshalJSON writes {"kind":"none"}.
func (s None) MarshalJSON() ([]byte, error) { return written.Marshal(s.Kind(), struct{}{}) }
