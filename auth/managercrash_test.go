package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// stopAt has a process do something at a step: one of the store's, "call" before the
// request is made up, "send" before it is sent, or "served" before its answer arrives.
func (p *proc) stopAt(step string, nth int, do func() error) {
	w := p.w
	switch step {
	case "call":
		call := p.source.Call
		p.source.Call = func(ctx context.Context, c auth.Credential) (auth.TokenCall, error) {
			if err := do(); err != nil {
				return auth.TokenCall{}, err
			}
			return call(ctx, c)
		}
	case "send":
		done := false
		p.scheme.stop = func(context.Context) {
			if !done {
				done = true
				_ = do()
			}
		}
	case "served":
		w.p.on(func(n int) *trouble {
			if n == 1 {
				return &trouble{then: func() { _ = do() }}
			}
			return nil
		})
	default:
		p.v.on(w.at(step, nth, do))
	}
}

// outcome is what another process makes of a credential that one stopped in the midst of.
type outcome struct {
	usable   bool
	requests int
	doubts   int // announced
	lost     int // needs_reauth announced
	reused   int // seen by the provider
}

func (w *world) outcome(usable bool) outcome {
	return outcome{usable, w.p.requests(), w.count(auth.EventRefreshInDoubt), w.count(auth.EventNeedsReauth), w.p.reuses()}
}

// TestManagerDeath has a process die at each step of a renewal, for ever.
func TestManagerDeath(t *testing.T) {
	t.Parallel()
	const grace = 5 * time.Minute
	tests := []struct {
		step  string
		nth   int
		grace time.Duration
		want  outcome
	}{
		{"Load", 1, 0, outcome{usable: true, requests: 1}},
		{"Acquire", 1, 0, outcome{usable: true, requests: 1}},
		{"Acquire done", 1, 0, outcome{usable: true, requests: 1}},
		{"Load", 2, 0, outcome{usable: true, requests: 1}},
		{"call", 1, 0, outcome{usable: true, requests: 1}},
		{"Mark", 1, 0, outcome{usable: true, requests: 1}},
		{"Mark done", 1, 0, outcome{usable: true, requests: 1, doubts: 1}},
		{"send", 1, 0, outcome{usable: true, requests: 1, doubts: 1}},
		{"served", 1, 0, outcome{usable: false, requests: 2, doubts: 1, lost: 1, reused: 1}},
		{"served", 1, grace, outcome{usable: true, requests: 2, doubts: 1}},
		{"Save", 1, 0, outcome{usable: false, requests: 2, doubts: 1, lost: 1, reused: 1}},
		{"Save", 1, grace, outcome{usable: true, requests: 2, doubts: 1}},
		{"Save done", 1, 0, outcome{usable: true, requests: 1}},
		{"Release", 1, 0, outcome{usable: true, requests: 1}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.step, tt.nth, " grace ", tt.grace), func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				w.p.grace = tt.grace
				have := w.expired()
				a, b := w.proc("a", nil), w.proc("b", nil)
				a.stopAt(tt.step, tt.nth, func() error {
					a.v.on(refuse(errAway, "Load", "Acquire", "Mark", "Save", "Release"))
					<-w.over
					return errAway
				})
				go func() { _, _ = a.get(10*time.Second, have, nil) }()
				time.Sleep(time.Second)
				begin := time.Now()
				if got := w.outcome(b.works(5 * time.Minute)); got != tt.want {
					t.Errorf("%+v, want %+v; told %q", got, tt.want, w.told())
				}
				if took := time.Since(begin); took > 75*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// TestManagerPause has a process stop at each step for twice the lease, and go on.
func TestManagerPause(t *testing.T) {
	t.Parallel()
	const grace = 5 * time.Minute
	tests := []struct {
		step  string
		nth   int
		grace time.Duration
		want  outcome
	}{
		{"Load", 1, 0, outcome{usable: true, requests: 1}},
		{"Load done", 1, 0, outcome{usable: true, requests: 1}},
		{"Acquire", 1, 0, outcome{usable: true, requests: 1}},
		{"Acquire done", 1, 0, outcome{usable: true, requests: 1}},
		{"Load", 2, 0, outcome{usable: true, requests: 1}},
		{"Load done", 2, 0, outcome{usable: true, requests: 1}},
		{"call", 1, 0, outcome{usable: true, requests: 1}},
		{"Mark", 1, 0, outcome{usable: true, requests: 1}},
		{"Mark done", 1, 0, outcome{usable: true, requests: 1, doubts: 1}},
		{"send", 1, 0, outcome{usable: true, requests: 1, doubts: 1}},
		{"served", 1, 0, outcome{usable: false, requests: 2, doubts: 1, lost: 1, reused: 1}},
		{"served", 1, grace, outcome{usable: true, requests: 2, doubts: 1}},
		{"Save", 1, 0, outcome{usable: false, requests: 2, doubts: 1, lost: 1, reused: 1}},
		{"Save", 1, grace, outcome{usable: true, requests: 2, doubts: 1}},
		{"Save done", 1, 0, outcome{usable: true, requests: 1}},
		{"Release", 1, 0, outcome{usable: true, requests: 1}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.step, tt.nth, " grace ", tt.grace), func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				w.p.grace = tt.grace
				have := w.expired()
				a, b := w.proc("a", nil), w.proc("b", nil)
				a.stopAt(tt.step, tt.nth, func() error {
					time.Sleep(2 * time.Minute) // a stopped process doesn't look at its ctx
					return nil
				})
				var err error
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, err = a.get(10*time.Minute, have, nil)
				}()
				time.Sleep(time.Second)
				usable := b.works(5 * time.Minute)
				if got := w.outcome(usable); got != tt.want {
					t.Errorf("%+v, want %+v; told %q", got, tt.want, w.told())
				}
				<-done
				if tt.want.usable && err != nil {
					t.Errorf("the one that was stopped: %v", err)
				}
				time.Sleep(10 * time.Minute)
				if usable && (!a.works(time.Minute) || !b.works(time.Minute)) {
					t.Errorf("not usable by both afterwards; %q", w.told())
				}
			})
		})
	}
}

// TestManagerTimeLeft has steps before the request that take long, and shows what is
// left when it is sent: it can end while the mark and the lease last.
func TestManagerTimeLeft(t *testing.T) {
	t.Parallel()
	for name, takes := range map[string]map[string]time.Duration{
		"the mark is late":       {"Mark done": 9 * time.Second},
		"the mark is too late":   {"Mark done": 15 * time.Second},
		"little is left of both": {"Acquire done": 19 * time.Second, "Load": 19 * time.Second, "Mark": 5 * time.Second, "Mark done": 4 * time.Second},
		"the lease is over":      {"Load done": 19 * time.Second, "Acquire done": 19 * time.Second, "Mark": 5 * time.Second, "Mark done": 14 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p := w.expired(), w.proc("a", nil)
				done := map[string]bool{"Load": true, "Load done": true} // the first is before the lease
				p.v.on(func(ctx context.Context, step string) error {
					if d := takes[step]; d > 0 && !done[step] {
						done[step] = true
						return wait(ctx, d)
					}
					if step == "Acquire" {
						done["Load"], done["Load done"] = false, false
					}
					return ctx.Err()
				})
				p.scheme.stop = func(ctx context.Context) {
					end, ok := ctx.Deadline()
					if intent := w.rows.get(w.ref).Intent; !ok || intent == nil || time.Until(end) > intent.Remaining || time.Until(end) < 10*time.Second {
						t.Errorf("%s for the request, and the mark lasts %v", time.Until(end), intent)
					}
					if left := w.rows.leaseLeft(w.ref); left < 20*time.Second {
						t.Errorf("%s are left of the lease", left)
					}
				}
				row, err := p.get(5*time.Minute, have, nil)
				if err != nil || !w.p.accepts(row.Credential) || w.told() != "refreshed" {
					t.Errorf("%v, told %q", err, w.told())
				}
			})
		})
	}
}
