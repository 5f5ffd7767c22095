package resilience

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// decide says whether another attempt follows the one that gave x.resp or x.err, and sets x.wait for it.
func (x *exchange) decide(ctx context.Context) bool {
	if ctx.Err() != nil || !x.reopens || x.sends == 0 {
		return false
	}
	if x.resp != nil && x.t.unfit(x.resp.StatusCode) {
		return x.refresh(ctx)
	}
	if !x.mayRepeat() || x.retries+1 >= x.attempts {
		return false
	}
	return x.schedule(ctx)
}

// unfit says whether a status speaks of the credential.
func (t *Transport) unfit(status int) bool {
	switch {
	case status == http.StatusUnauthorized:
		return true
	case status < 400 || status > 499 || t.Unfit == nil:
		return false
	}
	return t.Unfit(status)
}

// refresh asks for a new credential, once. If that fails, its error becomes the outcome.
func (x *exchange) refresh(ctx context.Context) bool {
	if x.t.Refresh == nil || x.refreshed {
		return false
	}
	x.refreshed = true
	again, err := x.t.Refresh(ctx)
	if err != nil {
		_ = x.resp.Body.Close()
		x.resp, x.err = nil, err
		return false
	}
	x.wait = 0
	return again
}

// mayRepeat is the rule of what can't do harm: the request is safe to repeat, or this outcome says that nothing was
// done.
func (x *exchange) mayRepeat() bool {
	if x.err != nil {
		return x.mayRepeatError()
	}
	switch x.resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return x.repeatable || x.t.NotProcessed
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusGatewayTimeout:
		return x.repeatable
	}
	return false
}

func (x *exchange) mayRepeatError() bool {
	if errors.Is(x.err, context.Canceled) {
		return false
	}
	if a, ok := errors.AsType[*AttemptError](x.err); ok {
		if a.Final {
			return false
		}
		if a.Unsent {
			return true
		}
	}
	return x.repeatable
}

// schedule sets the wait: what the provider states, else what the policy says. It refuses one that the provider has
// made too long, and one at whose end the context is over.
func (x *exchange) schedule(ctx context.Context) bool {
	wait, stated := x.stated()
	if !stated {
		wait = max(x.t.policy().Wait(x.retries+1, x.t.random), 0)
	} else if wait > x.t.maxWait() {
		return false
	}
	// A context's deadline runs on the process clock, whatever Transport.Now says.
	if deadline, ok := ctx.Deadline(); ok && wait >= time.Until(deadline) {
		return false
	}
	x.retries++
	x.wait = wait
	return true
}

func (x *exchange) stated() (time.Duration, bool) {
	if x.resp == nil {
		return 0, false
	}
	return RetryAfter(x.resp.Header, x.t.now())
}

// safeMethod says whether a method promises that a repeat does no more than the first (RFC 9110, section 9.2.2). TRACE
// is left out: no API uses it. "" is GET, as everywhere in net/http.
func safeMethod(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}
