// Command customaction is a host that brings an action and connections of its own:
// [findContact], written in Go over a client library of the provider, and [account],
// whose token is in the host's vault and is replaced after a 401.
//
//	go run ./examples/customaction
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/store/memory"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "customaction:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 8}}})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	keys := &vault{
		rotate: func(customer string) (auth.Credential, error) { return auth.Token(provider.Issue(customer)), nil },
		tokens: map[string]auth.Credential{"acme": auth.Token(provider.Token("acme"))},
	}
	gw, err := newGateway(ctx, provider, keys)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	acme := gw.Tenant("acme")
	for _, step := range []struct{ what, email string }{
		{"by an action in Go", "Hedy.8@acme.example"},
		{"with a token that ran out", "Tony.5@acme.example"},
	} {
		contact, err := waygate.Invoke[Contact](ctx, acme, "crm.find_contact", Search{Email: step.email})
		if err != nil {
			return err
		}
		records, err := acme.Records(ctx, waygate.RecordQuery{Action: "find_contact", Limit: 1})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %s, found in %d requests\n", step.what, contact.Name, len(records.Records[0].Attempts))
		provider.Issue("acme") // the provider ends the token that the vault has
	}

	_, err = acme.Invoke(ctx, "crm.find_contact", Search{Email: "nobody@acme.example"})
	fmt.Fprintln(out, "who isn't there is missing:", errors.Is(err, waygate.ErrMissing))
	_, err = acme.Invoke(ctx, "crm.find_contact", map[string]any{"mail": "Ada.1@acme.example"})
	fmt.Fprintln(out, "input that doesn't fit is refused:", errors.Is(err, waygate.ErrInvalidInput))
	_, err = gw.Tenant("globex").Invoke(ctx, "crm.find_contact", Search{}, waygate.Through(account{keys, "acme", "crm"}))
	fmt.Fprintln(out, "another tenant's connection is refused:", errors.Is(err, waygate.ErrConfig))
	return nil
}

// newGateway asks the vault for a connection wherever a call names none.
func newGateway(ctx context.Context, provider *crm.Server, keys *vault) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: provider.Policy(), Resolve: keys.resolve})
	if err != nil {
		return nil, err
	}
	// Replace and not Register, which compares: functions can't be compared.
	return gw, gw.Replace(ctx, waygate.Integration{
		ID: "crm", BaseURL: provider.URL(), Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get_contact", Method: "GET", Path: "/contacts/{id}"},
			findContact(provider.URL()),
		},
	})
}
