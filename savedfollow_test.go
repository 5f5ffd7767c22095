package waygate_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

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
