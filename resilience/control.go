package resilience

import (
	"slices"
	"time"
)

// reset starts the circuit afresh. Old requests hold tickets of an earlier generation, which no longer count.
func (c *circuit) reset() {
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed(c.now())
	c.renew(c.settings)
}

func (c *circuit) snapshot() BreakerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.describe()
	b.Consecutive = c.consecutive
	if c.state == StateClosed {
		c.breaker.State() // rolls the window on; when open it would also move to half-open
		n := c.breaker.Counts()
		b.Requests, b.Failures = int(n.TotalSuccesses+n.TotalFailures), int(n.TotalFailures)
	}
	return b
}

// giveUpLost frees the places of probes that have not reported in time. Needs c.mu, as do the helpers below.
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
