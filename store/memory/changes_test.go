package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// fromNow is a cursor of a store.
func fromNow(t *testing.T, s *memory.Store) string {
	t.Helper()
	page, err := s.Changes(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return page.Cursor
}

// change changes something.
func change(t *testing.T, s *memory.Store, tenant string) {
	t.Helper()
	if err := s.PutVariable(t.Context(), waygate.StoredVariable{Tenant: tenant, Name: "a"}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestChangesOfAnotherStore: numbers mean nothing elsewhere, whichever store has
// seen more.
func TestChangesOfAnotherStore(t *testing.T) {
	t.Parallel()
	a, b := memory.New(), memory.New()
	change(t, b, "acme")
	for _, c := range []struct {
		s      *memory.Store
		cursor string
	}{{a, fromNow(t, b)}, {b, fromNow(t, a)}} {
		page, err := c.s.Changes(t.Context(), c.cursor)
		if err != nil || !page.Reset || len(page.Changes) != 0 {
			t.Errorf("%+v, error %v, want Reset alone", page, err)
		}
		again, err := c.s.Changes(t.Context(), page.Cursor)
		if err != nil || again.Reset {
			t.Errorf("%+v, error %v, want no Reset", again, err)
		}
	}
	_, err := a.Changes(t.Context(), "not a cursor")
	wantClass(t, err, waygate.ErrInvalidInput)
}

// TestPurgeIsOneChange: a tenant with many rows doesn't push out what others
// changed.
func TestPurgeIsOneChange(t *testing.T) {
	t.Parallel()
	s := memory.New()
	for i := range 100 {
		c := waygate.StoredConnection{ID: fmt.Sprint("con_", i), Tenant: "acme", Integration: "github", Slug: fmt.Sprint("s", i)}
		cred := waygate.StoredCredential{ID: fmt.Sprint("crd_", i), Tenant: "acme", Integration: "github"}
		if _, err := s.Connections().Insert(t.Context(), c, &cred, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range [][]waygate.Change{{{Kind: waygate.ChangeTenant, Tenant: "acme"}}, nil} { // the second time nothing is there
		from := fromNow(t, s)
		if _, err := s.Connections().Purge(t.Context(), "acme", nil); err != nil {
			t.Fatal(err)
		}
		page, err := s.Changes(t.Context(), from)
		if err != nil || !slices.Equal(page.Changes, want) {
			t.Errorf("told %+v, error %v, want %+v", page.Changes, err, want)
		}
	}
}

// TestWait: all that wait are woken by a change, and by nothing else.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		woken := make(chan error, 2)
		wait := func() {
			for range 2 {
				go func() { woken <- s.Wait(t.Context()) }()
			}
			synctest.Wait()
		}
		wait()
		if err := s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a", Tenant: "acme"}}); err != nil {
			t.Fatal(err)
		}
		_ = fromNow(t, s)
		synctest.Wait()
		if len(woken) != 0 {
			t.Errorf("woken by nothing: %v", <-woken)
		}
		change(t, s, "acme")
		for range 2 {
			if err := <-woken; err != nil {
				t.Errorf("Wait: %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { woken <- s.Wait(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-woken; !errors.Is(err, context.Canceled) {
			t.Errorf("Wait whose ctx ended: %v", err)
		}
		wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-woken; !errors.Is(err, memory.ErrClosed) {
				t.Errorf("Wait of a store that was closed: %v", err)
			}
		}
		if err := s.Wait(t.Context()); !errors.Is(err, memory.ErrClosed) {
			t.Errorf("Wait of a closed store: %v", err)
		}
	})
}
