package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/written"
)

// Bearer sends a token in the Authorization header, as RFC 6750 has it:
// "Authorization: Bearer <token>".
//
// It signs with the value "token" (made by [Token]), else "access_token" (OAuth
// 2), else "key" (made by [APIKey]).
type Bearer struct {
	// Prefix stands before the token, its closing space included: "Token " for a
	// provider that reads "Authorization: Token <token>". Empty means "Bearer ".
	Prefix string `json:"prefix,omitempty"`
}

var (
	_ Scheme = Bearer{}
	_ Placer = Bearer{}
)

// Kind is "bearer".
func (Bearer) Kind() string { return "bearer" }

// Validate refuses a prefix that is not one word and a space.
func (s Bearer) Validate() error {
	if s.Prefix == "" {
		return nil
	}
	word, spaced := strings.CutSuffix(s.Prefix, " ")
	if !spaced || !header.IsToken(word) || len(word) > maxName {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: "prefix",
			Reason: `must be one word of at most 64 characters and a space, as "Token "; for other forms use auth.Key`}
	}
	return nil
}

// Accepts asks for one of the three values.
func (s Bearer) Accepts(c Credential) error {
	_, err := s.value(opAccept, c)
	return err
}

// Authorize sets the Authorization header.
func (s Bearer) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	token, err := s.value(opAuthorize, c)
	if err != nil {
		return err
	}
	prefix := s.Prefix
	if prefix == "" {
		prefix = "Bearer "
	}
	setHeader(r, "Authorization", prefix+token)
	return nil
}

// Places gives the Authorization header.
func (Bearer) Places() []Place { return []Place{authorization()} }

// MarshalJSON writes {"kind":"bearer"} and the prefix, if there is one.
func (s Bearer) MarshalJSON() ([]byte, error) {
	type plain Bearer
	return written.Marshal(s.Kind(), plain(s))
}

func (s Bearer) value(op string, c Credential) (string, error) {
	v, err := pick(op, s.Kind(), c, "auth.Token", valueToken, valueAccessToken, valueKey)
	if err != nil {
		return "", err
	}
	return v, checkValue(op, s.Kind(), authorization(), v)
}

func authorization() Place { return Place{In: InHeader, Name: "Authorization"} }
