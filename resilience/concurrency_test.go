package resilience_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

func TestConcurrencyWritten(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct {
		field string
		c     resilience.Concurrency
	}{
		{"max", resilience.Concurrency{}}, {"max", resilience.Concurrency{Max: 1_000_000}},
		{"slow", resilience.Concurrency{Max: 1, Slow: time.Second}}, {"slow", resilience.Concurrency{Max: 1, Adaptive: true, Slow: 2 * time.Hour}},
	} {
		checkField(t, bad.c.Validate(), bad.field)
	}
	c := resilience.Concurrency{Max: 20, Adaptive: true, Slow: 3 * time.Second}
	text, err := json.Marshal(c)
	if want := `{"max":20,"adaptive":true,"slow":"3s"}`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
	var back resilience.Concurrency
	if err := json.Unmarshal(text, &back); err != nil || back != c || back.Validate() != nil {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"max":1,"fast":true}`), &back); err == nil {
		t.Error("an unknown member was read")
	}
}

// crew has n goroutines of each tenant use a host for a time, and gives the most that were at it at once, in all and by
// tenant, and how often each got a place.
func crew(t *testing.T, s *resilience.Slots, c resilience.Concurrency, n, tenants int, took time.Duration) (most int64, mostOf, served []int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var now, top atomic.Int64
	nowOf, topOf, got := make([]atomic.Int64, tenants), make([]atomic.Int64, tenants), make([]atomic.Int64, tenants)
	var wg sync.WaitGroup
	for tenant := range tenants {
		for range n {
			wg.Go(func() {
				for ctx.Err() == nil {
					release, err := s.Acquire(ctx, fmt.Sprint(tenant), apiHost, c, 0)
					if err != nil {
						return
					}
					got[tenant].Add(1)
					top.Store(max(top.Load(), now.Add(1)))
					topOf[tenant].Store(max(topOf[tenant].Load(), nowOf[tenant].Add(1)))
					time.Sleep(took)
					now.Add(-1)
					nowOf[tenant].Add(-1)
					release(false)
					release(true) // counts for nothing
				}
			})
		}
	}
	wg.Wait()
	for tenant := range tenants {
		mostOf, served = append(mostOf, topOf[tenant].Load()), append(served, got[tenant].Load())
	}
	return top.Load(), mostOf, served
}

func TestSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		most, _, served := crew(t, resilience.NewSlots(0), resilience.Concurrency{Max: 7}, 20, 1, 100*time.Millisecond)
		if most != 7 || served[0] < 7*590 {
			t.Errorf("one tenant: %d at once, %d served", most, served[0])
		}
		most, mostOf, served := crew(t, resilience.NewSlots(0), resilience.Concurrency{Max: 9}, 50, 3, 100*time.Millisecond)
		if most != 9 || mostOf[0] > 9 || served[1] < 3*590*9/10 || served[2] < 3*590*9/10 {
			t.Errorf("three: %d at once, %v of each, served %v", most, mostOf, served)
		}
		none, _, _ := crew(t, resilience.NewSlots(0), resilience.Concurrency{}, 30, 1, time.Second)
		if none != 30 {
			t.Errorf("without a limit: %d at once", none)
		}
	})
}

// Requests of one tenant that hang leave half of the places to the others.
func TestSlotsOfATenantThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := resilience.NewSlots(0), resilience.Concurrency{Max: 10}
		first, err := s.Acquire(t.Context(), "acme", apiHost, c, -1)
		if err != nil {
			t.Fatal(err)
		}
		first(false)
		held := 0
		for {
			if _, err := s.Acquire(t.Context(), "evil", apiHost, c, -1); err != nil {
				break
			}
			held++
		}
		for range 5 {
			if _, err := s.Acquire(t.Context(), "acme", apiHost, c, -1); err != nil {
				t.Errorf("beside %d that hang: %v", held, err)
			}
		}
		_, err = s.Acquire(t.Context(), "third", apiHost, c, time.Second)
		var e *resilience.LimitError
		if !errors.As(err, &e) || e.Key.Host != apiHost || held != 5 {
			t.Errorf("%d hang, and then %v", held, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.Acquire(ctx, "third", apiHost, c, time.Hour); err != context.Canceled {
			t.Errorf("%v, want the context's error", err)
		}
	})
}

// bearing is a host that bears so many requests at once: all the others are too much.
func bearing(t *testing.T, bears int64, c resilience.Concurrency) (share float64, last int64) {
	t.Helper()
	s := resilience.NewSlots(0)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var now, good, all, level atomic.Int64
	var wg sync.WaitGroup
	for range c.Max {
		wg.Go(func() {
			for ctx.Err() == nil {
				release, err := s.Acquire(ctx, "acme", apiHost, c, 0)
				if err != nil {
					return
				}
				n := now.Add(1)
				level.Store(n)
				time.Sleep(100 * time.Millisecond)
				now.Add(-1)
				if all.Add(1); n <= bears {
					good.Add(1)
				}
				release(n > bears)
			}
		})
	}
	wg.Wait()
	return float64(good.Load()) / float64(all.Load()), level.Load()
}

func TestAdaptiveConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fixed, _ := bearing(t, 10, resilience.Concurrency{Max: 50})
		adaptive, last := bearing(t, 10, resilience.Concurrency{Max: 50, Adaptive: true})
		t.Logf("of a host that bears 10: %.0f %% served with a fixed limit of 50, %.0f %% with an adaptive one", 100*fixed, 100*adaptive)
		if fixed > 0.3 || adaptive < 0.8 || last > 16 {
			t.Errorf("served %.2f fixed, %.2f adaptive, at last %d at once", fixed, adaptive, last)
		}
		s, c := resilience.NewSlots(0), resilience.Concurrency{Max: 8, Adaptive: true, Slow: time.Second}
		slow := func(took time.Duration) {
			release, err := s.Acquire(t.Context(), "acme", apiHost, c, -1)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(took)
			release(false)
		}
		places := func() (n int) {
			var all []func(bool)
			for {
				release, err := s.Acquire(t.Context(), "acme", apiHost, c, -1)
				if err != nil {
					break
				}
				all = append(all, release)
			}
			for _, release := range all {
				release(false)
			}
			return len(all)
		}
		slow(999 * time.Millisecond)
		slow(time.Second)
		hung, err := s.Acquire(t.Context(), "acme", apiHost, c, -1)
		if err != nil {
			t.Fatal(err)
		}
		slow(time.Second) // two thirds of 5
		hung(true)        // began before: changes nothing
		if n := places(); n != 3 {
			t.Errorf("%d places after two slow answers of 8, want 3", n)
		}
		for range 100 {
			slow(2 * time.Second)
		}
		if n := places(); n != 1 {
			t.Errorf("%d places at the least", n)
		}
		for range 100 {
			slow(time.Millisecond)
		}
		if n := places(); n != 8 {
			t.Errorf("%d places after a hundred good answers, want all", n)
		}
	})
}
