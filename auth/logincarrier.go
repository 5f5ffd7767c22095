package auth

import (
	"context"
	"maps"
	"net/http"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// carrier is how requests carry a token that another scheme obtains: its Use.
type carrier struct {
	kind   string
	scheme Scheme // nil means Bearer
}

func (u carrier) use() Scheme {
	if u.scheme == nil {
		return Bearer{}
	}
	return u.scheme
}

func (u carrier) members() []Scheme { return []Scheme{u.use()} }

// view is the credential as Use sees it: a token that the person logs in with isn't what requests carry.
func (u carrier) view(c Credential) Credential {
	if c.Values[valueToken].IsZero() {
		return c
	}
	c.Values = maps.Clone(c.Values)
	c.Values[valueToken] = c.Values[valueAccessToken]
	return c
}

// ready asks for what signs a request now.
func (u carrier) ready(op string, c Credential) error {
	if c.Values[valueAccessToken].Reveal() == "" {
		return &Error{Op: op, Scheme: u.kind, Field: "values." + valueAccessToken, Reason: "is missing or empty; renew the credential first"}
	}
	if err := u.use().Accepts(u.view(c)); err != nil {
		return fieldError(op, u.kind, "use", err)
	}
	return nil
}

func (u carrier) authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, u.kind, r); err != nil {
		return err
	}
	if err := u.ready(opAuthorize, c); err != nil {
		return err
	}
	if err := u.use().Authorize(ctx, r, u.view(c)); err != nil {
		return fieldError(opAuthorize, u.kind, "use", err)
	}
	return nil
}

// identity gives that of Use, none while there is no token. accepts judges c first.
func (u carrier) identity(c Credential, accepts func(op string, c Credential) error) (certificate, key secret.String, err error) {
	if err := accepts(opIdentify, c); err != nil {
		return secret.String{}, secret.String{}, err
	}
	if u.ready(opIdentify, c) != nil {
		return secret.String{}, secret.String{}, nil
	}
	if certificate, key, err = identityOf(u.use(), u.view(c)); err != nil {
		return secret.String{}, secret.String{}, fieldError(opIdentify, u.kind, "use", err)
	}
	return certificate, key, nil
}

// validate checks how requests carry the token.
func (u carrier) validate() error {
	if u.scheme == nil {
		return nil
	}
	if err := u.shape(opValidate); err != nil {
		return err
	}
	bad := func(field, reason string) error {
		return &Error{Op: opValidate, Scheme: u.kind, Field: field, Reason: reason}
	}
	switch {
	case renews(u.scheme):
		return bad("use", "obtains tokens itself; name a scheme that carries one, such as bearer")
	case u.scheme.Kind() == (None{}).Kind():
		return bad("use", "none carries no token; leave it out for bearer")
	case namesNoField(u.scheme):
		return bad("use.field", `is empty; say which value the key is: "access_token", or another that the credential has`)
	}
	if err := u.scheme.Validate(); err != nil {
		return fieldError(opValidate, u.kind, "use", err)
	}
	return nil
}

// namesNoField finds a key that would send what the person logs in with.
func namesNoField(s Scheme) bool {
	switch s := s.(type) {
	case Key:
		return s.Field == ""
	case *Key:
		return s.Field == ""
	case group:
		for _, m := range s.members() {
			if namesNoField(m) {
				return true
			}
		}
	}
	return false
}

// shape bounds how deep Use nests, before anything walks it.
func (u carrier) shape(op string) error {
	if written.IsNil(u.scheme) {
		return &Error{Op: op, Scheme: u.kind, Field: "use", Reason: "is a nil pointer; leave it out"}
	}
	if g, ok := u.scheme.(group); ok {
		if err := checkShape(op, u.scheme.Kind(), g.members(), 2); err != nil {
			return fieldError(op, u.kind, "use", err)
		}
	}
	return nil
}

// marshalable says why Use can't be written.
func (u carrier) marshalable() error {
	if u.scheme == nil {
		return nil
	}
	if err := u.shape(opEncode); err != nil {
		return err
	}
	_, err := marshalMember(u.kind, "use", u.scheme)
	return err
}
