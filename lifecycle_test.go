package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// TestRun shows that Run writes records, ends with its ctx, and runs once at a
// time.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newRecordBox(nil)
		gw, acme := boxed(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- gw.Run(ctx) }()
		synctest.Wait()
		failure(t, gw.Run(ctx), waygate.KindConfig)
		calls(t, acme, 3)
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if _, records, _, _ := b.counts(); records != 3 {
			t.Errorf("%d records after a second", records)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		if err := gw.Run(ended); err != nil { // once more, after the first
			t.Errorf("Run of an ended ctx: %v", err)
		}
		must(t, gw.Shutdown(t.Context()))
		failure(t, gw.Run(t.Context()), waygate.KindConfig)
	})
}

// TestRunGoesOn shows that a store which fails or panics doesn't end Run.
func TestRunGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newRecordBox(func(_ context.Context, n int) error {
			switch n {
			case 1:
				return errors.New("not now")
			case 2:
				panic("the store's own trouble")
			}
			return nil
		})
		gw, acme := boxed(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- gw.Run(ctx) }()
		calls(t, acme, 3)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if _, records, twice, _ := b.counts(); records != 3 || twice != 0 {
			t.Errorf("%d records, %d of them twice", records, twice)
		}
		cancel()
		must(t, <-ran)
	})
}

// unwatched is a store that only has what every store has.
type unwatched struct{ waygate.Store }

// TestRetention shows that Run removes what is older than Config.Retention, when
// it begins and each hour, and nothing without it.
func TestRetention(t *testing.T) {
	t.Parallel()
	for _, retention := range []time.Duration{0, 90 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			gw, acme := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) {
				c.Retention, c.Store = retention, unwatched{memory.New()} // and no look at its changes for two hours
			})
			calls(t, acme, 1)
			must(t, gw.Flush(t.Context()))
			ctx, cancel := context.WithCancel(t.Context())
			ran := make(chan error, 1)
			go func() { ran <- gw.Run(ctx) }()
			time.Sleep(61 * time.Minute)
			calls(t, acme, 1)
			synctest.Wait()
			if n := len(recordsOf(t, acme)); n != 2 {
				t.Errorf("retention %s: %d records after an hour", retention, n)
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			want := 2
			if retention > 0 {
				want = 1
			}
			if n := len(recordsOf(t, acme)); n != want {
				t.Errorf("retention %s: %d records after two hours, want %d", retention, n, want)
			}
			cancel()
			must(t, <-ran)
		})
	}
}

// held is a wire that answers when it is told to.
func held() (w *wire, entered, leave chan struct{}) {
	entered, leave = make(chan struct{}, 100), make(chan struct{})
	return &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		entered <- struct{}{}
		select {
		case <-leave:
			return reply(r, 200, `{}`), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}}, entered, leave
}

// TestShutdown shows that Shutdown waits for calls in flight, refuses later
// ones, and writes what is held.
func TestShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, entered, leave := held()
		b := newRecordBox(nil)
		gw, acme := ready(t, w, api(get("a")), func(c *waygate.Config) { c.Records = b })
		called := make(chan error, 1)
		go func() { _, err := acme.Invoke(t.Context(), "api.a", nil); called <- err }()
		<-entered
		down := make(chan error, 2)
		for range 2 { // the second waits as well
			go func() { down <- gw.Shutdown(t.Context()) }()
		}
		synctest.Wait()
		select {
		case err := <-down:
			t.Fatalf("Shutdown didn't wait: %v", err)
		default:
		}
		for door, call := range doors(t) {
			if err := call(t.Context(), acme); !errors.Is(err, waygate.ErrConfig) {
				t.Errorf("%s after Shutdown: %v", door, err)
			}
		}
		failure(t, gw.Register(t.Context(), api(get("a"))), waygate.KindConfig)
		failure(t, gw.Replace(t.Context(), api(get("a"))), waygate.KindConfig)
		failure(t, gw.Unregister(t.Context(), "api"), waygate.KindConfig)
		_, err := gw.Rewrap(t.Context())
		failure(t, err, waygate.KindConfig)
		close(leave)
		must(t, <-called)
		must(t, <-down)
		must(t, <-down)
		if _, records, _, _ := b.counts(); records != 1 {
			t.Errorf("%d records are written", records)
		}
		must(t, gw.Shutdown(t.Context()))
	})
}

// TestShutdownGivesUp shows that Shutdown returns with its ctx, and that the
// call in flight still ends well.
func TestShutdownGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, entered, leave := held()
		gw, acme := ready(t, w, api(get("a")))
		called := make(chan error, 1)
		go func() { _, err := acme.Invoke(t.Context(), "api.a", nil); called <- err }()
		<-entered
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		err := gw.Shutdown(ctx)
		if failure(t, err, waygate.KindTimeout); time.Since(start) != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		close(leave)
		must(t, <-called)
	})
}

// TestShutdownOfAHangingStore shows that a record store which heeds no ctx
// doesn't hold Shutdown beyond its own.
func TestShutdownOfAHangingStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		b := newRecordBox(func(context.Context, int) error { <-free; return nil })
		cfg := wiredConfig(always(200, `{}`), func(c *waygate.Config) { c.Records = b })
		gw, err := waygate.New(cfg)
		must(t, err)
		must(t, gw.Register(t.Context(), api(get("a"))))
		calls(t, connect(t, gw, "acme", "api", pat), 100)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		if err := gw.Shutdown(ctx); err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		close(free)
		synctest.Wait()
	})
}

// TestCallsEndByTheirDeadline shows that a provider, a vault or a wait for a rate
// limit that never ends doesn't keep a call.
func TestCallsEndByTheirDeadline(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, prepare := range map[string]func(c *waygate.Config) (http.RoundTripper, waygate.Option){
		"provider": func(*waygate.Config) (http.RoundTripper, waygate.Option) {
			w, _, _ := held()
			return w, waygate.ReadOnly()
		},
		"retries": func(c *waygate.Config) (http.RoundTripper, waygate.Option) {
			c.Retry = nil
			return always(429, `{}`, "Retry-After", "3"), waygate.ReadOnly()
		},
		"vault": func(*waygate.Config) (http.RoundTripper, waygate.Option) {
			return always(200, `{}`), waygate.Through(slowVault{vaultOf("acme", "api"), hang})
		},
		"resolve": func(c *waygate.Config) (http.RoundTripper, waygate.Option) {
			c.Resolve = func(ctx context.Context, _, _ string) (waygate.Connection, error) { return nil, hang(ctx) }
			return always(200, `{}`), waygate.ReadOnly()
		},
		"store": func(c *waygate.Config) (http.RoundTripper, waygate.Option) {
			c.Store = slowStore{c.Store, hang}
			return always(200, `{}`), waygate.ReadOnly()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := waygate.Config{Store: memory.New(), Retry: quick}
				w, opt := prepare(&cfg)
				_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) {
					transport := c.Transport
					*c = cfg
					c.Transport = transport
				})
				start := time.Now()
				_, err := acme.Invoke(t.Context(), "api.a", nil, opt, waygate.Timeout(5*time.Second))
				took := time.Since(start)
				if name == "retries" { // ends early: the next wait would be too long
					if failure(t, err, waygate.KindRateLimited); took != 3*time.Second {
						t.Errorf("took %s", took)
					}
					return
				}
				if failure(t, err, waygate.KindTimeout); took != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("took %s: %v", took, err)
				}
				if list := recordsOf(t, acme); len(list) != 1 || list[0].Duration != 5*time.Second {
					t.Errorf("the records are %+v", list)
				}
			})
		})
	}
}

type slowVault struct {
	vault
	hang func(context.Context) error
}

func (v slowVault) Credential(ctx context.Context) (auth.Credential, error) {
	return auth.Credential{}, v.hang(ctx)
}

// slowStore hangs where a call looks for its connection.
type slowStore struct {
	waygate.Store
	hang func(context.Context) error
}

func (s slowStore) Unwrap() waygate.Store { return s.Store }
func (s slowStore) Connections() waygate.ConnectionStore {
	return slowConnections{s.Store.Connections(), s.hang}
}

type slowConnections struct {
	waygate.ConnectionStore
	hang func(context.Context) error
}

func (c slowConnections) Find(ctx context.Context, _, _, _ string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	return waygate.StoredConnection{}, nil, c.hang(ctx)
}
