package auth

import (
	"context"
	"slices"
)

var (
	_ Renewer = All{}
	_ Renewer = Any{}
)

// Renewal is that of the member that is a [Renewer]; not possible if none is.
func (s All) Renewal(c Credential) Renewal {
	if i := renewerIn(s.Schemes); i >= 0 {
		return renewalOf(s.Schemes[i], c)
	}
	return Renewal{}
}

// Renew lets the member that is a [Renewer] renew c. The *Error says so if none is.
func (s All) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	return renewWith(ctx, s.Kind(), s.Schemes, renewerIn(s.Schemes), call, c)
}

// Renewal is that of the member that signs with c, if it is a [Renewer].
func (s Any) Renewal(c Credential) Renewal {
	if i, err := s.choose(opAccept, c); err == nil {
		return renewalOf(s.Schemes[i], c)
	}
	return Renewal{}
}

// Renew lets the member that signs with c renew it. The *Error says so if it is no [Renewer].
func (s Any) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	i, err := s.choose(opRenew, c)
	if err != nil {
		return Credential{}, err
	}
	return renewWith(ctx, s.Kind(), s.Schemes, i, call, c)
}

// renews says whether a scheme obtains credentials. A group does if one of its members does.
func renews(m Scheme) bool {
	switch m.(type) {
	case All, *All, Any, *Any:
		return slices.ContainsFunc(m.(group).members(), renews)
	}
	_, ok := m.(Renewer)
	return ok
}

func renewerIn(members []Scheme) int { return slices.IndexFunc(members, renews) }

func renewalOf(m Scheme, c Credential) Renewal {
	if r, ok := m.(Renewer); ok {
		return r.Renewal(c)
	}
	return Renewal{}
}

func renewWith(ctx context.Context, kind string, members []Scheme, i int, call TokenCall, c Credential) (Credential, error) {
	if i >= 0 && i < len(members) {
		if r, ok := members[i].(Renewer); ok {
			renewed, err := r.Renew(ctx, call, c)
			if e, ok := err.(*Error); ok {
				return Credential{}, memberError(opRenew, kind, i, e)
			}
			return renewed, err
		}
	}
	return Credential{}, &Error{Op: opRenew, Scheme: kind, Field: "schemes", Reason: "no member renews this credential; give the connection a new one"}
}
