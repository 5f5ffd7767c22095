package memory_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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

// TestToldOnce: many changes of one row are told as one, and so are those of the
// variables that go with a connection.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	s := memory.New()
	c := waygate.StoredConnection{ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main"}
	if _, err := s.Connections().Insert(t.Context(), c, nil, nil); err != nil {
		t.Fatal(err)
	}
	from := fromNow(t, s)
	for _, name := range []string{"a", "b", "a"} {
		change(t, s, "acme")
		if err := s.PutVariable(t.Context(), waygate.StoredVariable{Tenant: "acme", ConnectionID: "con_1", Name: name}, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := []waygate.Change{{Kind: waygate.ChangeVariable, Tenant: "acme"}, {Kind: waygate.ChangeVariable, Tenant: "acme", ID: "con_1"}}
	page, err := s.Changes(t.Context(), from)
	if err != nil || !slices.Equal(page.Changes, want) {
		t.Errorf("told %+v, error %v, want %+v", page.Changes, err, want)
	}
	if err := s.Connections().Delete(t.Context(), "acme", "con_1", nil); err != nil {
		t.Fatal(err)
	}
	want[0] = waygate.Change{Kind: waygate.ChangeConnection, Tenant: "acme", Integration: "github", ID: "con_1"}
	page, err = s.Changes(t.Context(), page.Cursor)
	if err != nil || !slices.Equal(page.Changes, want) {
		t.Errorf("told %+v, error %v, want %+v", page.Changes, err, want)
	}
}

// TestMadeUpCursor: cursors of changes can be made by anyone who reads how. None
// panics, and none is believed.
func TestMadeUpCursor(t *testing.T) {
	t.Parallel()
	s := memory.New()
	change(t, s, "acme")
	given, err := base64.RawURLEncoding.DecodeString(fromNow(t, s))
	if err != nil {
		t.Fatal(err)
	}
	const sum = 8
	beyond := bytes.Clone(given[sum:])
	beyond[len(beyond)-1] = 77
	positions := [][]byte{beyond, bytes.Repeat([]byte{0xff}, len(beyond))}
	for n := range 40 {
		positions = append(positions, make([]byte, n))
	}
	for _, position := range positions {
		h := hmac.New(sha256.New, make([]byte, 32))
		h.Write(append([]byte("\x07changes\x00"), position...))
		page, err := s.Changes(t.Context(), base64.RawURLEncoding.EncodeToString(append(h.Sum(nil)[:sum], position...)))
		if err != nil {
			wantClass(t, err, waygate.ErrInvalidInput)
		} else if !page.Reset || len(page.Changes) != 0 {
			t.Errorf("%x: told %+v, want Reset", position, page)
		}
		if fits := len(position) == len(beyond); fits != (err == nil) {
			t.Errorf("%x: error %v", position, err)
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
