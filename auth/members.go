package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// maxMembers bounds one All or Any.
const maxMembers = 16

// group is what All and Any have in common, pointers to them included.
type group interface{ members() []Scheme }

func (s All) members() []Scheme { return s.Schemes }
func (s Any) members() []Scheme { return s.Schemes }

// checkShape bounds the tree of members before anything walks it: one that
// holds itself would be walked for ever.
func checkShape(op, kind string, members []Scheme, level int) *Error {
	if level > maxNesting {
		return &Error{Op: op, Scheme: kind, Field: "schemes", Reason: "is nested more than four levels deep; put the members into one list"}
	}
	if len(members) == 0 || len(members) > maxMembers {
		return &Error{Op: op, Scheme: kind, Field: "schemes", Reason: "must have 1 to 16 members"}
	}
	for i, m := range members {
		if written.IsNil(m) {
			return &Error{Op: op, Scheme: kind, Field: memberField(i), Reason: "is nil; leave it out"}
		}
		if g, ok := m.(group); ok {
			if err := checkShape(op, m.Kind(), g.members(), level+1); err != nil {
				return memberError(op, kind, i, err)
			}
		}
	}
	return nil
}

func validateMembers(kind string, members []Scheme) error {
	if err := checkShape(opValidate, kind, members, 1); err != nil {
		return err
	}
	for i, m := range members {
		if err := m.Validate(); err != nil {
			return memberError(opValidate, kind, i, err)
		}
	}
	return nil
}

func memberField(i int) string { return "schemes[" + strconv.Itoa(i) + "]" }

// memberError puts the member's place before what the member said.
func memberError(op, kind string, i int, err error) *Error {
	return fieldError(op, kind, memberField(i), err)
}

// fieldError puts a field before what the scheme in it said.
func fieldError(op, kind, field string, err error) *Error {
	var inner *Error
	if !errors.As(err, &inner) {
		return &Error{Op: op, Scheme: kind, Field: field, Err: err}
	}
	if inner.Field != "" {
		field += "." + inner.Field
	}
	return &Error{Op: op, Scheme: kind, Field: field, Reason: inner.Reason, Err: inner.Err}
}

// reOp says of an error that it came up in another operation.
func reOp(op string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	again := *e
	again.Op = op
	return &again
}

func noMembers(op, kind string) *Error {
	return &Error{Op: op, Scheme: kind, Field: "schemes", Reason: "there are none; give 1 to 16"}
}

// identifies says whether a scheme may present a certificate. A group does if one
// of its members may.
func identifies(m Scheme) bool {
	if g, ok := m.(group); ok {
		return slices.ContainsFunc(g.members(), identifies)
	}
	_, ok := m.(Identifier)
	return ok
}

// identityOf gives a scheme's identity, unset if it has none but takes the
// credential.
func identityOf(m Scheme, c Credential) (certificate, key secret.String, err error) {
	if i, ok := m.(Identifier); ok {
		return i.Identity(c)
	}
	return secret.String{}, secret.String{}, m.Accepts(c)
}

// placesOf gives the places of all members, each once.
func placesOf(members []Scheme) []Place {
	var places []Place
	for _, m := range members {
		p, ok := m.(Placer)
		if !ok {
			continue
		}
		for _, place := range p.Places() {
			if !slices.Contains(places, place) {
				places = append(places, place)
			}
		}
	}
	return places
}

// overlaps reports whether writing to one place undoes what was written to the
// other. The Cookie header as a whole overlaps with every cookie.
func overlaps(a, b Place) bool {
	a.In, b.In = a.In.orHeader(), b.In.orHeader()
	switch {
	case a.In == InHeader && b.In == InHeader:
		return strings.EqualFold(a.Name, b.Name)
	case a.In == b.In:
		return a.Name == b.Name
	}
	return isCookieHeader(a) && b.In == InCookie || a.In == InCookie && isCookieHeader(b)
}

func isCookieHeader(p Place) bool { return p.In == InHeader && strings.EqualFold(p.Name, "Cookie") }

func marshalMembers(kind string, members []Scheme) ([]byte, error) {
	if err := checkShape(opEncode, kind, members, 1); err != nil {
		return nil, err
	}
	var plain struct {
		Schemes []json.RawMessage `json:"schemes"`
	}
	for i, m := range members {
		raw, err := marshalMember(kind, memberField(i), m)
		if err != nil {
			return nil, err
		}
		plain.Schemes = append(plain.Schemes, raw)
	}
	return written.Marshal(kind, plain)
}

// marshalMember writes the scheme in a field of another.
func marshalMember(kind, field string, m Scheme) (json.RawMessage, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fieldError(opEncode, kind, field, err)
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if json.Unmarshal(raw, &head) != nil || head.Kind != m.Kind() {
		return nil, &Error{Op: opEncode, Scheme: kind, Field: field,
			Reason: "the scheme " + written.Quote(m.Kind()) + " has no written form; give its type a MarshalJSON that writes its kind"}
	}
	return raw, nil
}

func decodeMembers(kind string, raw []byte, kinds KindMap) ([]Scheme, error) {
	var w struct {
		Schemes []jsontext.Value `json:"schemes"`
	}
	if err := written.Members(raw, &w); err != nil {
		return nil, decodeError(kind, written.Explain(err))
	}
	members := make([]Scheme, 0, len(w.Schemes))
	for i, m := range w.Schemes {
		s, err := Decode(bytes.Clone(m), kinds)
		if err != nil {
			return nil, memberError(opDecode, kind, i, err)
		}
		members = append(members, s)
	}
	return members, nil
}
