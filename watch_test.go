package waygate_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// TestWatchedCalls shows that while Run watches the store isn't asked by calls at
// all, that it is asked again when the watch stalls over 2 s, and not any more
// when the watch is back.
func TestWatchedCalls(t *testing.T) {
	t.Parallel()
	for how, stall := range map[string]func(s *spyStore){
		"fails": func(s *spyStore) { s.fail("Changes") },
		"hangs": func(s *spyStore) { s.hang("Changes") },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				p.watched()
				p.uses(mainToken)
				for range 120 {
					time.Sleep(time.Second)
					p.uses(mainToken)
				}
				p.asked("Find", 1)
				stall(p.store)
				time.Sleep(1400 * time.Millisecond)
				p.uses(mainToken)
				p.asked("Find", 0)
				time.Sleep(602 * time.Millisecond)
				for range 5 {
					p.uses(mainToken)
					p.uses(mainToken)
					p.asked("Find", 1)
					time.Sleep(time.Second)
				}
				p.store.hook(nil)
				time.Sleep(5 * time.Second)
				p.uses(mainToken)
				p.store.asks("Find")
				for range 10 {
					time.Sleep(time.Second)
					p.uses(mainToken)
				}
				p.asked("Find", 0)
			})
		})
	}
}

// TestStalledWatchMissesNothing shows that what changed while the watch was
// stalled is told when it is back.
func TestStalledWatchMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		p.store.fail("Changes")
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		time.Sleep(1200 * time.Millisecond)
		p.uses(mainToken)
		p.store.hook(nil)
		time.Sleep(600 * time.Millisecond)
		p.uses(newToken)
	})
}

// TestSlowWatch shows that a watch whose answers take long is as old as its
// questions: what changed after one of them is seen within 2 s all the same.
func TestSlowWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		time.Sleep(5 * time.Second)
		held, leave := p.store.hold("Changes")
		<-held
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		time.Sleep(1500 * time.Millisecond)
		close(leave)
		synctest.Wait()
		p.uses(mainToken)
		held, leave = p.store.hold("Changes")
		<-held
		time.Sleep(10 * time.Millisecond)
		p.uses(newToken)
		close(leave)
	})
}

// TestWatchBelievesNothingOlder shows that what was read before the watch began
// is believed for a second and no longer.
func TestWatchBelievesNothingOlder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		time.Sleep(500 * time.Millisecond)
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		p.watched()
		time.Sleep(500 * time.Millisecond)
		p.uses(newToken)
		p.asked("Find", 2)
		time.Sleep(time.Minute)
		p.uses(newToken)
		p.asked("Find", 0)
	})
}

// TestWatchAgain shows that a watch which ended is over, and that one which is
// begun anew believes nothing from before: not what the first one knew, and not
// what was read between the two.
func TestWatchAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		stop := p.run(p.gw)
		time.Sleep(time.Millisecond)
		p.uses(mainToken)
		time.Sleep(10 * time.Second)
		p.uses(mainToken)
		p.asked("Find", 1)
		stop()
		p.uses(mainToken)
		p.asked("Find", 1)
		time.Sleep(time.Second)
		p.uses(mainToken)
		p.asked("Find", 1)
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		p.watched()
		time.Sleep(time.Second)
		p.uses(newToken)
		p.asked("Find", 1)
		failure(t, p.gw.Run(t.Context()), waygate.KindConfig) // one that is refused ends no watch
		time.Sleep(time.Minute)
		p.uses(newToken)
		p.asked("Find", 0)
	})
}

// TestWatchReset shows that after Reset nothing is believed that was read before,
// not even what was read just now.
func TestWatchReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		p.store.tells(func(_ string, page *waygate.ChangePage) error {
			page.Reset, page.Changes = len(page.Changes) > 0, nil
			return nil
		})
		time.Sleep(498 * time.Millisecond)
		p.store.asks("Find")
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		time.Sleep(2 * time.Millisecond)
		p.uses(newToken)
		p.asked("Find", 1)
		time.Sleep(time.Minute)
		p.uses(newToken)
		p.asked("Find", 0)
	})
}

// TestWatchResetWhileReading shows that what was read while Reset was told isn't
// believed.
func TestWatchResetWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		time.Sleep(10 * time.Second)
		held, leave := p.store.hold("Find")
		called := make(chan struct{})
		go func() { defer close(called); p.uses(mainToken) }()
		<-held
		p.store.tells(func(_ string, page *waygate.ChangePage) error {
			page.Reset, page.Changes = true, nil
			return nil
		})
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		time.Sleep(600 * time.Millisecond)
		p.store.tells(nil)
		close(leave)
		<-called
		p.uses(newToken)
	})
}

// TestCursorRefused shows that a watch whose cursor the store doesn't take any
// more begins anew.
func TestCursorRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		var begun atomic.Bool
		p.store.tells(func(cursor string, _ *waygate.ChangePage) error {
			if cursor == "" {
				begun.Store(true)
			}
			if !begun.Load() {
				return fmt.Errorf("what cursor? %w", waygate.ErrInvalidInput)
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		p.uses(mainToken)
		p.store.asks("Find")
		time.Sleep(time.Minute)
		p.uses(mainToken)
		p.asked("Find", 0)
	})
}

// TestWatchForgetsNoOthers shows that a change makes nothing be asked for that it
// doesn't touch.
func TestWatchForgetsNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		elsewhere := api(get("a"))
		elsewhere.ID = "elsewhere"
		must(t, p.other.Register(t.Context(), elsewhere))
		globex := connect(t, p.other, "globex", "api", pat)
		p.watched()
		p.uses(mainToken)
		p.store.asks("Find")
		connect(t, p.other, "acme", "elsewhere", pat)
		_, err := p.theirs.SetCredential(t.Context(), "elsewhere", "main", auth.Token(newToken))
		must(t, err)
		_, err = globex.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		must(t, p.theirs.SetVariable(t.Context(), waygate.Variable{Name: "x", Value: "y"}))
		_, err = globex.Purge(t.Context())
		must(t, err)
		time.Sleep(2 * time.Second)
		p.uses(mainToken)
		p.asked("Find", 0)
	})
}
