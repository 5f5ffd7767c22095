package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// bankOf is a provider with two accounts, told apart by their tokens; those are taken back one day.
func bankOf(revoked *string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.Header.Get("Authorization"); token == "Bearer "+*revoked {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = fmt.Fprintf(w, `{"account": %q, "region": %q}`, r.Header.Get("Authorization"), r.Header.Get("X-Region"))
	}))
}

// A connection from its first day to its last: a second one, settings, the primary one, a new token, a pause, the end.
func ExampleTenant_Connect() {
	ctx := context.Background()
	var revoked string
	provider := bankOf(&revoked)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "bank", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "account", Method: "GET", Path: "/account"}},
	})
	call := func(opts ...waygate.Option) {
		res, err := acme.Invoke(ctx, "bank.account", nil, opts...)
		if err != nil {
			fmt.Println("auth:", errors.Is(err, waygate.ErrAuth), "unresolved:", errors.Is(err, waygate.ErrUnresolved))
			return
		}
		fmt.Println(res.Meta.Connection, string(res.JSON()))
	}

	_, err := acme.Connect(ctx, "bank", waygate.ConnectionSpec{Slug: "savings", Credential: auth.Token("token-of-savings")})
	noError(err)
	call() // the first one is the primary one
	call(waygate.On("savings"))

	_, err = acme.Update(ctx, "bank", "savings", waygate.ConnectionUpdate{Headers: map[string]string{"X-Region": "eu"}})
	noError(err)
	noError(acme.SetPrimary(ctx, "bank", "savings"))
	call()

	revoked = "token-of-savings" // at the provider
	call()
	_, err = acme.SetCredential(ctx, "bank", "savings", auth.Token("token-2-of-savings"))
	noError(err)
	call()

	_, err = acme.Disable(ctx, "bank", "savings") // "main" takes its place
	noError(err)
	call()
	_, err = acme.Enable(ctx, "bank", "savings")
	noError(err)
	noError(acme.Disconnect(ctx, "bank", "main"))
	list, err := acme.Connections(ctx, waygate.ConnectionQuery{Integration: "bank"})
	noError(err)
	for _, c := range list.Connections {
		fmt.Println("left:", c.Slug, c.Status, c.Primary)
	}
	call(waygate.On("main"))
	// Output:
	// main {"account":"Bearer token-of-acme","region":""}
	// savings {"account":"Bearer token-of-savings","region":""}
	// savings {"account":"Bearer token-of-savings","region":"eu"}
	// auth: true unresolved: false
	// savings {"account":"Bearer token-2-of-savings","region":"eu"}
	// main {"account":"Bearer token-of-acme","region":""}
	// left: savings active true
	// auth: false unresolved: true
}

// The platform's clients and a tenant's are listed and removed apart.
func ExampleTenant_Apps() {
	ctx := context.Background()
	_, gw := login("https://app.example.org/oauth/crm") // has put the platform's "main"
	acme := gw.Tenant("acme")
	_, err := acme.PutApp(ctx, waygate.App{Integration: "crm", ID: "own", Client: auth.Client{ID: "client-of-acme"}})
	noError(err)

	show := func(apps []*waygate.AppInfo, err error) {
		noError(err)
		for _, a := range apps {
			fmt.Printf("%q %s %s\n", a.Tenant, a.ID, a.ClientID)
		}
	}
	show(gw.Apps(ctx, "crm"))
	show(acme.Apps(ctx, "crm"))
	noError(acme.DeleteApp(ctx, "crm", "own"))
	noError(gw.DeleteApp(ctx, "crm", "main"))
	_, err = acme.Authorize(ctx, "crm", waygate.AuthorizeSpec{Slug: "main"})
	fmt.Println("without an app:", errors.Is(err, waygate.ErrConfig))
	// Output:
	// "" main client-1
	// "acme" own client-of-acme
	// without an app: true
}

// A process: Run works beside the calls, and is ended before Shutdown.
func ExampleGateway_Run() {
	provider := newStock(0)
	defer provider.Close()
	gw, acme := connected(waygate.Config{}, stock(provider.URL))

	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- gw.Run(ctx) }()
	_, err := acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	noError(err)

	end() // the signal to end came, and the host's server has answered what it had
	fmt.Println("run:", <-ended)
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println("shutdown:", gw.Shutdown(last), "dropped:", gw.DroppedRecords())
	_, err = acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	fmt.Println("later:", errors.Is(err, waygate.ErrConfig))
	// Output:
	// run: <nil>
	// shutdown: <nil> dropped: 0
	// later: true
}

// What a customer's calls came to.
func ExampleTenant_Statistics() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	gw, acme := connected(waygate.Config{}, stock(provider.URL))
	for _, item := range []string{"bolt", "nut", "screw", "a very long bolt"} {
		_, _ = acme.Invoke(ctx, "stock.count", map[string]any{"item": item})
	}
	noError(gw.Flush(ctx)) // Run does it within a second
	s, err := acme.Statistics(ctx, waygate.StatisticsQuery{Integration: "stock"})
	noError(err)
	fmt.Println("calls:", s.Calls, "rate:", s.SuccessRate(), "by kind:", s.ByKind)
	// Output:
	// calls: 4 rate: 0.75 by kind: map[invalid_input:1]
}

// The circuits that a connection's calls have to pass: its own, and that of the host.
func ExampleTenant_Circuits() {
	ctx := context.Background()
	provider := newStock(5)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, stock(provider.URL))
	for range 2 { // five attempts that fail open the circuit
		_, _ = acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	}
	circuits, err := acme.Circuits(ctx, "stock", "main")
	noError(err)
	for _, c := range circuits {
		fmt.Println("own:", c.Key.Tenant != "", c.State, "changes:", len(c.Changes))
	}
	// Output:
	// own: true open changes: 1
	// own: false closed changes: 0
}
