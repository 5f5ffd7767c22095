package waygate_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
)

// TestSaveWhileReading shows that a save or a deletion elsewhere that lands while
// a definition is read isn't lost.
func TestSaveWhileReading(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(p *pair) error{
		"save":   func(p *pair) error { _, err := p.other.SaveIntegration(p.Context(), version("two")); return err },
		"delete": func(p *pair) error { return p.other.DeleteIntegration(p.Context(), "api") },
		"own save": func(p *pair) error {
			_, err := p.gw.SaveIntegration(p.Context(), version("two"))
			return err
		},
		"own deletion": func(p *pair) error { return p.gw.DeleteIntegration(p.Context(), "api") },
	} {
		for i := range 4 {
			known, watched := i%2 == 0, i < 2
			if !watched && (what == "save" || what == "delete") {
				continue // believed for its second
			}
			t.Run(fmt.Sprint(what, " known ", known, " watched ", watched), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := savedPair(t)
					if known {
						p.calls(p.acme, "one")
						time.Sleep(time.Second)
					}
					p.store.hook(func(_ context.Context, method string) error {
						if method == "List" || method == "Wait" { // the calls alone read it
							return errAway
						}
						return nil
					})
					if watched {
						p.watched()
					}
					held, leave := p.store.hold("Get")
					called := make(chan struct{})
					go func() { defer close(called); _, _ = p.acme.Invoke(t.Context(), "api.a", nil) }()
					<-held
					must(t, change(p))
					time.Sleep(600 * time.Millisecond)
					for range 3 { // while it is held, right after, and later
						if what == "save" || what == "own save" {
							p.calls(p.acme, "two")
						} else {
							p.fails(waygate.ErrUnresolved)
						}
						if leave != nil {
							close(leave)
							<-called
							leave = nil
							continue
						}
						time.Sleep(time.Minute)
					}
				})
			})
		}
	}
}

// TestSavedWhileSaving shows that a save elsewhere isn't lost that lands while
// this gateway's own is answered.
func TestSavedWhileSaving(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Get", "Put"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				p.watched()
				p.calls(p.acme, "one")
				mine := version("two")
				if method == "Get" {
					mine = version("one") // is there already
				}
				held, leave := p.store.hold(method)
				saved := make(chan error)
				go func() { _, err := p.gw.SaveIntegration(t.Context(), mine); saved <- err }()
				<-held
				p.saves(p.other, version("three"))
				time.Sleep(600 * time.Millisecond)
				close(leave)
				must(t, <-saved)
				p.calls(p.acme, "three")
				time.Sleep(time.Minute)
				p.calls(p.acme, "three")
			})
		})
	}
}

// TestFailedSave shows that a save whose fate isn't known leaves nothing that is
// believed.
func TestFailedSave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.calls(p.acme, "one")
		p.store.mu.Lock()
		p.store.after = func(_ context.Context, method string) error {
			if method == "Put" {
				return errAway // it was written all the same
			}
			return nil
		}
		p.store.mu.Unlock()
		_, err := p.gw.SaveIntegration(t.Context(), version("two"))
		failure(t, err, waygate.KindStore)
		p.calls(p.acme, "two")
		p.store.mu.Lock()
		p.store.after = func(_ context.Context, method string) error {
			if method == "Delete" {
				return errAway
			}
			return nil
		}
		p.store.mu.Unlock()
		failure(t, p.gw.DeleteIntegration(t.Context(), "api"), waygate.KindStore)
		p.fails(waygate.ErrUnresolved)
		failure(t, p.gw.DeleteIntegration(t.Context(), "api"), waygate.KindStore) // so that it isn't known again
		p.saves(p.gw, version("three"))
		p.store.asks("Get")
		p.calls(p.acme, "three")
		p.asked("Get", 0)
	})
}

// TestSavedStoreAway shows that calls go on for MaxStale with the definitions that
// they know, and that the store isn't asked by each of them.
func TestSavedStoreAway(t *testing.T) {
	t.Parallel()
	for _, watched := range []bool{false, true} {
		t.Run(fmt.Sprint("watched ", watched), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				if watched {
					p.watched()
					time.Sleep(5 * time.Minute)
				}
				p.calls(p.acme, "one")
				p.store.asks("Get")
				p.store.fail()
				_, err := p.acme.Invoke(t.Context(), "other.a", nil)
				failure(t, err, waygate.KindStore)
				p.asked("Get", 1)
				if took := p.away(); took < 59*time.Second || took > 61*time.Second {
					t.Errorf("calls went on for %s, want a minute", took)
				}
				if n := p.store.asks("Get"); n > 70 {
					t.Errorf("a store that is away was asked %d times in a minute", n)
				}
				p.store.hook(nil)
				time.Sleep(5 * time.Second)
				p.calls(p.acme, "one")
			})
		})
	}
}

// TestOutdatedStoreAway shows that a definition of which something newer is known
// goes on for MaxStale only, though the watch is live.
func TestOutdatedStoreAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.watched()
		p.calls(p.acme, "one")
		time.Sleep(5 * time.Minute)
		p.store.fail("Get", "List")
		var saving sync.WaitGroup
		defer saving.Wait()
		saving.Go(func() {
			for i := range 10 { // something newer each time
				p.saves(p.other, version(fmt.Sprint("v", i)))
				time.Sleep(20 * time.Second)
			}
		})
		time.Sleep(time.Second)
		if took := p.away(); took < 50*time.Second || took > 61*time.Second {
			t.Errorf("calls went on for %s, want a minute", took)
		}
	})
}

// TestSavedStoreHangs shows that a store which doesn't answer delays a call over a
// definition that is known by 2 s at most, and only one within a second.
func TestSavedStoreHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.calls(p.acme, "one")
		time.Sleep(time.Second)
		p.store.asks("Get")
		p.store.hang("Get")
		start := time.Now()
		results := p.herd(20, t.Context())
		for range 20 {
			must(t, <-results)
		}
		p.calls(p.acme, "one")
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("calls took %s", took)
		}
		p.asked("Get", 1)
	})
}

// TestSavedHerd shows that many calls at once read a definition once.
func TestSavedHerd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		_, leave := p.store.hold("Get")
		results := p.herd(50, t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		impatient := p.herd(1, ctx)
		cancel()
		failure(t, <-impatient, waygate.KindCanceled)
		close(leave)
		for range 50 {
			must(t, <-results)
		}
		p.asked("Get", 1)
	})
}

// TestSavesAtOnce shows that of two saves of this gateway, one of which is
// answered while the other is under way, the newer is used.
func TestSavesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		saved := make(chan error, 2)
		save := func(name string) { _, err := p.gw.SaveIntegration(t.Context(), version(name)); saved <- err }
		put, answerPut := p.store.hold("Put")
		go save("two")
		<-put
		got, answerGet := p.store.hold("Get")
		go save("three")
		<-got
		close(answerPut)
		must(t, <-saved)
		close(answerGet)
		must(t, <-saved)
		p.calls(p.acme, "three")
	})
}

// TestReadingsAtOnce shows that the end of a reading that doesn't count any more
// leaves the one alone that began after it.
func TestReadingsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.store.fail("List")
		p.watched()
		_, answerFirst := p.store.hold("Get")
		first := p.herd(1, t.Context())
		p.saves(p.other, version("two"))
		time.Sleep(600 * time.Millisecond)
		_, answerSecond := p.store.hold("Get")
		second := p.herd(1, t.Context())
		close(answerFirst)
		must(t, <-first)
		p.asked("Get", 2)
		third := p.herd(1, t.Context())
		p.asked("Get", 0)
		close(answerSecond)
		must(t, <-second)
		must(t, <-third)
	})
}
