package waygate_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// underWay are changes of a connection that is being called, and what becomes of
// the next request of that call: its credential, or the kind of its error.
func underWay() map[string]struct {
	make func(ctx context.Context, x *waygate.Tenant) error
	next string
	kind waygate.Kind
} {
	update := func(base string) func(context.Context, *waygate.Tenant) error {
		return func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Update(ctx, "api", "main", waygate.ConnectionUpdate{BaseURL: &base})
			return err
		}
	}
	set := func(ctx context.Context, x *waygate.Tenant) error {
		_, err := x.SetCredential(ctx, "api", "main", auth.Token(newToken))
		return err
	}
	return map[string]struct {
		make func(ctx context.Context, x *waygate.Tenant) error
		next string
		kind waygate.Kind
	}{
		"nothing":      {func(context.Context, *waygate.Tenant) error { return nil }, mainToken, ""},
		"disconnected": {func(ctx context.Context, x *waygate.Tenant) error { return x.Disconnect(ctx, "api", "main") }, "", waygate.KindUnresolved},
		"purged":       {func(ctx context.Context, x *waygate.Tenant) error { _, err := x.Purge(ctx); return err }, "", waygate.KindUnresolved},
		"disabled": {func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Disable(ctx, "api", "main")
			return err
		}, "", waygate.KindConfig},
		"not primary":    {func(ctx context.Context, x *waygate.Tenant) error { return x.SetPrimary(ctx, "api", "second") }, mainToken, ""},
		"new credential": {set, newToken, ""},
		"led elsewhere":  {update("https://elsewhere.example.com"), "", waygate.KindConflict},
		"led elsewhere, new credential": {func(ctx context.Context, x *waygate.Tenant) error {
			if err := update("https://elsewhere.example.com")(ctx, x); err != nil {
				return err
			}
			return set(ctx, x)
		}, "", waygate.KindConflict},
		"another path": {update(apiBase + "/v2"), mainToken, ""},
	}
}

// TestSignedAgain shows that what a call sends some time after it began is signed
// for the connection as it is by then, or not sent: a repeat, what waited for a
// rate limit, a later request of an action in Go, a call within it.
func TestSignedAgain(t *testing.T) {
	t.Parallel()
	for how, begin := range lateRequests() {
		for name, c := range underWay() {
			for _, whose := range []string{"own", "other's"} {
				t.Run(how+"/"+name+"/"+whose, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						p := newPair(t)
						x := p.acme
						if whose != "own" {
							x = p.theirs
						}
						err := begin(p, func() { must(t, c.make(t.Context(), x)) })
						all := p.wire.seen()
						if c.kind != "" {
							if failure(t, err, c.kind); len(all) != 1 {
								t.Errorf("sent %+v", all[1:])
							}
							return
						}
						must(t, err)
						if len(all) != 2 || all[1].host != "api.example.com" || all[1].header.Get("Authorization") != "Bearer "+c.next {
							t.Errorf("sent %+v, want the last with %s", all, c.next)
						}
					})
				})
			}
		}
	}
}

// lateRequests are calls that send two requests, the second of them some seconds
// after a change.
func lateRequests() map[string]func(p *pair, change func()) error {
	inGo := func(p *pair, change func(), second func(ctx context.Context, c *waygate.Call) error) error {
		fetch := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			if err := fetches(ctx, c); err != nil {
				return nil, err
			}
			change()
			time.Sleep(5 * time.Second)
			return &waygate.Response{Status: 200, Value: true}, second(ctx, c)
		})
		must(p, p.gw.Replace(p.Context(), api(get("a"), fetch)))
		_, err := p.acme.Invoke(p.Context(), "api.go", nil)
		return err
	}
	return map[string]func(p *pair, change func()) error{
		"repeat": func(p *pair, change func()) error {
			p.wire.answer = func(n int, r *http.Request, _ string) (*http.Response, error) {
				if n > 1 {
					return reply(r, 200, `{}`), nil
				}
				change()
				return reply(r, 503, `{}`, "Retry-After", "5"), nil
			}
			_, err := p.acme.Invoke(p.Context(), "api.a", nil)
			return err
		},
		"rate limit": func(p *pair, change func()) error {
			in := api(get("a"))
			in.Limits = []resilience.Limit{{Rate: 1, Per: 10 * time.Second, Burst: 1}}
			must(p, p.gw.Replace(p.Context(), in))
			p.uses(mainToken)
			time.AfterFunc(time.Second, change)
			_, err := p.acme.Invoke(p.Context(), "api.a", nil)
			return err
		},
		"request in Go": func(p *pair, change func()) error { return inGo(p, change, fetches) },
		"call in Go": func(p *pair, change func()) error {
			return inGo(p, change, func(ctx context.Context, c *waygate.Call) error {
				_, err := c.Invoke(ctx, "a", nil)
				return err
			})
		},
	}
}

// fetches sends a request by hand.
func fetches(ctx context.Context, c *waygate.Call) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase+"/by-hand", nil)
	if err != nil {
		return err
	}
	resp, err := c.HTTPClient().Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return err
}

// TestSignedAgainWithoutTheStore shows that a repeat goes on with what is known
// while the store is away, and not for longer than MaxStale.
func TestSignedAgainWithoutTheStore(t *testing.T) {
	t.Parallel()
	for after, ok := range map[string]bool{"5": true, "30": false} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, func(c *waygate.Config) { c.MaxStale = 20 * time.Second })
			info, err := p.acme.Connection(t.Context(), "api", "main")
			must(t, err)
			p.uses(mainToken, waygate.On(info.ID))
			p.wire.forget()
			p.wire.answer = func(n int, r *http.Request, _ string) (*http.Response, error) {
				if n > 1 {
					return reply(r, 200, `{}`), nil
				}
				p.store.fail()
				return reply(r, 503, `{}`, "Retry-After", after), nil
			}
			_, err = p.acme.Invoke(t.Context(), "api.a", nil, waygate.On(info.ID))
			if ok {
				must(t, err)
			} else {
				failure(t, err, waygate.KindStore)
			}
		})
	}
}
