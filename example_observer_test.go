package waygate_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/waygate-go/waygate"
)

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
	provider := newStock(2) // fails twice
	defer provider.Close()
	counter := &attemptCounter{}
	_, acme := connected(waygate.Config{Observers: []waygate.Observer{counter}}, stock(provider.URL))

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	noError(err)
	fmt.Println("calls:", counter.calls.Load(), "attempts:", counter.attempts.Load(), "failed:", counter.failed.Load())
	// Output:
	// calls: 1 attempts: 3 failed: 2
}
