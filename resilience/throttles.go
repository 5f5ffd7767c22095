package resilience

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultThrottles is how many keys [NewThrottles] keeps where nothing else is set.
const DefaultThrottles = 10_000

// longestHold bounds how long a provider's word is believed: after it one request may ask again.
const longestHold = time.Hour

// ThrottleKey names what is held back: an Action of a Tenant's Connection to an Integration. Action is empty for all that the
// connection sends.
type ThrottleKey struct{ Tenant, Integration, Connection, Action string }

// ThrottleError says that the provider has nothing left for longer than it is worth to wait. Nothing was sent.
type ThrottleError struct {
	RetryAfter time.Duration // until it has
}

// Error names the time.
func (e *ThrottleError) Error() string {
	return fmt.Sprintf("the provider said that nothing is left of its quota: try again in %v", e.RetryAfter.Round(time.Millisecond))
}

// Throttles remembers which quotas are used up, and until when, so that nothing is sent which would only be refused. It
// knows a bounded number of keys; when it is full it forgets the one used least recently, of the tenant who has the most.
// It is safe for concurrent use.
type Throttles struct {
	keys *bounded.Shared[ThrottleKey, *throttle]
}

type throttle struct {
	mu    sync.Mutex // guards until
	until time.Time
}

// NewThrottles makes a set of at most max keys; less than 1 means [DefaultThrottles].
func NewThrottles(max int) *Throttles {
	if max < 1 {
		max = DefaultThrottles
	}
	return &Throttles{keys: bounded.NewShared[ThrottleKey, *throttle](max, nil)}
}

// Hold holds a key back for d from now, at most an hour. It never lets go earlier than was said before: answers can come
// in another order than that in which the provider counted.
func (t *Throttles) Hold(key ThrottleKey, d time.Duration) {
	if d <= 0 {
		return
	}
	until := time.Now().Add(min(d, longestHold))
	h, _ := t.keys.GetOrCreate(key.Tenant, key, func() *throttle { return &throttle{until: until} })
	h.mu.Lock()
	defer h.mu.Unlock()
	if until.After(h.until) {
		h.until = until
	}
}

// Wait waits until none of the keys is held back. maxWait bounds the wait: 0 means [DefaultMaxWait], a negative one not to
// wait at all. If it would take longer, or until ctx's deadline, Wait returns a [*ThrottleError] at once. If ctx ends, it
// returns ctx's error.
func (t *Throttles) Wait(ctx context.Context, maxWait time.Duration, keys ...ThrottleKey) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	end := time.Now().Add(patience(ctx, maxWait))
	for {
		now := time.Now()
		until := t.until(keys)
		switch {
		case !until.After(now):
			return nil
		case until.After(end):
			return &ThrottleError{RetryAfter: until.Sub(now)}
		}
		if err := sleep(ctx, until.Sub(now)); err != nil {
			return err
		}
	}
}

// until is when the last of the keys is let go.
func (t *Throttles) until(keys []ThrottleKey) (last time.Time) {
	for _, key := range keys {
		h, ok := t.keys.Get(key)
		if !ok {
			continue
		}
		h.mu.Lock()
		if h.until.After(last) {
			last = h.until
		}
		h.mu.Unlock()
	}
	return last
}

// sleep waits, unless ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
