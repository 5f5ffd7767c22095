package main

import (
	"context"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// connectGlobex is the second customer, with an account of its own.
func (s *story) connectGlobex(ctx context.Context) {
	_, err := s.globex.Connect(ctx, "crm", waygate.ConnectionSpec{
		Slug: "west", Credential: auth.Token(s.provider.Token("globex")),
	})
	s.fail(err)
}

// otherTenant is what one customer can find out about another: nothing.
func (s *story) otherTenant(ctx context.Context) {
	s.title("A tenant that can't see another's connection")
	theirs, err := s.globex.Connection(ctx, "crm", "west")
	if err != nil {
		s.fail(err)
		return
	}
	s.say("%s is connected to %s as %q, %s", theirs.Tenant, theirs.Integration, theirs.Slug, theirs.Status)
	before, answers := s.provider.Count(), map[string]bool{}
	for _, ref := range []struct{ by, value string }{{"slug", theirs.Slug}, {"ID", theirs.ID}, {"a name that nobody has", "nobodys"}} {
		_, err := s.acme.Invoke(ctx, "crm.list_contacts", nil, waygate.On(ref.value))
		e := s.failure(err, waygate.ErrUnresolved)
		_, err = s.acme.Connection(ctx, "crm", ref.value)
		s.failure(err, waygate.ErrUnresolved)
		answers[withoutName(e, ref.value)] = true
		s.say("%s asks for it by %s: %s", s.acme.ID(), ref.by, e.Kind)
	}
	s.check("answers that tell them apart", len(answers), 1)
	s.check("requests to the provider", s.provider.Count()-before, 0)
	list, err := s.acme.Connections(ctx, waygate.ConnectionQuery{})
	if err != nil {
		s.fail(err)
		return
	}
	if !s.check("connections of acme", len(list.Connections), 1) {
		return
	}
	s.say("%s sees %d connection, %q, and sent %d requests to find out", s.acme.ID(), len(list.Connections), list.Connections[0].Slug, s.provider.Count()-before)
}

// withoutName is an error's text but for what was asked for.
func withoutName(e *waygate.Error, name string) string {
	return strings.ReplaceAll(e.Error(), name, "…")
}
