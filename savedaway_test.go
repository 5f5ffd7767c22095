package waygate_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// held503 is a wire's answer: the first is a 503 that waits for leave.
func held503(entered chan<- struct{}, leave <-chan struct{}) func(int, *http.Request, string) (*http.Response, error) {
	var first sync.Once
	return func(_ int, r *http.Request, _ string) (*http.Response, error) {
		status := 200
		first.Do(func() {
			entered <- struct{}{}
			<-leave
			status = 503
		})
		return reply(r, status, `{}`), nil
	}
}

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

// TestWatchAgainLists shows that a watch which is begun anew, or was told Reset,
// lists what was saved and deleted meanwhile.
func TestWatchAgainLists(t *testing.T) {
	t.Parallel()
	more := version("one")
	more.ID = "more"
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		stop := p.run(p.gw)
		p.lists(p.gw, "api.a")
		stop()
		p.saves(p.other, more)
		must(t, p.other.DeleteIntegration(t.Context(), "api"))
		stop = p.run(p.gw)
		p.lists(p.gw, "more.a")
		stop()
		changed := more
		changed.Actions = []waygate.Action{get("a"), get("b")}
		p.saves(p.other, changed)
		p.watched()
		p.lists(p.gw, "more.a", "more.b")
	})
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p := barePair(t)
			if known {
				p.saves(p.other, version("one"))
			}
			p.watched()
			p.store.tells(func(_ string, page *waygate.ChangePage) error {
				page.Reset, page.Changes = len(page.Changes) > 0, nil
				return nil
			})
			p.saves(p.other, more)
			if known {
				must(t, p.other.DeleteIntegration(t.Context(), "api"))
			}
			time.Sleep(time.Second)
			p.lists(p.gw, "more.a")
		})
	}
}

// TestFollowingReadsWhatChanged shows that what others saved is read once, and
// nothing else; all of it is listed, however much there is.
func TestFollowingReadsWhatChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := barePair(t)
		const saved = 120 // more than a page
		for i := range saved {
			p.written(fmt.Sprint("api_", i), "", "")
		}
		p.watched()
		if n := len(p.gw.Actions(waygate.ActionFilter{})); n != saved {
			t.Errorf("%d actions are listed, want %d", n, saved)
		}
		p.asked("Get", saved)
		p.written("api_7", "", "")
		time.Sleep(5 * time.Second)
		p.asked("Get", 1)
		p.asked("List", 4)
	})
}

// TestResetWhileListingFails shows that after Reset a definition is asked for,
// though it was read just now.
func TestResetWhileListingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := savedPair(t)
		p.watched()
		time.Sleep(400 * time.Millisecond)
		must(t, p.other.DeleteIntegration(t.Context(), "api"))
		p.saves(p.other, version("two"))
		time.Sleep(200 * time.Millisecond)
		p.calls(p.acme, "two") // read now
		p.store.fail("List")
		p.store.tells(func(_ string, page *waygate.ChangePage) error {
			page.Reset, page.Changes = len(page.Changes) > 0, nil
			return nil
		})
		p.saves(p.other, version("three"))
		time.Sleep(500 * time.Millisecond)
		p.calls(p.acme, "three")
	})
}

// TestCompiledOnce shows that a definition which is asked for again, and is the
// same, isn't read and compiled again.
func TestCompiledOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var decoded atomic.Int32
		p := barePair(t, func(c *waygate.Config) {
			c.Kinds.Auth = auth.KindMap{"counted": func([]byte, auth.KindMap) (auth.Scheme, error) {
				decoded.Add(1)
				return auth.Bearer{}, nil
			}}
		})
		p.written("api", "bearer", "counted")
		connect(t, p.other, "acme", "api", pat)
		decoded.Store(0)
		p.calls(p.acme, "one")
		once := decoded.Load()
		time.Sleep(time.Second)
		p.store.asks("Get")
		p.calls(p.acme, "one")
		p.asked("Get", 1)
		if n := decoded.Load(); n != once || once == 0 {
			t.Errorf("decoded %d times, and %d times more", once, n-once)
		}
	})
}

// TestEndOfFollowingIsQuiet shows that Run's end while it reads definitions isn't
// logged.
func TestEndOfFollowingIsQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, logs := logged(zapcore.WarnLevel)
		p := savedPair(t, log)
		p.store.hang("Get")
		p.run(p.gw)()
		if n := logs.Len(); n != 0 {
			t.Errorf("logged: %v", logs.All())
		}
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

// TestWatchPanics shows that a store which panics while it is watched doesn't end
// the process, and is watched again.
func TestWatchPanics(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Changes", "List", "Get", "Wait"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				var panics atomic.Int32
				p.store.hook(func(ctx context.Context, m string) error {
					if m != method {
						return nil
					}
					if panics.Add(1) > 100 {
						<-ctx.Done() // so that the test ends
					}
					panic("the store's own trouble")
				})
				p.watched()
				time.Sleep(5 * time.Second)
				if n := panics.Load(); n > 12 {
					t.Errorf("asked %d times within 5 s", n)
				}
				p.store.hook(nil)
				time.Sleep(5 * time.Second)
				p.lists(p.gw, "api.a")
				p.calls(p.acme, "one")
				p.store.asks("Find")
				p.store.asks("Get")
				time.Sleep(10 * time.Second)
				p.calls(p.acme, "one")
				p.asked("Find", 0)
				p.asked("Get", 0)
			})
		})
	}
}

// TestFollowingFails shows that what was saved elsewhere is listed once the store
// can be read again, though nothing was saved since.
func TestFollowingFails(t *testing.T) {
	t.Parallel()
	for how, stop := range map[string]func(s *spyStore){
		"fails":     func(s *spyStore) { s.fail("List") },
		"hangs":     func(s *spyStore) { s.hang("List") },
		"Get hangs": func(s *spyStore) { s.hang("Get") },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := savedPair(t)
				stop(p.store)
				p.watched()
				p.lists(p.gw)
				time.Sleep(10 * time.Second)
				p.store.hook(nil)
				time.Sleep(time.Minute)
				p.lists(p.gw, "api.a")
				p.saves(p.other, api(get("b")))
				time.Sleep(2 * time.Second)
				p.lists(p.gw, "api.b")
			})
		})
	}
}

// TestSavedBounds shows that ids which nobody saved are forgotten when there are
// too many.
func TestSavedBounds(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	for i := range 10_100 {
		there, err := waygate.FindDefinition(t.Context(), gw, fmt.Sprint("x", i))
		if must(t, err); there {
			t.Fatal("found what nobody saved")
		}
	}
	if n := waygate.CachedDefinitions(gw); n < 1_000 || n > 10_000 {
		t.Errorf("%d ids are remembered", n)
	}
}

// TestUnknownConnections shows that asking for connections that aren't there takes
// no place from those that are.
func TestUnknownConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		for i := range 100 {
			p.fails(waygate.ErrUnresolved, waygate.On(fmt.Sprint("typo-", i)))
		}
		p.uses(secondToken, waygate.On("second"))
		p.store.asks("Find")
		p.uses(secondToken, waygate.On("second"))
		p.asked("Find", 0)
	})
}

// TestForgettingMeanwhile lets changes land in every moment of a call: none fails
// by it, none waits for ever.
func TestForgettingMeanwhile(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var all, forgetting sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for range 5_000 {
				if _, err := waygate.FindConnection(ctx, p.gw, "acme", "api", ""); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 4 {
		forgetting.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					waygate.ForgetConnections(p.gw, "acme", "api")
				}
			}
		})
	}
	all.Wait()
	close(done)
	forgetting.Wait()
}
