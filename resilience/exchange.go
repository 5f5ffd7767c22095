package resilience

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// exchange is one RoundTrip of a [Transport].
//
// retryablehttp turns the loop, drains and waits, from the first repeat on; what is sent, what comes back and whether to
// go on is decided here. It sees neither the request nor the response: it gets a stand-in of each, so that it can't read the caller's body
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

	begun bool // retryablehttp has been given the outcome of the first attempt
}

// loopLimit is above what decide allows, so that retryablehttp never gives up by itself.
const loopLimit = 2 * MaxAttempts

func newExchange(t *Transport, r *http.Request) *exchange {
	return &exchange{
		t:          t,
		r:          r,
		repeatable: t.Repeatable || safeMethod(r.Method),
		reopens:    r.Body == nil || r.Body == http.NoBody || r.GetBody != nil,
		attempts:   min(max(t.policy().Attempts(), 1), MaxAttempts),
	}
}

// run makes the first attempt, and turns the loop if another is to follow: most requests need none.
func (x *exchange) run() (*http.Response, error) {
	ctx := x.r.Context()
	finished := false
	defer func() {
		if !finished && x.resp != nil { // a policy or a hook panicked
			_ = x.resp.Body.Close()
		}
	}()
	x.send()
	if x.next = x.decide(ctx); x.next {
		x.loop(ctx)
	}
	finished = true
	if x.sends == 0 {
		closeBody(x.r)
		return nil, x.err
	}
	if x.next { // the context ended during the wait, and the last response is used up
		return nil, ctx.Err()
	}
	return x.resp, x.err
}

// loop repeats until decide says no.
func (x *exchange) loop(ctx context.Context) {
	client := retryablehttp.Client{
		HTTPClient: &http.Client{Transport: x},
		RetryMax:   loopLimit,
		CheckRetry: func(ctx context.Context, _ *http.Response, _ error) (bool, error) {
			if x.begun { // else it was decided
				x.next = x.decide(ctx)
			}
			x.begun = true
			return x.next, nil
		},
		Backoff: func(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
			if x.t.Retrying != nil {
				x.t.Retrying(x.sends+1, x.wait)
			}
			return x.wait
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	standIn := (&http.Request{Method: x.r.Method, URL: x.r.URL, Header: http.Header{}}).WithContext(ctx)
	_, _ = client.Do(&retryablehttp.Request{Request: standIn}) // what came of it is in x
}

// RoundTrip makes one attempt, for retryablehttp; the first has been made. The response that it returns only carries the
// body to drain.
func (x *exchange) RoundTrip(*http.Request) (*http.Response, error) {
	if x.begun {
		x.send()
	}
	if x.err != nil {
		return nil, x.err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: x.resp.Body}, nil
}

// send makes one attempt.
func (x *exchange) send() {
	x.next = false
	req, err := x.attempt()
	if err != nil {
		x.resp, x.err = nil, err
		return
	}
	x.sends++
	if x.resp, x.err = roundTrip(x.t.Next, req); x.err == nil {
		x.said = x.t.read(x.resp)
	}
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
