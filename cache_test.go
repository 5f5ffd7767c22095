package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// TestWarmCalls shows how often a call asks the store for its connection without
// Run: once a second.
func TestWarmCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.asked("Find", 1)
		for range 9 {
			p.uses(mainToken)
			time.Sleep(111 * time.Millisecond)
		}
		p.asked("Find", 0)
		time.Sleep(time.Millisecond)
		p.uses(mainToken)
		p.uses(mainToken)
		p.asked("Find", 1)
		p.uses(mainToken, waygate.On("main"))
		p.uses(secondToken, waygate.On("second"))
		p.asked("Find", 2)
		p.uses(secondToken, waygate.On("second"))
		p.uses(mainToken, waygate.On("main"))
		p.uses(mainToken)
		p.asked("Find", 0)
	})
}

// change is a change of acme's connections, and the call that shows it.
type change struct {
	// before is made ready with the store, by the other gateway.
	before func(p *pair)
	// known is called before the change, so that something is remembered; nil for
	// a call over the primary connection.
	known func(p *pair)
	make  func(p *pair, x *waygate.Tenant) error
	// seen is called after it.
	seen func(p *pair)
}

func (p *pair) fails(want error, opts ...waygate.Option) {
	p.Helper()
	if _, err := p.acme.Invoke(p.Context(), "api.a", nil, opts...); !errors.Is(err, want) {
		p.Errorf("got %v, want %v", err, want)
	}
}

// disabled wants acme's connection to be disabled.
func (p *pair) disabled(opts ...waygate.Option) {
	p.Helper()
	_, err := p.acme.Invoke(p.Context(), "api.a", nil, opts...)
	says(p, err, "disabled")
}

func changes() map[string]change {
	onlyMain := func(p *pair) { must(p, p.theirs.Disconnect(p.Context(), "api", "second")) }
	return map[string]change{
		"Connect": {
			before: func(p *pair) {
				onlyMain(p)
				_, err := p.theirs.Disable(p.Context(), "api", "main")
				must(p, err)
			},
			known: func(p *pair) { p.disabled() },
			make: func(p *pair, x *waygate.Tenant) error {
				_, err := x.Connect(p.Context(), "api", waygate.ConnectionSpec{Slug: "third", Credential: auth.Token(newToken)})
				return err
			},
			seen: func(p *pair) { p.uses(newToken) },
		},
		"Update": {
			make: func(p *pair, x *waygate.Tenant) error {
				_, err := x.Update(p.Context(), "api", "main", waygate.ConnectionUpdate{BaseURL: pointer("https://elsewhere.example.com")})
				return err
			},
			seen: func(p *pair) {
				if p.uses(mainToken); p.wire.last(p).host != "elsewhere.example.com" {
					p.Errorf("called %s", p.wire.last(p).url)
				}
			},
		},
		"SetCredential": {
			make: func(p *pair, x *waygate.Tenant) error {
				_, err := x.SetCredential(p.Context(), "api", "main", auth.Token(newToken))
				return err
			},
			seen: func(p *pair) { p.uses(newToken) },
		},
		"SetPrimary": {
			make: func(p *pair, x *waygate.Tenant) error { return x.SetPrimary(p.Context(), "api", "second") },
			seen: func(p *pair) { p.uses(secondToken) },
		},
		"Disable": {
			make: func(p *pair, x *waygate.Tenant) error { _, err := x.Disable(p.Context(), "api", "main"); return err },
			seen: func(p *pair) { p.uses(secondToken); p.disabled(waygate.On("main")) },
		},
		"Enable": {
			before: func(p *pair) { _, err := p.theirs.Disable(p.Context(), "api", "main"); must(p, err) },
			known:  func(p *pair) { p.disabled(waygate.On("main")) },
			make:   func(p *pair, x *waygate.Tenant) error { _, err := x.Enable(p.Context(), "api", "main"); return err },
			seen:   func(p *pair) { p.uses(mainToken, waygate.On("main")) },
		},
		"Disconnect": {
			make: func(p *pair, x *waygate.Tenant) error { return x.Disconnect(p.Context(), "api", "main") },
			seen: func(p *pair) { p.uses(secondToken); p.fails(waygate.ErrUnresolved, waygate.On("main")) },
		},
		"Purge": {
			make: func(p *pair, x *waygate.Tenant) error { _, err := x.Purge(p.Context()); return err },
			seen: func(p *pair) { p.fails(waygate.ErrUnresolved) },
		},
		"revoked by a refresh": {
			before: onlyMain,
			make: func(p *pair, _ *waygate.Tenant) error {
				_, cred, err := p.store.Store.Connections().Find(p.Context(), "acme", "api", "")
				must(p, err)
				cred.Status = waygate.CredentialRevoked
				_, err = p.store.Store.Credentials().Save(p.Context(), *cred, nil)
				return err
			},
			seen: func(p *pair) { p.fails(waygate.ErrNeedsReauth) },
		},
	}
}

// begin brings a pair to where a change can be made.
func (c change) begin(p *pair) {
	p.Helper()
	if c.before != nil {
		c.before(p)
		time.Sleep(time.Second) // a watch has told of it
	}
	if c.known == nil {
		c.known = func(p *pair) { p.uses(mainToken) }
	}
	c.known(p)
	p.store.asks("Find")
	c.known(p)
	p.asked("Find", 0)
}

// TestOwnChanges shows that what this gateway changed is seen by the very next
// call, whether it watches or not.
func TestOwnChanges(t *testing.T) {
	t.Parallel()
	for name, c := range changes() {
		if name == "revoked by a refresh" {
			continue // not this gateway's doing
		}
		for _, watched := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " watched ", watched), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t)
					if watched {
						p.watched()
					}
					c.begin(p)
					must(t, c.make(p, p.acme))
					c.seen(p)
				})
			})
		}
	}
}

// TestOthersChanges shows when what another gateway changed is seen: within 1 s
// without Run, within 2 s with it, and at once where the store says so.
func TestOthersChanges(t *testing.T) {
	t.Parallel()
	for how, begin := range map[string]func(p *pair) time.Duration{
		"on next use": func(*pair) time.Duration { return time.Second },
		"watched":     func(p *pair) time.Duration { p.watched(); return 2 * time.Second },
		"woken": func(p *pair) time.Duration {
			p.store.hook(func(context.Context, string) error { return nil })
			p.watched()
			return 60 * time.Millisecond // after wakes for nothing it pauses
		},
	} {
		for name, c := range changes() {
			t.Run(how+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t)
					after := begin(p)
					c.begin(p)
					must(t, c.make(p, p.theirs))
					time.Sleep(after)
					c.seen(p)
				})
			})
		}
	}
}

// TestRewrapIsSeen shows that a connection which is remembered, but was not
// opened yet, can be opened when the key that it was sealed with is gone.
func TestRewrapIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := keys(t, "new", "old")
		source := &keySource{list: all[1:]}
		keyring, err := secret.NewKeyring(t.Context(), source)
		must(t, err)
		p := newPair(t, func(c *waygate.Config) { c.Keyring = keyring })
		_, err = p.acme.Invoke(t.Context(), "api.a", func() {}) // finds the connection, and goes no further
		failure(t, err, waygate.KindInvalidInput)
		p.asked("Find", 1)
		source.set(all)
		must(t, keyring.Reload(t.Context()))
		rewraps(t, p.gw, waygate.Rewrapped{Moved: 2})
		source.set(all[:1])
		must(t, keyring.Reload(t.Context()))
		p.uses(mainToken)
	})
}

// TestChangeWhileReading shows that what was read before a change is not kept,
// and that who calls after it doesn't wait for that reading.
func TestChangeWhileReading(t *testing.T) {
	t.Parallel()
	for _, whose := range []string{"own", "other's"} {
		t.Run(whose, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				x := p.acme
				if whose != "own" {
					x = p.theirs
				}
				p.watched()
				held, leave := p.store.hold("Find")
				called := make(chan struct{})
				go func() { defer close(called); p.uses(mainToken) }()
				<-held
				_, err := x.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
				must(t, err)
				time.Sleep(600 * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err = p.acme.Invoke(ctx, "api.a", nil)
				must(t, err)
				close(leave)
				<-called
				p.uses(newToken)
				time.Sleep(time.Minute)
				p.uses(newToken)
			})
		})
	}
}

// TestCacheBounds shows that what is remembered is bounded: 10,000 tenants, 64
// connections of each; and that Run drops what nobody used for 10 minutes.
func TestCacheBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Store = madeUp{memory.New()} })
		for i := range 12_000 {
			_, err := waygate.FindConnection(t.Context(), gw, fmt.Sprint("t", i), "api", "")
			must(t, err)
		}
		for i := range 200 {
			_, err := waygate.FindConnection(t.Context(), gw, "t11999", "api", fmt.Sprint("ref-", i))
			must(t, err)
		}
		holds := func(groups, connections int) {
			t.Helper()
			if g, c := waygate.CachedConnections(gw); g != groups || c != connections {
				t.Errorf("%d groups with %d connections, want %d with %d", g, c, groups, connections)
			}
		}
		holds(10_000, 9_999+64)
		time.Sleep(time.Second)
		_, err := waygate.FindConnection(t.Context(), gw, "t11999", "api", "ref-1") // one of the 64 is read anew
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = gw.Run(ctx) }()
		time.Sleep(9*time.Minute + time.Second)
		_, err = waygate.FindConnection(t.Context(), gw, "t5432", "api", "")
		must(t, err)
		holds(10_000, 9_999+64)
		time.Sleep(3 * time.Minute)
		holds(1, 1)
		time.Sleep(8 * time.Minute)
		holds(0, 0)
	})
}

// madeUp has every connection, and can't be watched.
type madeUp struct{ waygate.Store }

func (m madeUp) Connections() waygate.ConnectionStore {
	return everyConnection{m.Store.Connections()}
}

type everyConnection struct{ waygate.ConnectionStore }

func (everyConnection) Find(_ context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	return waygate.StoredConnection{ID: tenant + "/" + ref, Tenant: tenant, Integration: integration, Slug: ref, Status: waygate.StatusActive}, nil, nil
}
