package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// meanwhile renews while somebody else does something to the row, just before the
// outcome is saved.
func (w *world) meanwhile(p *proc, have auth.TokenRow, do func(row auth.TokenRow)) (auth.TokenRow, error) {
	p.v.on(w.at("Save", 1, func() error {
		do(w.rows.get(w.ref))
		return nil
	}))
	return p.get(time.Minute, have, nil)
}

// TestManagerConflict has the row change while a new token is on its way.
func TestManagerConflict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(w *world, row auth.TokenRow)
		ours bool // what is used, and stored
		err  auth.RenewalReason
		told string
	}{
		{"sealed anew", func(w *world, row auth.TokenRow) { w.rows.put(w.ref, row) }, true, "", "refreshed"},
		{"its state changed", func(w *world, row auth.TokenRow) {
			row.State, row.Intent = auth.TokenDoubtful, nil
			w.rows.put(w.ref, row)
		}, true, "", "refreshed"},
		{"given up by one who lost the answer", func(w *world, row auth.TokenRow) {
			row.State, row.Intent = auth.TokenNeedsReauth, nil
			w.rows.put(w.ref, row)
		}, true, "", "refreshed"},
		{"renewed, refused and given up by another", func(w *world, row auth.TokenRow) {
			row.State, row.Intent, row.Credential = auth.TokenNeedsReauth, nil, other("theirs")
			w.rows.put(w.ref, row)
		}, true, "", "refreshed"},
		{"granted anew", func(w *world, _ auth.TokenRow) { time.Sleep(time.Second); w.connect() }, false, "", ""},
		{"removed", func(w *world, _ auth.TokenRow) { w.rows.remove(w.ref) }, false, auth.RenewalGone, "revoked"},
		{"revoked", func(w *world, row auth.TokenRow) {
			row.State, row.Intent = auth.TokenRevoked, nil
			w.rows.put(w.ref, row)
		}, false, auth.RenewalNeedsReauth, "revoked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p := w.expired(), w.proc("a", nil)
				var theirs auth.TokenRow
				row, err := w.meanwhile(p, have, func(row auth.TokenRow) {
					tt.do(w, row)
					theirs = w.rows.get(w.ref)
				})
				if reason(err) != tt.err || w.told() != tt.told {
					t.Fatalf("%v, told %q", err, w.told())
				}
				stored := w.rows.get(w.ref)
				switch {
				case tt.err == "" && access(row.Credential) != access(stored.Credential):
					t.Error("what is used isn't what is stored")
				case tt.ours && (!w.p.accepts(stored.Credential) || stored.State != auth.TokenActive):
					t.Errorf("not saved: %+v", stored)
				case !tt.ours && (stored.Version != theirs.Version || (len(p.revoked) == 1) != (tt.told == "revoked")):
					t.Errorf("changed, or given back %d tokens", len(p.revoked))
				}
				if tt.err == "" && !w.p.accepts(row.Credential) {
					t.Error("what is used doesn't work")
				}
			})
		})
	}
}

// TestManagerReauthDuringFailure shows that no failure undoes a re-auth.
func TestManagerReauthDuringFailure(t *testing.T) {
	t.Parallel()
	for _, cause := range []auth.TokenCause{auth.TokenRefused, auth.TokenUnavailable, auth.TokenInDoubt, auth.TokenApp} {
		for _, step := range []string{"Save", "Load"} { // of Load the one before a refusal is written down
			t.Run(string(cause)+step, func(t *testing.T) {
				t.Parallel()
				play(t, func(w *world) {
					have, p := w.expired(), w.proc("a", nil)
					w.p.on(func(n int) *trouble {
						if n == 1 {
							return refuses(cause, 0)
						}
						return nil
					})
					nth := 1
					if step == "Load" {
						nth = 3
					}
					var theirs auth.TokenRow
					p.v.on(w.at(step, nth, func() error {
						time.Sleep(time.Second)
						theirs = w.connect()
						return nil
					}))
					row, err := p.get(time.Minute, have, nil)
					if theirs.Version == 0 {
						return // that cause doesn't read again
					}
					if err != nil || access(row.Credential) != access(theirs.Credential) || w.rows.get(w.ref).Version != theirs.Version || w.told() != "" {
						t.Errorf("%v, told %q", err, w.told())
					}
				})
			})
		}
	}
}

// other is a credential of somebody else's renewal.
func other(refresh string) auth.Credential {
	return auth.Credential{Kind: "oauth2", Expires: time.Now().Add(time.Hour).UTC(), Values: map[string]secret.String{
		"access_token": secret.New("access of " + refresh), "refresh_token": secret.New(refresh)}}
}

// loses renews while another renewal of the same grant is saved first; it gives what is
// stored then.
func (w *world) loses(p *proc) auth.TokenRow {
	w.t.Helper()
	row, err := w.meanwhile(p, w.expired(), func(row auth.TokenRow) {
		row.Credential, row.Intent, row.Issued = other("theirs"), nil, time.Now().UTC()
		row.RefreshAt = row.Credential.Expires.Add(-time.Minute)
		w.rows.put(w.ref, row)
	})
	stored := w.rows.get(w.ref)
	if err != nil || refresh(row.Credential) != "theirs" || stored.Spare == nil || !w.p.accepts(*stored.Spare) || len(p.revoked) > 0 {
		w.t.Fatalf("%v: the answer isn't kept as a spare", err)
	}
	p.v.on(nil)
	return stored
}

// TestManagerSpare has an answer that lost a conflict save the grant later.
func TestManagerSpare(t *testing.T) {
	t.Parallel()
	t.Run("used", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			p := w.proc("a", nil)
			have := w.loses(p)
			time.Sleep(time.Until(have.RefreshAt) + time.Second)
			row, err := p.get(time.Minute, have, nil) // theirs is refused
			if err != nil || !w.p.accepts(row.Credential) || w.rows.get(w.ref).Spare != nil || w.p.requests() != 3 || w.told() != "refreshed" {
				t.Errorf("%v: %d requests, told %q", err, w.p.requests(), w.told())
			}
		})
	})
	t.Run("not reached at first", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			p := w.proc("a", nil)
			have := w.loses(p)
			w.p.on(func(n int) *trouble {
				if n == 3 {
					return refuses(auth.TokenUnavailable, 0)
				}
				return nil
			})
			time.Sleep(time.Until(have.Credential.Expires) + time.Second)
			if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalProvider || w.rows.get(w.ref).Spare == nil {
				t.Errorf("%v", err)
			}
			if !p.works(time.Minute) || w.p.requests() != 5 {
				t.Errorf("%d requests, told %q", w.p.requests(), w.told())
			}
		})
	})
	t.Run("refused too", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			p := w.proc("a", nil)
			have := w.loses(p)
			w.p.revoke(*have.Spare)
			time.Sleep(time.Until(have.RefreshAt) + time.Second)
			_, err := p.get(time.Minute, have, nil)
			row := w.rows.get(w.ref)
			if reason(err) != auth.RenewalNeedsReauth || row.Cause != "invalid_grant" || row.Spare != nil || w.p.requests() != 3 {
				t.Errorf("%v: %s, %d requests", err, row.Cause, w.p.requests())
			}
		})
	})
	t.Run("dies while it is tried", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			a, b := w.proc("a", nil), w.proc("b", nil)
			have := w.loses(a)
			time.Sleep(time.Until(have.Credential.Expires) + time.Second)
			a.stopAt("Mark", 2, func() error {
				a.v.on(refuse(errAway, "Load", "Acquire", "Mark", "Save", "Release"))
				<-w.over
				return errAway
			})
			go func() { _, _ = a.get(time.Second, have, nil) }()
			time.Sleep(2 * time.Second)
			if !b.works(2*time.Minute) || w.p.reuses() > 0 {
				t.Errorf("told %q", w.told())
			}
		})
	})
	t.Run("not put over a request in the air", func(t *testing.T) {
		t.Parallel()
		play(t, func(w *world) {
			p, b := w.proc("a", nil), &view{s: w.rows}
			row, err := w.meanwhile(p, w.expired(), func(row auth.TokenRow) {
				row.Credential, row.Intent = other("theirs"), nil
				row = w.rows.put(w.ref, row)
				if _, err := b.Mark(context.Background(), w.ref, row.Version, auth.TokenIntent{Holder: "b", Remaining: 15 * time.Second}); err != nil {
					t.Error(err)
				}
			})
			if err != nil || refresh(row.Credential) != "theirs" {
				t.Errorf("%v", err)
			}
			for range 14 {
				time.Sleep(time.Second)
				if w.rows.get(w.ref).Intent == nil {
					t.Fatal("the mark is gone")
				}
			}
			time.Sleep(3 * time.Second)
			if got := w.rows.get(w.ref); got.Spare == nil || !w.p.accepts(*got.Spare) {
				t.Error("the answer is lost")
			}
		})
	})
}

// TestManagerFoundIntent shows how long another's intent is respected, and that its
// outcome is taken if it comes.
func TestManagerFoundIntent(t *testing.T) {
	t.Parallel()
	for _, answered := range []bool{true, false} {
		play(t, func(w *world) {
			have, p, b := w.expired(), w.proc("a", nil), &view{s: w.rows}
			marked, err := b.Mark(context.Background(), w.ref, have.Version, auth.TokenIntent{Holder: "b", Remaining: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if answered {
				time.AfterFunc(19*time.Second, func() {
					marked.Credential, marked.Issued = w.p.grant(""), time.Now()
					marked.Credential.Expires = time.Now().Add(time.Hour)
					marked.RefreshAt = marked.Credential.Expires
					_, _ = b.Save(context.Background(), w.ref, marked)
				})
			}
			begin := time.Now()
			row, err := p.get(time.Minute, have, nil)
			if err != nil || !w.p.accepts(row.Credential) {
				t.Fatalf("%v", err)
			}
			if answered && (w.p.requests() != 0 || w.told() != "") {
				t.Errorf("told %q, %d requests", w.told(), w.p.requests())
			}
			if !answered && (w.told() != "refresh_in_doubt refreshed recovered" || time.Since(begin) < 20*time.Second || time.Since(begin) > 21*time.Second) {
				t.Errorf("told %q after %s", w.told(), time.Since(begin))
			}
		})
	}
}

// TestManagerDoubtIsTold has the store not say that a doubt was written: it is announced
// all the same, once.
func TestManagerDoubtIsTold(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p, b := w.expired(), w.proc("a", nil), &view{s: w.rows}
		if _, err := b.Mark(context.Background(), w.ref, have.Version, auth.TokenIntent{Holder: "b"}); err != nil {
			t.Fatal(err)
		}
		p.v.on(func(ctx context.Context, step string) error {
			if step == "Save done" && w.rows.get(w.ref).State == auth.TokenDoubtful {
				return errAway
			}
			return ctx.Err()
		})
		if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) || w.told() != "refresh_in_doubt refreshed recovered" {
			t.Errorf("%v, told %q", err, w.told())
		}
	})
}

// TestManagerHolds has the store fail after the answer came.
func TestManagerHolds(t *testing.T) {
	t.Parallel()
	all := []string{"Load", "Save", "Mark", "Acquire", "Release"}
	tests := []struct {
		name string
		ops  []string
	}{
		{"saves alone", []string{"Save"}},
		{"all, of the one", all},
		{"all, of both", all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p, q := w.expired(), w.proc("a", nil), w.proc("b", nil)
				begin := time.Now()
				away := func() { p.v.on(refuse(errAway, tt.ops...)) }
				w.p.on(func(int) *trouble { return &trouble{takes: time.Second, run: func(context.Context) { away() }} })
				_, err := p.get(time.Minute, have, nil)
				if reason(err) != auth.RenewalStore || !errors.Is(err, errAway) || time.Since(begin) > 2*time.Second {
					t.Errorf("%v after %s", err, time.Since(begin))
				}
				if _, err = p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore || time.Since(begin) > 2*time.Second {
					t.Errorf("%v after %s", err, time.Since(begin))
				}
				good := have
				good.Credential.Expires = time.Now().Add(time.Hour) // what a caller would hold while it is due
				if row, err := p.get(time.Minute, good, nil); err != nil || access(row.Credential) != access(have.Credential) {
					t.Errorf("%v", err)
				}
				if tt.name == "all, of both" {
					q.v.on(refuse(errAway, all...))
				}
				if tt.name != "all, of the one" { // else the lease runs out, and the other asks
					go func() {
						for range 600 {
							_, _ = q.get(time.Second, have, nil)
						}
					}()
				}
				time.Sleep(10 * time.Minute)
				p.v.on(nil)
				q.v.on(nil)
				if !q.works(20*time.Second) || !p.works(time.Second) || w.p.reuses() > 0 || w.p.requests() != 1 || w.count(auth.EventRefreshInDoubt) > 0 {
					t.Errorf("%d requests, told %q", w.p.requests(), w.told())
				}
				if !slices.Contains(p.told(), auth.EventRefreshed) {
					t.Errorf("told %q", p.told())
				}
			})
		})
	}
}

// TestManagerLostSave has saves that succeed, and whose answer is lost.
func TestManagerLostSave(t *testing.T) {
	t.Parallel()
	play(t, func(w *world) {
		have, p := w.expired(), w.proc("a", nil)
		n := 0
		p.v.on(func(ctx context.Context, step string) error {
			if step == "Save done" {
				if n++; n == 1 {
					return errAway
				}
			}
			return ctx.Err()
		})
		if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Second)
		if row, err := p.get(time.Minute, have, nil); err != nil || !w.p.accepts(row.Credential) || w.p.requests() != 1 || w.rows.get(w.ref).Spare != nil ||
			w.told() != "refresh_failed refreshed" || row.Version != have.Version+2 {
			t.Errorf("%v, told %q, version %d", err, w.told(), row.Version)
		}
	})
}

// TestManagerConflictForEver has a store that takes no save, as if each came too late:
// that is tried again with pauses, for ever.
func TestManagerConflictForEver(t *testing.T) {
	t.Parallel()
	for _, cause := range []auth.TokenCause{"", auth.TokenUnavailable} {
		play(t, func(w *world) {
			have, p := w.expired(), w.proc("a", nil)
			if cause != "" {
				w.p.on(func(int) *trouble { return refuses(cause, 0) })
			}
			var saves atomic.Int64
			p.v.on(func(ctx context.Context, step string) error {
				if step == "Save" {
					saves.Add(1)
					return auth.ErrMoved
				}
				return ctx.Err()
			})
			if _, err := p.get(time.Minute, have, nil); reason(err) != auth.RenewalStore {
				t.Errorf("%v", err)
			}
			time.Sleep(time.Minute)
			if n := saves.Load(); n > 100 {
				t.Errorf("%d saves in a minute", n)
			}
			p.v.on(nil)
			w.p.on(nil)
			if !p.works(30*time.Second) || w.p.reuses() > 0 {
				t.Errorf("told %q", w.told())
			}
		})
	}
}
