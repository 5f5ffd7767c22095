package auth_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

func TestManagerConfig(t *testing.T) {
	t.Parallel()
	store := &view{s: newRows()}
	tests := []struct {
		field string
		cfg   auth.ManagerConfig
	}{
		{"store", auth.ManagerConfig{}},
		{"deadline", auth.ManagerConfig{Store: store, Deadline: -time.Second}},
		{"lease", auth.ManagerConfig{Store: store, Lease: -1}},
		{"lease", auth.ManagerConfig{Store: store, Lease: 20 * time.Second}},
		{"holder", auth.ManagerConfig{Store: store, Holder: string(make([]byte, 201))}},
		{"", auth.ManagerConfig{Store: store}},
		{"", auth.ManagerConfig{Store: store, Deadline: time.Hour}},
		{"", auth.ManagerConfig{Store: store, Lease: 1500 * time.Millisecond, Deadline: 500 * time.Millisecond}},
	}
	for _, tt := range tests {
		_, err := auth.NewManager(tt.cfg)
		var e *auth.Error
		if tt.field == "" {
			if err != nil {
				t.Errorf("%v", err)
			}
		} else if !errors.As(err, &e) || e.Field != tt.field {
			t.Errorf("%v, want a fault of %s", err, tt.field)
		}
	}
}

// TestManagerRenews goes through the life of one token: good, due, expired.
func TestManagerRenews(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.connect(), w.proc("a", nil)
		row, err := p.get(time.Second, have, nil)
		if err != nil || access(row.Credential) != access(have.Credential) || w.p.requests() != 0 {
			t.Fatalf("a good token isn't given: %v, %d requests", err, w.p.requests())
		}
		time.Sleep(time.Until(have.RefreshAt) - time.Second)
		if p.m.Due(have) {
			t.Error("due too early")
		}
		time.Sleep(2 * time.Second)
		if !p.m.Due(have) {
			t.Error("not due")
		}
		row, err = p.get(time.Second, have, nil)
		if err != nil || access(row.Credential) == access(have.Credential) || w.told() != "refreshed" || p.calls != 1 {
			t.Fatalf("not renewed: %v, %q, Call %d times", err, w.told(), p.calls)
		}
		if got := w.rows.get(w.ref); got.Version != have.Version+2 || got.Intent != nil || got.State != auth.TokenActive ||
			got.Issued.IsZero() || got.RefreshAt.Before(time.Now().Add(50*time.Minute)) {
			t.Errorf("stored %+v", got)
		}
		again, err := p.get(time.Second, have, nil) // a cache that lags
		if err != nil || access(again.Credential) != access(row.Credential) || w.p.requests() != 1 {
			t.Errorf("%v, %d requests", err, w.p.requests())
		}
		time.Sleep(time.Until(row.Credential.Expires))
		if row, err = p.get(time.Second, row, nil); err != nil || !w.p.accepts(row.Credential) || w.p.requests() != 2 {
			t.Errorf("an expired one isn't renewed: %v", err)
		}
	})
}

// TestManagerOneRequest has a thousand callers in ten processes.
func TestManagerOneRequest(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have := w.expired()
		var all sync.WaitGroup
		for range 10 {
			p := w.proc("", nil)
			for range 100 {
				all.Go(func() {
					if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) {
						t.Errorf("%v", err)
					}
				})
			}
		}
		all.Wait()
		if w.p.requests() != 1 || w.told() != "refreshed" {
			t.Errorf("%d requests, %q", w.p.requests(), w.told())
		}
	})
}

// TestManagerWaiters shows who waits how long.
func TestManagerWaiters(t *testing.T) {
	t.Parallel()
	slow := func(int) *trouble { return &trouble{takes: 10 * time.Second} }
	t.Run("due: one second, and later ones not at all", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p := w.connect(), w.proc("a", nil)
			w.p.on(slow)
			time.Sleep(time.Until(have.RefreshAt) + time.Second)
			for i, most := range []time.Duration{time.Second, 0, 0} {
				begin := time.Now()
				row, err := p.get(time.Minute, have, nil)
				if took := time.Since(begin); err != nil || took != most || access(row.Credential) != access(have.Credential) {
					t.Errorf("caller %d: %v after %s", i, err, took)
				}
			}
			time.Sleep(10 * time.Second)
			if w.told() != "refreshed" || w.p.requests() != 1 {
				t.Errorf("%q", w.told())
			}
		})
	})
	t.Run("expired: till the end, or of ctx", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p := w.expired(), w.proc("a", nil)
			w.p.on(slow)
			begin := time.Now()
			if _, err := p.get(2*time.Second, have, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 2*time.Second {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
			if row, err := p.get(time.Minute, have, nil); err != nil || time.Since(begin) != 10*time.Second || !w.p.accepts(row.Credential) {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
			if w.p.requests() != 1 {
				t.Errorf("%d requests", w.p.requests())
			}
		})
	})
	t.Run("expires while one waits", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p := w.connect(), w.proc("a", nil)
			w.p.on(slow)
			time.Sleep(time.Until(have.Credential.Expires) - 500*time.Millisecond)
			if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) || access(row.Credential) == access(have.Credential) {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("all leave before it is sent", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{"Load", "Acquire", "Acquire done", "Load done"} {
			play(t, func(w *world) {
				have, p := w.expired(), w.proc("a", nil)
				p.v.on(func(ctx context.Context, at string) error {
					if at == step {
						return wait(ctx, 5*time.Second)
					}
					return ctx.Err()
				})
				if _, err := p.get(time.Second, have, nil); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
				time.Sleep(time.Minute)
				if w.p.requests() != 0 || w.rows.get(w.ref).Version != have.Version {
					t.Errorf("%s: sent or marked for nobody", step)
				}
				p.v.on(nil)
				if !p.works(time.Minute + 30*time.Second) {
					t.Errorf("%s: not usable afterwards", step)
				}
			})
		}
	})
	t.Run("one who has left already", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p := w.expired(), w.proc("a", nil)
			if _, err := p.get(0, have, nil); !errors.Is(err, context.DeadlineExceeded) || w.p.requests() != 0 {
				t.Errorf("%v", err)
			}
		})
	})
}

// TestManagerForced shows what follows a 401.
func TestManagerForced(t *testing.T) {
	t.Parallel()
	t.Run("once in 30 s, in any process", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p, q := w.connect(), w.proc("a", nil), w.proc("b", nil)
			time.Sleep(31 * time.Second)
			row, err := p.get(time.Minute, have, &have.Credential)
			if err != nil || access(row.Credential) == access(have.Credential) {
				t.Fatalf("not renewed: %v", err)
			}
			for _, other := range []*proc{p, q} {
				if got, err := other.get(time.Minute, have, &have.Credential); err != nil || access(got.Credential) != access(row.Credential) {
					t.Errorf("the stored one isn't given: %v", err)
				}
				if _, err := other.get(time.Minute, row, &row.Credential); reason(err) != auth.RenewalTooSoon || retryAfter(err) <= 29*time.Second || retryAfter(err) > 30*time.Second {
					t.Errorf("%v", err)
				}
			}
			if w.p.requests() != 1 {
				t.Errorf("%d requests", w.p.requests())
			}
			time.Sleep(30 * time.Second)
			if _, err := q.get(time.Minute, row, &row.Credential); err != nil || w.p.requests() != 2 {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("of a token that expired on its way", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			w.p.life = 10 * time.Second
			have, p := w.connect(), w.proc("a", nil)
			time.Sleep(time.Until(have.Credential.Expires) + time.Second)
			row, err := p.get(time.Minute, have, &have.Credential)
			if err != nil || access(row.Credential) == access(have.Credential) || w.p.requests() != 1 {
				t.Errorf("not renewed: %v", err)
			}
		})
	})
	t.Run("of a token of unknown age", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			w.p.life = 0
			have, p := w.connect(), w.proc("a", nil)
			have.Issued = time.Time{}
			have = w.rows.put(w.ref, have)
			if !have.RefreshAt.IsZero() {
				t.Errorf("due at %s though nothing is known", have.RefreshAt)
			}
			w.p.on(func(int) *trouble { return refuses(auth.TokenUnavailable, 0) })
			if _, err := p.get(time.Minute, have, &have.Credential); reason(err) != auth.RenewalProvider {
				t.Errorf("%v", err)
			}
			w.p.on(nil)
			time.Sleep(10 * time.Second) // longer than the pause after a failure
			if _, err := p.get(time.Minute, have, &have.Credential); reason(err) != auth.RenewalTooSoon || w.p.requests() != 1 {
				t.Errorf("%v", err)
			}
			time.Sleep(20 * time.Second)
			if _, err := p.get(time.Minute, have, &have.Credential); err != nil {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("joins one that doesn't know of it", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			have, p := w.connect(), w.proc("a", nil)
			time.Sleep(time.Until(have.RefreshAt) + time.Second)
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					used := &have.Credential
					if i%2 == 0 {
						used = nil
					}
					if row, err := p.get(time.Minute, have, used); err != nil || access(row.Credential) == access(have.Credential) {
						t.Errorf("%d: %v", i, err)
					}
				})
			}
			all.Wait()
			if w.p.requests() != 1 {
				t.Errorf("%d requests", w.p.requests())
			}
		})
	})
}

// TestManagerBackground renews what is due, without a caller.
func TestManagerBackground(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.connect(), w.proc("a", nil)
		if err := p.m.Renew(context.Background(), p.source); err != nil || w.p.requests() != 0 {
			t.Errorf("not due: %v", err)
		}
		time.Sleep(time.Until(have.RefreshAt) + time.Second)
		if err := p.m.Renew(context.Background(), p.source); err != nil || w.told() != "refreshed" {
			t.Errorf("due: %v, %q", err, w.told())
		}
		time.Sleep(time.Second)
		w.rows.remove(w.ref)
		if err := p.m.Renew(context.Background(), p.source); reason(err) != auth.RenewalGone || !errors.Is(err, auth.ErrGone) {
			t.Errorf("gone: %v", err)
		}
	})
}

// TestManagerImpossible is of what can't be renewed.
func TestManagerImpossible(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.connect(), w.proc("a", nil)
		delete(have.Credential.Values, "refresh_token")
		have = w.rows.put(w.ref, have)
		time.Sleep(time.Until(have.RefreshAt) + time.Second)
		if row, err := p.get(time.Second, have, nil); err != nil || !row.RefreshAt.IsZero() {
			t.Errorf("%v, due at %s", err, row.RefreshAt)
		}
		if _, err := p.get(time.Second, have, &have.Credential); reason(err) != auth.RenewalImpossible {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Hour)
		if _, err := p.get(time.Second, have, nil); reason(err) != auth.RenewalImpossible {
			t.Errorf("%v", err)
		}
		if got := w.rows.get(w.ref); got.State != auth.TokenExpired || w.p.requests() != 0 {
			t.Errorf("%s", got.State)
		}
	})
}

// TestManagerSource is of what callers bring that is wrong.
func TestManagerSource(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		for field, s := range map[string]auth.Source{"scheme": {Ref: w.ref, Call: p.call}, "call": {Ref: w.ref, Scheme: p.scheme}} {
			_, err := p.m.Credential(context.Background(), s, have, nil)
			var e *auth.Error
			if !errors.As(err, &e) || e.Field != field {
				t.Errorf("%v", err)
			}
		}
		broken := errors.New("the app is suspended")
		s := p.source
		s.Call = func(context.Context, auth.Credential) (auth.TokenCall, error) { return auth.TokenCall{}, broken }
		_, err := p.m.Credential(context.Background(), s, have, nil)
		if reason(err) != auth.RenewalCall || !errors.Is(err, broken) || w.rows.get(w.ref).Version != have.Version {
			t.Errorf("%v", err)
		}
		if !p.works(time.Minute) {
			t.Error("not usable afterwards")
		}
	})
}
