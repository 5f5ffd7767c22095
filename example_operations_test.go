package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

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

// attemptCounter counts what is sent, as a host would for its metrics.
type attemptCounter struct{ calls, attempts, failed atomic.Int64 }

var (
	_ waygate.Observer        = (*attemptCounter)(nil)
	_ waygate.AttemptObserver = (*attemptCounter)(nil)
)

func (c *attemptCounter) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context {
	return ctx // or one with a span
}

func (c *attemptCounter) CallEnded(context.Context, waygate.CallRecord) { c.calls.Add(1) }

func (c *attemptCounter) AttemptStarted(_ context.Context, a waygate.AttemptInfo, h http.Header) {
	h.Set("X-Request-Id", a.CallID)
}

func (c *attemptCounter) AttemptEnded(_ context.Context, _ waygate.AttemptInfo, r waygate.AttemptRecord) {
	c.attempts.Add(1)
	if r.Kind != "" {
		c.failed.Add(1)
	}
}

// An observer sees each call, and each attempt if it has the methods for it.
func ExampleObserver() {
	provider := newStock(2)
	defer provider.Close()
	counter := &attemptCounter{}
	_, acme := connected(waygate.Config{Observers: []waygate.Observer{counter}}, stock(provider.URL))

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	noError(err)
	fmt.Println("calls:", counter.calls.Load(), "attempts:", counter.attempts.Load(), "failed:", counter.failed.Load())
	// Output:
	// calls: 1 attempts: 3 failed: 2
}

// A circuit belongs to one connection and one host. An operator can look at it,
// hold it open or closed, and let it go.
func ExampleGateway_Breakers() {
	ctx := context.Background()
	provider := newStock(3)
	defer provider.Close()
	gw, acme := connected(waygate.Config{Breaker: resilience.BreakerSettings{Failures: 3}}, stock(provider.URL))
	breakers, bolt := gw.Breakers(), map[string]any{"item": "bolt"}

	_, err := acme.Invoke(ctx, "stock.count", bolt) // three attempts
	fmt.Println(errors.Is(err, waygate.ErrServer))
	_, err = acme.Invoke(ctx, "stock.count", bolt) // refused at once
	fmt.Println(errors.Is(err, waygate.ErrCircuitOpen))

	circuit := breakers.List("acme")[0]
	info, err := acme.Connection(ctx, "stock", "main")
	noError(err)
	fmt.Println(circuit.State, circuit.Forced, circuit.Key.Connection == info.ID, "http://"+circuit.Key.Host == provider.URL)

	breakers.Reset(circuit.Key) // the provider says that it works again
	_, err = acme.Invoke(ctx, "stock.count", bolt)
	noError(err)

	noError(breakers.Force(circuit.Key, resilience.StateOpen)) // maintenance
	_, err = acme.Invoke(ctx, "stock.count", bolt)
	state, _ := breakers.State(circuit.Key)
	fmt.Println(errors.Is(err, waygate.ErrCircuitOpen), state.State, state.Forced)
	breakers.Reset(circuit.Key)
	// Output:
	// true
	// true
	// open false true true
	// true open true
}

// What a program can read of a failure. No field holds a value of the input.
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
	provider := newStock(3)
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

// A customer leaves: all that is kept of it goes, but for the entry that says so.
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

	left, err := acme.Audit(ctx, waygate.AuditQuery{})
	noError(err)
	for _, e := range left.Entries {
		fmt.Println(e.Actor, e.Action)
	}
	// Output:
	// {Connections:1 Credentials:1 Variables:1 Apps:0 Flows:0 Records:1}
	// support:maria tenant.purge
}
