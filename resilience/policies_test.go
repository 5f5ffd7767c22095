package resilience_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

func TestPolicyWaits(t *testing.T) {
	t.Parallel()
	const s, m = time.Second, time.Minute
	for name, tc := range map[string]struct {
		policy   resilience.Policy
		attempts int
		want     []time.Duration
	}{
		"linear":                  {resilience.Linear{NoJitter: true}, 3, []time.Duration{s, 2 * s, 3 * s, 4 * s}},
		"linear, half":            {resilience.Linear{}, 3, []time.Duration{s / 2, s, 3 * s / 2}},
		"linear, step and max":    {resilience.Linear{MaxAttempts: 7, Step: 4 * s, Max: 10 * s, NoJitter: true}, 7, []time.Duration{4 * s, 8 * s, 10 * s, 10 * s}},
		"linear, step over max":   {resilience.Linear{Step: m, NoJitter: true}, 3, []time.Duration{m, m}},
		"linear, refused values":  {resilience.Linear{MaxAttempts: 99, Step: -1, Max: -1, NoJitter: true}, 10, []time.Duration{s, 2 * s}},
		"linear, no overflow":     {resilience.Linear{Step: math.MaxInt64, Max: math.MaxInt64, NoJitter: true}, 3, []time.Duration{time.Hour, 2 * time.Hour}},
		"schedule":                {resilience.Schedule{}, 5, []time.Duration{m, 5 * m, 15 * m, time.Hour, time.Hour}},
		"schedule of one's own":   {resilience.Schedule{Waits: []time.Duration{3 * s, 0}}, 3, []time.Duration{3 * s, 0, 0}},
		"schedule, too long list": {resilience.Schedule{Waits: make([]time.Duration, 20)}, 10, []time.Duration{0}},
	} {
		if got := tc.policy.Attempts(); got != tc.attempts {
			t.Errorf("%s: %d attempts, want %d", name, got, tc.attempts)
		}
		var got []time.Duration
		for i := range tc.want {
			got = append(got, tc.policy.Wait(i+1, half))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if d := tc.policy.Wait(math.MinInt, half); d < 0 {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	at := noon.Add(25 * time.Second)
	for _, tc := range []struct {
		every, now, want time.Duration
		more             bool
	}{
		{0, 0, 25 * time.Second, true},
		{10 * time.Second, 0, 10 * time.Second, true},
		{10 * time.Second, 20 * time.Second, 5 * time.Second, true},
		{10 * time.Second, 25 * time.Second, 0, false},
		{0, time.Hour, 0, false},
	} {
		u := resilience.Until{Time: at, Every: tc.every}
		if wait, more := u.Next(1, noon.Add(tc.now), nil); wait != tc.want || more != tc.more {
			t.Errorf("every %v, after %v: %v, %v, want %v, %v", tc.every, tc.now, wait, more, tc.want, tc.more)
		}
	}
	if one, ten := (resilience.Until{}).Attempts(), (resilience.Until{Every: 1}).Attempts(); one != 2 || ten != 10 {
		t.Errorf("%d and %d attempts, want 2 and 10", one, ten)
	}
}

func TestPoliciesValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		policy resilience.Policy
		field  string
	}{
		{resilience.Linear{}, ""}, {resilience.Schedule{}, ""}, {resilience.Until{Time: noon}, ""},
		{resilience.Linear{MaxAttempts: 11}, "max_attempts"}, {resilience.Linear{MaxAttempts: -1}, "max_attempts"},
		{resilience.Linear{Step: -1}, "step"}, {resilience.Linear{Step: 2 * time.Hour}, "step"},
		{resilience.Linear{Max: -1}, "max"}, {resilience.Linear{Max: 2 * time.Hour}, "max"}, {resilience.Linear{Step: 2, Max: 1}, "max"},
		{resilience.Schedule{Waits: make([]time.Duration, 10)}, "waits"}, {resilience.Schedule{Waits: []time.Duration{0, -1}}, "waits[1]"},
		{resilience.Schedule{Waits: []time.Duration{25 * time.Hour}}, "waits[0]"},
		{resilience.Until{}, "time"}, {resilience.Until{Time: noon, Every: -1}, "every"}, {resilience.Until{Time: noon, Every: 25 * time.Hour}, "every"},
	} {
		var e *resilience.Error
		err := tc.policy.Validate()
		if tc.field == "" && err != nil || tc.field != "" && (!errors.As(err, &e) || e.Field != tc.field) {
			t.Errorf("%+v: %v, want field %q", tc.policy, err, tc.field)
		}
	}
}

func TestPoliciesWritten(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]resilience.Policy{
		`{"kind":"linear"}`: resilience.Linear{},
		`{"kind":"linear","max_attempts":5,"step":"2s","max":"1m0s","no_jitter":true}`: resilience.Linear{
			MaxAttempts: 5, Step: 2 * time.Second, Max: time.Minute, NoJitter: true,
		},
		`{"kind":"schedule"}`:                                              resilience.Schedule{},
		`{"kind":"schedule","waits":["1m0s","0s"]}`:                        resilience.Schedule{Waits: []time.Duration{time.Minute, 0}},
		`{"kind":"until","time":"2026-05-04T12:00:00Z"}`:                   resilience.Until{Time: noon},
		`{"kind":"until","time":"2026-05-04T12:00:00.5Z","every":"1m30s"}`: resilience.Until{Time: noon.Add(time.Second / 2), Every: 90 * time.Second},
	} {
		got, err := resilience.Decode([]byte(written), nil)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", written, diff)
		}
		if again, err := json.Marshal(got); err != nil || string(again) != written {
			t.Errorf("written again: %s, %v, want %s", again, err, written)
		}
	}
	for _, tc := range []struct{ written, field, reason string }{
		{`{"kind":"linear","base":"1s"}`, "base", "not a member"},
		{`{"kind":"linear","step":1}`, "step", "wrong type"},
		{`{"kind":"schedule","waits":"1m"}`, "waits", "wrong type"},
		{`{"kind":"schedule","waits":["1m","s3cret"]}`, "waits.1", "duration with its unit"},
		{`{"kind":"schedule","waits":["48h"]}`, "waits[0]", "at most"},
		{`{"kind":"until"}`, "time", "is missing"},
		{`{"kind":"until","time":"s3cret"}`, "time", "must be a point in time"},
		{`{"kind":"until","time":1}`, "time", "must be a point in time"},
		{`{"kind":"until","time":"2026-05-04T12:00:00Z","wait":"1s"}`, "wait", "not a member"},
		{`{"kind":"schedul"}`, "kind", "schedule"},
	} {
		p, err := resilience.Decode([]byte(tc.written), nil)
		var e *resilience.Error
		if p != nil || !errors.As(err, &e) || e.Field != tc.field || !strings.Contains(e.Reason, tc.reason) || strings.Contains(errText(err), "s3cret") {
			t.Errorf("%s: %v, %v, want field %q, reason %q", tc.written, p, err, tc.field, tc.reason)
		}
	}
}

// What each policy does in the loop, with waits that the provider states and with a deadline.
func TestTransportPolicies(t *testing.T) {
	t.Parallel()
	const s, m = time.Second, time.Minute
	in := func(d time.Duration) time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d) } // synctest's clock
	held := func(h ...resilience.Held) []resilience.Held { return h }
	for name, tc := range map[string]struct {
		policy   resilience.Policy
		deadline time.Duration
		steps    steps
		want     []time.Duration
		held     []resilience.Held
	}{
		"linear":                       {resilience.Linear{MaxAttempts: 4, NoJitter: true}, 0, steps{status(500)}, []time.Duration{s, 2 * s, 3 * s}, nil},
		"schedule":                     {resilience.Schedule{}, 0, steps{status(500)}, []time.Duration{m, 5 * m, 15 * m, time.Hour}, nil},
		"schedule, deadline":           {resilience.Schedule{}, 10 * m, steps{status(500)}, []time.Duration{m, 5 * m}, held(resilience.HeldDeadline)},
		"schedule, stated, no cap":     {resilience.Schedule{}, 0, steps{status(429, "Retry-After", "7200"), status(200)}, []time.Duration{2 * time.Hour}, nil},
		"schedule, stated, deadline":   {resilience.Schedule{}, time.Hour, steps{status(429, "Retry-After", "7200")}, nil, held(resilience.HeldDeadline)},
		"until, once":                  {resilience.Until{Time: in(3 * m)}, 0, steps{status(500)}, []time.Duration{3 * m}, nil},
		"until, every":                 {resilience.Until{Time: in(25 * s), Every: 10 * s}, 0, steps{status(500)}, []time.Duration{10 * s, 10 * s, 5 * s}, nil},
		"until, ten at most":           {resilience.Until{Time: in(25 * s), Every: s}, 0, steps{status(500)}, []time.Duration{s, s, s, s, s, s, s, s, s}, nil},
		"until, passed":                {resilience.Until{Time: in(-1)}, 0, steps{status(500)}, nil, nil},
		"until, stated":                {resilience.Until{Time: in(3 * m)}, 0, steps{status(503, "Retry-After", "120"), status(200)}, []time.Duration{2 * m}, nil},
		"until, stated beyond it":      {resilience.Until{Time: in(3 * m)}, 0, steps{status(503, "Retry-After", "181")}, nil, held(resilience.HeldWait)},
		"until, deadline":              {resilience.Until{Time: in(3 * m)}, m, steps{status(500)}, nil, held(resilience.HeldDeadline)},
		"exponential, stated too long": {nil, 0, steps{status(503, "Retry-After", "61")}, nil, held(resilience.HeldWait)},
		"never":                        {resilience.Never{}, 0, steps{status(503, "Retry-After", "61")}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next, tr := told(tc.steps)
				tr.Policy = tc.policy
				attempt(t, tr, "GET", tc.deadline)
				if diff := cmp.Diff(tc.want, next.gaps()); diff != "" {
					t.Errorf("waits (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tc.held, next.held); diff != "" {
					t.Errorf("held (-want +got):\n%s", diff)
				}
			})
		})
	}
}
