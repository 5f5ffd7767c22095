package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// bank is a provider that says whose token it got, and takes any but the one that is revoked.
func bank(revoked *string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if token == *revoked {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = fmt.Fprintf(w, `{"token": %q, "region": %q}`, token, r.Header.Get("X-Region"))
	}))
}

// accountsOf describes bank.
func accountsOf(baseURL string) waygate.Integration {
	return waygate.Integration{
		ID: "bank", BaseURL: baseURL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "account", Method: "GET", Path: "/account"}},
	}
}

// A second account of a customer's. Calls use the primary connection, the first one, unless they name another.
func ExampleTenant_Connect() {
	ctx, revoked := context.Background(), ""
	provider := bank(&revoked)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, accountsOf(provider.URL)) // to "main", by token-of-acme

	conn, err := acme.Connect(ctx, "bank", waygate.ConnectionSpec{
		Slug:       "savings",
		Credential: auth.Token("token-of-savings"),
		Tags:       []string{"eu"},
		Metadata:   map[string]string{"opened_by": "ann"}, // the host's own
	})
	noError(err)
	fmt.Println(conn.Slug, conn.Status, "primary:", conn.Primary)

	for _, opts := range [][]waygate.Option{nil, {waygate.On("savings")}} {
		res, err := acme.Invoke(ctx, "bank.account", nil, opts...)
		noError(err)
		fmt.Println(res.Meta.Connection, string(res.JSON()))
	}
	// Output:
	// savings active primary: false
	// main {"region":"","token":"token-of-acme"}
	// savings {"region":"","token":"token-of-savings"}
}

// Settings of a connection, and which one calls use.
func ExampleTenant_Update() {
	ctx, revoked := context.Background(), ""
	provider := bank(&revoked)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, accountsOf(provider.URL))
	_, err := acme.Connect(ctx, "bank", waygate.ConnectionSpec{Slug: "savings", Credential: auth.Token("token-of-savings")})
	noError(err)

	conn, err := acme.Update(ctx, "bank", "savings", waygate.ConnectionUpdate{Headers: map[string]string{"X-Region": "eu"}})
	noError(err)
	noError(acme.SetPrimary(ctx, "bank", "savings"))
	res, err := acme.Invoke(ctx, "bank.account", nil)
	noError(err)
	fmt.Println(res.Meta.Connection, string(res.JSON()))

	_, err = acme.Update(ctx, "bank", "savings", waygate.ConnectionUpdate{Tags: []string{"eu"}, Version: conn.Version - 1})
	fmt.Println("somebody else was first:", errors.Is(err, waygate.ErrConflict))
	// Output:
	// savings {"region":"eu","token":"token-of-savings"}
	// somebody else was first: true
}

// The provider takes a token back, and the customer brings another.
func ExampleTenant_SetCredential() {
	ctx, revoked := context.Background(), ""
	provider := bank(&revoked)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, accountsOf(provider.URL))

	revoked = "token-of-acme"
	_, err := acme.Invoke(ctx, "bank.account", nil)
	fmt.Println("refused:", errors.Is(err, waygate.ErrAuth))
	conn, err := acme.SetCredential(ctx, "bank", "main", auth.Token("token-2-of-acme"))
	noError(err)
	fmt.Println(conn.Slug, conn.Status)
	_, err = acme.Invoke(ctx, "bank.account", nil)
	fmt.Println(err)
	// Output:
	// refused: true
	// main active
	// <nil>
}

// A connection that pauses, and one that goes for good: the other takes its place.
func ExampleTenant_Disable() {
	ctx, revoked := context.Background(), ""
	provider := bank(&revoked)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, accountsOf(provider.URL))
	_, err := acme.Connect(ctx, "bank", waygate.ConnectionSpec{Slug: "savings", Credential: auth.Token("token-of-savings")})
	noError(err)
	show := func(after string) {
		list, err := acme.Connections(ctx, waygate.ConnectionQuery{Integration: "bank"})
		noError(err)
		for _, c := range list.Connections {
			fmt.Println(after, c.Slug, c.Status, "primary:", c.Primary)
		}
	}

	_, err = acme.Disable(ctx, "bank", "main")
	noError(err)
	show("paused:")
	_, err = acme.Enable(ctx, "bank", "main")
	noError(err)
	noError(acme.Disconnect(ctx, "bank", "main"))
	show("gone:")
	_, err = acme.Invoke(ctx, "bank.account", nil, waygate.On("main"))
	fmt.Println("called all the same:", errors.Is(err, waygate.ErrUnresolved))
	// Output:
	// paused: main disabled primary: false
	// paused: savings active primary: true
	// gone: savings active primary: true
	// called all the same: true
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
	provider := newStock(5) // fails that often, then works
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
