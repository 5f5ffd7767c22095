package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// running runs a gateway for the time of a test; stop ends that.
func running(t *testing.T, gw *waygate.Gateway) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- gw.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		synctest.Wait()
		select {
		case err := <-ran:
			must(t, err)
		default:
			t.Error("Run goes on after its ctx ended")
		}
	}
}

// TestRunRenews renews what nobody calls: what is about to expire, and what would die
// unused; and no more after Run's ctx has ended.
func TestRunRenews(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lifetime int
		change   func(*auth.OAuth2)
		until    time.Duration // by when it is renewed
		notYet   time.Duration
	}{
		"due":        {lifetime: 3600, until: time.Hour, notYet: 50 * time.Minute},
		"idle":       {lifetime: 0, change: func(o *auth.OAuth2) { o.Idle = auth.Duration(2 * time.Hour) }, until: 65 * time.Minute, notYet: 55 * time.Minute},
		"assumed":    {lifetime: 0, change: func(o *auth.OAuth2) { o.Lifetime = auth.Duration(10 * time.Minute) }, until: 10 * time.Minute, notYet: 8 * time.Minute},
		"both, idle": {lifetime: 864_000, change: func(o *auth.OAuth2) { o.Idle = auth.Duration(4 * time.Hour) }, until: 125 * time.Minute, notYet: 115 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAuthServer()
				s.lifetime = c.lifetime
				gw, acme := oauthReady(t, s, oauthAPI(func(o *auth.OAuth2) {
					if c.change != nil {
						c.change(o)
					}
				}))
				authorized(t, s, acme, "main")
				stop := running(t, gw)
				time.Sleep(c.notYet)
				if n := s.count("refresh_token"); n != 0 {
					t.Errorf("%d refreshes after %s", n, c.notYet)
				}
				time.Sleep(c.until - c.notYet)
				if n := s.count("refresh_token"); n != 1 {
					t.Errorf("%d refreshes after %s", n, c.until)
				}
				stop()
				time.Sleep(240 * time.Hour)
				if n := s.count("refresh_token"); n != 1 || s.reused != 0 {
					t.Errorf("%d refreshes after Run has ended, %d reuses", n, s.reused)
				}
			})
		})
	}
}

// TestShutdownWaitsForRefresh ends a gateway while a refresh is under way: its answer
// is saved first.
func TestShutdownWaitsForRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMidRefresh(t)
		before := m.rows()[0].Version
		down := make(chan error, 1)
		go func() { down <- m.gw.Shutdown(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-down:
			t.Fatalf("Shutdown didn't wait: %v", err)
		default:
		}
		m.open()
		must(t, <-down)
		must(t, <-m.ended)
		if row := m.rows()[0]; row.Version <= before || row.Intent != nil || !row.Expires.After(time.Now()) {
			t.Errorf("the answer was not saved: %+v", row)
		}
	})
}

// TestCallerLeavesRefresh ends the ctx of a call that waits for a refresh: the call
// returns at once, the refresh goes on, and the next call has its token.
func TestCallerLeavesRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMidRefresh(t)
		for _, patience := range []time.Duration{0, time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			start := time.Now()
			_, err := m.acme.Invoke(ctx, "api.read", nil)
			cancel()
			if failure(t, err, waygate.KindTimeout); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != patience {
				t.Errorf("left after %s: %v", time.Since(start), err)
			}
		}
		m.open()
		must(t, <-m.ended)
		_, err := m.acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		if n := m.s.count("refresh_token"); n != 1 {
			t.Errorf("%d refreshes", n)
		}
	})
}

// TestRefreshOutlivesItsCaller is a refresh whose only caller leaves.
func TestRefreshOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		g := &gate{next: s}
		_, acme := oauthReady(t, g, oauthAPI())
		authorized(t, s, acme, "main")
		time.Sleep(2 * time.Hour)
		open := g.shut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := acme.Invoke(ctx, "api.read", nil)
		failure(t, err, waygate.KindTimeout)
		open()
		synctest.Wait()
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		if n := s.count("refresh_token"); n != 1 || s.reused != 0 {
			t.Errorf("%d refreshes, %d reuses", n, s.reused)
		}
	})
}

// TestThousandCallers call at once with an expired token: one request renews it.
func TestThousandCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		_, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		time.Sleep(2 * time.Hour)
		var wg sync.WaitGroup
		var failed atomic.Int64
		for range 1000 {
			wg.Go(func() {
				if _, err := acme.Invoke(t.Context(), "api.read", nil); err != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		if n := s.count("refresh_token"); n != 1 || failed.Load() != 0 || s.reused != 0 {
			t.Errorf("%d refreshes, %d calls failed", n, failed.Load())
		}
	})
}

// outage answers token requests in place of the server, while it is set.
type outage struct {
	next   *authServer
	answer atomic.Pointer[func(*http.Request) (*http.Response, error)]
	asked  atomic.Int64
}

func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if answer := o.answer.Load(); answer != nil && r.URL.Path == "/token" {
		o.asked.Add(1)
		return (*answer)(r)
	}
	return o.next.RoundTrip(r)
}

// outages are the ways in which a token endpoint is away.
var outages = map[string]func(*http.Request) (*http.Response, error){
	"refused":    func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
	"500":        func(r *http.Request) (*http.Response, error) { return reply(r, 500, `{"error":"invalid_grant"}`), nil },
	"503":        func(r *http.Request) (*http.Response, error) { return reply(r, 503, `busy`, "Retry-After", "20"), nil },
	"429":        func(r *http.Request) (*http.Response, error) { return reply(r, 429, `{}`, "Retry-After", "7200"), nil },
	"a page":     func(r *http.Request) (*http.Response, error) { return reply(r, 200, `<html>back soon</html>`), nil },
	"a 404 page": func(r *http.Request) (*http.Response, error) { return reply(r, 404, `<html>who?</html>`), nil },
	"redirect": func(r *http.Request) (*http.Response, error) {
		return reply(r, 307, ``, "Location", "https://"+evilHost), nil
	},
	"empty":     func(r *http.Request) (*http.Response, error) { return reply(r, 200, ``), nil },
	"no token":  func(r *http.Request) (*http.Response, error) { return reply(r, 200, `{}`), nil },
	"no client": func(r *http.Request) (*http.Response, error) { return reply(r, 401, `{"error":"invalid_client"}`), nil },
	"no answer": func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
	"odd request": func(r *http.Request) (*http.Response, error) {
		return reply(r, 400, `{"error":"invalid_request"}`), nil
	},
}

// TestTokenEndpointAway has the token endpoint away for half an hour, around the expiry
// of a token: calls go on while it is good, fail fast then, and work afterwards
// without a person.
func TestTokenEndpointAway(t *testing.T) {
	t.Parallel()
	for name, answer := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAuthServer()
				o := &outage{next: s}
				gw, acme := oauthReady(t, o, oauthAPI())
				authorized(t, s, acme, "main")
				begun := time.Now()
				defer running(t, gw)()
				time.Sleep(45 * time.Minute)
				o.answer.Store(&answer)
				call := func() (time.Duration, error) {
					start := time.Now()
					_, err := acme.Invoke(t.Context(), "api.read", nil)
					return time.Since(start), err
				}
				for time.Since(begun) < time.Hour-5*time.Second {
					if took, err := call(); err != nil || took > 1100*time.Millisecond {
						t.Errorf("after %s: a call took %s: %v", time.Since(begun), took, err)
					}
					time.Sleep(20 * time.Second)
				}
				time.Sleep(time.Hour - time.Since(begun) + time.Second)
				slow, failed := 0, 0
				for time.Since(begun) < 75*time.Minute {
					took, err := call()
					var e *waygate.Error
					if !errors.As(err, &e) || e.RetryAfter <= 0 || e.Kind == waygate.KindNeedsReauth {
						t.Fatalf("after %s: %+v", time.Since(begun), err)
					}
					if failed++; took > 1100*time.Millisecond {
						slow++
					}
					time.Sleep(10 * time.Second)
				}
				if slow > failed/5 {
					t.Errorf("%d of %d failed calls were slow", slow, failed)
				}
				if n := o.asked.Load(); n == 0 || n > 40 {
					t.Errorf("%d token requests in half an hour", n)
				}
				o.answer.Store(nil)
				var e *waygate.Error
				if _, err := call(); errors.As(err, &e) {
					time.Sleep(e.RetryAfter + time.Second)
				}
				if _, err := call(); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				info, err := acme.Connection(t.Context(), "api", "main")
				must(t, err)
				if info.Status != waygate.StatusActive || info.CredentialStatus != waygate.CredentialActive || s.reused != 0 || statusOf(t, gw) != waygate.AppActive {
					t.Errorf("afterwards %s/%s, app %s, %d reuses", info.Status, info.CredentialStatus, statusOf(t, gw), s.reused)
				}
			})
		})
	}
}
