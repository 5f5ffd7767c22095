package resilience

import (
	"context"
	"math"
	"sync"
	"time"
)

// Bounds of asking a [Quota].
const (
	quotaTimeout = 1500 * time.Millisecond // longer than a quota's own, so that it is the one to find out what is away
	quotaBatch   = 64
)

// line is the waiting line before the limits of one key.
type line struct {
	key   LimitKey
	quota Quota // nil if the limits are this process's own
	own   Buckets

	mu      sync.Mutex // guards what follows
	limits  []Limit    // those of the latest who asked
	queue   lanes
	again   *time.Timer // set while the line waits for the next event
	asking  bool        // the quota is being asked
	nextAt  time.Time   // when the quota has said that it will have one
	lastUse time.Time   // when somebody looked it up to take from it
}

// idleLine is how long a line is kept without use; one of this process's own also as long as its buckets fill.
const idleLine = time.Minute

// wait returns nil when it is the tenant's turn and all limits allow it.
func (l *line) wait(ctx context.Context, tenant string, limits []Limit, patience time.Duration) error {
	w, err := l.join(tenant, limits, patience)
	if err != nil || w == nil {
		return err
	}
	if l.quota != nil {
		patience += quotaTimeout // which is for asking
	}
	timer := time.NewTimer(patience + time.Millisecond) // it was expected to be served in time, to the very end of it
	defer timer.Stop()
	select {
	case <-w.ready:
		return w.err
	case <-ctx.Done():
		return l.leave(w, func() error { return ctx.Err() })
	case <-timer.C: // others came, whose turn it was
		return l.leave(w, func() error { return &LimitError{Key: l.key, RetryAfter: l.expected(time.Now(), tenant)} })
	}
}

// join takes an event if nobody waits and there is one, and nil is returned; else a place in the line, unless it would
// take too long.
func (l *line) join(tenant string, limits []Limit, patience time.Duration) (*waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.limits, l.lastUse = limits, now
	if l.quota == nil && l.queue.waiting == 0 {
		if got, _ := l.own.Take(now, limits, 1); got == 1 {
			return nil, nil
		}
	}
	if expected := l.expected(now, tenant); expected > patience || !l.queue.hasRoom(tenant) {
		return nil, &LimitError{Key: l.key, RetryAfter: expected}
	}
	w := l.queue.push(tenant)
	w.asked = l.quota == nil
	w.deadline = now.Add(patience)
	l.serve()
	return w, nil
}

// check refuses what join would refuse for the time that it takes.
func (l *line) check(tenant string, limits []Limit, patience time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits, l.lastUse = limits, time.Now()
	if expected := l.expected(time.Now(), tenant); expected > patience {
		return &LimitError{Key: l.key, RetryAfter: expected}
	}
	return nil
}

// expected is how long one more of a tenant would wait, as things stand. Needs l.mu, as do the helpers below.
func (l *line) expected(now time.Time, tenant string) time.Duration {
	before := l.queue.before(tenant)
	if l.quota == nil {
		return l.own.until(now, l.limits, before+1)
	}
	wait := max(l.nextAt.Sub(now), 0)
	for _, limit := range l.limits {
		if limit.Validate() == nil {
			ns := float64(before) / limit.PerSecond() * float64(time.Second)
			wait = max(wait, time.Duration(min(ns, math.MaxInt64/2)))
		}
	}
	return wait
}

// serve lets those through for whom there are events, and comes back when there is the next.
func (l *line) serve() {
	switch {
	case l.queue.waiting == 0, l.again != nil, l.asking:
	case l.quota == nil:
		got, wait := l.own.Take(time.Now(), l.limits, l.queue.waiting)
		l.admit(got, wait)
	default:
		l.asking = true
		go l.ask(l.limits, min(l.queue.waiting, quotaBatch))
	}
}

// ask asks the quota, without the lock.
func (l *line) ask(limits []Limit, n int) {
	got, wait, err := 0, time.Duration(0), error(nil)
	defer func() { // a quota that panics ends the process, but not with this line held
		l.mu.Lock()
		defer l.mu.Unlock()
		l.asking = false
		if err != nil {
			got, wait = l.own.Take(time.Now(), limits, n)
		}
		now := time.Now()
		if got >= n {
			wait = 0
		} else {
			wait = max(wait, time.Millisecond)
		}
		l.nextAt = now.Add(wait)
		l.admit(min(got, n), wait)
		l.refuseLate(now)
		if wait == 0 {
			l.serve()
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), quotaTimeout)
	defer cancel()
	got, wait, err = l.quota.Take(ctx, l.key, limits, n)
}

// admit lets n through, in turn; who is left waits for the next time.
func (l *line) admit(n int, wait time.Duration) {
	for range n {
		if !l.queue.pop(nil) {
			break
		}
	}
	if l.queue.waiting == 0 || l.quota != nil && wait <= 0 {
		return
	}
	l.again = time.AfterFunc(max(wait, time.Microsecond), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.again = nil
		l.serve()
	})
}

// refuseLate ends the wait of those who came since the quota was last asked, and can't be served in time.
func (l *line) refuseLate(now time.Time) {
	for el := l.queue.turn.Front(); el != nil; {
		lane := el.Value.(*lane)
		el = el.Next() // the lane may go
		for at := lane.waiters.Back(); at != nil; {
			w := at.Value.(*waiter)
			at = at.Prev()
			if w.asked {
				break // so were all before
			}
			w.asked = true
			if l.nextAt.After(w.deadline) {
				l.queue.end(w, &LimitError{Key: l.key, RetryAfter: max(l.nextAt.Sub(now), 0)})
			}
		}
	}
}

// leave ends a wait, unless it has ended meanwhile.
func (l *line) leave(w *waiter, why func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.place != nil {
		l.queue.end(w, why())
		if l.queue.waiting == 0 && l.again != nil {
			l.again.Stop()
			l.again = nil
		}
	}
	return w.err
}

// idle says that the line is as good as a new one.
func (l *line) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queue.waiting > 0 || l.asking || time.Since(l.lastUse) <= idleLine { // somebody may be about to take from it
		return false
	}
	return l.quota != nil || l.own.full(time.Now())
}
