package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// What a provider grants each account: two calls an hour. A call that would have to wait for longer than a minute isn't
// sent, and its error says how long it would be.
func ExampleIntegration_limits() {
	provider := newStock(0)
	defer provider.Close()
	in := stock(provider.URL)
	in.Limits = []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	_, acme := connected(waygate.Config{}, in)

	for range 3 {
		_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
		var e *waygate.Error
		if errors.As(err, &e) {
			fmt.Println(e.Kind, "sent:", e.Attempts, "again after", e.RetryAfter.Round(time.Minute))
			continue
		}
		fmt.Println("ok")
	}
	// Output:
	// ok
	// ok
	// rate_limited sent: 0 again after 30m0s
}

// A bound for all accounts of one customer together. Another customer has its own.
func ExampleIntegration_tenantLimits() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	in := stock(provider.URL)
	in.TenantLimits = []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	gw, acme := connected(waygate.Config{}, in)
	_, err := acme.Connect(ctx, "stock", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token("another-of-acme")})
	noError(err)
	globex := gw.Tenant("globex")
	_, err = globex.Connect(ctx, "stock", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-globex")})
	noError(err)

	call := func(t *waygate.Tenant, slug string) {
		_, err := t.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"}, waygate.On(slug))
		fmt.Println(t.ID(), slug, "refused:", errors.Is(err, waygate.ErrRateLimited))
	}
	call(acme, "main")
	call(acme, "second")
	call(acme, "main")
	call(globex, "main")
	// Output:
	// acme main refused: false
	// acme second refused: false
	// acme main refused: true
	// globex main refused: false
}

// A bound for all customers together, where the provider counts the platform's calls. Who waits, waits in turns.
func ExampleIntegration_sharedLimits() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	in := stock(provider.URL)
	in.SharedLimits = []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	gw, acme := connected(waygate.Config{}, in)
	globex := gw.Tenant("globex")
	_, err := globex.Connect(ctx, "stock", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-globex")})
	noError(err)

	for _, t := range []*waygate.Tenant{acme, acme, globex} {
		_, err := t.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
		fmt.Println(t.ID(), "refused:", errors.Is(err, waygate.ErrRateLimited))
	}
	// Output:
	// acme refused: false
	// acme refused: false
	// globex refused: true
}

// At most two requests at once to one host, whoever makes them; others wait for a place.
func ExampleIntegration_concurrency() {
	var underWay, most atomic.Int64
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := underWay.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(5 * time.Millisecond) // its work
		underWay.Add(-1)
		_, _ = io.WriteString(w, `{"left": 3}`)
	}))
	defer provider.Close()
	in := stock(provider.URL)
	in.Concurrency = &resilience.Concurrency{Max: 2}
	_, acme := connected(waygate.Config{}, in)

	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
			noError(err)
		})
	}
	calls.Wait()
	fmt.Println("at most", most.Load(), "at once")
	// Output: at most 2 at once
}

// A provider that is down isn't asked three times as often for it: when the budget is spent, calls aren't repeated any
// more. Here it begins with 3 retries; by default it is 10, and a tenth of the requests.
func ExampleConfig_retryBudget() {
	provider := newStock(100) // fails that often, then works
	defer provider.Close()
	_, acme := connected(waygate.Config{
		RetryBudget: resilience.BudgetSettings{Floor: 3},
		Breaker:     resilience.BreakerSettings{Failures: 100}, // it would refuse them all
	}, stock(provider.URL))

	for range 3 {
		_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
		var e *waygate.Error
		var held *resilience.HeldError
		if errors.As(err, &e) {
			fmt.Println(e.Status, "attempts:", e.Attempts, "held back:", errors.As(err, &held) && held.Reason == resilience.HeldBudget)
		}
	}
	// Output:
	// 502 attempts: 3 held back: false
	// 502 attempts: 2 held back: true
	// 502 attempts: 1 held back: true
}

// What two customers see fail is everybody's outage: a third one's call isn't sent.
func ExampleConfig_hostBreaker() {
	ctx := context.Background()
	provider := newStock(100) // fails that often, then works
	defer provider.Close()
	gw, _ := connected(waygate.Config{HostBreaker: resilience.HostSettings{Attempts: 6, Tenants: 2}}, stock(provider.URL))

	for _, id := range []string{"globex", "initech", "umbrella"} {
		t := gw.Tenant(id)
		_, err := t.Connect(ctx, "stock", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-" + id)})
		noError(err)
		_, err = t.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
		var e *waygate.Error
		if errors.As(err, &e) {
			fmt.Println(id, e.Kind, "attempts:", e.Attempts)
		}
	}
	for _, c := range gw.Breakers().Hosts() {
		fmt.Println("the host:", c.State)
	}
	// Output:
	// globex server attempts: 3
	// initech server attempts: 3
	// umbrella circuit_open attempts: 0
	// the host: open
}
