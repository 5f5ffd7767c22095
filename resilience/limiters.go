package resilience

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultLimiters is how many keys [NewLimiters] keeps where nothing else is set.
const DefaultLimiters = 10_000

// bucketsPerKey bounds the limits that one key is known by.
const bucketsPerKey = 16

// LimitKey names what is limited. The fields that don't matter in a Scope stay empty.
type LimitKey struct {
	Scope                                string // what the limit is for: "connection", "app", …
	Tenant, Integration, Connection, App string
}

// LimitError says that a place within the rate would come too late. Nothing was taken from the limit.
type LimitError struct {
	Key        LimitKey
	RetryAfter time.Duration // until there is a place, as things stand
}

// Error names the scope and the time.
func (e *LimitError) Error() string {
	return fmt.Sprintf("rate limit of the %s: try again in %v", e.Key.Scope, e.RetryAfter.Round(time.Millisecond))
}

// Limiters is a bounded set of token buckets, made as they are asked for. When it is full it forgets the key used least
// recently, whose buckets start full if it comes back. It is safe for concurrent use.
type Limiters struct {
	keys *bounded.Map[LimitKey, *buckets]
}

// NewLimiters makes a set of at most max keys; less than 1 means [DefaultLimiters].
func NewLimiters(max int) *Limiters {
	if max < 1 {
		max = DefaultLimiters
	}
	return &Limiters{keys: bounded.New[LimitKey, *buckets](max, nil)}
}

// Wait takes one event from every limit of a key and waits until all of them allow it, in the order of asking. maxWait
// bounds the wait: 0 means [DefaultMaxWait], a negative one not to wait at all. If it would take longer, or until ctx's
// deadline, Wait returns an [*LimitError] at once and gives back what it took. If ctx ends, it does the same with ctx's
// error. Limits are told apart by their values; a key may come with up to 16. Those that Validate refuses are left
// out.
func (l *Limiters) Wait(ctx context.Context, key LimitKey, limits []Limit, maxWait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(limits) == 0 {
		return nil
	}
	b := l.keys.GetOrCreate(key, func() *buckets { return new(buckets) })
	held, delay, ok := b.reserve(limits, patience(ctx, maxWait))
	if !ok {
		return &LimitError{Key: key, RetryAfter: delay}
	}
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		b.cancel(held)
		return ctx.Err()
	}
}

// patience is the longest wait that is of use.
func patience(ctx context.Context, maxWait time.Duration) time.Duration {
	if maxWait == 0 {
		maxWait = DefaultMaxWait
	}
	if deadline, ok := ctx.Deadline(); ok {
		maxWait = min(maxWait, time.Until(deadline)-1) // a wait that ends with the deadline is too long
	}
	return max(maxWait, 0)
}

// buckets are those of one key. They are taken from under one lock, all or none.
type buckets struct {
	mu  sync.Mutex // guards all
	all []bucket
}

type bucket struct {
	limit   Limit
	limiter *rate.Limiter
}

// reserve takes an event from each limit, unless one of them makes it wait too long.
func (b *buckets) reserve(limits []Limit, patience time.Duration) (held []*rate.Reservation, delay time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, limit := range limits {
		if limit.Validate() != nil {
			continue
		}
		r := b.limiter(limit).ReserveN(now, 1)
		held = append(held, r)
		delay = max(delay, r.DelayFrom(now))
	}
	if delay <= patience {
		return held, delay, true
	}
	// Nothing was reserved after these, so that cancelling gives back the whole of each.
	for _, r := range held {
		r.CancelAt(now)
	}
	return nil, delay, false
}

// cancel gives back what others have not built upon.
func (b *buckets) cancel(held []*rate.Reservation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, r := range held {
		r.CancelAt(now)
	}
}

// limiter finds or makes the bucket of a limit. Needs b.mu.
func (b *buckets) limiter(limit Limit) *rate.Limiter {
	for _, known := range b.all {
		if known.limit == limit {
			return known.limiter
		}
	}
	if len(b.all) >= bucketsPerKey {
		b.all = slices.Delete(b.all, 0, 1)
	}
	fresh := rate.NewLimiter(limit.perSecond(), limit.burst())
	b.all = append(b.all, bucket{limit, fresh})
	return fresh
}
