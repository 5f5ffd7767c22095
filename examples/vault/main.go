// Command vault is a host that keeps its customers' tokens in a vault of its own
// and has actions written in Go. It shows
//
//   - connections of the host, chosen by Config.Resolve or by the option
//     [waygate.Through], whose token is replaced after a 401,
//   - an action in Go that works through a client library of the provider, over
//     [waygate.Call.HTTPClient], and calls another action on the same
//     connection with [waygate.Call.Invoke].
//
// Run alone, it starts a CRM on a loopback address and tells what happens.
package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 5}, "globex": {Contacts: 2}}})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	keys := newVault(provider.Issue)
	keys.put("acme", provider.Token("acme"))
	gw, err := newGateway(ctx, provider, keys)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	t := &tour{out: out, gw: gw, provider: provider, keys: keys}
	for _, stop := range []func(context.Context) error{t.resolved, t.paged, t.rotated, t.inGo, t.through, t.refused} {
		if err := stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// newGateway asks the vault for a connection wherever a call names none.
func newGateway(ctx context.Context, provider *crm.Server, keys *vault) (*waygate.Gateway, error) {
	addr := provider.Addr()
	gw, err := waygate.New(waygate.Config{
		Store:   memory.New(),
		Resolve: keys.resolve,
		Egress: egress.Policy{
			Allow: []netip.Prefix{netip.PrefixFrom(addr.Addr(), 32)}, Ports: []uint16{addr.Port()}, AllowHTTP: true,
		},
	})
	if err != nil {
		return nil, err
	}
	// Replace and not Register: actions in Go can't be compared with those that
	// were registered before.
	return gw, gw.Replace(ctx, waygate.Integration{
		ID:      "crm",
		BaseURL: provider.URL(),
		Auth:    auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get_contact", Method: "GET", Path: "/contacts/{id}"},
			waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Pagination: pagination.Link{}},
			newestContact(provider.URL()),
		},
	})
}
