package waygate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/waygate-go/waygate/validation"
)

// Bounds of what is compiled at one time. The compiled form takes about 20 times the bytes of the text, and that for
// each goroutine that validates with it at the same moment.
const (
	maxReadySchemas = 4_096
	maxReadyBytes   = 16 << 20 // of their texts
)

// schemaRoom holds the schemas that are compiled at the moment. It is a clock: of those that weren't used since it last
// came by, it drops one after another until there is room. What nobody else knows any more, since its integration was
// replaced, it doesn't keep alive.
type schemaRoom struct {
	engine validation.Engine

	mu    sync.Mutex // guards what follows; never held while compiling
	ring  []roomEntry
	hand  int
	bytes int // of the texts of all
}

type roomEntry struct {
	schema weak.Pointer[actionSchema]
	bytes  int
}

// readySchema is a schema compiled, or why it can't be, although it was vetted.
type readySchema struct {
	schema   validation.Schema
	err      error
	used     atomic.Bool // again, since the clock came by
	mu       sync.Mutex  // serialises additions to checkers
	checkers atomic.Pointer[[]ruledChecker]
}

type ruledChecker struct {
	rules   validation.Rules
	checker *validation.Checker
}

// schemaCheck says how an action validates one side.
type schemaCheck struct {
	field  string // for errors
	schema *actionSchema
	rules  validation.Rules
}

// checker gives what validates; it compiles the schema if that isn't now.
func (g *Gateway) checker(ctx context.Context, a *compiledAction, c *schemaCheck) (*validation.Checker, error) {
	ready := c.schema.ready.Load()
	if ready == nil {
		var err error
		if ready, err = g.schemas.compile(ctx, c.schema); err != nil {
			return nil, ctxError(ctx)
		}
	} else if !ready.used.Load() { // once alone doesn't count: what is used again stays longer
		ready.used.Store(true)
	}
	checker, err := ready.checker(c)
	if err != nil {
		return nil, newError(KindConfig, "", fmt.Errorf("action %s: %w", a.info.ID, at(c.field, err)))
	}
	return checker, nil
}

// checker finds or makes the checker for some rules.
func (r *readySchema) checker(c *schemaCheck) (*validation.Checker, error) {
	if r.err != nil {
		return nil, r.err
	}
	if known := r.known(c.rules); known != nil {
		return known, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.known(c.rules); known != nil {
		return known, nil
	}
	made, err := validation.NewChecker(r.schema, c.schema.text.Bytes(), c.rules)
	if err != nil {
		return nil, err
	}
	list := []ruledChecker{{c.rules, made}}
	if before := r.checkers.Load(); before != nil {
		list = slices.Concat(*before, list)
	}
	r.checkers.Store(&list)
	return made, nil
}

func (r *readySchema) known(rules validation.Rules) *validation.Checker {
	list := r.checkers.Load()
	if list == nil {
		return nil
	}
	for i := range *list {
		if (*list)[i].rules == rules {
			return (*list)[i].checker
		}
	}
	return nil
}

// compile compiles a schema once, however many ask at the same time. The error is that ctx has ended.
func (m *schemaRoom) compile(ctx context.Context, s *actionSchema) (*readySchema, error) {
	for {
		s.mu.Lock()
		if ready := s.ready.Load(); ready != nil {
			s.mu.Unlock()
			return ready, nil
		}
		others := s.making
		if others == nil {
			s.making = make(chan struct{})
		}
		s.mu.Unlock()
		if others == nil {
			return m.fill(s), nil
		}
		select {
		case <-others: // and look again
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// fill compiles a schema. Whatever the engine does, nobody waits for ever.
func (m *schemaRoom) fill(s *actionSchema) *readySchema {
	ready := &readySchema{err: &validation.SchemaError{Reason: "the engine did not finish compiling"}}
	defer func() {
		s.ready.Store(ready)
		s.mu.Lock()
		close(s.making)
		s.making = nil
		s.mu.Unlock()
		m.admit(s)
	}()
	ready.schema, ready.err = validation.Compile(m.engine, s.text.Bytes())
	return ready
}

// admit counts a schema that was compiled, and makes room for it.
func (m *schemaRoom) admit(s *actionSchema) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := roomEntry{weak.Make(s), s.text.Len()}
	m.ring = append(m.ring, e)
	m.bytes += e.bytes
	for len(m.ring) > 1 && (m.bytes > maxReadyBytes || len(m.ring) > maxReadySchemas) {
		m.pass(s)
	}
}

// pass moves the clock's hand over one schema: one that was used since the last time stays, and so does keep.
func (m *schemaRoom) pass(keep *actionSchema) {
	m.hand %= len(m.ring)
	e := m.ring[m.hand]
	if s := e.schema.Value(); s != nil {
		ready := s.ready.Load()
		if s == keep || ready != nil && ready.used.Swap(false) {
			m.hand++
			return
		}
		s.ready.Store(nil)
	}
	m.bytes -= e.bytes
	last := len(m.ring) - 1
	m.ring[m.hand] = m.ring[last]
	m.ring[last] = roomEntry{}
	m.ring = m.ring[:last]
}
