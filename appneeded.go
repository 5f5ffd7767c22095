package waygate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/waygate-go/waygate/auth"
)

// valueClientID is the value of a credential that has an OAuth client of its own.
const valueClientID = "client_id"

// needsApp says whether cred can only be renewed by a client that it doesn't bring.
func (c *compiledIntegration) needsApp(cred auth.Credential) bool {
	if !cred.Values[valueClientID].IsZero() {
		return false
	}
	return slices.ContainsFunc(schemesOf(c.def.Auth), func(s auth.Scheme) bool {
		renewer, ok := s.(auth.Renewer)
		if !ok || combines(s) || !renewer.Renewal(cred).Possible {
			return false
		}
		e, ok := s.(endpointer)
		return ok && slices.ContainsFunc(e.Endpoints(), func(end auth.Endpoint) bool { return end.Client })
	})
}

// appFor finds the app that a connection's tokens are renewed with: the one that it was
// made with. A connection that was made before there was one gets what a new one would
// get, if it needs that. nil if it needs none.
func (g *Gateway) appFor(ctx context.Context, c *compiledIntegration, tenant, ref string, cred auth.Credential) (*app, error) {
	if ref != "" || !c.needsApp(cred) {
		return g.appByRef(ctx, tenant, c.def.ID, ref)
	}
	a, err := g.chooseApp(ctx, tenant, c.def.ID, "")
	switch {
	case errors.Is(err, ErrInvalidInput):
		return nil, errorf(KindConfig, "", "the connection was made before there was an app for integration %q, and now there are several: "+
			"authorize it again, and name one in AuthorizeSpec.App", c.def.ID)
	case err == nil && a == nil:
		return nil, noApp(c.def.ID)
	}
	return a, err
}

// noApp says that there is no client to ask for tokens with.
func noApp(integration string) *Error {
	return errorf(KindConfig, "", "no app is registered for integration %q: register a client with the provider and give it to Gateway.PutApp", integration)
}

// clientRefused says whose client it is that a provider doesn't accept.
func clientRefused(row StoredConnection, err error) error {
	if row.App == "" {
		return fmt.Errorf("the provider doesn't accept the client that it is asked with: compare that with what the provider shows: %w", err)
	}
	return fmt.Errorf("the provider doesn't accept the client of app %q: compare it with what the provider shows, and mend it with PutApp: %w", row.App, err)
}
