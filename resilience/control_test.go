package resilience_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

func keyOf(tenant, host string) resilience.BreakerKey {
	return resilience.BreakerKey{Tenant: tenant, Connection: "main", Host: host}
}

func fail(t testing.TB, set *resilience.Breakers, k resilience.BreakerKey, n int) {
	t.Helper()
	for range n {
		done, err := set.Allow(k, resilience.BreakerSettings{})
		if err != nil {
			t.Fatal(err)
		}
		done(resilience.Failure)
	}
}

func TestBreakersKeepKeysApart(t *testing.T) {
	t.Parallel()
	set := resilience.NewBreakers(0, nil, nil)
	fail(t, set, keyOf("acme", "a.example"), 5)
	for _, k := range []resilience.BreakerKey{
		keyOf("other", "a.example"), keyOf("acme", "b.example"), {Tenant: "acme", Connection: "second", Host: "a.example"},
	} {
		if _, err := set.Allow(k, resilience.BreakerSettings{}); err != nil {
			t.Errorf("%+v: %v, want it untouched by another's failures", k, err)
		}
	}
}

func TestDoneCountsOnce(t *testing.T) {
	t.Parallel()
	set := resilience.NewBreakers(0, nil, nil)
	done, err := set.Allow(acme, resilience.BreakerSettings{})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		done(resilience.Failure)
	}
	if s, _ := set.State(acme); s.Failures != 1 || s.State != resilience.StateClosed {
		t.Errorf("%+v, want one failure", s)
	}
}

// A deferred done reports for a goroutine that panics or exits, and so frees a probe's place.
func TestDoneDeferredSurvivesPanicAndExit(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"panic": func() { panic("gone") }, "exit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				set := resilience.NewBreakers(0, nil, nil)
				fail(t, set, acme, 5)
				time.Sleep(time.Minute)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					defer func() { _ = recover() }()
					done, err := set.Allow(acme, resilience.BreakerSettings{})
					if err != nil {
						t.Error(err)
						return
					}
					defer done(resilience.Ignored)
					end()
				}()
				<-ended
				if _, err := set.Allow(acme, resilience.BreakerSettings{}); err != nil {
					t.Errorf("the probe's place is gone: %v", err)
				}
			})
		})
	}
}

func TestSettingsOfAKnownKey(t *testing.T) {
	t.Parallel()
	type settings = resilience.BreakerSettings
	var changes int
	set := resilience.NewBreakers(0, nil, func(resilience.BreakerChange) { changes++ })
	fail(t, set, acme, 3)
	done, _ := set.Allow(acme, settings{Failures: 4}) // thresholds hold at once, on the counts so far
	done(resilience.Failure)
	if s, _ := set.State(acme); s.State != resilience.StateOpen {
		t.Errorf("four failures of four: %q, want open", s.State)
	}
	if _, err := set.Allow(acme, settings{Open: time.Second}); err == nil {
		t.Error("a new threshold closed the circuit")
	}
	if _, err := set.Allow(acme, settings{Window: time.Minute}); err != nil {
		t.Errorf("a new window: %v, want a new circuit", err)
	}
	if s, _ := set.State(acme); s.State != resilience.StateClosed || s.Consecutive != 0 || changes != 2 {
		t.Errorf("%+v after %d changes, want a new circuit, and the change told", s, changes)
	}
	// What Validate refuses is read as the default, not as a new setting.
	fail(t, set, acme, 4)
	done, err := set.Allow(acme, settings{Failures: -1, Rate: 7, Window: -1, MinRequests: -1, Open: -1, Probes: 99})
	if err != nil {
		t.Fatal(err)
	}
	done(resilience.Failure)
	if s, _ := set.State(acme); s.State != resilience.StateOpen {
		t.Errorf("%q, want the defaults to have opened it", s.State)
	}
}

func TestForce(t *testing.T) {
	t.Parallel()
	set := resilience.NewBreakers(2, nil, nil)
	for _, s := range []resilience.State{resilience.StateHalfOpen, "", "OPEN"} {
		checkField(t, set.Force(acme, s), "state")
	}
	if err := set.Force(acme, resilience.StateOpen); err != nil {
		t.Fatal(err)
	}
	for i := range 10 { // the set forgets others, not a forced one
		fail(t, set, keyOf("acme", fmt.Sprint(i)), 1)
	}
	if _, err := set.Allow(acme, resilience.BreakerSettings{}); err == nil {
		t.Error("a forced circuit was forgotten")
	}
	if got := len(set.List("")); got != 3 {
		t.Errorf("%d circuits, want two and the forced one", got)
	}
	if err := set.Force(keyOf("acme", "second"), resilience.StateClosed); err != nil {
		t.Fatal(err)
	}
	checkField(t, set.Force(keyOf("acme", "third"), resilience.StateClosed), "key")
	if err := set.Force(acme, resilience.StateClosed); err != nil {
		t.Errorf("forcing a forced one: %v", err)
	}
	set.Reset(acme)
	if s, ok := set.State(acme); !ok || s.Forced || s.State != resilience.StateClosed {
		t.Errorf("after Reset: %+v, %v", s, ok)
	}
	if err := set.Force(keyOf("acme", "third"), resilience.StateClosed); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	set := resilience.NewBreakers(0, nil, nil)
	for _, k := range []resilience.BreakerKey{keyOf("b", "z"), keyOf("a", "y"), keyOf("b", "x"), {Tenant: "b", Connection: "first", Host: "z"}} {
		fail(t, set, k, 1)
	}
	if err := set.Force(keyOf("a", "f"), resilience.StateOpen); err != nil {
		t.Fatal(err)
	}
	names := func(tenant string) []string {
		var all []string
		for _, s := range set.List(tenant) {
			all = append(all, s.Key.Tenant+" "+s.Key.Connection+" "+s.Key.Host+" "+string(s.State))
		}
		return all
	}
	want := []string{"a main f open", "a main y closed", "b first z closed", "b main x closed", "b main z closed"}
	if diff := cmp.Diff(want, names("")); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], names("b")); diff != "" {
		t.Errorf("tenant b (-want +got):\n%s", diff)
	}
	if got := names("nobody"); got != nil {
		t.Errorf("nobody's: %v", got)
	}
}

// The callback may use the set, and a change that it causes comes after the one that it is told of.
func TestChangedMayUseTheSet(t *testing.T) {
	t.Parallel()
	var set *resilience.Breakers
	var told []resilience.State
	set = resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) {
		told = append(told, c.To)
		if _, ok := set.State(c.Key); !ok || len(set.List("")) != 1 {
			t.Error("the set does not know the circuit that changed")
		}
		if len(told) == 1 {
			set.Reset(c.Key)
			if len(told) != 1 {
				t.Error("a change was told within another")
			}
		}
	})
	fail(t, set, acme, 5)
	if diff := cmp.Diff([]resilience.State{"open", "closed"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// A callback that panics holds nothing: the circuit works, and later changes are told.
func TestChangedMayPanic(t *testing.T) {
	t.Parallel()
	told := 0
	set := resilience.NewBreakers(0, nil, func(resilience.BreakerChange) {
		if told++; told == 1 {
			panic("observer")
		}
	})
	func() {
		defer func() { _ = recover() }()
		fail(t, set, acme, 5)
	}()
	set.Reset(acme)
	if told != 2 {
		t.Errorf("%d changes told, want 2", told)
	}
}

// Changes of one key come one at a time, and each begins where the last one ended.
func TestBreakersConcurrently(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	last := make(map[resilience.BreakerKey]resilience.State)
	telling := make(map[resilience.BreakerKey]bool)
	set := resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) {
		mu.Lock()
		if from, ok := last[c.Key]; telling[c.Key] || ok && from != c.From {
			t.Errorf("%v → %v after %v, another under way: %v", c.From, c.To, from, telling[c.Key])
		}
		last[c.Key], telling[c.Key] = c.To, true
		mu.Unlock()
		runtime.Gosched()
		mu.Lock()
		telling[c.Key] = false
		mu.Unlock()
	})
	settings := resilience.BreakerSettings{Failures: 2, Open: time.Microsecond, Probes: 2}
	var passed atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 3000 {
				k := keyOf("acme", fmt.Sprint(i%3))
				done, err := set.Allow(k, settings)
				if err == nil {
					passed.Add(1)
				}
				done(resilience.Outcome((i + g) % 4))
				switch {
				case i%500 == 0:
					_ = set.Force(k, resilience.StateOpen)
				case i%97 == 0:
					set.Reset(k)
				case i%31 == 0:
					set.List("acme")
				}
			}
		})
	}
	wg.Wait()
	if passed.Load() == 0 {
		t.Error("nothing passed")
	}
}

// TestForcedCountsNothing reports a failure for a request that was let through
// before the circuit was forced.
func TestForcedCountsNothing(t *testing.T) {
	t.Parallel()
	var changes []resilience.BreakerChange
	b := resilience.NewBreakers(10, nil, func(c resilience.BreakerChange) { changes = append(changes, c) })
	key := resilience.BreakerKey{Tenant: "acme", Host: "api.example.com"}
	done, err := b.Allow(key, resilience.BreakerSettings{Failures: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Force(key, resilience.StateClosed); err != nil {
		t.Fatal(err)
	}
	done(resilience.Failure)
	if s, _ := b.State(key); s.State != resilience.StateClosed || !s.Forced {
		t.Errorf("the circuit is %+v", s)
	}
	if len(changes) != 1 || !changes[0].Forced {
		t.Errorf("told %+v, want the forced change alone", changes)
	}
}
