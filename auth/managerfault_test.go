package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// TestManagerStoreRefuses has a store that can't be written to, as one that is bound to
// a transaction or to a replica: nothing is sent, and nothing is left behind.
func TestManagerStoreRefuses(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"Load", "Acquire", "Acquire done", "Mark", "Mark done"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p, q := w.expired(), w.proc("a", nil), w.proc("b", nil)
				p.v.on(refuse(errAway, step))
				if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore || !errors.Is(err, errAway) {
					t.Errorf("%v", err)
				}
				time.Sleep(time.Second)
				if w.p.requests() != 0 || w.rows.get(w.ref).Intent != nil {
					t.Error("a request was sent, or is marked")
				}
				good := have
				good.Credential.Expires = time.Now().Add(time.Hour)
				good.RefreshAt = time.Now()
				if row, err := p.get(time.Minute, good, nil); err != nil || access(row.Credential) != access(have.Credential) {
					t.Errorf("the good one isn't given: %v", err)
				}
				if !q.works(61*time.Second) || w.count(auth.EventRefreshInDoubt) > 0 {
					t.Errorf("told %q", w.told())
				}
			})
		})
	}
}

// TestManagerUnmarkFails leaves a mark behind that only its manager knows to be
// harmless.
func TestManagerUnmarkFails(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		p.v.on(w.at("Mark done", 1, func() error { return errAway }))
		if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore || w.rows.get(w.ref).Intent == nil {
			t.Errorf("%v", err)
		}
		p.v.on(nil)
		if !p.works(5*time.Second) || w.told() != "refreshed" {
			t.Errorf("told %q", w.told())
		}
	})
}

// TestManagerFailureNotSaved has the store go away together with the provider.
func TestManagerFailureNotSaved(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		w.p.on(func(n int) *trouble {
			p.v.on(refuse(errAway, "Load", "Save", "Mark", "Acquire", "Release"))
			return refuses(auth.TokenUnavailable, 0)
		})
		if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore {
			t.Errorf("%v", err)
		}
		w.p.on(nil)
		p.v.on(nil)
		if !p.works(5*time.Second) || w.told() != "refreshed" {
			t.Errorf("told %q", w.told())
		}
	})
}

// TestManagerContains has foreign code panic and end its goroutine, once, wherever it
// is called.
func TestManagerContains(t *testing.T) {
	t.Parallel()
	type fault = func()
	faults := map[string]fault{"panic": func() { panic("access-000001") }, "Goexit": func() { goexit(context.Background()) }}
	type place struct {
		name string
		set  func(w *world, p *proc, once fault)
		err  auth.RenewalReason // of the first try
		told string             // after the second
	}
	places := []place{
		{"Renew", func(w *world, _ *proc, once fault) {
			w.p.on(func(int) *trouble { return &trouble{run: func(context.Context) { once() }} })
		}, auth.RenewalProvider, "refresh_in_doubt refreshed recovered"},
		{"Call", func(_ *world, p *proc, once fault) {
			call := p.source.Call
			p.source.Call = func(ctx context.Context, c auth.Credential) (auth.TokenCall, error) { once(); return call(ctx, c) }
		}, auth.RenewalCall, "refreshed"},
		{"Save", func(_ *world, p *proc, once fault) { p.at("Save", once) }, auth.RenewalStore, "refresh_failed refreshed"},
	}
	for _, step := range []string{"Load", "Acquire", "Mark", "Mark done"} {
		places = append(places, place{step, func(_ *world, p *proc, once fault) { p.at(step, once) }, auth.RenewalStore, "refreshed"})
	}
	places = append(places, place{"Release", func(_ *world, p *proc, once fault) { p.at("Release", once) }, "", "refreshed"})
	for kind, do := range faults {
		for _, tt := range places {
			t.Run(kind+" in "+tt.name, func(t *testing.T) {
				t.Parallel()
				play(t, func(w *world) {
					have, p := w.expired(), w.proc("a", nil)
					done := false
					tt.set(w, p, func() {
						if !done {
							done = true
							do()
						}
					})
					_, err := p.get(time.Minute, have, nil)
					if reason(err) != tt.err || (err != nil && strings.Contains(err.Error(), "access-000001")) {
						t.Errorf("%v", err)
					}
					if !p.works(time.Minute+30*time.Second) || w.told() != tt.told {
						t.Errorf("told %q", w.told())
					}
				})
			})
		}
	}
}

// at has a fault happen at a step of the store.
func (p *proc) at(at string, fault func()) {
	p.v.on(func(ctx context.Context, step string) error {
		if step == at {
			fault()
		}
		return ctx.Err()
	})
}

// TestManagerContainsObserver has an observer that breaks off, always, and one that
// changes what it is given.
func TestManagerContainsObserver(t *testing.T) {
	t.Parallel()
	for _, observe := range []func(auth.TokenEvent){
		func(auth.TokenEvent) { panic("no") },
		func(auth.TokenEvent) { goexit(context.Background()) },
		func(e auth.TokenEvent) { e.Row.Credential.Values["access_token"] = secret.New("changed") },
	} {
		play(t, func(w *world) {
			p := w.proc("a", func(c *auth.ManagerConfig) { c.Observe = observe })
			if row, err := p.get(time.Minute, w.expired(), nil); err != nil || !w.p.accepts(row.Credential) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestManagerAnswerThatCantBeStored is in doubt: the grant was spent for it.
func TestManagerAnswerThatCantBeStored(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		p := w.proc("a", nil)
		s := p.source
		s.Scheme = empty{p.scheme}
		if _, err := p.m.Credential(context.Background(), s, w.expired(), nil); reason(err) != auth.RenewalProvider || w.told() != "refresh_in_doubt" {
			t.Errorf("%v, told %q", err, w.told())
		}
	})
}

// empty renews, and gives nothing that could be stored.
type empty struct{ *scheme }

func (e empty) Renew(ctx context.Context, call auth.TokenCall, c auth.Credential) (auth.Credential, error) {
	_, err := e.scheme.Renew(ctx, call, c)
	return auth.Credential{}, err
}

// TestManagerClocks has processes whose clocks are off by five minutes, and tokens that
// live for fifteen.
func TestManagerClocks(t *testing.T) {
	t.Parallel()
	for name, skews := range map[string][]time.Duration{
		"fast": {5 * time.Minute}, "slow": {-5 * time.Minute}, "both": {5 * time.Minute, -5 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				w.p.life = 15 * time.Minute
				have := w.connect()
				var procs []*proc
				for _, skew := range skews {
					procs = append(procs, w.proc("", func(c *auth.ManagerConfig) {
						c.Now = func() time.Time { return time.Now().Add(skew) }
					}))
				}
				dead := 0
				for i := range 6 * 60 * 6 { // six hours
					p := procs[i%len(procs)]
					row, err := p.get(time.Minute, have, nil)
					if err == nil && !time.Now().Before(row.Credential.Expires) {
						dead++ // a 401
						row, err = p.get(time.Minute, row, &row.Credential)
					}
					if err != nil || !time.Now().Before(row.Credential.Expires) {
						t.Fatalf("%s: %v", time.Duration(i)*10*time.Second, err)
					}
					have = row
					time.Sleep(10 * time.Second)
				}
				if n := w.p.requests(); n < 24 || n > 28 {
					t.Errorf("%d requests in six hours", n)
				}
				if dead > len(skews) {
					t.Errorf("a dead token was given %d times", dead)
				}
			})
		})
	}
}

// TestManagerSlowClock has a process whose clock is slow, and that hasn't asked the
// store for its time yet: it doesn't take a pause of others for longer than it is.
func TestManagerSlowClock(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		time.Sleep(time.Hour)
		w.p.on(func(int) *trouble { return refuses(auth.TokenUnavailable, 0) })
		if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalProvider {
			t.Errorf("%v", err)
		}
		w.p.on(nil)
		time.Sleep(10 * time.Second)
		q := w.proc("b", func(c *auth.ManagerConfig) { c.Now = func() time.Time { return time.Now().Add(-5 * time.Minute) } })
		if row, err := q.get(time.Minute, w.rows.get(w.ref), nil); err != nil || !w.p.accepts(row.Credential) {
			t.Errorf("%v", err)
		}
	})
}

// TestManagerExpiry shows by whose clock, and from when, an expiry is counted.
func TestManagerExpiry(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have := w.expired()
		p := w.proc("a", func(c *auth.ManagerConfig) { c.Now = func() time.Time { return time.Now().Add(5 * time.Minute) } })
		w.p.on(func(int) *trouble { return &trouble{takes: 10 * time.Second, back: 5 * time.Second} })
		sent := time.Now()
		row, err := p.get(time.Minute, have, nil)
		if err != nil || !row.Credential.Expires.Equal(sent.Add(time.Hour)) || !row.Issued.Equal(sent) {
			t.Errorf("%v: issued %s, expires %s, want %s and an hour later", err, row.Issued, row.Credential.Expires, sent)
		}
		w.p.life = 0
		p.scheme.how.Lifetime = 30 * time.Minute // what to assume
		time.Sleep(time.Until(row.Credential.Expires))
		sent = time.Now()
		if row, err = p.get(time.Minute, row, nil); err != nil || !row.Credential.Expires.Equal(sent.Add(30*time.Minute)) {
			t.Errorf("%v: expires %s", err, row.Credential.Expires)
		}
	})
}

// TestManagerShutdown ends a manager in each phase of a renewal.
func TestManagerShutdown(t *testing.T) {
	t.Parallel()
	pause := func(step string) func(p *proc) {
		return func(p *proc) {
			p.v.on(func(ctx context.Context, at string) error {
				if at == step {
					return wait(ctx, 5*time.Second)
				}
				return ctx.Err()
			})
		}
	}
	save := func(d time.Duration) func(p *proc) {
		return func(p *proc) {
			p.v.on(refuse(errAway, "Save"))
			time.AfterFunc(d, func() { p.v.on(nil) })
		}
	}
	tests := []struct {
		name  string
		set   func(p *proc)
		takes time.Duration // of Shutdown, at most
		ok    bool          // Shutdown gives no error
		err   auth.RenewalReason
		saved bool
	}{
		{"reading", pause("Load"), 0, true, auth.RenewalShutdown, false},
		{"taking the lease", pause("Acquire"), 0, true, auth.RenewalShutdown, false},
		{"marking", pause("Mark"), 5 * time.Second, true, "", true},
		{"sending", func(p *proc) { p.w.p.on(func(int) *trouble { return &trouble{takes: 10 * time.Second} }) }, 10 * time.Second, true, "", true},
		{"saving", pause("Save"), 5 * time.Second, true, "", true},
		{"holding an answer", save(20 * time.Second), 25 * time.Second, true, auth.RenewalStore, true},
		{"holding for too long", save(time.Hour), 30 * time.Second, false, auth.RenewalStore, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p := w.expired(), w.proc("a", nil)
				tt.set(p)
				var err error
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, err = p.get(10*time.Minute, have, nil)
				}()
				time.Sleep(time.Second)
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				defer cancel()
				begin := time.Now()
				stopped := p.m.Shutdown(ctx)
				if (stopped == nil) != tt.ok || (!tt.ok && !errors.Is(stopped, context.DeadlineExceeded)) || time.Since(begin) > tt.takes {
					t.Errorf("Shutdown: %v after %s", stopped, time.Since(begin))
				}
				<-done
				if reason(err) != tt.err {
					t.Errorf("%v", err)
				}
				if row := w.rows.get(w.ref); (row.Version > have.Version+1) != tt.saved {
					t.Errorf("saved: %t", !tt.saved)
				}
				if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalShutdown {
					t.Errorf("afterwards: %v", err)
				}
				good := have
				good.Credential.Expires = time.Now().Add(time.Hour)
				if _, err := p.get(time.Minute, good, nil); err != nil {
					t.Errorf("a good one, afterwards: %v", err)
				}
				if err := p.m.Shutdown(ctx); tt.ok && err != nil {
					t.Errorf("twice: %v", err)
				}
				time.Sleep(time.Minute)
				if n := len(w.told()); !tt.ok && w.rows.get(w.ref).Intent == nil {
					t.Errorf("the lost answer isn't marked (%d)", n)
				}
			})
		})
	}
}

// TestManagerSchedule is the table of when a token is due.
func TestManagerSchedule(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const m, h = time.Minute, time.Hour
	tests := []struct {
		name          string
		issued        time.Duration // before now; negative: not known
		expires       time.Duration // from now; 0: not known
		idle          time.Duration
		impossible    bool
		before        time.Duration
		least, jitter time.Duration // before it expires, or after now where least is negative
	}{
		{"an hour", 0, h, 0, false, 0, 5 * m, 30 * time.Second},
		{"a day", 0, 24 * h, 0, false, 0, 5 * m, 30 * time.Second},
		{"ten minutes", 0, 10 * m, 0, false, 0, m, 6 * time.Second},
		{"ten minutes, but 22 s before at the earliest", 0, 10 * m, 0, false, 22 * time.Second, 20 * time.Second, 2 * time.Second},
		{"before that is long", 0, 10 * m, 0, false, h, m, 6 * time.Second},
		{"before that is as long as can be", 0, 10 * m, 0, false, 100 * 365 * 24 * h, m, 6 * time.Second},
		{"two minutes", 0, 2 * m, 0, false, 0, 30 * time.Second, 3 * time.Second},
		{"a minute", 0, m, 0, false, 0, 20 * time.Second, 2 * time.Second},
		{"three seconds", 0, 3 * time.Second, 0, false, 0, time.Second, 100 * time.Millisecond},
		{"half over", 20 * m, 20 * m, 0, false, 0, 4 * m, 24 * time.Second},
		{"handed over", -1, 20 * m, 0, false, 0, 2 * m, 12 * time.Second},
		{"expired", 2 * h, -h, 0, false, 0, 5 * m, 30 * time.Second},
		{"idle first", 0, 24 * h, 2 * h, false, 0, -h, 0},
		{"idle later", 0, h, 24 * h, false, 0, 5 * m, 30 * time.Second},
		{"idle alone", 0, 0, 2 * h, false, 0, -h, 0},
		{"nothing known", 0, 0, 0, false, 0, 0, 0},
		{"impossible", 0, h, h, true, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []float64{0, 0.5, 0.999999, -1, 2} {
				mgr, err := auth.NewManager(auth.ManagerConfig{Store: &view{s: newRows()}, Rand: func() float64 { return r }, Now: func() time.Time { return now }})
				if err != nil {
					t.Fatal(err)
				}
				var row auth.TokenRow
				if tt.issued >= 0 {
					row.Issued = now.Add(-tt.issued)
				}
				if tt.expires != 0 {
					row.Credential.Expires = now.Add(tt.expires)
				}
				got := mgr.Schedule(row, auth.Renewal{Possible: !tt.impossible, Idle: tt.idle, Before: tt.before}, time.Time{})
				if tt.least == 0 {
					if !got.IsZero() {
						t.Errorf("due at %s", got)
					}
					continue
				}
				late := now.Add(-tt.least)
				if tt.least > 0 {
					late = row.Credential.Expires.Add(-tt.least)
				}
				if got.After(late) || got.Before(late.Add(-tt.jitter)) {
					t.Errorf("rand %v: due at %s, want at most %s before %s", r, got, tt.jitter, late)
				}
			}
		})
	}
}

func TestManagerErrorText(t *testing.T) {
	t.Parallel()
	err := &auth.ManagerError{Ref: auth.CredentialRef{Tenant: "acme", ID: "con_1"}, Reason: auth.RenewalProvider,
		Cause: "unavailable", RetryAfter: 1500 * time.Millisecond, Err: errAway}
	want := "auth: renew credential con_1: the provider gave no token: unavailable: try again in 1.5s: the store can't be reached"
	if err.Error() != want || !errors.Is(err, errAway) {
		t.Errorf("%q", err.Error())
	}
}
