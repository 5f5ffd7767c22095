// Command backend is a web service that shows its customers their contacts,
// wherever those live: an [http.Handler] over Waygate. It shows how
//
//   - the customer of the request becomes the tenant of the call,
//   - a list is given out in portions, whose next token is a parameter of the
//     service's own API, and streamed as a whole,
//   - failures become HTTP statuses, by kind and category and not by text.
//
// Run alone, it starts a CRM and the service on loopback addresses, and sends
// itself some requests.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 8}}})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	gw, err := newGateway(ctx, provider)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	if err := connect(ctx, gw, provider, "acme"); err != nil {
		return err
	}
	return visit(ctx, out, newBackend(gw, map[string]string{"key-of-acme": "acme", "key-of-initech": "initech"}))
}

// newGateway knows the CRM.
func newGateway(ctx context.Context, provider *crm.Server) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: provider.Policy()})
	if err != nil {
		return nil, err
	}
	return gw, gw.Register(ctx, waygate.Integration{
		ID:      "crm",
		BaseURL: provider.URL(),
		Auth:    auth.Bearer{},
		Breaker: &resilience.BreakerSettings{Failures: 1},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Pagination: pagination.Link{}},
			waygate.HTTPAction{ID: "create_contact", Method: "POST", Path: "/contacts", InputSchema: json.RawMessage(
				`{"required": ["name"], "properties": {"name": {"type": "string"}, "email": {"type": "string"}}}`)},
			waygate.HTTPAction{ID: "forecast", Method: "GET", Path: "/forecast", Retry: resilience.Never{}},
		},
	})
}

func connect(ctx context.Context, gw *waygate.Gateway, provider *crm.Server, tenant string) error {
	_, err := gw.Tenant(tenant).Connect(ctx, "crm", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Token(provider.Token(tenant)),
	})
	return err
}

// visit serves the backend and asks it for this and that.
func visit(ctx context.Context, out io.Writer, handler http.Handler) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	v := &visitor{out: out, base: "http://" + listener.Addr().String()}
	v.ask(ctx, "key-of-acme", "GET", "/contacts?limit=5", "")
	v.ask(ctx, "key-of-acme", "GET", "/contacts?limit=5&next="+v.next, "")
	v.ask(ctx, "key-of-acme", "GET", "/contacts/summary", "")
	v.ask(ctx, "key-of-acme", "GET", "/contacts/export", "")
	v.ask(ctx, "key-of-acme", "POST", "/contacts", `{"email": 7}`)
	v.ask(ctx, "key-of-acme", "POST", "/contacts", `{"name": "Ada"}`)
	v.ask(ctx, "key-of-acme", "GET", "/contacts?next=made-up", "")
	v.ask(ctx, "key-of-acme", "GET", "/forecast", "")
	v.ask(ctx, "key-of-acme", "GET", "/forecast", "")
	v.ask(ctx, "key-of-initech", "GET", "/contacts", "")
	v.ask(ctx, "a-wrong-key", "GET", "/contacts", "")
	return v.err
}
