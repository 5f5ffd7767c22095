package resilience

import "time"

// hostCircuit is the circuit of a whole host. It looks at who fails rather than at how much, and so does the decision
// to close it: what one tenant's probe says of its own requests is not what the others would see.
type hostCircuit struct {
	gate

	settings HostSettings // guarded by gate.mu, as all that follows
	window   *hostWindow
	probes   map[string]*hostTicket // of this half-open time, by tenant; nil for one that failed
	failed   int                    // of these
	underWay int                    // requests let through while closed that have not reported
}

// hostTicket is one request that was let through; the zero hostTicket is none.
type hostTicket struct {
	c          *hostCircuit
	from       connectionKey
	generation uint64
	at         time.Time
	probe      bool
	spent      bool // reported, or given up; guarded by c.mu
}

func newHostCircuit(k BreakerKey, s HostSettings, now func() time.Time, changed func(BreakerChange)) *hostCircuit {
	return &hostCircuit{
		gate:     gate{key: k, now: now, changed: changed, state: StateClosed, since: now()},
		settings: s, window: newHostWindow(s),
	}
}

// allow fills the ticket of a request that passes; not that of one which passes without being counted.
func (c *hostCircuit) allow(t *hostTicket, from connectionKey) (err error) {
	defer func() { // after the lock is released
		told := false
		defer func() {
			if !told && t.c != nil { // the callback ended the goroutine: nobody will report
				t.giveBack()
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
	if c.forced == StateClosed || c.settings.Disabled {
		return nil
	}
	now := c.now()
	if c.state == StateClosed {
		c.underWay++
		*t = hostTicket{c: c, from: from, generation: c.generation, at: now}
		return nil
	}
	if left := c.until.Sub(now); c.state == StateOpen && left > 0 {
		return &OpenError{Key: c.key, RetryAfter: left}
	}
	return c.probe(t, from, now)
}

// probe gives a tenant's request the place of a probe, if there is one. Needs c.mu, as do the helpers below.
func (c *hostCircuit) probe(t *hostTicket, from connectionKey, now time.Time) error {
	if c.state == StateOpen {
		c.generation++
		c.probes, c.failed = make(map[string]*hostTicket), 0
		c.enter(StateHalfOpen, now)
	}
	underWay := c.giveUpLost(now)
	if c.failed > 0 && underWay == 0 && now.Sub(c.since) >= c.settings.Window { // nobody else came to try
		c.reopen(now)
		return &OpenError{Key: c.key, RetryAfter: c.until.Sub(now)}
	}
	if _, had := c.probes[from.tenant]; had || len(c.probes) >= c.settings.Tenants {
		return &OpenError{Key: c.key, RetryAfter: c.settings.Open}
	}
	*t = hostTicket{c: c, from: from, generation: c.generation, at: now, probe: true}
	c.probes[from.tenant] = t
	return nil
}

// giveUpLost frees the places of probes that have not reported in time, and counts those that may yet.
func (c *hostCircuit) giveUpLost(now time.Time) (underWay int) {
	for tenant, t := range c.probes {
		switch {
		case t == nil:
		case now.Sub(t.at) >= c.settings.Open:
			t.spent = true
			delete(c.probes, tenant)
		default:
			underWay++
		}
	}
	return underWay
}

// done reports the outcome of the request.
func (t *hostTicket) done(o Outcome) {
	c := t.c
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !t.spend() || t.generation != c.generation || c.forced != "" { // forced: nothing counts until Reset, which starts afresh
		return
	}
	now := c.now()
	if !t.probe {
		if c.window.note(t.from, o, now) {
			c.open(now)
		}
		return
	}
	switch o {
	case Success:
		c.restart(now)
	case Failure:
		c.probes[t.from.tenant] = nil
		if c.failed++; c.failed >= c.settings.Tenants {
			c.reopen(now)
		}
	default:
		delete(c.probes, t.from.tenant)
	}
}

// giveBack is for a request that was not sent: as if it had never been asked for.
func (t *hostTicket) giveBack() {
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.spend() && t.probe && t.generation == c.generation {
		delete(c.probes, t.from.tenant)
	}
}

// spend says whether nothing was reported before.
func (t *hostTicket) spend() bool {
	if t.spent {
		return false
	}
	t.spent = true
	if !t.probe {
		t.c.underWay--
	}
	return true
}

func (c *hostCircuit) open(now time.Time) {
	c.generation++
	c.window = newHostWindow(c.settings)
	c.until = now.Add(c.key.grown(c.settings.Open, c.reopened))
	c.enter(StateOpen, now)
}

func (c *hostCircuit) reopen(now time.Time) {
	c.reopened++
	c.open(now)
}

// restart is the circuit as new, but for its history.
func (c *hostCircuit) restart(now time.Time) {
	c.closed(now)
	c.window, c.probes, c.failed = newHostWindow(c.settings), nil, 0
}

func (c *hostCircuit) reset() {
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.restart(c.now())
}

func (c *hostCircuit) snapshot() BreakerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.window.expire(c.now())
	b := c.describe()
	b.Requests, b.Failures = c.window.tried.Len(), c.window.failed.Len()
	return b
}

// quiet says that the circuit is as good as a new one, and that nobody will report to it.
func (c *hostCircuit) quiet() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.window.expire(c.now())
	return c.state == StateClosed && c.forced == "" && c.underWay == 0 && len(c.kept) == 0 && len(c.window.connections) == 0
}
