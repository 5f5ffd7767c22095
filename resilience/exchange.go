package resilience

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// exchange is one RoundTrip of a [Transport].
//
// retryablehttp turns the loop, drains and waits; what is sent, what comes back and whether to go on is decided here.
// It sees neither the request nor the response: it gets a stand-in of each, so that it can't read the caller's body
// into memory, wrap an error in one that quotes the URL, or follow a redirect. exchange has no CloseIdleConnections,
// which hides that of Next: retryablehttp calls it when it gives up, and would close the connections of every other call.
type exchange struct {
	t          *Transport
	r          *http.Request
	repeatable bool // safe to repeat after it may have taken effect
	reopens    bool // the body can be sent again

	attempts  int  // that the policy allows
	sends     int  // through Next so far
	retries   int  // repeats that count against attempts
	refreshed bool // Refresh was asked

	resp *http.Response // what the last attempt gave
	err  error
	said Reading       // by resp
	wait time.Duration // before the next attempt
	next bool          // another attempt was decided on, and has not begun

	http   http.Client
	client retryablehttp.Client
}

// loopLimit is above what decide allows, so that retryablehttp never gives up by itself.
const loopLimit = 2 * MaxAttempts

func newExchange(t *Transport, r *http.Request) *exchange {
	policy := t.policy()
	x := &exchange{
		t:          t,
		r:          r,
		repeatable: t.Repeatable || safeMethod(r.Method),
		reopens:    r.Body == nil || r.Body == http.NoBody || r.GetBody != nil,
		attempts:   min(max(policy.Attempts(), 1), MaxAttempts),
	}
	x.http.Transport = x
	x.client.HTTPClient = &x.http
	x.client.RetryMax = loopLimit
	x.client.CheckRetry = func(ctx context.Context, _ *http.Response, _ error) (bool, error) {
		x.next = x.decide(ctx)
		return x.next, nil
	}
	x.client.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
		if t.Retrying != nil {
			t.Retrying(x.sends+1, x.wait)
		}
		return x.wait
	}
	x.client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return x
}

// run turns the loop until it ends.
func (x *exchange) run() (*http.Response, error) {
	ctx := x.r.Context()
	finished := false
	defer func() {
		if !finished && x.resp != nil { // a policy or a hook panicked
			_ = x.resp.Body.Close()
		}
	}()
	standIn := (&http.Request{Method: x.r.Method, URL: x.r.URL, Header: http.Header{}}).WithContext(ctx)
	_, err := x.client.Do(&retryablehttp.Request{Request: standIn})
	finished = true
	if x.sends == 0 {
		closeBody(x.r)
		return nil, bare(err)
	}
	if x.next { // the context ended during the wait, and the last response is used up
		return nil, ctx.Err()
	}
	return x.resp, x.err
}

// RoundTrip makes one attempt, for retryablehttp. The response that it returns only carries the body to drain.
func (x *exchange) RoundTrip(*http.Request) (*http.Response, error) {
	x.next = false
	req, err := x.attempt()
	if err != nil {
		x.resp, x.err = nil, err
		return nil, err
	}
	x.sends++
	x.resp, x.err = roundTrip(x.t.Next, req)
	if x.err != nil {
		return nil, x.err
	}
	x.said = x.t.read(x.resp)
	return &http.Response{StatusCode: http.StatusOK, Body: x.resp.Body}, nil
}

// attempt makes the request of the next attempt. It has headers of its own, so that a signature put there for one
// attempt is not in the way of the next.
func (x *exchange) attempt() (*http.Request, error) {
	if err := x.r.Context().Err(); err != nil {
		return nil, err
	}
	req := x.r.WithContext(x.r.Context())
	if req.Header = x.r.Header.Clone(); req.Header == nil {
		req.Header = http.Header{}
	}
	hideKey(req.Header, "Idempotency-Key", "idempotency-key")
	hideKey(req.Header, "X-Idempotency-Key", "x-idempotency-key")
	if x.sends > 0 && req.Body != nil && req.Body != http.NoBody {
		body, err := x.r.GetBody()
		if err != nil {
			return nil, &AttemptError{Err: &Error{Field: "body", Reason: "can't be opened again", Err: err}, Unsent: true, Final: true}
		}
		req.Body = body
	}
	if !x.repeatable {
		req.GetBody = nil
	}
	return req, nil
}

// roundTrip holds next to the contract of a RoundTripper: a response with a body, or an error.
func roundTrip(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := next.RoundTrip(req)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, err
	}
	if resp == nil {
		return nil, &AttemptError{Err: wrong("next", "gave neither a response nor an error"), Final: true}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, nil
}

// hideKey moves a header to a key of the map where net/http does not look for it.
func hideKey(h http.Header, canonical, hidden string) {
	if values, ok := h[canonical]; ok {
		h[hidden] = append(h[hidden], values...)
		delete(h, canonical)
	}
}

// bare takes off the wrapping of http.Client, whose text quotes the URL with its query.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
