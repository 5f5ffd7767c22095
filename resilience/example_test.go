package resilience_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// The loop around any http.RoundTripper: two answers of 503 are repeated.
func ExampleTransport() {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()

	client := &http.Client{Transport: &resilience.Transport{
		Next:     http.DefaultTransport,
		Policy:   resilience.Exponential{Base: time.Millisecond},
		Retrying: func(attempt int, _ time.Duration) { fmt.Println("attempt", attempt) },
	}}
	resp, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// attempt 2
	// attempt 3
	// 200 OK
}

// Two failures in a row, and the third request isn't sent.
func ExampleBreakers() {
	breakers := resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) {
		fmt.Println(c.Key.Host, "was", c.From, "and is", c.To)
	})
	key := resilience.BreakerKey{Tenant: "acme", Connection: "main", Host: "api.example.com"}
	send := func() error {
		done, err := breakers.Allow(key, resilience.BreakerSettings{Failures: 2})
		if err != nil {
			return err
		}
		outcome := resilience.Failure // what a panic leaves
		defer func() { done(outcome) }()
		return errors.New("no answer") // outcome = resilience.Success where there is one
	}
	for range 2 {
		fmt.Println(send())
	}
	var open *resilience.OpenError
	fmt.Println(errors.As(send(), &open), open.RetryAfter > 59*time.Second)
	// Output:
	// no answer
	// api.example.com was closed and is open
	// no answer
	// true true
}

// Two rates of one connection at once: the second event would have to wait for an hour.
func ExampleLimiters() {
	limiters := resilience.NewLimiters(0)
	key := resilience.LimitKey{Scope: "connection", Tenant: "acme", Integration: "github", Connection: "main"}
	limits := []resilience.Limit{{Rate: 10}, {Rate: 1, Per: time.Hour}}
	fmt.Println(limiters.Wait(context.Background(), key, limits, 0))

	var limited *resilience.LimitError
	fmt.Println(errors.As(limiters.Wait(context.Background(), key, limits, 0), &limited))
	// Output:
	// <nil>
	// true
}

// The written form of a policy, read and written again. A member that it doesn't have is an error.
func ExampleDecode() {
	policy, err := resilience.Decode([]byte(`{"kind":"exponential","max_attempts":5,"base":"200ms"}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(policy.Attempts(), policy.Wait(1, func() float64 { return 0.5 }))
	written, _ := json.Marshal(policy)
	fmt.Println(string(written))

	_, err = resilience.Decode([]byte(`{"kind":"exponential","tries":5}`), nil)
	fmt.Println(err)
	// Output:
	// 5 100ms
	// {"kind":"exponential","max_attempts":5,"base":"200ms"}
	// resilience: tries: is not a member of this object, remove it
}

// Seconds, also with a fraction, or a date.
func ExampleRetryAfter() {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	fmt.Println(resilience.RetryAfter(http.Header{"Retry-After": {"1.5"}}, now))
	fmt.Println(resilience.RetryAfter(http.Header{"Retry-After": {"Mon, 04 May 2026 12:00:30 GMT"}}, now))
	// Output:
	// 1.5s true
	// 30s true
}

// Everybody's requests to a host are refused when many tenants see it fail, and let through when one sees it work.
func ExampleBreakers_Hosts() {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	breakers := resilience.NewBreakers(0, func() time.Time { return now }, nil)
	try := func(tenant string, outcome resilience.Outcome) error {
		key := resilience.BreakerKey{Tenant: tenant, Connection: "main", Host: "api.example.com"}
		done, err := breakers.Allow(key, resilience.BreakerSettings{})
		done(outcome)
		return err
	}
	for i := range 10 {
		_ = try([]string{"acme", "globex", "initech"}[i%3], resilience.Failure)
	}
	fmt.Println(try("umbrella", resilience.Success))
	now = now.Add(time.Minute)
	fmt.Println(try("umbrella", resilience.Success))
	for _, c := range breakers.History(resilience.BreakerKey{Host: "api.example.com"}) {
		fmt.Println(c.At.Format(time.TimeOnly), c.From, "→", c.To)
	}
	// Output:
	// circuit for the whole host api.example.com is open: try again in 1m0s
	// <nil>
	// 12:00:00 closed → open
	// 12:01:00 open → half_open
	// 12:01:00 half_open → closed
}

// Two events for all tenants together: who would have to wait for too long is told so at once.
func ExampleLimiters_WaitAll() {
	limiters := resilience.NewLimiters(0)
	shared := []resilience.Demand{{
		Key:    resilience.LimitKey{Scope: "integration", Integration: "github"},
		Limits: []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}},
	}}
	for _, tenant := range []string{"acme", "acme", "globex"} {
		err := limiters.WaitAll(context.Background(), tenant, shared, time.Minute)
		var over *resilience.LimitError
		fmt.Println(tenant, "refused:", errors.As(err, &over)) // over.RetryAfter says for how long
	}
	// Output:
	// acme refused: false
	// acme refused: false
	// globex refused: true
}

// Allow without an allocation, for those who keep something of each request anyway.
func ExampleBreakers_Enter() {
	breakers := resilience.NewBreakers(0, nil, nil)
	key := resilience.BreakerKey{Tenant: "acme", Connection: "con_1", Host: "api.example.com"}
	for range 6 {
		var permit resilience.Permit // part of what else is kept of the request
		if err := breakers.Enter(&permit, key, resilience.BreakerSettings{Failures: 5}); err != nil {
			fmt.Println("not sent")
			continue
		}
		permit.Done(resilience.Failure)
	}
	// Output: not sent
}

// A policy of the host's own, by its name in written forms. A gateway takes it as part of its Config.Kinds.
func ExampleKinds() {
	kinds := resilience.Kinds()
	kinds["nightly"] = func([]byte, resilience.KindMap) (resilience.Policy, error) {
		return resilience.Schedule{Waits: []time.Duration{time.Hour, 6 * time.Hour}}, nil
	}
	policy, err := resilience.Decode([]byte(`{"kind":"nightly"}`), kinds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(policy.Attempts(), policy.Wait(2, nil))
	// Output: 3 6h0m0s
}
