package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// due is connect, and waiting until the token is due.
func (w *world) due() auth.TokenRow {
	row := w.connect()
	time.Sleep(time.Until(row.RefreshAt) + time.Second)
	return row
}

// TestManagerGoesOn has callers leave with their good token while the store is slow: the
// renewal goes on without them, for a while.
func TestManagerGoesOn(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.due(), w.proc("a", nil)
		p.v.on(func(ctx context.Context, step string) error {
			if step == "Acquire" {
				return wait(ctx, 5*time.Second)
			}
			return ctx.Err()
		})
		if row, err := p.get(time.Minute, have, nil); err != nil || access(row.Credential) != access(have.Credential) {
			t.Errorf("%v", err)
		}
		time.Sleep(10 * time.Second)
		if w.told() != "refreshed" {
			t.Errorf("told %q", w.told())
		}
	})
	play(t, func(w *world) {
		have, p, b := w.due(), w.proc("a", nil), &view{s: w.rows}
		if _, err := b.Acquire(context.Background(), w.ref, "b", time.Hour); err != nil {
			t.Fatal(err)
		}
		var asked atomic.Int64
		p.v.on(func(ctx context.Context, step string) error {
			if step == "Acquire" {
				asked.Add(1)
			}
			return ctx.Err()
		})
		if row, err := p.get(time.Minute, have, nil); err != nil || access(row.Credential) != access(have.Credential) {
			t.Errorf("%v", err)
		}
		time.Sleep(25 * time.Second)
		n := asked.Load()
		time.Sleep(time.Minute)
		if n < 20 || asked.Load() != n {
			t.Errorf("the lease was asked for %d times, and %d after that", n, asked.Load()-n)
		}
	})
}

// TestManagerAfterOneThatStopped has a caller come while a renewal ends that nobody
// waited for.
func TestManagerAfterOneThatStopped(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		p.v.on(w.at("Acquire", 1, func() error {
			time.Sleep(5 * time.Second) // and doesn't look at its ctx
			return nil
		}))
		if _, err := p.get(time.Second, have, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) || w.p.requests() != 1 {
			t.Errorf("%v", err)
		}
	})
}

// TestManagerSlowBrokenStore shows that a store which fails after a second costs those
// whose token is good one second in six.
func TestManagerSlowBrokenStore(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.due(), w.proc("a", nil)
		p.v.on(func(ctx context.Context, step string) error {
			if step == "Acquire" {
				time.Sleep(900 * time.Millisecond)
				return errAway
			}
			return ctx.Err()
		})
		begin, waited := time.Now(), time.Duration(0)
		for time.Since(begin) < time.Minute {
			asked := time.Now()
			if _, err := p.get(time.Minute, have, nil); err != nil {
				t.Fatal(err)
			}
			waited += time.Since(asked)
			time.Sleep(100 * time.Millisecond)
		}
		if waited > 12*time.Second {
			t.Errorf("waited %s of a minute", waited)
		}
	})
}

// TestManagerLostThenAway has the answer to the first request lost, and the second fail
// in another way: the doubt stays.
func TestManagerLostThenAway(t *testing.T) {
	t.Parallel()
	for _, second := range []string{"503", "no mark"} {
		play(t, func(w *world) {
			w.p.grace = 5 * time.Minute
			have, p := w.expired(), w.proc("a", nil)
			w.p.on(func(n int) *trouble {
				if n == 1 {
					return lost(time.Second)
				}
				return refuses(auth.TokenUnavailable, 0)
			})
			want := "refresh_in_doubt"
			if second == "no mark" {
				want = ""
				p.v.on(w.at("Mark done", 2, func() error { return errAway }))
			}
			_, err := p.get(time.Minute, have, nil)
			row := w.rows.get(w.ref)
			if err == nil || w.told() != want || (second == "503") != (row.State == auth.TokenDoubtful) || (second == "503") == (row.Intent != nil) {
				t.Errorf("%s: %v, told %q, %s", second, err, w.told(), row.State)
			}
			p.v.on(nil)
			w.p.on(nil)
			if !p.works(time.Minute) || !slices.Equal(p.told(), []string{"refresh_in_doubt", "refreshed", "recovered"}) {
				t.Errorf("%s: told %q", second, w.told())
			}
		})
	}
}

// TestManagerLateFailure has a failure come too late to be written: over a request of
// another in the air, and over what somebody decided.
func TestManagerLateFailure(t *testing.T) {
	t.Parallel()
	for _, cause := range []auth.TokenCause{auth.TokenUnavailable, auth.TokenInDoubt, auth.TokenRefused} {
		play(t, func(w *world) {
			p, b := w.proc("a", nil), &view{s: w.rows}
			w.p.on(func(int) *trouble { return refuses(cause, 0) })
			marked := auth.TokenRow{}
			go func() {
				_, _ = w.meanwhile(p, w.expired(), func(row auth.TokenRow) {
					var err error
					if marked, err = b.Mark(context.Background(), w.ref, row.Version, auth.TokenIntent{Holder: "b", Remaining: 15 * time.Second}); err != nil {
						t.Error(err)
					}
				})
			}()
			time.Sleep(time.Hour + 10*time.Second)
			if row := w.rows.get(w.ref); marked.Version == 0 || row.Version != marked.Version {
				t.Errorf("%s: the mark of another was taken away", cause)
			}
		})
		for _, state := range []auth.TokenState{auth.TokenRevoked, auth.TokenNeedsReauth} {
			play(t, func(w *world) {
				p := w.proc("a", nil)
				w.p.on(func(int) *trouble { return refuses(cause, 0) })
				_, err := w.meanwhile(p, w.expired(), func(row auth.TokenRow) {
					row.State, row.Intent = state, nil
					w.rows.put(w.ref, row)
				})
				if row := w.rows.get(w.ref); reason(err) != auth.RenewalNeedsReauth || row.State != state || row.Failures != 0 || w.told() != "" {
					t.Errorf("%s over %s: %v, told %q", cause, state, err, w.told())
				}
			})
		}
	}
}

// TestManagerUsedIsCopied has a caller leave and write over what it handed in, while the
// renewal goes on.
func TestManagerUsedIsCopied(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.connect(), w.proc("a", nil)
		if _, err := (&view{s: w.rows}).Acquire(context.Background(), w.ref, "b", 3*time.Second); err != nil {
			t.Fatal(err)
		}
		go func() { // keeps the renewal going
			time.Sleep(time.Millisecond)
			if row, err := p.get(time.Minute, have, &have.Credential); err != nil || access(row.Credential) == access(have.Credential) {
				t.Errorf("%v", err)
			}
		}()
		used := have.Credential.Clone()
		if _, err := p.get(time.Second, have, &used); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		delete(used.Values, "access_token")
		used = auth.Credential{}
		time.Sleep(10 * time.Second)
		row := w.rows.get(w.ref)
		if w.told() != "refreshed" || !row.Forced.Equal(row.Issued) {
			t.Errorf("told %q", w.told())
		}
	})
}
