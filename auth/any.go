package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/secret"
)

// Any signs with the first of its members that accepts the credential: for a
// provider that takes a personal token or a pair.
type Any struct {
	// Schemes are 1 to 16 members. Up to four levels may nest.
	Schemes []Scheme `json:"schemes"`
}

var (
	_ Scheme     = Any{}
	_ Placer     = Any{}
	_ Identifier = Any{}
)

// Kind is "any".
func (Any) Kind() string { return "any" }

// Validate checks the members.
func (s Any) Validate() error { return validateMembers(s.Kind(), s.Schemes) }

// Accepts asks for one member that does. If none does, the Reason holds what each
// of them said.
func (s Any) Accepts(c Credential) error {
	_, err := s.choose(opAccept, c)
	return err
}

// Authorize signs with the member chosen. If that one fails, no other is tried.
func (s Any) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	i, err := s.choose(opAuthorize, c)
	if err != nil {
		return err
	}
	if err := s.Schemes[i].Authorize(ctx, r, c); err != nil {
		return memberError(opAuthorize, s.Kind(), i, err)
	}
	return nil
}

// Identity gives that of the member chosen.
func (s Any) Identity(c Credential) (certificate, key secret.String, err error) {
	i, err := s.choose(opIdentify, c)
	if err != nil {
		return secret.String{}, secret.String{}, err
	}
	if certificate, key, err = identityOf(s.Schemes[i], c); err != nil {
		return secret.String{}, secret.String{}, memberError(opIdentify, s.Kind(), i, err)
	}
	return certificate, key, nil
}

// Places gives those of all members: where one may write, nothing else should.
func (s Any) Places() []Place { return placesOf(s.Schemes) }

// MarshalJSON writes {"kind":"any"} and the members. It fails if one of them has
// no written form.
func (s Any) MarshalJSON() ([]byte, error) { return marshalMembers(s.Kind(), s.Schemes) }

func (s Any) choose(op string, c Credential) (int, error) {
	if len(s.Schemes) == 0 {
		return 0, noMembers(op, s.Kind())
	}
	refusals := make([]string, len(s.Schemes))
	for i, m := range s.Schemes {
		err := m.Accepts(c)
		if err == nil {
			return i, nil
		}
		refusals[i] = err.Error()
	}
	return 0, &Error{Op: op, Scheme: s.Kind(), Field: "values",
		Reason: "no member takes this credential; satisfy one of them (" + strings.Join(refusals, "; ") + ")"}
}

func decodeAny(raw []byte, kinds KindMap) (Scheme, error) {
	members, err := decodeMembers((Any{}).Kind(), raw, kinds)
	if err != nil {
		return nil, err
	}
	return Any{Schemes: members}, nil
}
