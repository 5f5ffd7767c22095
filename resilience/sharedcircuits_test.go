package resilience_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// board are forced circuits that sets share.
type board struct {
	mu     sync.Mutex
	forced map[resilience.BreakerKey]resilience.State
	away   bool
	asked  int
}

var errAway = errors.New("away")

func (b *board) Force(_ context.Context, k resilience.BreakerKey, s resilience.State) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errAway
	}
	if b.forced[k] = s; s == "" {
		delete(b.forced, k)
	}
	return nil
}

func (b *board) Forced(ctx context.Context) (map[resilience.BreakerKey]resilience.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.away {
		return nil, errAway
	}
	return maps.Clone(b.forced), ctx.Err()
}

// What an operator forces in one process holds in the others within two seconds, and so does its reset.
func TestForcedCircuitsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := &board{forced: map[resilience.BreakerKey]resilience.State{}}
		var told []resilience.BreakerChange
		here := resilience.NewBreakersOf(resilience.BreakersConfig{Shared: shared})
		there := resilience.NewBreakersOf(resilience.BreakersConfig{Shared: shared, Changed: func(c resilience.BreakerChange) { told = append(told, c) }})
		passes := func(set *resilience.Breakers) bool {
			for range 2 { // the first asks, the second knows
				done, _ := set.Allow(acme, resilience.BreakerSettings{})
				done(resilience.Success)
				synctest.Wait()
				time.Sleep(time.Second)
			}
			done, err := set.Allow(acme, resilience.BreakerSettings{})
			done(resilience.Success)
			return err == nil
		}
		force := func(set *resilience.Breakers, k resilience.BreakerKey, s resilience.State) {
			if err := set.Force(k, s); err != nil {
				t.Fatal(err)
			}
		}
		force(here, wholeHost, resilience.StateOpen)
		if passes(there) {
			t.Error("the other process doesn't know")
		}
		shared.mu.Lock()
		shared.away = true
		shared.mu.Unlock()
		if passes(there) {
			t.Error("what is forced was forgotten while the others can't be asked")
		}
		if err := there.Reset(wholeHost); !errors.Is(err, errAway) {
			t.Errorf("Reset: %v, want why the others don't know", err)
		}
		if !passes(there) || passes(here) {
			t.Error("a reset that could not be told holds elsewhere than in its process")
		}
		shared.mu.Lock()
		shared.away = false
		shared.mu.Unlock()
		if passes(there) {
			t.Error("what is forced for all was not learnt again")
		}
		if err := here.Reset(wholeHost); err != nil || !passes(there) || !passes(here) {
			t.Errorf("a reset didn't reach both: %v", err)
		}
		force(there, acme, resilience.StateClosed)
		if s, _ := here.State(acme); s.Forced {
			t.Error("known before it was asked")
		}
		time.Sleep(time.Second)
		here.State(acme)
		synctest.Wait()
		if s, _ := here.State(acme); !s.Forced || s.State != resilience.StateClosed {
			t.Errorf("%+v", s)
		}
		if len(told) != 5 { // open, closed, open, closed; forced closed
			t.Errorf("told %+v", told)
		}
		before := shared.asked
		for range 100 {
			here.State(acme)
			time.Sleep(100 * time.Millisecond)
		}
		if n := shared.asked - before; n < 9 || n > 11 {
			t.Errorf("asked %d times in 10 s", n)
		}
	})
}
