package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/internal/written"
)

// Basic sends user and password in the Authorization header, as RFC 7617 has it,
// in UTF-8.
//
// It signs with the values "user" and "password" (made by [UserPassword]), of
// which one may be empty. A credential with neither may bring "token" or "key"
// (made by [Token] or [APIKey]): it goes out as the user, with an empty
// password, which is how Stripe and others take their keys.
type Basic struct{}

var (
	_ Scheme = Basic{}
	_ Placer = Basic{}
)

// Kind is "basic".
func (Basic) Kind() string { return "basic" }

// Validate gives nil.
func (Basic) Validate() error { return nil }

// Accepts asks for the pair or the key. RFC 7617 allows no colon in the user and
// no control character in either.
func (s Basic) Accepts(c Credential) error {
	_, _, err := s.pair(opAccept, c)
	return err
}

// Authorize sets the Authorization header.
func (s Basic) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	user, password, err := s.pair(opAuthorize, c)
	if err != nil {
		return err
	}
	setHeader(r, "Authorization", basicValue(user, password))
	return nil
}

// Places gives the Authorization header.
func (Basic) Places() []Place { return []Place{authorization()} }

// MarshalJSON writes {"kind":"basic"}.
func (s Basic) MarshalJSON() ([]byte, error) { return written.Marshal(s.Kind(), struct{}{}) }

func (s Basic) pair(op string, c Credential) (user, password string, err error) {
	user, password = c.Values[valueUser].Reveal(), c.Values[valuePassword].Reveal()
	_, hasUser := c.Values[valueUser]
	_, hasPassword := c.Values[valuePassword]
	switch {
	case !hasUser && !hasPassword:
		user, err = pick(op, s.Kind(), c, "auth.UserPassword", valueToken, valueKey)
		if err != nil {
			return "", "", &Error{Op: op, Scheme: s.Kind(), Field: "values.user",
				Reason: "is missing; give the connection auth.UserPassword, or auth.APIKey where the key is the user"}
		}
	case user == "" && password == "":
		return "", "", &Error{Op: op, Scheme: s.Kind(), Field: "values.user",
			Reason: "is empty, and so is password; give auth.UserPassword one of them"}
	}
	if strings.Contains(user, ":") {
		return "", "", &Error{Op: op, Scheme: s.Kind(), Field: "values.user",
			Reason: "has a colon, which a Basic user can't have (RFC 7617); give what follows it as the password"}
	}
	for _, v := range []string{user, password} {
		if strings.ContainsFunc(v, isControl) {
			return "", "", &Error{Op: op, Scheme: s.Kind(), Field: authorization().String(),
				Reason: "user or password has a control character, which RFC 7617 forbids; was it pasted with its line end?"}
		}
	}
	return user, password, nil
}
