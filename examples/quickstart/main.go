// Command quickstart shows what Waygate does, against a small CRM that it starts
// on a loopback address: typed calls, pages, checks, failures that heal, failures
// that don't, tenants that can't see each other, and the records of it all.
//
//	go run ./examples/quickstart
//
// Whatever it prints was read from results, errors, records or the CRM's own
// books, and was compared before: it exits with 1 when something isn't so.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/store/memory"
)

// theLinesToCopy are all it takes: a gateway, an API, a customer, a call.
func theLinesToCopy(ctx context.Context, provider *crm.Server) (*waygate.Gateway, []Contact, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: onlyTo(provider.Addr())})
	if err != nil {
		return nil, nil, err
	}
	if err := gw.Register(ctx, integration(provider.URL())); err != nil {
		return nil, nil, err
	}
	acme := gw.Tenant("acme")
	account := waygate.ConnectionSpec{Slug: "main", Credential: auth.Token(provider.Token("acme"))}
	if _, err := acme.Connect(ctx, "crm", account); err != nil {
		return nil, nil, err
	}
	contacts, err := waygate.Invoke[[]Contact](ctx, acme, "crm.list_contacts", nil)
	return gw, contacts, err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1)
	}
}

// run is the story, one chapter after the other.
func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{
		Accounts:   map[string]crm.Account{"acme": {Contacts: 8, Deals: 7}, "globex": {Contacts: 2, Deals: 1}},
		LimitEvery: 6,
	})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()

	gw, contacts, err := theLinesToCopy(ctx, provider)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	s := &story{out: out, provider: provider, gw: gw, acme: gw.Tenant("acme"), globex: gw.Tenant("globex")}
	s.connectGlobex(ctx)
	s.typedCall(contacts)
	for _, chapter := range []func(context.Context){
		s.streamedPages, s.refusedInput, s.recoveredFailure, s.openCircuit, s.otherTenant, s.records,
	} {
		if s.err == nil {
			chapter(ctx)
		}
	}
	return s.err
}
