package resilience

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultBreakers is how many circuits [NewBreakers] keeps where nothing else is set.
const DefaultBreakers = 10_000

// BreakerKey names a circuit: one tenant's connection to one host, so that one customer's trouble is nobody else's.
// Connection is the connection's ID, not its slug; Host is as it stands in the URL, with the port only if that has one.
type BreakerKey struct {
	Tenant, Connection, Host string
}

// State is a circuit's state.
type State string

// The states of a circuit.
const (
	StateClosed   State = "closed"    // everything passes and is counted
	StateOpen     State = "open"      // nothing passes until the time is up, then a probe
	StateHalfOpen State = "half_open" // probes are under way
)

// Outcome is what became of a request that a circuit let through.
type Outcome uint8

// The outcomes of a request. An unknown one is read as Ignored.
const (
	Success Outcome = iota // it was answered
	Failure                // the provider failed: 5xx, network, timeout
	Ignored                // it says nothing about the provider: 4xx, cancelled; it gives back a probe's place
)

// BreakerChange is a change of a circuit's state. A Reset of a forced circuit gives one too, also to the same state.
type BreakerChange struct {
	Key      BreakerKey
	From, To State
	Forced   bool // To was forced
	At       time.Time
}

// BreakerState is a circuit as it stands.
type BreakerState struct {
	Key    BreakerKey
	State  State
	Forced bool      // State holds until Reset
	Since  time.Time // State began; for a closed circuit that never changed, its first use
	// RetryAfter is the time until an open circuit lets a probe through. 0 there means that the next request will be
	// one. 0 in other states, and where it is forced.
	RetryAfter  time.Duration
	Requests    int // outcomes within the window, ignored ones left out; counted while closed
	Failures    int // of these
	Consecutive int // failures since the last success
}

// OpenError says that a circuit refused a request.
type OpenError struct {
	Key        BreakerKey
	RetryAfter time.Duration // until the circuit may let a probe through; 0 if it is forced
	Forced     bool          // an operator opened it: it stays open until Reset
}

// Error names the host and the time.
func (e *OpenError) Error() string {
	if e.Forced {
		return fmt.Sprintf("circuit for %s is forced open: reset it to let requests through", e.Key.Host)
	}
	return fmt.Sprintf("circuit for %s is open: try again in %v", e.Key.Host, e.RetryAfter.Round(time.Millisecond))
}

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
// Time passes unseen: a circuit whose time is up stays open until a request comes. A set forgets the circuit used least
// recently when it is full, but never one that is forced. It is safe for concurrent use.
type Breakers struct {
	max      int
	now      func() time.Time
	changed  func(BreakerChange)
	circuits *bounded.Map[BreakerKey, *circuit]

	mu     sync.RWMutex // guards forced; taken before a circuit's lock, never after
	forced map[BreakerKey]*circuit
}

// NewBreakers makes a set of at most max circuits; less than 1 means [DefaultBreakers]. now is the clock, nil means
// [time.Now]. changed, which may be nil, is told of each change of state, outside every lock, and for one key in order
// and one at a time; it may call the set. It runs on the goroutine of a caller: one that is slow holds up a request.
func NewBreakers(max int, now func() time.Time, changed func(BreakerChange)) *Breakers {
	if max < 1 {
		max = DefaultBreakers
	}
	if now == nil {
		now = time.Now
	}
	return &Breakers{
		max: max, now: now, changed: changed,
		circuits: bounded.New[BreakerKey, *circuit](max, nil),
		forced:   make(map[BreakerKey]*circuit),
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
// change of Window or Probes makes a new, closed circuit; the others hold from that request on.
func (b *Breakers) Allow(k BreakerKey, s BreakerSettings) (done func(Outcome), err error) {
	c, known := b.find(k)
	if !known {
		if s.Disabled {
			return ignore, nil
		}
		c = b.circuits.GetOrCreate(k, func() *circuit { return newCircuit(k, b.now, b.changed) })
	}
	t, err := c.allow(s)
	if err != nil {
		return ignore, err
	}
	if t == nil {
		return ignore, nil
	}
	return t.done, nil
}

func ignore(Outcome) {}

// State returns the state of a circuit; false if there is none under this key, which is as good as a closed one.
func (b *Breakers) State(k BreakerKey) (BreakerState, bool) {
	c, ok := b.find(k)
	if !ok {
		return BreakerState{}, false
	}
	return c.snapshot(), true
}

// List returns the circuits of a tenant, or of all for "", ordered by tenant, connection and host.
func (b *Breakers) List(tenant string) []BreakerState {
	found := make(map[BreakerKey]*circuit)
	for k, c := range b.circuits.Range {
		found[k] = c
	}
	b.mu.RLock()
	for k, c := range b.forced {
		found[k] = c
	}
	b.mu.RUnlock()
	var list []BreakerState
	for k, c := range found {
		if tenant == "" || k.Tenant == tenant {
			list = append(list, c.snapshot())
		}
	}
	slices.SortFunc(list, func(x, y BreakerState) int { return compareKeys(x.Key, y.Key) })
	return list
}

// Force holds a circuit open or closed until [Breakers.Reset], whatever is reported; it need not exist yet. Another
// state, or more forced circuits than the set has room for, is an [*Error].
func (b *Breakers) Force(k BreakerKey, s State) error {
	if s != StateOpen && s != StateClosed {
		return wrong("state", "must be %q or %q", StateOpen, StateClosed)
	}
	c, err := b.pin(k)
	if err != nil {
		return err
	}
	c.force(s)
	return nil
}

// Reset makes a circuit closed again and forgets what it has counted; requests under way no longer count. It does
// nothing if there is none.
func (b *Breakers) Reset(k BreakerKey) {
	c, ok := b.find(k)
	if !ok {
		return
	}
	b.mu.Lock()
	delete(b.forced, k)
	b.mu.Unlock()
	b.circuits.GetOrCreate(k, func() *circuit { return c }) // it may have been dropped while it was forced
	c.reset()
}

// pin keeps a circuit for as long as it is forced.
func (b *Breakers) pin(k BreakerKey) (*circuit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.forced[k]; ok {
		return c, nil
	}
	if len(b.forced) >= b.max {
		return nil, wrong("key", "%d circuits are forced already: reset one first", len(b.forced))
	}
	c := b.circuits.GetOrCreate(k, func() *circuit { return newCircuit(k, b.now, b.changed) })
	b.forced[k] = c
	return c, nil
}

func (b *Breakers) find(k BreakerKey) (*circuit, bool) {
	b.mu.RLock()
	c, ok := b.forced[k]
	b.mu.RUnlock()
	if ok {
		return c, true
	}
	return b.circuits.Get(k)
}

func compareKeys(x, y BreakerKey) int {
	return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Connection, y.Connection), cmp.Compare(x.Host, y.Host))
}
