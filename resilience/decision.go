package resilience

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// decide says whether another attempt follows the one that gave x.resp or x.err, and sets x.wait for it.
func (x *exchange) decide(ctx context.Context) bool {
	if ctx.Err() != nil || x.sends == 0 {
		return false
	}
	if x.resp != nil && (x.meaning() == RefreshThenRetry || x.said.Means == "" && x.t.unfit(x.resp.StatusCode)) {
		return x.reopens && x.refresh(ctx)
	}
	if !x.mayRepeat() || x.retries+1 >= x.attempts {
		return false
	}
	if !x.reopens {
		return x.hold(HeldBody)
	}
	return x.schedule(ctx)
}

// unfit says whether a status that isn't 401 speaks of the credential.
func (t *Transport) unfit(status int) bool {
	return status >= 400 && status <= 499 && status != http.StatusUnauthorized && t.Unfit != nil && t.Unfit(status)
}

// hold tells why there is no other attempt.
func (x *exchange) hold(reason Held) bool {
	if x.t.Held != nil {
		x.t.Held(reason)
	}
	return false
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
	switch x.meaning() {
	case RateLimited:
		return true
	case Retry:
		return x.repeatable || x.t.NotProcessed && x.resp.StatusCode == http.StatusServiceUnavailable
	}
	return false
}

// meaning is what the response was found to mean, else what its status means; empty for no failure that passes.
func (x *exchange) meaning() Meaning {
	if x.said.Means != "" {
		return x.said.Means
	}
	switch x.resp.StatusCode {
	case http.StatusUnauthorized:
		return RefreshThenRetry
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return Retry
	}
	return ""
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
// made too long, one at whose end the context is over, and one for which there is no budget.
func (x *exchange) schedule(ctx context.Context) bool {
	wait, more := x.planned()
	if !more {
		return false
	}
	if x.resp != nil && x.said.Stated {
		if wait = max(x.said.Wait, 0); wait > x.t.maxWait() {
			return x.hold(HeldWait)
		}
	}
	// A context's deadline runs on the process clock, whatever Transport.Now says.
	if deadline, ok := ctx.Deadline(); ok && wait >= time.Until(deadline) {
		return x.hold(HeldDeadline)
	}
	if x.t.Spend != nil && !x.t.Spend() {
		return x.hold(HeldBudget)
	}
	x.retries++
	x.wait = wait
	return true
}

// planned is the policy's wait; false if it wants no other attempt.
func (x *exchange) planned() (time.Duration, bool) {
	policy := x.t.policy()
	if c, ok := policy.(Clocked); ok {
		wait, more := c.Next(x.retries+1, x.t.now(), x.t.random)
		return max(wait, 0), more
	}
	return max(policy.Wait(x.retries+1, x.t.random), 0), true
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
