package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// newStock is a provider whose warehouse is out of order: it fails the first
// times that it is asked, up to the given number.
func newStock(failures int) *httptest.Server {
	var n atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) <= int64(failures) {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = io.WriteString(w, `{"left": 3}`)
	}))
}

// stock describes newStock.
func stock(baseURL string) waygate.Integration {
	return waygate.Integration{
		ID: "stock", BaseURL: baseURL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "count", Method: "GET", Path: "/count/{item}",
			InputSchema: json.RawMessage(`{"properties": {"item": {"type": "string", "maxLength": 8}}, "required": ["item"]}`),
		}},
	}
}

// Which circuits refuse calls, and why; and one that is closed again by hand.
func ExampleGateway_Breakers() {
	ctx := context.Background()
	provider := newStock(3) // fails three times
	defer provider.Close()
	gw, acme := connected(waygate.Config{Breaker: resilience.BreakerSettings{Failures: 3}}, stock(provider.URL))

	_, err := acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"}) // three attempts
	fmt.Println(errors.Is(err, waygate.ErrServer))
	_, err = acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"}) // refused at once
	fmt.Println(errors.Is(err, waygate.ErrCircuitOpen))
	for _, c := range gw.Breakers().List("acme") { // "" for those of all tenants
		fmt.Println(c.State, "after", c.Consecutive, "failures, a probe in", c.RetryAfter.Round(time.Minute))
		noError(gw.Breakers().Reset(c.Key)) // the provider says that it works again
	}
	_, err = acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	fmt.Println(err)
	// Output:
	// true
	// true
	// open after 3 failures, a probe in 1m0s
	// <nil>
}

// Maintenance: nobody's calls go to a host until it is let go.
func ExampleGateway_Breakers_force() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	gw, acme := connected(waygate.Config{}, stock(provider.URL))

	host := resilience.BreakerKey{Host: strings.TrimPrefix(provider.URL, "http://")} // with a Tenant and Connection, of one alone
	noError(gw.Breakers().Force(host, resilience.StateOpen))
	_, err := acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	circuit, _ := gw.Breakers().State(host)
	fmt.Println(errors.Is(err, waygate.ErrCircuitOpen), circuit.State, circuit.Forced)

	noError(gw.Breakers().Reset(host))
	_, err = acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	fmt.Println(err)
	// Output:
	// true open true
	// <nil>
}

// What a program can read of a failure, here of an input that is longer than its schema allows. No field holds a value of
// the input.
func ExampleError() {
	provider := newStock(0)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, stock(provider.URL))

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "a very long bolt"})
	var e *waygate.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Category(), e.Hint, "attempts:", e.Attempts)
		for _, f := range e.Fields {
			fmt.Printf("%s: %s wants %s\n", f.Pointer, f.Keyword, f.Expected)
		}
	}
	// Output:
	// invalid_input VALIDATION RETRY_WITH_MODIFIED_INPUT attempts: 0
	// /item: maxLength wants at most 8 characters
}

// A customer reports an error with its call ID, which stands in the error, and in
// Meta of a result: what happened?
func ExampleTenant_Records() {
	provider := newStock(3) // fails that often, then works
	defer provider.Close()
	_, acme := connected(waygate.Config{}, stock(provider.URL))

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	var e *waygate.Error
	fmt.Println(errors.As(err, &e))
	page, err := acme.Records(context.Background(), waygate.RecordQuery{ID: e.CallID})
	noError(err)
	for _, r := range page.Records {
		fmt.Println(r.Integration, r.Action, r.Connection, r.Kind)
		for i, a := range r.Attempts {
			fmt.Println(i+1, a.Method, a.Status, a.Kind)
		}
	}
	// Output:
	// true
	// stock count main server
	// 1 GET 502 server
	// 2 GET 502 server
	// 3 GET 502 server
}

// Who changed what: the newest first, without any secret.
func ExampleTenant_Audit() {
	ctx := waygate.WithActor(context.Background(), "support:maria")
	provider := newStock(0)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, stock(provider.URL))
	_, err := acme.SetCredential(ctx, "stock", "main", auth.Token("token-2-of-acme"))
	noError(err)
	_, err = acme.Disable(ctx, "stock", "main")
	noError(err)

	page, err := acme.Audit(ctx, waygate.AuditQuery{Target: "stock/main", Limit: 2})
	noError(err)
	for _, e := range page.Entries {
		fmt.Println(e.Actor, e.Action, e.Target)
	}
	// Output:
	// support:maria connection.disable stock/main
	// support:maria credential.set stock/main
}

// A customer leaves: all that is kept of it goes, but for one entry of the audit trail that says so.
func ExampleTenant_Purge() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	_, acme := connected(waygate.Config{}, stock(provider.URL))
	noError(acme.SetVariable(ctx, waygate.Variable{Name: "plan", Value: "gold"}))
	_, err := acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	noError(err)

	gone, err := acme.Purge(waygate.WithActor(ctx, "support:maria"))
	noError(err)
	fmt.Printf("%+v\n", gone)
	// Output: {Connections:1 Credentials:1 Variables:1 Apps:0 Flows:0 Records:1}
}
