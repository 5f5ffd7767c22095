// Command definitions works with an API that it learns of at run time: the
// definition is a JSON document, inputs are maps, results are read without Go
// types. It shows
//
//   - a definition that is parsed, registered, listed and written again,
//   - actions called by name, over a connection with a base URL of its own,
//   - definitions that are wrong, and how the error names the place.
//
// Run alone, it starts a CRM on a loopback address and tells what happens.
package main

import (
	"context"
	_ "embed" // for crm.json
	"fmt"
	"io"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/store/memory"
)

//go:embed crm.json
var definition string

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "definitions:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 6, Deals: 4}}})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: provider.Policy()})
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	integration, err := gw.ParseIntegration([]byte(definition))
	if err != nil {
		return err
	}
	if err := gw.Register(ctx, integration); err != nil {
		return err
	}
	// acme runs the CRM itself: its connection says where.
	_, err = gw.Tenant("acme").Connect(ctx, integration.ID, waygate.ConnectionSpec{
		Slug: "own", BaseURL: provider.URL(), Credential: auth.Token(provider.Token("acme")),
	})
	if err != nil {
		return err
	}
	t := &tour{out: out, gw: gw, acme: gw.Tenant("acme")}
	for _, stop := range []func(context.Context) error{t.list, t.call, t.collect, t.writtenAgain, t.broken} {
		if err := stop(ctx); err != nil {
			return err
		}
	}
	return nil
}
