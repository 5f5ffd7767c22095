package resilience

import (
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultBreakers is how many circuits [NewBreakers] keeps where nothing else is set.
const DefaultBreakers = 10_000

// Breakers is a bounded set of circuit breakers, made as they are asked for. Each works by this table:
//
//	state      event                                    then
//	closed     success                                  counts; failures in a row start again at 0
//	closed     failure, below both thresholds           counts
//	closed     failure, Failures in a row               open for Open
//	closed     failure, Rate of MinRequests in Window   open for Open
//	open       request before the time is up            *OpenError
//	open       request after                            half-open, the request is a probe
//	half-open  request, Probes under way                *OpenError
//	half-open  Probes in a row succeed                  closed, counts at 0
//	half-open  a probe fails                            open, for twice as long as before, up to 1 h
//	half-open  a probe is ignored                       its place is free
//	half-open  a probe has not reported after Open      its place is free, its report comes too late
//	any        outcome of a request let through earlier than the state began: nothing
//	any        Force                                    that state, and nothing counts, until Reset
//	any        Reset                                    closed, counts at 0
//
// Above these circuits stands one for each host, because an outage is everybody's: a request has to be let through by
// both. It opens on what many see, and closes when one of them sees the host work:
//
//	state      event                                    then
//	closed     attempt                                  counts for its connection
//	closed     failure: within Window at least Attempts of at least Tenants, on Connections of the connections, which
//	           haven't worked since
//	                                                    open for Open
//	open       request before the time is up            *OpenError
//	open       request after                            half-open, the request is a probe
//	half-open  request of a tenant that had its probe, or after Tenants probes
//	                                                    *OpenError
//	half-open  request of another tenant                it is a probe
//	half-open  a probe succeeds                         closed, counts at 0
//	half-open  probes of Tenants tenants fail           open, for twice as long as before, up to 1 h
//	half-open  a request after Window, a probe failed and none is under way
//	                                                    the same
//	half-open  a probe is ignored, or has not reported after Open
//	                                                    its place is free
//
// So a tenant alone can neither open it nor keep it open. Of a host's connections at most 1,024 within Window are
// looked at, and 64 of one tenant.
//
// Time passes unseen: a circuit whose time is up stays open until a request comes. A set that is full forgets the
// circuit used least recently, of the tenant that has the most of them where that is more than a twentieth of all, but
// never one that is forced. It is safe for concurrent use.
type Breakers struct {
	max      int
	now      func() time.Time
	changed  func(BreakerChange)
	settings HostSettings
	follower follower
	circuits *bounded.Shared[BreakerKey, *circuit]
	hosts    *bounded.Shared[BreakerKey, *hostCircuit]

	mu     sync.RWMutex // guards forced; taken before a circuit's lock, never after
	forced map[BreakerKey]steered
}

// steered is a circuit in the hand of an operator.
type steered interface {
	force(State)
	reset()
	snapshot() BreakerState
	history() []BreakerChange
}

// BreakersConfig is what [NewBreakersOf] makes a set of. The zero value is the default.
type BreakersConfig struct {
	// Hosts says when the circuits of whole hosts open. What Validate refuses counts as the default.
	Hosts HostSettings
	// Max is how many circuits of connections are kept, and how many of hosts; less than 1 means [DefaultBreakers].
	Max int
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
	// Changed, which may be nil, is told of each change of state, outside every lock, and for one key in order and one
	// at a time; it may call the set. It runs on the goroutine of a caller: one that is slow holds up a request.
	Changed func(BreakerChange)
	// Shared are the forced circuits that other processes have too; nil keeps them to this one. They are read about
	// once a second while requests come, by a goroutine that lasts no longer than that.
	Shared SharedCircuits
}

// NewBreakers makes a set of at most max circuits with a clock and a function that is told of changes, each of which may
// be left out; see [BreakersConfig].
func NewBreakers(max int, now func() time.Time, changed func(BreakerChange)) *Breakers {
	return NewBreakersOf(BreakersConfig{Max: max, Now: now, Changed: changed})
}

// NewBreakersOf makes a set by c, of which nothing is refused: what can't be used counts as its default.
func NewBreakersOf(c BreakersConfig) *Breakers {
	if c.Max < 1 {
		c.Max = DefaultBreakers
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Breakers{
		max: c.Max, now: c.Now, changed: c.Changed, settings: c.Hosts.defaulted(),
		follower: follower{shared: c.Shared},
		circuits: bounded.NewShared[BreakerKey, *circuit](c.Max, nil),
		hosts:    bounded.NewShared[BreakerKey](c.Max, (*hostCircuit).quiet),
		forced:   make(map[BreakerKey]steered),
	}
}

// Allow asks whether a request may be sent now. If so, done must be called with its outcome, whatever happens: defer it,
// so that a panic does not take a probe's place with it.
//
//	done, err := breakers.Allow(key, settings)
//	if err != nil {
//		return err
//	}
//	outcome := resilience.Failure
//	defer func() { done(outcome) }()
//
// Only the first call of done counts. If not, the error is an [*OpenError], and done does nothing, so that it is never
// nil. Settings that Validate refuses count as their defaults. A key should always come with the same settings: a
// change of Window or Probes makes a new, closed circuit; the others hold from that request on. A key without Tenant is
// let through by the host's circuit alone.
func (b *Breakers) Allow(k BreakerKey, s BreakerSettings) (done func(Outcome), err error) {
	p := new(Permit)
	if err := b.Enter(p, k, s); err != nil || p.counted() == 0 {
		return ignore, err
	}
	return p.Done, nil
}

// AllowHost is [Breakers.Allow] for requests that have no circuit of their connection, because whoever sends them pauses by
// itself after failures, as auth.Manager does between the renewals of a token: only the circuit of the whole host is
// asked, and told of the outcome. done and the error are as those of Allow.
func (b *Breakers) AllowHost(k BreakerKey) (done func(Outcome), err error) {
	b.follow()
	p := new(Permit)
	if err := b.allowHost(&p.host, k, BreakerSettings{}); err != nil || p.counted() == 0 {
		return ignore, err
	}
	return p.Done, nil
}

// allowHost asks the circuit of the whole host.
func (b *Breakers) allowHost(t *hostTicket, k BreakerKey, s BreakerSettings) error {
	key := k.host()
	h := b.forcedHost(key)
	if h == nil {
		if s.Disabled || b.settings.Disabled {
			return nil
		}
		h, _ = b.hosts.GetOrCreate(k.Tenant, key, func() *hostCircuit { return b.newHost(key) })
	}
	return h.allow(t, connectionKey{k.Tenant, k.Connection})
}

func (b *Breakers) forcedHost(key BreakerKey) *hostCircuit {
	b.mu.RLock()
	defer b.mu.RUnlock()
	h, _ := b.forced[key].(*hostCircuit)
	return h
}

func (b *Breakers) newHost(k BreakerKey) *hostCircuit {
	return newHostCircuit(k, b.settings, b.now, b.changed)
}

func (b *Breakers) newCircuit(k BreakerKey) *circuit { return newCircuit(k, b.now, b.changed) }

// allowConnection asks the connection's own circuit.
func (b *Breakers) allowConnection(t *ticket, k BreakerKey, s BreakerSettings) error {
	if k.Tenant == "" {
		return nil
	}
	var c *circuit
	if found, ok := b.find(k); ok {
		c, _ = found.(*circuit) // a key with a tenant is never a host's
	}
	if c == nil && s.Disabled {
		return nil
	}
	if c == nil {
		c, _ = b.circuits.GetOrCreate(k.Tenant, k, func() *circuit { return b.newCircuit(k) })
	}
	return c.allow(t, s)
}

func ignore(Outcome) {}
