package waygate

import (
	"context"
	"errors"
	"sync"
	"time"
)

// findTimeout bounds a question to the store where something older would do.
const findTimeout = 2 * time.Second

// remembered is one thing of the store's: believed for a while, asked for again
// by one of those who want it, and used for MaxStale when the store is away.
type remembered[V any] struct {
	mu      sync.Mutex // guards what follows; never held while the store is asked
	value   V
	known   bool
	expired bool      // known, but something newer is there
	read    reading   // when the store was asked
	failed  time.Time // when it last failed
	changes int       // that were told of: what was asked for before the last isn't kept
	flight  *flight[V]
}

// flight is a question to the store under way.
type flight[V any] struct {
	done   chan struct{}
	value  V
	err    error
	shared bool // the answer holds for those who wait; set before done is closed
	// changes are those that were told of before.
	changes int
}

// get gives the value. ask is the question to the store.
func (m *remembered[V]) get(ctx context.Context, g *Gateway, ask func(context.Context) (V, error)) (V, error) {
	for {
		f, value, state := m.look(g)
		switch state {
		case known:
			return value, nil
		case own:
			return m.ask(ctx, g, f, ask)
		}
		select {
		case <-f.done:
			if f.shared {
				return f.value, f.err
			}
		case <-ctx.Done():
			return value, ctxError(ctx)
		}
	}
}

// looked is what look found.
type looked int

const (
	known  looked = iota // a value that can be used as it is
	others               // a flight of somebody else's, to wait for
	own                  // a flight of the caller's, who has to ask
)

func (m *remembered[V]) look(g *Gateway) (f *flight[V], value V, state looked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known && !m.expired && g.watch.believes(m.read) {
		return nil, m.value, known
	}
	if now := g.cfg.Now(); now.Sub(m.failed) < believed && m.usable(g, now) {
		return nil, m.value, known
	}
	if m.flight != nil {
		return m.flight, value, others
	}
	m.flight = &flight[V]{done: make(chan struct{}), changes: m.changes}
	return m.flight, value, own
}

// usable says whether what is known may stand in for a store that is away: for
// MaxStale since it was last known to be right. What has expired wasn't, from when
// that was told.
func (m *remembered[V]) usable(g *Gateway, now time.Time) bool {
	right := g.watch.known(m.read)
	if m.expired {
		right = m.read.at
	}
	return m.known && now.Sub(right) <= g.cfg.MaxStale
}

// ask asks the store, for the caller and all who wait.
func (m *remembered[V]) ask(ctx context.Context, g *Gateway, f *flight[V], ask func(context.Context) (V, error)) (V, error) {
	m.mu.Lock()
	read := g.watch.reading()
	asked, cancel := ctx, func() {}
	if m.usable(g, read.at) {
		asked, cancel = context.WithTimeout(ctx, findTimeout)
	}
	m.mu.Unlock()
	defer cancel()
	defer func() { // also after a panic or Goexit of the store's: then nothing is shared
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.flight == f {
			m.flight = nil
		}
		close(f.done)
	}()
	value, err := ask(asked)
	m.mu.Lock()
	defer m.mu.Unlock()
	f.value, f.err, f.shared = m.answer(g, value, err, read, m.changes == f.changes, ctx.Err() != nil)
	return f.value, f.err
}

// answer makes something of the store's answer; shared is false where it is only
// the caller's, whose ctx has ended.
func (m *remembered[V]) answer(g *Gateway, value V, err error, read reading, current, ended bool) (_ V, _ error, shared bool) {
	var none V
	switch {
	case err == nil:
		if current {
			m.value, m.known, m.expired, m.read = value, true, false, read
		}
		return value, nil, true
	case ended:
		return none, err, false
	case errors.Is(err, ErrUnresolved): // its place is given up, see connectionGroup.free
		return none, err, true
	case errors.As(err, new(*Error)) && !errors.Is(err, ErrStore): // the store isn't away: what it has can't be used here
		return none, err, true
	}
	m.failed = g.cfg.Now()
	if m.usable(g, m.failed) {
		return m.value, nil, true
	}
	return none, err, true
}

// expire makes the store be asked again; what is known serves if that is away.
func (m *remembered[V]) expire(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.expired {
		m.expired, m.read.at = true, at // from here on it isn't right any more
	}
	m.changes++
	m.flight = nil
}

// change is a change of this process's own, from before it is made.
type change struct {
	changes int
	read    reading
}

func (m *remembered[V]) begin(g *Gateway) change {
	m.mu.Lock()
	defer m.mu.Unlock()
	return change{m.changes, g.watch.reading()}
}

// set remembers what this process wrote, if nothing else was told of meanwhile.
func (m *remembered[V]) set(value V, c change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := m.changes == c.changes
	m.changes++
	m.flight = nil
	if current {
		m.value, m.known, m.expired, m.read = value, true, false, c.read
	} else {
		m.expired = true
	}
}
