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
