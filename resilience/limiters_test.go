package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

var connection = resilience.LimitKey{Scope: "connection", Tenant: "acme", Integration: "github", Connection: "main"}

func TestLimitersPace(t *testing.T) {
	t.Parallel()
	type limits = []resilience.Limit
	const s = time.Second
	for name, tc := range map[string]struct {
		limits limits
		want   []time.Duration // when each event happens
	}{
		"none":                      {nil, []time.Duration{0, 0, 0}},
		"two a second":              {limits{{Rate: 2}}, []time.Duration{0, 0, s / 2, s, 3 * s / 2}},
		"burst":                     {limits{{Rate: 1, Burst: 3}}, []time.Duration{0, 0, 0, s, 2 * s}},
		"no burst":                  {limits{{Rate: 2, Burst: 1}}, []time.Duration{0, s / 2, s}},
		"per minute":                {limits{{Rate: 6, Per: time.Minute}}, []time.Duration{0, 10 * s, 20 * s}},
		"both hold, the slow wins":  {limits{{Rate: 2}, {Rate: 0.1, Burst: 3}}, []time.Duration{0, 0, s / 2, 10 * s, 20 * s}},
		"refused ones are left out": {limits{{}, {Rate: -1}, {Rate: math.NaN()}, {Rate: 1, Per: -1}}, []time.Duration{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := resilience.NewLimiters(0)
				began := time.Now()
				var got []time.Duration
				for range tc.want {
					if err := l.Wait(t.Context(), connection, tc.limits, 0); err != nil {
						t.Fatal(err)
					}
					got = append(got, time.Since(began).Round(time.Millisecond)) // the rate is a float64
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("events at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestLimitersRefuseALongWait(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		per, maxWait, deadline time.Duration
		want                   time.Duration // 0 = no error
	}{
		"default cap reached":   {time.Minute, 0, 0, 0},
		"default cap passed":    {61 * time.Second, 0, 0, 61 * time.Second},
		"own cap reached":       {5 * time.Second, 5 * time.Second, 0, 0},
		"own cap passed":        {6 * time.Second, 5 * time.Second, 0, 6 * time.Second},
		"no waiting":            {time.Second, -1, 0, time.Second},
		"before the deadline":   {9 * time.Second, 0, 10 * time.Second, 0},
		"on the deadline":       {10 * time.Second, 0, 10 * time.Second, 10 * time.Second},
		"deadline beyond a cap": {9 * time.Second, 5 * time.Second, time.Hour, 9 * time.Second},
		"cap beyond a deadline": {9 * time.Second, time.Hour, 5 * time.Second, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				l := resilience.NewLimiters(0)
				limits := []resilience.Limit{{Rate: 1, Per: tc.per}}
				if err := l.Wait(ctx, connection, limits, tc.maxWait); err != nil {
					t.Fatal("the first event:", err)
				}
				began := time.Now()
				err := l.Wait(ctx, connection, limits, tc.maxWait)
				if tc.want == 0 {
					if err != nil || time.Since(began) != tc.per {
						t.Errorf("%v after %v, want it to wait %v", err, time.Since(began), tc.per)
					}
					return
				}
				var e *resilience.LimitError
				if !errors.As(err, &e) || e.RetryAfter != tc.want || e.Key != connection || time.Since(began) != 0 {
					t.Errorf("%v after %v, want to be refused at once for %v", err, time.Since(began), tc.want)
				}
			})
		})
	}
}

// Who is refused, or leaves, takes no place from those who wait, in any of the limits.
func TestLimitersGiveBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		limits := []resilience.Limit{{Rate: 10, Burst: 2}, {Rate: 1, Per: 10 * time.Second}}
		if err := l.Wait(t.Context(), connection, limits, 0); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if err := l.Wait(t.Context(), connection, limits, time.Second); err == nil {
				t.Fatal("not refused")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		if err := l.Wait(ctx, connection, limits, 0); err != context.Canceled {
			t.Fatalf("%v, want the context's error", err)
		}
		if err := l.Wait(ctx, connection, limits, 0); err != context.Canceled {
			t.Fatalf("%v, want the context's error", err)
		}
		began := time.Now()
		if err := l.Wait(t.Context(), connection, limits, 0); err != nil || time.Since(began) != 8*time.Second {
			t.Errorf("%v after %v, want the place after 8s", err, time.Since(began))
		}
		began = time.Now() // the fast limit lost nothing either
		if err := l.Wait(t.Context(), connection, limits[:1], -1); err != nil || time.Since(began) != 0 {
			t.Errorf("%v after %v, want it at once", err, time.Since(began))
		}
	})
}

func TestLimitersKeepKeysApart(t *testing.T) {
	t.Parallel()
	l := resilience.NewLimiters(0)
	limits := []resilience.Limit{{Rate: 1, Per: time.Hour, Burst: 1}}
	for _, k := range []resilience.LimitKey{
		{}, {Scope: "a"}, {Tenant: "a"}, {Integration: "a"}, {Connection: "a"}, {App: "a"},
	} {
		if err := l.Wait(t.Context(), k, limits, -1); err != nil {
			t.Errorf("%+v: %v, want a bucket of its own", k, err)
		}
		if err := l.Wait(t.Context(), k, limits, -1); err == nil {
			t.Errorf("%+v: the bucket did not hold", k)
		}
	}
}

func TestLimitersAreBounded(t *testing.T) {
	t.Parallel()
	l := resilience.NewLimiters(1)
	limits := []resilience.Limit{{Rate: 1, Per: time.Hour, Burst: 1}}
	wait := func(k resilience.LimitKey) error { return l.Wait(t.Context(), k, limits, -1) }
	if err := errors.Join(wait(resilience.LimitKey{App: "a"}), wait(resilience.LimitKey{App: "b"}), wait(resilience.LimitKey{App: "a"})); err != nil {
		t.Errorf("%v, want the first key to have been forgotten", err)
	}
}

// A key that comes with ever other limits keeps the newest 16.
func TestLimitersBoundTheLimitsOfAKey(t *testing.T) {
	t.Parallel()
	l := resilience.NewLimiters(0)
	hourly := func(n int) []resilience.Limit {
		return []resilience.Limit{{Rate: float64(n), Per: time.Hour, Burst: 1}}
	}
	wait := func(n int) error { return l.Wait(t.Context(), connection, hourly(n), -1) }
	for n := range 17 {
		if err := wait(n + 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := wait(2); err == nil {
		t.Error("a limit among the newest 16 was forgotten")
	}
	if err := wait(1); err != nil {
		t.Errorf("%v, want the seventeenth to have been forgotten", err)
	}
}

func TestLimitersConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		limits := []resilience.Limit{{Rate: 10, Burst: 1}, {Rate: 1000}}
		began := time.Now()
		var wg sync.WaitGroup
		for range 101 {
			wg.Go(func() {
				if err := l.Wait(t.Context(), connection, limits, 0); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := time.Since(began).Round(time.Millisecond); got != 10*time.Second {
			t.Errorf("101 events took %v, want 10s", got)
		}
	})
}

func TestLimitErrorNamesTheScope(t *testing.T) {
	t.Parallel()
	err := &resilience.LimitError{Key: connection, RetryAfter: 1500 * time.Millisecond}
	if got, want := err.Error(), "rate limit of the connection: try again in 1.5s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := fmt.Sprint(&resilience.OpenError{Key: acme, Forced: true}); got != "circuit for api.example.com is forced open: reset it to let requests through" {
		t.Error(got)
	}
}
