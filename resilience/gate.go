package resilience

import (
	"slices"
	"sync"
	"time"
)

// historyLength is how many changes of a circuit are remembered.
const historyLength = 16

// gate is what every circuit has, whatever opens it: a state, a time until which it stays open, the operator's hand on
// it, and its changes. They are queued under the lock and told outside it.
type gate struct {
	key     BreakerKey
	now     func() time.Time
	changed func(BreakerChange) // nil if nobody wants to know

	mu         sync.Mutex // guards what follows, and the fields of the circuit around it
	state      State
	since      time.Time
	forced     State // "" = not forced
	until      time.Time
	reopened   int    // probes failed in a row
	generation uint64 // of state; outcomes of an earlier one are dropped
	kept       []BreakerChange
	changes    []BreakerChange // not yet told
	telling    bool            // a goroutine is at it
}

// enter sets the state and queues the change, if it is one. Needs g.mu, as do the helpers below.
func (g *gate) enter(to State, now time.Time) {
	if to == g.state {
		return
	}
	g.queue(BreakerChange{Key: g.key, From: g.state, To: to, At: now})
	g.state, g.since = to, now
}

func (g *gate) queue(change BreakerChange) {
	if len(g.kept) == historyLength {
		g.kept = slices.Delete(g.kept, 0, 1)
	}
	g.kept = append(g.kept, change)
	if g.changed != nil {
		g.changes = append(g.changes, change)
	}
}

// shown is the state as seen from outside.
func (g *gate) shown() State {
	if g.forced != "" {
		return g.forced
	}
	return g.state
}

// closed is the gate started afresh: the change is queued if it is one, and what is under way no longer counts.
func (g *gate) closed(now time.Time) {
	if g.forced != "" || g.state != StateClosed {
		g.queue(BreakerChange{Key: g.key, From: g.shown(), To: StateClosed, At: now})
		g.since = now
	}
	g.forced, g.state, g.reopened = "", StateClosed, 0
	g.generation++
}

func (g *gate) describe() BreakerState {
	b := BreakerState{Key: g.key, State: g.shown(), Forced: g.forced != "", Since: g.since}
	if g.state == StateOpen && !b.Forced {
		b.RetryAfter = max(g.until.Sub(g.now()), 0)
	}
	return b
}

// force holds the circuit in a state until it is reset.
func (g *gate) force(s State) {
	defer g.tell()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.forced == s {
		return
	}
	now := g.now()
	g.queue(BreakerChange{Key: g.key, From: g.shown(), To: s, Forced: true, At: now}) // also from closed to closed: it holds from now on
	g.forced, g.since = s, now
}

func (g *gate) history() []BreakerChange {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.kept)
}

// tell hands the queued changes to the callback, outside the lock. One goroutine at a time does it, so that they come
// in order; another that queues one meanwhile leaves it to that one. If the callback panics, the rest waits for the
// next request.
func (g *gate) tell() {
	if !g.takeOver() {
		return
	}
	finished := false
	defer func() {
		if !finished {
			g.mu.Lock()
			g.telling = false
			g.mu.Unlock()
		}
	}()
	for {
		change, more := g.nextChange()
		if !more {
			finished = true
			return
		}
		g.changed(change)
	}
}

func (g *gate) takeOver() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.telling || len(g.changes) == 0 {
		return false
	}
	g.telling = true
	return true
}

// nextChange gives up telling in the same step in which it finds the queue empty, so that no change is left behind.
func (g *gate) nextChange() (BreakerChange, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.changes) == 0 {
		g.telling = false
		return BreakerChange{}, false
	}
	change := g.changes[0]
	g.changes = g.changes[1:]
	return change, true
}

// grown doubles d n times, up to the longest.
func (k BreakerKey) grown(d time.Duration, n int) time.Duration {
	for ; n > 0 && d < k.longest(); n-- {
		d *= 2
	}
	return min(d, k.longest())
}
