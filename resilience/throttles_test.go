package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

func TestThrottles(t *testing.T) {
	t.Parallel()
	one := resilience.ThrottleKey{Tenant: "acme", Integration: "crm", Connection: "con_1"}
	action, other := one, one
	action.Action, other.Connection = "list", "con_2"
	const long = time.Duration(-1) // not waited for
	for name, tc := range map[string]struct {
		hold     map[resilience.ThrottleKey][]time.Duration
		keys     []resilience.ThrottleKey
		maxWait  time.Duration
		deadline time.Duration
		want     time.Duration
		after    time.Duration
	}{
		"nothing known":          {nil, []resilience.ThrottleKey{one}, 0, 0, 0, 0},
		"held":                   {map[resilience.ThrottleKey][]time.Duration{one: {5 * time.Second}}, []resilience.ThrottleKey{one}, 0, 0, 5 * time.Second, 0},
		"another's":              {map[resilience.ThrottleKey][]time.Duration{other: {5 * time.Second}}, []resilience.ThrottleKey{one, action}, 0, 0, 0, 0},
		"the longer of two":      {map[resilience.ThrottleKey][]time.Duration{one: {5 * time.Second}, action: {9 * time.Second}}, []resilience.ThrottleKey{one, action}, 0, 0, 9 * time.Second, 0},
		"never shortened":        {map[resilience.ThrottleKey][]time.Duration{one: {5 * time.Second, time.Second, 0, -time.Hour}}, []resilience.ThrottleKey{one}, 0, 0, 5 * time.Second, 0},
		"the bound":              {map[resilience.ThrottleKey][]time.Duration{one: {time.Minute}}, []resilience.ThrottleKey{one}, 0, 0, time.Minute, 0},
		"beyond the bound":       {map[resilience.ThrottleKey][]time.Duration{one: {61 * time.Second}}, []resilience.ThrottleKey{one}, 0, 0, long, 61 * time.Second},
		"a bound of one's own":   {map[resilience.ThrottleKey][]time.Duration{one: {6 * time.Second}}, []resilience.ThrottleKey{one}, 5 * time.Second, 0, long, 6 * time.Second},
		"not to wait":            {map[resilience.ThrottleKey][]time.Duration{one: {1}}, []resilience.ThrottleKey{one}, -1, 0, long, 1},
		"past the deadline":      {map[resilience.ThrottleKey][]time.Duration{one: {6 * time.Second}}, []resilience.ThrottleKey{one}, 0, 6 * time.Second, long, 6 * time.Second},
		"believed for an hour":   {map[resilience.ThrottleKey][]time.Duration{one: {24 * time.Hour}}, []resilience.ThrottleKey{one}, 0, 0, long, time.Hour},
		"waited for in the end":  {map[resilience.ThrottleKey][]time.Duration{one: {24 * time.Hour}}, []resilience.ThrottleKey{one}, 2 * time.Hour, 0, time.Hour, 0},
		"a deadline far enough":  {map[resilience.ThrottleKey][]time.Duration{one: {6 * time.Second}}, []resilience.ThrottleKey{one}, 0, 7 * time.Second, 6 * time.Second, 0},
		"no keys at all to wait": {map[resilience.ThrottleKey][]time.Duration{one: {6 * time.Second}}, nil, 0, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				set := resilience.NewThrottles(0)
				for key, list := range tc.hold {
					for _, d := range list {
						set.Hold(key, d)
					}
				}
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				began := time.Now()
				err := set.Wait(ctx, tc.maxWait, tc.keys...)
				var e *resilience.ThrottleError
				if tc.want == long {
					if !errors.As(err, &e) || e.RetryAfter != tc.after || time.Since(began) != 0 {
						t.Errorf("%v after %v, want to be told of %v at once", err, time.Since(began), tc.after)
					}
					return
				}
				if err != nil || time.Since(began) != tc.want {
					t.Errorf("%v after %v, want %v", err, time.Since(began), tc.want)
				}
			})
		})
	}
}

func TestThrottlesEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, key := resilience.NewThrottles(1), resilience.ThrottleKey{Tenant: "acme"}
		set.Hold(key, 30*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		began := time.Now()
		if err := set.Wait(ctx, 0, key); err != context.Canceled || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := set.Wait(ctx, 0, resilience.ThrottleKey{}); err != context.Canceled {
			t.Errorf("with an ended context: %v", err)
		}
		for i := range 3 { // one more than there is room for: the first is forgotten
			set.Hold(resilience.ThrottleKey{Tenant: fmt.Sprint(i)}, time.Hour)
		}
		if err := set.Wait(t.Context(), -1, key); err != nil {
			t.Errorf("a key that was pushed out: %v", err)
		}
	})
}

// What is learned while somebody waits makes that wait longer too.
func TestThrottlesAreExtended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, key := resilience.NewThrottles(0), resilience.ThrottleKey{Tenant: "acme"}
		set.Hold(key, 10*time.Second)
		time.AfterFunc(5*time.Second, func() { set.Hold(key, 20*time.Second) })
		began := time.Now()
		if err := set.Wait(t.Context(), 0, key); err != nil || time.Since(began) != 25*time.Second {
			t.Errorf("%v after %v, want 25s", err, time.Since(began))
		}
	})
}
