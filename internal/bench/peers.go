package main

import (
	"context"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/sony/gobreaker/v2"
	"resty.dev/v3"
)

// httpPeer is net/http with encoding/json, and nothing else: what the others are measured by.
func httpPeer(url string) *peer {
	client := &http.Client{Transport: transport(), Timeout: perAttempt}
	return sendBy(client).peer(nameHTTP, url)
}

// sendBy is the sender of a client of net/http's.
func sendBy(client *http.Client) sender {
	return func(ctx context.Context, method, url, token string, body []byte) (*http.Response, error) {
		req, err := newRequest(ctx, method, url, token, body)
		if err != nil {
			return nil, err
		}
		return client.Do(req)
	}
}

// retryablePeer has hashicorp's retries within sony's breaker.
func retryablePeer(url string) *peer {
	client := retryablehttp.NewClient()
	client.HTTPClient = &http.Client{Transport: transport(), Timeout: perAttempt}
	client.Logger = nil
	client.RetryMax, client.RetryWaitMin, client.RetryWaitMax = attempts-1, firstWait, longestWait
	breaker := gobreaker.NewCircuitBreaker[*http.Response](gobreaker.Settings{Name: gobreakerFor, Timeout: openFor,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= openAfter }})
	send := func(ctx context.Context, method, url, token string, body []byte) (*http.Response, error) {
		var raw any // a nil []byte in it would be a body
		if body != nil {
			raw = body
		}
		req, err := retryablehttp.NewRequestWithContext(ctx, method, url, raw)
		if err != nil {
			return nil, err
		}
		setHeaders(req.Header, token, body != nil)
		return breaker.Execute(func() (*http.Response, error) { return client.Do(req) })
	}
	return sender(send).peer(nameRetryable, url)
}

// failsafePeer has failsafe-go's retries, breaker and rate limiter around each round trip.
func failsafePeer(url string) *peer {
	retry := failsafehttp.NewRetryPolicyBuilder().WithMaxRetries(attempts-1).WithBackoff(firstWait, longestWait).Build()
	breaker := circuitbreaker.NewBuilder[*http.Response]().WithFailureThreshold(openAfter).WithDelay(openFor).
		HandleIf(func(r *http.Response, err error) bool { return err != nil || r != nil && r.StatusCode >= 500 }).Build()
	limiter := ratelimiter.NewBurstyBuilder[*http.Response](ratePerConn, time.Second).WithMaxWaitTime(perAttempt).Build()
	client := &http.Client{Transport: failsafehttp.NewRoundTripper(transport(), retry, limiter, breaker), Timeout: perAttempt}
	return sendBy(client).peer(nameFailsafe, url)
}

// restyPeer has resty's retries, breaker and rate limiter, and lets it write and read the JSON.
func restyPeer(url string) *peer {
	client := resty.NewWithClient(&http.Client{Transport: transport()}).SetTimeout(perAttempt).
		AddRetryConditions(resty.RetryConditionStatusTooManyRequests, resty.RetryConditionStatus5XX).
		SetRetryCount(attempts - 1).SetRetryWaitTime(firstWait).SetRetryMaxWaitTime(longestWait).
		SetCircuitBreaker(resty.NewCircuitBreakerCount(openAfter, 1, openFor)).
		SetRateLimiter(resty.NewRateLimitTokenBucket(ratePerConn, ratePerConn)).
		SetLoggerWarnLevel(true) // turns them off: it would write a line for each request that carries a token over plain http
	accounts := url + "/accounts/a1/"
	return &peer{
		name: nameResty,
		get: func(ctx context.Context, conn int) ([]contact, error) {
			return restyExchange[[]contact](ctx, client, http.MethodGet, accounts+"contacts", conn, nil)
		},
		post: func(ctx context.Context, conn int, path string, in batch) ([]contact, error) {
			return restyExchange[[]contact](ctx, client, http.MethodPost, accounts+path, conn, in)
		},
		order: func(ctx context.Context, path string, input any) (summary, error) {
			o, err := restyExchange[order](ctx, client, http.MethodPost, accounts+path, 0, input)
			return o.summary(), err
		},
		pages: func(ctx context.Context) (int, error) { return restyPages(ctx, client, accounts+"pages") },
		flaky: func(ctx context.Context, key string) ([]contact, error) {
			return restyExchange[[]contact](ctx, client, http.MethodGet, url+"/flaky/"+key, 0, nil)
		},
		down: func(ctx context.Context, key string) error {
			_, err := restyExchange[any](ctx, client, http.MethodPost, url+"/down/"+key, 0, batch{})
			return err
		},
	}
}
