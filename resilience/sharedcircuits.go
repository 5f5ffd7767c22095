package resilience

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// SharedCircuits are the forced circuits of many processes: what an operator decides in one of them holds in all. What a
// circuit counts, and when it opens by itself, stays each process's own.
//
//  1. Force keeps that a circuit is forced [StateOpen] or [StateClosed]; "" that it isn't.
//  2. Forced gives all circuits that are, whoever did it. The map is the caller's.
//  3. An error means that nothing is known; [Breakers] goes on with what it knew.
//  4. Both return when ctx ends, and are safe for concurrent use.
type SharedCircuits interface {
	Force(ctx context.Context, k BreakerKey, s State) error
	Forced(ctx context.Context) (map[BreakerKey]State, error)
}

// Times of sharing.
const (
	followEvery   = time.Second
	sharedTimeout = 2 * time.Second
)

// follower keeps forced circuits as all processes have them.
type follower struct {
	shared  SharedCircuits // nil if nothing is shared
	asked   atomic.Int64   // when, in nanoseconds of the clock
	steered atomic.Int64   // how often this process has forced or reset
	busy    atomic.Bool    // somebody is reading

	mu   sync.Mutex           // guards seen
	seen map[BreakerKey]State // what all processes have forced, as far as is known; never changed
}

// share tells the other processes.
func (b *Breakers) share(k BreakerKey, s State) error {
	b.follower.steered.Add(1)
	if b.follower.shared == nil {
		return nil
	}
	defer b.follower.steered.Add(1)
	ctx, cancel := context.WithTimeout(context.Background(), sharedTimeout)
	defer cancel()
	if err := b.follower.shared.Force(ctx, k, s); err != nil {
		return &Error{Field: "key", Reason: "holds in this process only, the others could not be told: try again", Err: err}
	}
	f := &b.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := maps.Clone(f.seen)
	if seen == nil {
		seen = make(map[BreakerKey]State)
	}
	if seen[k] = s; s == "" {
		delete(seen, k)
	}
	f.seen = seen
	return nil
}

// follow has what the others forced read, about once a second while it is called. It doesn't wait for that.
func (b *Breakers) follow() {
	f := &b.follower
	if f.shared == nil {
		return
	}
	now, last := b.now().UnixNano(), f.asked.Load()
	if d := now - last; d >= 0 && d < int64(followEvery) || !f.asked.CompareAndSwap(last, now) {
		return
	}
	if f.busy.CompareAndSwap(false, true) {
		go func() {
			defer f.busy.Store(false)
			_ = b.read(context.Background())
		}()
	}
}

// read takes over what all processes have forced.
func (b *Breakers) read(ctx context.Context) error {
	f := &b.follower
	ctx, cancel := context.WithTimeout(ctx, sharedTimeout)
	defer cancel()
	before := f.steered.Load()
	forced, err := f.shared.Forced(ctx)
	if err != nil || f.steered.Load() != before { // what was read may be from before this process's own decision
		return err
	}
	for k, s := range forced {
		if s != StateOpen && s != StateClosed {
			continue
		}
		if c, err := b.pin(k); err == nil {
			c.force(s)
		}
	}
	f.mu.Lock()
	seen := f.seen
	f.seen = forced
	f.mu.Unlock()
	for k := range seen {
		if _, still := forced[k]; !still {
			b.release(k)
		}
	}
	return nil
}
