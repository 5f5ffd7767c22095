package resilience

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// What a circuit reports to gobreaker, which tells outcomes apart by error.
var (
	errFailed  = errors.New("failed")
	errIgnored = errors.New("ignored")
)

// windowParts is how finely the window rolls.
const windowParts = 10

// circuit is one breaker. gobreaker keeps the counts, the states and the places of probes. What it lacks is here: how
// long the circuit stays open (on our clock, and longer each time), failures in a row beyond its window, probes that
// never report, forcing and reset. Its lock is only ever taken under ours, so its callbacks run under ours too: they
// set fields and queue changes, and call nothing else.
type circuit struct {
	gate

	settings    BreakerSettings // guarded by gate.mu, as all that follows
	breaker     *gobreaker.TwoStepCircuitBreaker[struct{}]
	consecutive int
	probes      []*ticket
}

// ticket is one request that was let through; the zero ticket is none.
type ticket struct {
	c          *circuit
	report     func(error) // nil before a probe's place was taken: the request counts when it ends
	settings   BreakerSettings
	generation uint64
	at         time.Time
	spent      bool // reported, or given up; guarded by c.mu
}

func newCircuit(k BreakerKey, now func() time.Time, changed func(BreakerChange)) *circuit {
	c := &circuit{gate: gate{key: k, now: now, changed: changed, state: StateClosed, since: now()}}
	c.renew(BreakerSettings{}.defaulted())
	return c
}

// allow fills the ticket of a request that passes; not that of one which passes without being counted.
func (c *circuit) allow(t *ticket, s BreakerSettings) (err error) {
	defer func() { // after the lock is released
		told := false
		defer func() {
			if !told && t.c != nil { // the callback ended the goroutine: nobody will report
				t.done(Ignored)
			}
		}()
		c.tell()
		told = true
	}()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forced == StateOpen {
		return &OpenError{Key: c.key, Forced: true}
	}
	if c.forced == StateClosed || s.Disabled {
		return nil
	}
	now := c.now()
	c.apply(s.defaulted(), now)
	if left := c.until.Sub(now); c.state == StateOpen && left > 0 {
		return &OpenError{Key: c.key, RetryAfter: left}
	}
	if c.state == StateClosed {
		*t = ticket{c: c, settings: c.settings, generation: c.generation, at: now}
		return nil
	}
	c.giveUpLost(now)
	report, err := c.breaker.Allow()
	if err != nil {
		return &OpenError{Key: c.key, RetryAfter: c.untilLost(now)}
	}
	*t = ticket{c: c, report: report, settings: c.settings, generation: c.generation, at: now}
	c.probes = append(c.probes, t)
	return nil
}

// done reports the outcome of the request.
func (t *ticket) done(o Outcome) {
	c := t.c
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.spent || t.generation != c.generation || c.forced != "" { // forced: nothing counts until Reset, which starts afresh
		return
	}
	t.spent = true
	c.removeProbe(t)
	c.settings = t.settings // the thresholds that hold for this request
	if t.report == nil {
		report, err := c.breaker.Allow()
		if err != nil { // never, as it is closed
			return
		}
		t.report = report
	}
	switch o {
	case Success:
		c.consecutive = 0
		t.report(nil)
	case Failure:
		c.consecutive++
		t.report(errFailed)
	default:
		t.report(errIgnored)
	}
}

// apply takes over settings. gobreaker's are fixed when it is made, so two of them need a new one.
func (c *circuit) apply(s BreakerSettings, now time.Time) {
	if s.Window == c.settings.Window && s.Probes == c.settings.Probes {
		c.settings = s
		return
	}
	c.renew(s)
	c.enter(StateClosed, now)
}

// renew starts afresh with a closed breaker.
func (c *circuit) renew(s BreakerSettings) {
	c.settings = s
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   uint32(s.Probes),
		Interval:      s.Window,
		BucketPeriod:  s.Window / windowParts,
		Timeout:       1, // as good as none: c.until decides when to probe
		ReadyToTrip:   c.trips,
		OnStateChange: c.moved,
		IsExcluded:    func(err error) bool { return errors.Is(err, errIgnored) },
	})
	c.generation++
	c.consecutive, c.reopened, c.probes = 0, 0, nil
}

// trips is asked by gobreaker after a failure in the closed state.
func (c *circuit) trips(n gobreaker.Counts) bool {
	if c.consecutive >= c.settings.Failures {
		return true
	}
	requests := n.TotalSuccesses + n.TotalFailures
	return int(requests) >= c.settings.MinRequests && float64(n.TotalFailures) >= c.settings.Rate*float64(requests)
}

// moved is told by gobreaker of a change.
func (c *circuit) moved(_ string, from, to gobreaker.State) {
	now := c.now()
	c.generation++
	c.probes = nil
	switch to {
	case gobreaker.StateOpen:
		if from == gobreaker.StateHalfOpen {
			c.reopened++
		}
		c.until = now.Add(c.key.grown(c.settings.Open, c.reopened))
		c.enter(StateOpen, now)
	case gobreaker.StateHalfOpen:
		c.enter(StateHalfOpen, now)
	case gobreaker.StateClosed:
		c.reopened = 0
		c.enter(StateClosed, now)
	}
}
