package auth

import (
	"context"
	"net/http"
	"slices"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// All signs with every one of its members, in order: two keys of different
// places, or a key beside a pair.
type All struct {
	// Schemes are 1 to 16 members. No two may write to the same place, and None
	// may not be among them; at most one may present a certificate, and at most
	// one be a [Renewer]. Up to four levels may nest.
	Schemes []Scheme `json:"schemes"`
}

var (
	_ Scheme     = All{}
	_ Placer     = All{}
	_ Identifier = All{}
)

// Kind is "all".
func (All) Kind() string { return "all" }

// Validate checks the members, and that they don't overwrite one another.
func (s All) Validate() error {
	if err := validateMembers(s.Kind(), s.Schemes); err != nil {
		return err
	}
	identified := false
	for i, m := range s.Schemes {
		if identifies(m) && identified {
			return &Error{Op: opValidate, Scheme: s.Kind(), Field: memberField(i),
				Reason: "presents a certificate, as a member before it does; a connection has only one"}
		}
		identified = identified || identifies(m)
		if renews(m) && renewerIn(s.Schemes[:i]) >= 0 {
			return &Error{Op: opValidate, Scheme: s.Kind(), Field: memberField(i),
				Reason: "obtains tokens, as a member before it does; a credential has only one access token"}
		}
		if m.Kind() == (None{}).Kind() {
			return &Error{Op: opValidate, Scheme: s.Kind(), Field: memberField(i),
				Reason: "none signs nothing; leave it out, or use auth.Any"}
		}
		before := placesOf(s.Schemes[:i])
		for _, p := range placesOf(s.Schemes[i : i+1]) {
			if slices.ContainsFunc(before, func(q Place) bool { return overlaps(p, q) }) {
				return &Error{Op: opValidate, Scheme: s.Kind(), Field: memberField(i),
					Reason: "writes to the same place as a member before it: " + written.Quote(p.String())}
			}
		}
	}
	return nil
}

// Identity gives that of the member that has one, if every member takes the
// credential.
func (s All) Identity(c Credential) (certificate, key secret.String, err error) {
	if len(s.Schemes) == 0 {
		return secret.String{}, secret.String{}, noMembers(opIdentify, s.Kind())
	}
	for i, m := range s.Schemes {
		cert, private, err := identityOf(m, c)
		if err != nil {
			return secret.String{}, secret.String{}, memberError(opIdentify, s.Kind(), i, err)
		}
		if !cert.IsZero() {
			certificate, key = cert, private
		}
	}
	return certificate, key, nil
}

// Accepts asks every member.
func (s All) Accepts(c Credential) error {
	if len(s.Schemes) == 0 {
		return noMembers(opAccept, s.Kind())
	}
	for i, m := range s.Schemes {
		if err := m.Accepts(c); err != nil {
			return memberError(opAccept, s.Kind(), i, err)
		}
	}
	return nil
}

// Authorize lets every member sign, in order, and stops at the first that fails.
func (s All) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	if err := s.Accepts(c); err != nil {
		return reOp(opAuthorize, err)
	}
	for i, m := range s.Schemes {
		if err := m.Authorize(ctx, r, c); err != nil {
			return memberError(opAuthorize, s.Kind(), i, err)
		}
	}
	return nil
}

// Places gives those of all members.
func (s All) Places() []Place { return placesOf(s.Schemes) }

// MarshalJSON writes {"kind":"all"} and the members. It fails if one of them has
// no written form.
func (s All) MarshalJSON() ([]byte, error) { return marshalMembers(s.Kind(), s.Schemes) }

func decodeAll(raw []byte, kinds KindMap) (Scheme, error) {
	members, err := decodeMembers((All{}).Kind(), raw, kinds)
	if err != nil {
		return nil, err
	}
	return All{Schemes: members}, nil
}
