package resilience

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"
)

// DefaultMaxWait is the longest wait that the loop accepts from a provider, and that a rate limit may ask for, where
// nothing else is set.
const DefaultMaxWait = 60 * time.Second

// Transport is the attempt loop: an [http.RoundTripper] that sends a request through Next once, and again where that
// is allowed. It is made for each call; making one costs nothing, Next is shared.
//
// An attempt that fails is repeated if it is safe to, if the policy has attempts left, and if the wait fits. A response
// of 408, 425, 429, 500, 502, 503 or 504 and any error but a final one count as failures. It is safe to repeat GET,
// HEAD, PUT, DELETE, OPTIONS, and anything if Repeatable. Any other request is repeated only after
//
//   - an error which says that nothing was written ([AttemptError] with Unsent),
//   - a 429, or a 503 if NotProcessed,
//   - a 401, or what Unfit takes for one, once and without wait, if Refresh says that there is a new credential; this
//     repeat is not counted.
//
// Read can give a response another [Meaning] than that of its status: it is then handled as the status of that meaning.
//
// Never repeated: [AttemptError] with Final, whatever has [context.Canceled] in its chain, a request whose context has
// ended, and a request with a body that can't be opened again (Body without GetBody): such a reader goes to Next as it
// is, unread.
//
// What comes back is what the last attempt gave: its response with the body unread, or its error as Next returned it.
// The exceptions are the context's error, if it ended during a wait, and Refresh's, if it failed. The body of a response
// that is followed by another attempt is closed.
//
// The transport of net/http repeats requests by itself: those that it takes to be idempotent, which includes any with
// a header Idempotency-Key or X-Idempotency-Key, provided that it can open the body again. So what Next gets differs
// from the caller's request in two ways: GetBody is nil where the request is not safe to repeat, and the two headers
// stand under their names in lower case, "idempotency-key", where that transport does not look and [http.Header.Get]
// does not either. Header names don't depend on case (RFC 9110, section 5.1), so the server sees no difference.
//
// The functions are looked up when they are needed: Next may set them during an attempt that fails.
type Transport struct {
	// Next sends one attempt. It must not be nil. Its idle connections are left alone whatever happens here.
	Next http.RoundTripper

	// Policy sets attempts and waits; nil means Exponential{}. It may be [Clocked] or [Patient].
	Policy Policy

	// Read says what a response means and what wait it states, for example by a [Reader]. If it looks into the body it
	// leaves it to be read from the beginning. nil means that the status says it all, and Retry-After how long to wait.
	Read func(*http.Response) Reading

	// Spend is asked before each repeat that is counted, for example of [RetryBudgets]. False ends the loop with what the
	// last attempt gave. nil allows all.
	Spend func() bool

	// Held is told why a failure that the policy would have repeated isn't. It may be nil.
	Held func(Held)

	// Repeatable says that the request may be repeated even if it has taken effect: the action is idempotent, or the
	// provider was given a key by which it knows the repeat.
	Repeatable bool

	// NotProcessed says that a 503 of this provider means that nothing was done.
	NotProcessed bool

	// Refresh is asked after a 401, and what Unfit takes for one, at most once in a round trip, and only if the request could be sent again. True
	// means that it may succeed now. An error ends the round trip, and is returned in place of the response. nil means
	// that a 401 stands.
	Refresh func(ctx context.Context) (bool, error)

	// Unfit says of a status between 400 and 499 that Refresh is asked after it as after a 401. It may be nil.
	Unfit func(status int) bool

	// MaxWait is the longest wait that is accepted from the provider; 0 means DefaultMaxWait. If it asks for more, or for
	// more than the context has left, the loop ends at once with the response. A Patient policy has its own bound. The
	// policy's waits are bounded by the context alone.
	MaxWait time.Duration

	// Rand returns a number in [0, 1) for the policy; nil means [rand.Float64].
	Rand func() float64

	// Now is the clock by which a date in Retry-After is read; nil means [time.Now].
	Now func() time.Time

	// Retrying is told of each repeat before its wait: the number of the attempt to come, from 2, and the wait, which
	// is 0 after a refresh. It may be nil.
	Retrying func(attempt int, wait time.Duration)
}

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip sends r, and again where [Transport] allows it. It does not change r.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.Next == nil {
		closeBody(r)
		return nil, wrong("next", "must be set to the transport that sends an attempt")
	}
	if r.URL == nil {
		closeBody(r)
		return nil, wrong("url", "must be set")
	}
	return newExchange(t, r).run()
}

func (t *Transport) policy() Policy {
	if t.Policy == nil {
		return Exponential{}
	}
	return t.Policy
}

func (t *Transport) read(resp *http.Response) Reading {
	if t.Read == nil {
		return (*Reader)(nil).Read(resp.StatusCode, resp.Header, nil, t.now())
	}
	return t.Read(resp)
}

func (t *Transport) maxWait() time.Duration {
	if p, ok := t.Policy.(Patient); ok {
		return p.MaxWait()
	}
	if t.MaxWait <= 0 {
		return DefaultMaxWait
	}
	return t.MaxWait
}

func (t *Transport) random() float64 {
	if t.Rand == nil {
		return rand.Float64()
	}
	return t.Rand()
}

func (t *Transport) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// closeBody keeps the promise of a RoundTripper where r never reaches Next.
func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
