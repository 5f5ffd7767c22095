package auth_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// TestManagerBound measures how long a renewal goes on after its only caller left, where
// no answer is in hand.
func TestManagerBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run  func(w *world, p *proc)
		most time.Duration
	}{
		"a provider that hangs": {most: 21 * time.Second, run: func(w *world, p *proc) {
			w.p.on(func(int) *trouble { return &trouble{takes: time.Hour} })
		}},
		"and takes a spent grant again for a while": {most: 61 * time.Second, // which is worth three requests
			run: func(w *world, p *proc) {
				p.scheme.how.Grace = 10 * time.Minute
				w.p.on(func(int) *trouble { return &trouble{takes: time.Hour} })
			}},
		"a store that hangs when the request has failed": {most: 9 * time.Second, run: func(w *world, p *proc) {
			var sent atomic.Bool
			w.p.on(func(int) *trouble {
				sent.Store(true)
				return &trouble{takes: time.Second, other: &auth.TokenError{Op: "refresh", Cause: auth.TokenUnavailable}}
			})
			p.v.on(func(ctx context.Context, step string) error {
				if sent.Load() {
					<-ctx.Done()
				}
				return ctx.Err()
			})
		}},
		"a store that hangs at the mark": {most: 28 * time.Second, run: func(_ *world, p *proc) {
			var marked atomic.Bool
			p.v.on(func(ctx context.Context, step string) error {
				if step == "Mark" || marked.Load() {
					marked.Store(true)
					<-ctx.Done()
				}
				return ctx.Err()
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(w *world) {
				have, p := w.expired(), w.proc("a", nil)
				c.run(w, p)
				if _, err := p.get(100*time.Millisecond, have, nil); err == nil {
					t.Error("there is a token")
				}
				left := time.Now()
				if err := p.m.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if took := time.Since(left); took > c.most {
					t.Errorf("it went on for %s, want at most %s", took, c.most)
				}
			})
		})
	}
}
