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
	at      time.Time // when the store was asked
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
}

// get gives the value. ask is the question to the store.
func (m *remembered[V]) get(ctx context.Context, g *Gateway, ask func(context.Context) (V, error)) (V, error) {
	for {
		f, value, ok := m.look(g)
		if ok {
			return value, nil
		}
		if f == nil {
			return m.ask(ctx, g, ask)
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

// look gives what can be used as it is, else the flight to wait for, else
// nothing: then the flight is the caller's.
func (m *remembered[V]) look(g *Gateway) (f *flight[V], value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known && !m.expired && g.watch.believes(m.at) {
		return nil, m.value, true
	}
	if now := g.cfg.Now(); now.Sub(m.failed) < believed && m.usable(g, now) {
		return nil, m.value, true
	}
	if m.flight != nil {
		return m.flight, value, false
	}
	m.flight = &flight[V]{done: make(chan struct{})}
	return nil, value, false
}

// usable says whether what is known may stand in for a store that is away.
func (m *remembered[V]) usable(g *Gateway, now time.Time) bool {
	return m.known && now.Sub(g.watch.known(m.at)) <= g.cfg.MaxStale
}

// ask asks the store, for the caller and all who wait.
func (m *remembered[V]) ask(ctx context.Context, g *Gateway, ask func(context.Context) (V, error)) (V, error) {
	m.mu.Lock()
	f, changes := m.flight, m.changes
	at := g.cfg.Now()
	asked, cancel := ctx, func() {}
	if m.usable(g, at) {
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
	f.value, f.err, f.shared = m.answer(g, value, err, at, m.changes == changes, ctx.Err() != nil)
	return f.value, f.err
}

// answer makes something of the store's answer; shared is false where it is only
// the caller's, whose ctx has ended.
func (m *remembered[V]) answer(g *Gateway, value V, err error, at time.Time, current, ended bool) (_ V, _ error, shared bool) {
	var none V
	switch {
	case err == nil:
		if current {
			m.value, m.known, m.expired, m.at = value, true, false, at
		}
		return value, nil, true
	case errors.Is(err, ErrUnresolved):
		if current {
			m.value, m.known = none, false
		}
		return none, err, true
	case ended:
		return none, err, false
	}
	m.failed = g.cfg.Now()
	if m.usable(g, m.failed) {
		return m.value, nil, true
	}
	return none, err, true
}

// forget drops what is known; what is being asked for at the moment isn't kept,
// nor waited for by those who come now.
func (m *remembered[V]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var none V
	m.value, m.known = none, false
	m.changes++
	m.flight = nil
}

// expire makes the store be asked again; what is known serves if that is away.
func (m *remembered[V]) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expired = true
	m.changes++
	m.flight = nil
}

// state is what to give to set, for a change of this process's own.
func (m *remembered[V]) state() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes
}

// set remembers what this process wrote, if nothing else was told of meanwhile.
func (m *remembered[V]) set(value V, at time.Time, state int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := m.changes == state
	m.changes++
	m.flight = nil
	if current {
		m.value, m.known, m.expired, m.at = value, true, false, at
	} else {
		m.expired = true
	}
}
