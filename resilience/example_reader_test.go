package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// GitHub refuses with 403, and says in a header when the quota is full again.
func ExampleReader() {
	reader, err := resilience.NewReader(nil,
		[]resilience.Remaining{{Standard: resilience.StandardXRateLimit, Form: resilience.FormEpoch}},
		[]resilience.Answer{
			{Status: []int{403}, Header: "X-RateLimit-Remaining", Equals: "0", Means: resilience.RateLimited},
			{Status: []int{403}, Path: "message", Contains: "secondary rate limit", Means: resilience.RateLimited, Wait: time.Minute},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Unix(1767225600, 0)
	quota := http.Header{}
	quota.Set("X-RateLimit-Remaining", "0")
	quota.Set("X-RateLimit-Reset", "1767225640")

	fmt.Println(reader.Read(403, quota, nil, now))
	fmt.Println(reader.Read(403, nil, []byte(`{"message": "You have exceeded a secondary rate limit."}`), now))
	fmt.Println(reader.Read(403, nil, []byte(`{"message": "Must have admin rights."}`), now))
	// Output:
	// {rate_limited 40s true}
	// {rate_limited 1m0s true}
	// { 0s false}
}

// A client whose requests are repeated by what answers say in their headers. To look into bodies as well, Read has to read
// them and put them back.
func ExampleTransport_read() {
	reader, err := resilience.NewReader([]resilience.Wait{{Header: "X-Wait-Ms", Form: resilience.FormMilliseconds}}, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Wait-Ms", "5")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer provider.Close()
	client := &http.Client{Transport: &resilience.Transport{
		Next: http.DefaultTransport,
		Read: func(r *http.Response) resilience.Reading {
			return reader.Read(r.StatusCode, r.Header, nil, time.Now())
		},
		Retrying: func(attempt int, wait time.Duration) { fmt.Println("attempt", attempt, "after", wait) },
	}}
	resp, err := client.Get(provider.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// attempt 2 after 5ms
	// attempt 3 after 5ms
	// 429 Too Many Requests
}

// A provider is down: of 100 requests that fail, a tenth is repeated, and what the budget held at first.
func ExampleRetryBudgets() {
	budgets := resilience.NewRetryBudgets(0, resilience.BudgetSettings{})
	key := resilience.BudgetKey{Tenant: "acme", Host: "api.example.com"}
	retries := 0
	for range 100 {
		budgets.Request(key)
		if budgets.Retry(key) { // Transport.Spend
			retries++
		}
	}
	fmt.Println(retries)
	// Output: 19
}

// What one answer told holds back the requests that come after it.
func ExampleThrottles() {
	throttles := resilience.NewThrottles(0)
	key := resilience.ThrottleKey{Tenant: "acme", Connection: "main"}
	throttles.Hold(key, 10*time.Minute)

	err := throttles.Wait(context.Background(), 0, key) // up to a minute
	var long *resilience.ThrottleError
	fmt.Println(errors.As(err, &long), long.RetryAfter > 9*time.Minute)
	// Output: true true
}

// Work in the background can wait, for a maintenance to end for example.
func ExampleUntil() {
	maintenance := time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	policy := resilience.Until{Time: maintenance, Every: 30 * time.Minute}
	now := maintenance.Add(-50 * time.Minute)
	for retry := 1; ; retry++ {
		wait, more := policy.Next(retry, now, nil)
		if !more {
			break
		}
		now = now.Add(wait)
		fmt.Println(now.Format(time.Kitchen))
	}
	// Output:
	// 5:40AM
	// 6:00AM
}
