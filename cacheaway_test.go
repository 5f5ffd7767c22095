package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// away makes calls every 100 ms until the store's absence shows, and is how long
// that took.
func (p *pair) away() time.Duration {
	p.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		_, err := p.acme.Invoke(p.Context(), "api.a", nil)
		if since := time.Since(start); err != nil || since > 5*time.Minute {
			failure(p, err, waygate.KindStore)
			if !errors.Is(err, errAway) {
				p.Errorf("the error hides the store's: %v", err)
			}
			return since
		}
	}
}

// TestStoreAway shows that calls go on for MaxStale with what they know, that the
// store isn't asked by each of them, and that all is well when it is back.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	for _, maxStale := range []time.Duration{0, 10 * time.Second} {
		t.Run(fmt.Sprint(maxStale), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				want := maxStale
				if want == 0 {
					want = time.Minute // by default
				}
				p := newPair(t, func(c *waygate.Config) { c.MaxStale = maxStale })
				p.uses(mainToken)
				p.uses(secondToken, waygate.On("second"))
				p.store.asks("Find")
				p.store.fail()
				p.fails(waygate.ErrStore, waygate.On("main")) // never asked for before
				p.asked("Find", 1)
				if took := p.away(); took != want+100*time.Millisecond {
					t.Errorf("calls went on for %s, want %s", took, want)
				}
				if n := p.store.asks("Find"); n > int(want/time.Second)+1 {
					t.Errorf("a store that is away was asked %d times in %s", n, want)
				}
				p.fails(waygate.ErrStore)
				p.store.hook(nil)
				p.uses(mainToken)
				p.uses(secondToken, waygate.On("second"))
				p.store.fail()
				time.Sleep(want)
				p.uses(mainToken) // again as long
			})
		})
	}
}

// TestStoreAwayWhileWatched shows that MaxStale counts from the watch's last good
// answer, however long ago a connection was read.
func TestStoreAwayWhileWatched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		p.asked("Find", 1)
		for range 5 {
			time.Sleep(20 * time.Second)
			p.uses(mainToken)
		}
		p.asked("Find", 0)
		p.store.fail()
		if took := p.away(); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("calls went on for %s, want a minute", took)
		}
		p.store.hook(nil)
		p.uses(mainToken)
	})
}

// TestStoreBackInTime shows that a store which is away for a while is asked
// within a second of its return.
func TestStoreBackInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.fail()
		time.Sleep(5 * time.Second)
		p.uses(mainToken)
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		p.store.hook(nil)
		p.uses(mainToken) // for a second
		time.Sleep(time.Second)
		p.uses(newToken)
	})
}

// TestStoreHangs shows that a store which doesn't answer delays a call by 2 s at
// most, and only one within a second; and that the caller's own time counts.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.asks("Find")
		p.store.hang("Find")
		delayed, calls := 0, 0
		for start := time.Now(); time.Since(start) < 50*time.Second; calls++ {
			from := time.Now()
			p.uses(mainToken)
			switch took := time.Since(from); {
			case took > 2*time.Second:
				t.Errorf("a call took %s", took)
			case took > 0:
				delayed++
			}
			time.Sleep(50 * time.Millisecond)
		}
		if n := p.store.asks("Find"); n != delayed || n > 50/3+1 {
			t.Errorf("of %d calls %d were delayed, and the store was asked %d times", calls, delayed, n)
		}
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.acme.Invoke(ctx, "api.a", nil)
		failure(t, err, waygate.KindTimeout)
		p.store.fail()
		p.uses(mainToken) // what is known outlives who couldn't wait
	})
}

// TestSlowStore shows that a store is waited for where nothing else would do.
func TestSlowStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.store.hook(func(ctx context.Context, _ string) error {
			select {
			case <-time.After(10 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		p.uses(mainToken)
	})
}

// TestStoreAwayByItsOwnWord shows that a store may say by an error of this
// package that it is away.
func TestStoreAwayByItsOwnWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.hook(func(context.Context, string) error { return &waygate.Error{Kind: waygate.KindStore, Err: errAway} })
		time.Sleep(time.Second)
		p.uses(mainToken)
	})
}

// TestStoreAwayBeforeTheWatch shows that a watch vouches for nothing that was read
// before it.
func TestStoreAwayBeforeTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.watched()
		time.Sleep(5 * time.Minute)
		p.store.fail()
		p.fails(waygate.ErrStore)
	})
}

// TestGoneIsBelieved shows that a connection which the store says is gone isn't
// called any more, not even when the store is away later.
func TestGoneIsBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(secondToken, waygate.On("second"))
		must(t, p.theirs.Disconnect(t.Context(), "api", "second"))
		time.Sleep(time.Second)
		p.fails(waygate.ErrUnresolved, waygate.On("second"))
		p.store.fail()
		p.fails(waygate.ErrStore, waygate.On("second"))
	})
}

// herd lets n goroutines call at once while the store's answer is held back.
func (p *pair) herd(n int, ctx context.Context, opts ...waygate.Option) <-chan error {
	results := make(chan error, n)
	for range n {
		go func() {
			err := errors.New("the goroutine was ended")
			defer func() { results <- err }()
			_, err = p.acme.Invoke(ctx, "api.a", nil, opts...)
		}()
	}
	synctest.Wait()
	return results
}

// TestHerd shows that many calls at once ask the store once, and that whoever
// can't wait leaves.
func TestHerd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		time.Sleep(time.Second)
		p.store.asks("Find")
		_, leave := p.store.hold("Find")
		results := p.herd(200, t.Context())
		p.asked("Find", 1)
		ctx, cancel := context.WithCancel(t.Context())
		impatient := p.herd(1, ctx)
		cancel()
		failure(t, <-impatient, waygate.KindCanceled)
		if len(results) != 0 {
			t.Errorf("%d calls didn't wait", len(results))
		}
		close(leave)
		for range 200 {
			must(t, <-results)
		}
		p.asked("Find", 0)
	})
}

// TestHerdWithoutALeader shows that when the call that asks the store for all is
// canceled, panics or ends its goroutine, the others go on.
func TestHerdWithoutALeader(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(cancel func()) error{
		"canceled": func(cancel func()) error { cancel(); return context.Canceled },
		"panic":    func(func()) error { panic("the store's own trouble") },
		"Goexit":   func(func()) error { runtime.Goexit(); return nil },
	} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprint(how, " known ", known), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t)
					if known {
						p.uses(mainToken)
						time.Sleep(time.Second)
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					leave := make(chan struct{})
					var first sync.Once
					p.store.hook(func(_ context.Context, method string) (err error) {
						if method == "Find" {
							first.Do(func() { <-leave; err = end(cancel) })
						}
						return err
					})
					leader := p.herd(1, ctx)
					p.store.asks("Find")
					results := p.herd(20, t.Context())
					close(leave)
					if err := <-leader; err == nil {
						t.Error("the leader's call succeeded")
					}
					for range 20 {
						must(t, <-results)
					}
					p.asked("Find", 1)
				})
			})
		}
	}
}

// TestHerdOfNothingKept shows that calls whose answer can't be kept don't ask one
// after another.
func TestHerdOfNothingKept(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{"gone": nil, "away": errAway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				p.store.hook(func(context.Context, string) error { time.Sleep(time.Second); return answer })
				start := time.Now()
				results := p.herd(20, t.Context(), waygate.On("third"))
				for range 20 {
					if err := <-results; err == nil {
						t.Error("a call over no connection succeeded")
					}
				}
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("20 calls at once took %s, each Find takes 1 s", took)
				}
			})
		})
	}
}

// TestNeverAnotherTenants calls for tenants with the same names at random, while
// another gateway changes their connections: no call has another's credential.
func TestNeverAnotherTenants(t *testing.T) {
	t.Parallel()
	const tenants = 3
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		who := strings.TrimPrefix(r.URL.Path, "/of/")
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer token-of-"+who+"-") {
			t.Errorf("%s called with %q", who, r.Header.Get("Authorization"))
		}
		return reply(r, 200, `{}`), nil
	}}
	store, keyring := memory.New(), ring(t, "k1")
	same := func(c *waygate.Config) { c.Store, c.Keyring = store, keyring }
	in := api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/of/{who}"})
	gw, other := wired(t, w, same), wired(t, w, same)
	must(t, gw.Register(t.Context(), in))
	must(t, other.Register(t.Context(), in))
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { must(t, gw.Run(ctx)) })
	owner := map[string]string{"one": "", "two": "", "": ""} // by ref: slugs are everyone's
	token := func(i, n int) auth.Credential { return auth.Token(fmt.Sprintf("token-of-t%d-%06d", i, n)) }
	for i := range tenants {
		for _, slug := range []string{"one", "two"} {
			info, err := other.Tenant(fmt.Sprint("t", i)).Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, Credential: token(i, 0)})
			must(t, err)
			owner[info.ID] = info.Tenant
		}
	}
	var refs []string
	for ref := range owner {
		refs = append(refs, ref)
	}
	for range 4 {
		all.Go(func() {
			for range 150 {
				who, ref := fmt.Sprint("t", rand.IntN(tenants)), refs[rand.IntN(len(refs))]
				var opts []waygate.Option
				if ref != "" {
					opts = append(opts, waygate.On(ref))
				}
				_, err := gw.Tenant(who).Invoke(t.Context(), "api.a", map[string]any{"who": who}, opts...)
				if foreign := owner[ref] != "" && owner[ref] != who; foreign != errors.Is(err, waygate.ErrUnresolved) || !foreign && err != nil {
					t.Errorf("%s over %q of %q: %v", who, ref, owner[ref], err)
				}
			}
		})
	}
	all.Go(func() {
		defer stop()
		for n := range 200 {
			i := rand.IntN(tenants)
			x := []*waygate.Gateway{gw, other}[n%2].Tenant(fmt.Sprint("t", i))
			_, err := x.SetCredential(t.Context(), "api", "two", token(i, n))
			must(t, err)
			must(t, x.SetPrimary(t.Context(), "api", []string{"one", "two"}[rand.IntN(2)]))
		}
	})
	all.Wait()
}
