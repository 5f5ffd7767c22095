package resilience

import (
	"slices"
	"time"
)

// force holds the circuit in a state until reset.
func (c *circuit) force(s State) {
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forced == s {
		return
	}
	now := c.now()
	c.queue(BreakerChange{Key: c.key, From: c.shown(), To: s, Forced: true, At: now}) // also from closed to closed: it holds from now on
	c.forced, c.since = s, now
}

// reset starts the circuit afresh. Old requests hold tickets of an earlier generation, which no longer count.
func (c *circuit) reset() {
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.forced != "" || c.state != StateClosed {
		c.queue(BreakerChange{Key: c.key, From: c.shown(), To: StateClosed, At: now})
		c.since = now
	}
	c.forced, c.state = "", StateClosed
	c.renew(c.settings)
}

func (c *circuit) snapshot() BreakerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := BreakerState{Key: c.key, State: c.shown(), Forced: c.forced != "", Since: c.since, Consecutive: c.consecutive}
	if c.state == StateOpen && !b.Forced {
		b.RetryAfter = max(c.until.Sub(c.now()), 0)
	}
	if c.state == StateClosed {
		c.gate.State() // rolls the window on; when open it would also move to half-open
		n := c.gate.Counts()
		b.Requests, b.Failures = int(n.TotalSuccesses+n.TotalFailures), int(n.TotalFailures)
	}
	return b
}

// shown is the state as seen from outside. Needs c.mu, as do the helpers below.
func (c *circuit) shown() State {
	if c.forced != "" {
		return c.forced
	}
	return c.state
}

// giveUpLost frees the places of probes that have not reported in time.
func (c *circuit) giveUpLost(now time.Time) {
	c.probes = slices.DeleteFunc(c.probes, func(t *ticket) bool {
		if now.Sub(t.at) < c.settings.Open {
			return false
		}
		t.spent = true
		t.report(errIgnored)
		return true
	})
}

// untilLost is the longest that a request refused for want of a probe's place has to wait for one.
func (c *circuit) untilLost(now time.Time) time.Duration {
	if len(c.probes) == 0 {
		return 0
	}
	return max(c.probes[0].at.Add(c.settings.Open).Sub(now), 0)
}

func (c *circuit) removeProbe(t *ticket) {
	if i := slices.Index(c.probes, t); i >= 0 {
		c.probes = slices.Delete(c.probes, i, i+1)
	}
}

// tell hands the queued changes to the callback, outside the lock. One goroutine at a time does it, so that they come
// in order; another that queues one meanwhile leaves it to that one. If the callback panics, the rest waits for the
// next request.
func (c *circuit) tell() {
	if !c.takeOver() {
		return
	}
	finished := false
	defer func() {
		if !finished {
			c.mu.Lock()
			c.telling = false
			c.mu.Unlock()
		}
	}()
	for {
		change, more := c.nextChange()
		if !more {
			finished = true
			return
		}
		c.changed(change)
	}
}

func (c *circuit) takeOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.telling || len(c.changes) == 0 {
		return false
	}
	c.telling = true
	return true
}

// nextChange gives up telling in the same step in which it finds the queue empty, so that no change is left behind.
func (c *circuit) nextChange() (BreakerChange, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.changes) == 0 {
		c.telling = false
		return BreakerChange{}, false
	}
	change := c.changes[0]
	c.changes = c.changes[1:]
	return change, true
}
