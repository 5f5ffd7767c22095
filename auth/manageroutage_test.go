package auth_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// TestManagerOutage has a token endpoint that fails for half an hour, while two
// processes want an expired token all the time.
func TestManagerOutage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  func(int) *trouble
		states []auth.TokenState // that the credential goes through
		event  string
		apart  time.Duration // the least between two requests, after the first five
	}{
		{"refused connections", func(int) *trouble { return refuses(auth.TokenUnsent, 0) }, nil, auth.EventRefreshFailed, 200 * time.Second},
		{"503", func(int) *trouble { return refuses(auth.TokenUnavailable, 0) }, nil, auth.EventRefreshFailed, 200 * time.Second},
		{"429 for 10 min", func(int) *trouble { return refuses(auth.TokenUnavailable, 10*time.Minute) }, nil, auth.EventRefreshFailed, 10 * time.Minute},
		{"429 for a day", func(int) *trouble { return refuses(auth.TokenUnavailable, 24*time.Hour) }, nil, auth.EventRefreshFailed, time.Hour},
		{"timeouts", func(int) *trouble { return &trouble{takes: time.Hour} },
			[]auth.TokenState{auth.TokenActive, auth.TokenDoubtful}, auth.EventRefreshInDoubt, 200 * time.Second},
		{"HTML with 200, resets", func(int) *trouble { return refuses(auth.TokenInDoubt, 0) },
			[]auth.TokenState{auth.TokenActive, auth.TokenDoubtful}, auth.EventRefreshInDoubt, 200 * time.Second},
		{"errors of no kind", func(int) *trouble { return &trouble{other: errors.New("broken pipe")} },
			[]auth.TokenState{auth.TokenActive, auth.TokenDoubtful}, auth.EventRefreshInDoubt, 200 * time.Second},
		{"invalid_client", func(int) *trouble { return refuses(auth.TokenApp, 0) }, nil, auth.EventAppError, 200 * time.Second},
		{"invalid_request", func(int) *trouble { return refuses(auth.TokenRejected, 0) }, nil, auth.EventRefreshFailed, 200 * time.Second},
		{"a scheme that refuses", func(int) *trouble { return &trouble{other: &auth.Error{Op: "accept"}} }, nil, auth.EventRefreshFailed, 200 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have := w.expired()
				procs := []*proc{w.proc("a", nil), w.proc("b", nil)}
				w.p.on(tt.fault)
				end := time.Now().Add(30 * time.Minute)
				for i := 0; time.Now().Before(end); i++ {
					_, err := procs[i%2].get(time.Minute, have, nil)
					if reason(err) != auth.RenewalProvider {
						t.Fatalf("%v", err)
					}
					have = w.rows.get(w.ref) // the cache follows
					time.Sleep(time.Second)
				}
				times := w.p.times()
				if n := len(times); n < 1+int(30*time.Minute/max(tt.apart*2, 9*time.Minute)) || n > 14 {
					t.Errorf("%d requests in half an hour: %v", n, times)
				}
				for i := 1; i < len(times); i++ {
					if apart := times[i].Sub(times[i-1]); apart < 4*time.Second || (i >= 7 || tt.apart > 5*time.Minute) && apart < tt.apart {
						t.Errorf("request %d came %s after the one before", i, apart)
					}
				}
				if tt.states == nil {
					tt.states = []auth.TokenState{auth.TokenActive}
				}
				if got := w.rows.states(); !slices.Equal(got, tt.states) {
					t.Errorf("states %v", got)
				}
				if w.count(tt.event) == 0 || w.count(auth.EventNeedsReauth) > 0 || w.count(auth.EventRefreshInDoubt) > 1 {
					t.Errorf("told %q", w.told())
				}
				w.p.on(nil)
				if !procs[0].works(65*time.Minute) || w.count(auth.EventRecovered) != 1 || w.rows.get(w.ref).Failures != 0 {
					t.Errorf("not usable afterwards; told %q", w.told())
				}
			})
		})
	}
}

// TestManagerOutageWhileGood has the same while the token is good: nobody fails, and
// only who comes in the first second of a request waits for it.
func TestManagerOutageWhileGood(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		w.p.life = 10 * time.Hour
		have, p := w.connect(), w.proc("a", nil)
		w.p.on(func(int) *trouble { return &trouble{takes: time.Hour} }) // times out
		time.Sleep(time.Until(have.RefreshAt) + time.Second)
		begin, waited := time.Now(), time.Duration(0)
		for time.Since(begin) < 4*time.Minute { // the margin is 5 min
			asked := time.Now()
			row, err := p.get(time.Minute, have, nil)
			if err != nil || access(row.Credential) != access(have.Credential) {
				t.Fatalf("%v", err)
			}
			waited += time.Since(asked)
			have = w.rows.get(w.ref)
			time.Sleep(100 * time.Millisecond)
		}
		if n := w.p.requests(); n < 3 || waited > time.Duration(n)*time.Second {
			t.Errorf("%d requests cost callers %s", n, waited)
		}
	})
}

// TestManagerFailsFast shows that nobody asks a provider that is known to be away, and
// what callers are told.
func TestManagerFailsFast(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p, q := w.expired(), w.proc("a", nil), w.proc("b", nil)
		w.p.on(func(int) *trouble { return refuses(auth.TokenUnavailable, 50*time.Second) })
		_, err := p.get(time.Minute, have, nil)
		var failed *auth.TokenError
		if reason(err) != auth.RenewalProvider || retryAfter(err) != 50*time.Second || !errors.As(err, &failed) {
			t.Errorf("%v", err)
		}
		time.Sleep(10 * time.Second)
		for _, p := range []*proc{p, q} {
			for range 3 {
				begin := time.Now()
				if _, err = p.get(time.Minute, have, nil); reason(err) != auth.RenewalProvider || time.Since(begin) != 0 {
					t.Errorf("%v after %s", err, time.Since(begin))
				}
				if after := retryAfter(err); after < 39*time.Second || after > 41*time.Second {
					t.Errorf("try again in %s", after)
				}
				if _, err = p.get(time.Minute, have, &have.Credential); reason(err) != auth.RenewalProvider {
					t.Errorf("after a 401: %v", err)
				}
				have = w.rows.get(w.ref)
			}
		}
		if w.p.requests() != 1 {
			t.Errorf("%d requests", w.p.requests())
		}
	})
}

// TestManagerRefused shows what a grant comes to that is gone.
func TestManagerRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		spends bool
		doubt  bool
		cause  string
	}{
		{"rotating", true, false, "invalid_grant"},
		{"rotating, in doubt", true, true, "in_doubt"},
		{"client credentials", false, false, "invalid_grant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p := w.connect(), w.proc("a", nil)
				p.scheme.how.Spends = tt.spends
				if tt.doubt {
					have.State, have.Cause = auth.TokenDoubtful, "in_doubt"
					have = w.rows.put(w.ref, have)
				}
				w.p.revoke(have.Credential)
				time.Sleep(time.Until(have.RefreshAt) + time.Second)
				_, err := p.get(time.Minute, have, nil) // though it hasn't expired
				row := w.rows.get(w.ref)
				if reason(err) != auth.RenewalNeedsReauth || row.State != auth.TokenNeedsReauth || row.Cause != tt.cause || w.told() != "needs_reauth" {
					t.Errorf("%v; %s, %s, told %q", err, row.State, row.Cause, w.told())
				}
				for _, used := range []*auth.Credential{nil, &have.Credential} {
					if _, err = p.get(time.Minute, have, used); reason(err) != auth.RenewalNeedsReauth || w.p.requests() != 1 {
						t.Errorf("%v, %d requests", err, w.p.requests())
					}
				}
				have = w.connect() // granted anew
				if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// TestManagerGrace asks again at once while the provider takes a spent grant again.
func TestManagerGrace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		grace    time.Duration
		losses   int
		takes    time.Duration
		requests int
		told     string
	}{
		{"one lost", time.Minute, 1, time.Second, 2, "refreshed recovered"},
		{"two lost", time.Minute, 2, time.Second, 3, "refreshed recovered"},
		{"three lost", time.Minute, 3, time.Second, 3, "refresh_in_doubt"},
		{"served, and the repetition is late", 2 * time.Second, 1, time.Second, 2, "refresh_in_doubt needs_reauth"},
		{"lost after the grace", 5 * time.Second, 1, 10 * time.Second, 1, "refresh_in_doubt"},
		{"none", 0, 1, time.Second, 1, "refresh_in_doubt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				w.p.grace = tt.grace
				late := tt.grace == 2*time.Second
				have, p := w.expired(), w.proc("a", nil)
				w.p.on(func(n int) *trouble {
					if n <= tt.losses {
						return lost(tt.takes)
					}
					if late {
						return &trouble{takes: 5 * time.Second}
					}
					return nil
				})
				_, err := p.get(time.Minute, have, nil)
				if w.p.requests() != tt.requests || w.told() != tt.told || (w.p.reuses() > 0) != late {
					t.Errorf("%v: %d requests, told %q", err, w.p.requests(), w.told())
				}
				if err != nil && !late { // in doubt: once more after the deadline of that request
					row := w.rows.get(w.ref)
					if row.State != auth.TokenDoubtful || row.Intent != nil || retryAfter(err) <= 0 || retryAfter(err) > 20*time.Second {
						t.Errorf("%v: %s", err, row.State)
					}
					if usable := p.works(time.Minute); usable != (tt.grace > time.Minute/2) {
						t.Errorf("usable: %t", usable)
					}
					if tt.grace == 0 && (w.rows.get(w.ref).Cause != "in_doubt" || w.p.reuses() != 1) {
						t.Errorf("cause %q", w.rows.get(w.ref).Cause)
					}
				}
			})
		})
	}
}

// TestManagerIdempotentGrant is of one that isn't spent by its use: a lost answer is no
// doubt, and the intent of a dead process is waited for by nobody.
func TestManagerIdempotentGrant(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		w.p.grace = time.Hour
		have, a, b := w.expired(), w.proc("a", nil), w.proc("b", nil)
		a.scheme.how, b.scheme.how = auth.Renewal{}, auth.Renewal{}
		w.p.on(func(int) *trouble { return lost(0) })
		if _, err := a.get(time.Minute, have, nil); reason(err) != auth.RenewalProvider || w.told() != "refresh_failed" {
			t.Errorf("%v, told %q", err, w.told())
		}
		w.p.on(func(n int) *trouble {
			if n == 2 {
				return &trouble{then: func() { <-w.over }}
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		go func() { _, _ = a.get(time.Second, have, nil) }()
		time.Sleep(time.Minute + time.Second)
		begin := time.Now()
		if row, err := b.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) || time.Since(begin) > time.Second || w.count(auth.EventRefreshInDoubt) > 0 {
			t.Errorf("%v after %s, told %q", err, time.Since(begin), w.told())
		}
	})
}
