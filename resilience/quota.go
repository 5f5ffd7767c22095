package resilience

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Quota hands out the events of limits that many processes share, so that together they keep what a provider grants.
// [Limiters] puts its waiting lines before it: it is asked for as many events as are waited for, by one goroutine for
// each key.
//
//  1. Take takes up to n events of a key, each from all of its limits, as many as they allow now. got is 0 to n.
//  2. If got is less than n, wait is the time after which asking again makes sense, above 0.
//  3. Keys that differ in any field are different; so are limits that differ in any.
//  4. An error means that nothing is known: the limits are then kept in this process alone. One that can be away should
//     rather fall back to its share of the limits by itself.
//  5. It returns when ctx ends, and is safe for concurrent use.
type Quota interface {
	Take(ctx context.Context, key LimitKey, limits []Limit, n int) (got int, wait time.Duration, err error)
}

// Buckets are the token buckets of one key, in this process. The zero value is ready: full buckets. Buckets are safe for
// concurrent use.
type Buckets struct {
	mu  sync.Mutex // guards all
	all []bucket
}

type bucket struct {
	limit   Limit
	limiter *rate.Limiter
}

// nearly is what may be missing of an event: times are whole nanoseconds, and tokens floats.
const nearly = 1e-6

// Take takes up to n events at a time, from each of the limits; those that Validate refuses are left out. If it got
// less, wait is the time until there is one more, above 0. Limits are told apart by their values; the latest 16 are
// kept.
func (b *Buckets) Take(now time.Time, limits []Limit, n int) (got int, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	got = n
	var room [4]*rate.Limiter
	held := room[:0]
	for _, limit := range limits {
		if limit.Validate() != nil {
			continue
		}
		l := b.limiter(limit)
		held = append(held, l)
		tokens := l.TokensAt(now)
		got = min(got, max(int(tokens+nearly), 0))
	}
	for _, l := range held {
		if got > 0 {
			l.ReserveN(now, got)
		}
		if got < n {
			wait = max(wait, delay(l, now, 1), 1)
		}
	}
	return got, wait
}

// until is the time that n events take from now on, with nobody else about.
func (b *Buckets) until(now time.Time, limits []Limit, n int) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, limit := range limits {
		if limit.Validate() == nil {
			wait = max(wait, delay(b.limiter(limit), now, n))
		}
	}
	return wait
}

// delay is the time until a bucket has n tokens, or would have if it held as many.
func delay(l *rate.Limiter, now time.Time, n int) time.Duration {
	missing := float64(n) - l.TokensAt(now)
	if missing <= nearly {
		return 0
	}
	ns := missing / float64(l.Limit()) * float64(time.Second)
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}

// full says that all buckets are as new ones.
func (b *Buckets) full(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.all {
		if known.limiter.TokensAt(now) < float64(known.limiter.Burst()) {
			return false
		}
	}
	return true
}

// bucketsPerKey bounds the limits that one key is known by.
const bucketsPerKey = 16

// limiter finds or makes the bucket of a limit. Needs b.mu.
func (b *Buckets) limiter(limit Limit) *rate.Limiter {
	for _, known := range b.all {
		if known.limit == limit {
			return known.limiter
		}
	}
	if len(b.all) >= bucketsPerKey {
		b.all = slices.Delete(b.all, 0, 1)
	}
	fresh := rate.NewLimiter(rate.Limit(limit.PerSecond()), limit.AtOnce())
	b.all = append(b.all, bucket{limit, fresh})
	return fresh
}
