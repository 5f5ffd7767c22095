package waygate_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate"
)

// accounts tells people what became of their connections.
type accounts struct{}

var (
	_ waygate.Observer           = accounts{}
	_ waygate.ConnectionObserver = accounts{}
)

func (accounts) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (accounts) CallEnded(context.Context, waygate.CallRecord) {}

func (accounts) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	c := e.Connection
	fmt.Println(c.Tenant, c.Slug, e.Event)
	if e.Event == waygate.EventNeedsReauth { // mail them a link that begins with Authorize, with the same slug
		fmt.Println("mail to", c.Tenant, "because of", c.CredentialCause)
	}
}

// Two accounts are connected. The token of one is renewed; the other's access is taken
// back at the provider, and its people authorize it again.
func ExampleConnectionObserver() {
	ctx := context.Background()
	provider, gw := login("https://app.example.org/oauth/crm", accounts{})
	acme, globex := gw.Tenant("acme"), gw.Tenant("globex")
	authorize := func(tenant *waygate.Tenant) {
		a, err := tenant.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
		noError(err)
		_, err = tenant.Complete(ctx, agrees(provider, a.URL), a.Binding)
		noError(err)
	}
	authorize(acme)
	authorize(globex)

	provider.expireAll() // the provider answers 401, and gives a new token for the refresh token
	_, err := globex.Invoke(ctx, "crm.list_contacts", nil)
	noError(err)

	provider.revokeAll() // somebody at acme takes the access back
	_, err = acme.Invoke(ctx, "crm.list_contacts", nil)
	fmt.Println("the call:", errors.Is(err, waygate.ErrNeedsReauth))
	authorize(acme)
	// Output:
	// acme main connected
	// globex main connected
	// globex main refreshed
	// acme main needs_reauth
	// mail to acme because of invalid_grant
	// the call: true
	// acme main credential_set
}
