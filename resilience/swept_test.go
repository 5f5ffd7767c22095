package resilience_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// What a request is about to take from is not forgotten as unused while its other lines are looked up: a slow limit
// holds beside one that is always full again.
func TestSlowLimitBesideAFastOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		demands := []resilience.Demand{
			{Key: connection, Limits: []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}},
			{Key: resilience.LimitKey{Scope: "tenant", Tenant: "acme"}, Limits: []resilience.Limit{{Rate: 1000}}},
		}
		served := 0
		for range 20 {
			if l.WaitAll(t.Context(), "acme", demands, -1) == nil {
				served++
			}
			time.Sleep(time.Second)
		}
		if served != 2 {
			t.Errorf("%d were served within 20 s, want the 2 of an hour", served)
		}
	})
}

// A host's circuit that waits for slow answers is not forgotten while others' hosts come: what they say counts.
func TestHostIsKeptWhileRequestsAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set := resilience.NewBreakers(0, nil, nil)
		var wg sync.WaitGroup
		for i := range 12 {
			done, err := set.Allow(resilience.BreakerKey{Tenant: fmt.Sprint("t", i%4), Connection: "main", Host: apiHost}, lenient)
			if err != nil {
				t.Fatal(err)
			}
			for n := range 20 { // hosts made up meanwhile
				other, err := set.Allow(resilience.BreakerKey{Tenant: "evil", Connection: "main", Host: fmt.Sprint(i, "-", n, ".example.net")}, lenient)
				if err == nil {
					other(resilience.Ignored)
				}
			}
			wg.Go(func() {
				time.Sleep(20 * time.Second)
				done(resilience.Failure)
			})
		}
		wg.Wait()
		if s, _ := set.State(wholeHost); s.State != resilience.StateOpen {
			t.Errorf("after twelve timeouts of four tenants: %+v", s)
		}
	})
}

// A callback of the connection's own circuit that ends the request takes no probe's place at the host with it.
func TestHostProbeOutlivesACallbackThatFails(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"panic": func() { panic("observer") }, "exit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				armed := true
				set := resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) {
					if armed && c.Key == acme && c.To == resilience.StateHalfOpen {
						armed = false
						end()
					}
				})
				strict := resilience.BreakerSettings{Failures: 1}
				for i := range 10 {
					k := resilience.BreakerKey{Tenant: fmt.Sprint("t", i%4), Connection: fmt.Sprint(i), Host: acme.Host}
					if i == 0 {
						k = acme
					}
					done, err := set.Allow(k, strict)
					if err != nil {
						t.Fatal(err)
					}
					done(resilience.Failure)
				}
				host := resilience.BreakerKey{Host: acme.Host}
				if s, _ := set.State(host); s.State != resilience.StateOpen {
					t.Fatalf("%+v", s)
				}
				time.Sleep(time.Minute)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					defer func() { _ = recover() }()
					done, _ := set.Allow(acme, strict)
					done(resilience.Success)
				}()
				<-ended
				if armed {
					t.Fatal("the callback was not called")
				}
				done, err := set.Allow(acme, strict)
				done(resilience.Success)
				var open *resilience.OpenError
				if errors.As(err, &open) {
					t.Errorf("its place is lost: %v", err)
				}
			})
		})
	}
}
