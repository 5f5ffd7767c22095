package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// errAway is what a store says that can't be reached.
var errAway = errors.New("the store can't be reached")

// rows is a token store in memory, with its own clock.
type rows struct {
	mu      sync.Mutex
	cells   map[auth.CredentialRef]*cell
	saved   map[string]bool // access tokens that were committed at some time
	fences  int64
	history []auth.TokenRow
}

type cell struct {
	row    auth.TokenRow
	ends   time.Time // of the intent
	holder string
	fence  int64
	until  time.Time // of the lease
}

func newRows() *rows {
	return &rows{cells: map[auth.CredentialRef]*cell{}, saved: map[string]bool{}}
}

// put writes a row as the host does: connecting, or granting anew.
func (s *rows) put(ref auth.CredentialRef, row auth.TokenRow) auth.TokenRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cells[ref]
	if c == nil {
		c = &cell{}
		s.cells[ref] = c
	}
	row.Version = c.row.Version + 1
	return s.write(c, row)
}

func (s *rows) remove(ref auth.CredentialRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cells, ref)
}

// write commits a row. The caller holds the lock.
func (s *rows) write(c *cell, row auth.TokenRow) auth.TokenRow {
	row.Updated = time.Now().UTC()
	c.row = copyRow(row)
	s.saved[access(row.Credential)] = true
	s.history = append(s.history, c.read())
	return c.read()
}

func (c *cell) read() auth.TokenRow {
	row := copyRow(c.row)
	if row.Intent != nil {
		row.Intent.Remaining = time.Until(c.ends)
	}
	return row
}

func copyRow(row auth.TokenRow) auth.TokenRow {
	row.Credential = row.Credential.Clone()
	if row.Spare != nil {
		spare := row.Spare.Clone()
		row.Spare = &spare
	}
	if row.Intent != nil {
		in := *row.Intent
		row.Intent = &in
	}
	return row
}

func (s *rows) get(ref auth.CredentialRef) auth.TokenRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.cells[ref]; c != nil {
		return c.read()
	}
	return auth.TokenRow{}
}

func (s *rows) wasSaved(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved[token]
}

// leaseLeft is how long the lease lasts.
func (s *rows) leaseLeft(ref auth.CredentialRef) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.cells[ref].until)
}

// states lists the states that a credential went through.
func (s *rows) states() []auth.TokenState {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []auth.TokenState
	for _, row := range s.history {
		out = append(out, row.State)
	}
	return slices.Compact(out)
}

func (s *rows) at(ref auth.CredentialRef, version int64) (*cell, error) {
	c := s.cells[ref]
	switch {
	case c == nil:
		return nil, auth.ErrGone
	case c.row.Version != version:
		return nil, auth.ErrMoved
	}
	return c, nil
}

// view is the store as one process sees it.
type view struct {
	s *rows
	// step is called before and after each operation: "Save" and "Save done". An error
	// of the second is an answer that was lost.
	mu   sync.Mutex
	step func(ctx context.Context, step string) error
}

func (v *view) on(step func(ctx context.Context, step string) error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.step = step
}

func (v *view) do(ctx context.Context, op string, run func() error) error {
	v.mu.Lock()
	step := v.step
	v.mu.Unlock()
	if step == nil {
		step = func(ctx context.Context, _ string) error { return ctx.Err() }
	}
	if err := step(ctx, op); err != nil {
		return err
	}
	v.s.mu.Lock()
	err := run()
	v.s.mu.Unlock()
	if err != nil {
		return err
	}
	return step(ctx, op+" done")
}

func (v *view) Load(ctx context.Context, ref auth.CredentialRef) (row auth.TokenRow, _ error) {
	err := v.do(ctx, "Load", func() error {
		c := v.s.cells[ref]
		if c == nil {
			return auth.ErrGone
		}
		row = c.read()
		return nil
	})
	return row, err
}

func (v *view) Save(ctx context.Context, ref auth.CredentialRef, row auth.TokenRow) (out auth.TokenRow, _ error) {
	err := v.do(ctx, "Save", func() error {
		c, err := v.s.at(ref, row.Version)
		if err != nil {
			return err
		}
		row.Version++
		row.Intent = nil
		out = v.s.write(c, row)
		return nil
	})
	return out, err
}

func (v *view) Mark(ctx context.Context, ref auth.CredentialRef, version int64, in auth.TokenIntent) (out auth.TokenRow, _ error) {
	err := v.do(ctx, "Mark", func() error {
		c, err := v.s.at(ref, version)
		if err != nil {
			return err
		}
		c.ends = time.Now().Add(in.Remaining)
		row := c.row
		row.Version++
		row.Intent = &in
		out = v.s.write(c, row)
		return nil
	})
	return out, err
}

func (v *view) Acquire(ctx context.Context, ref auth.CredentialRef, holder string, ttl time.Duration) (l auth.TokenLease, _ error) {
	err := v.do(ctx, "Acquire", func() error {
		c, now := v.s.cells[ref], time.Now()
		if c == nil {
			return auth.ErrGone
		}
		live := now.Before(c.until)
		if live && c.holder != holder {
			return auth.ErrLeased
		}
		if !live || c.holder != holder {
			v.s.fences++
			c.fence = v.s.fences
		}
		c.holder, c.until = holder, now.Add(ttl)
		l = auth.TokenLease{Holder: holder, Fence: c.fence, Remaining: ttl, At: now}
		return nil
	})
	return l, err
}

func (v *view) Release(ctx context.Context, ref auth.CredentialRef, l auth.TokenLease) error {
	return v.do(ctx, "Release", func() error {
		if c := v.s.cells[ref]; c != nil && c.holder == l.Holder && c.fence == l.Fence {
			c.until = time.Time{}
		}
		return nil
	})
}

func access(c auth.Credential) string { return c.Values["access_token"].Reveal() }

func refresh(c auth.Credential) string { return c.Values["refresh_token"].Reveal() }
