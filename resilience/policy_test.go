package resilience_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

func fixed(f float64) func() float64 { return func() float64 { return f } }

func TestExponentialWait(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		policy resilience.Exponential
		rnd    float64
		want   []time.Duration
	}{
		"default, lowest":      {resilience.Exponential{}, 0, []time.Duration{0, 0, 0, 0, 0, 0, 0}},
		"default, half":        {resilience.Exponential{}, 0.5, []time.Duration{s / 2, s, 2 * s, 4 * s, 8 * s, 15 * s, 15 * s}},
		"no jitter":            {resilience.Exponential{NoJitter: true}, 0, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s}},
		"constant":             {resilience.Exponential{Factor: 1, NoJitter: true}, 0, []time.Duration{s, s, s}},
		"long base, no max":    {resilience.Exponential{Base: 50 * s, NoJitter: true}, 0, []time.Duration{50 * s, 50 * s}},
		"max":                  {resilience.Exponential{Base: s, Max: 3 * s, NoJitter: true}, 0, []time.Duration{s, 2 * s, 3 * s}},
		"refused values, read": {resilience.Exponential{Base: -s, Max: -s, Factor: math.NaN(), NoJitter: true}, 0, []time.Duration{s, 2 * s}},
		"no overflow":          {resilience.Exponential{Base: time.Hour, Max: time.Hour, Factor: math.MaxFloat64, NoJitter: true}, 0, []time.Duration{time.Hour, time.Hour}},
	} {
		var got []time.Duration
		for i := range tc.want {
			got = append(got, tc.policy.Wait(i+1, fixed(tc.rnd)))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestExponentialWaitStaysInBounds(t *testing.T) {
	t.Parallel()
	almostOne := math.Nextafter(1, 0)
	for _, retry := range []int{math.MinInt, -1, 0, 1, 5, 1000, math.MaxInt} {
		for _, rnd := range []float64{0, 0.5, almostOne} {
			if got := (resilience.Exponential{}).Wait(retry, fixed(rnd)); got < 0 || got > 30*time.Second {
				t.Errorf("retry %d, rnd %v: %v", retry, rnd, got)
			}
		}
	}
	if got := (resilience.Exponential{}).Wait(1, nil); got != time.Second {
		t.Errorf("without rnd: %v, want the bound", got)
	}
}

func TestExponentialValidate(t *testing.T) {
	t.Parallel()
	for field, bad := range map[string][]resilience.Exponential{
		"":             {{}, {MaxAttempts: 10, Base: 1, Max: time.Hour, Factor: 100}, {Base: time.Minute}, {Base: time.Hour}, {Max: time.Second}},
		"max_attempts": {{MaxAttempts: -1}, {MaxAttempts: 11}},
		"base":         {{Base: -1}, {Base: time.Hour + 1}},
		"max":          {{Max: -1}, {Max: time.Hour + 1}, {Max: time.Second - 1}, {Base: time.Minute, Max: time.Second}},
		"factor":       {{Factor: -1}, {Factor: 0.9}, {Factor: 101}, {Factor: math.NaN()}, {Factor: math.Inf(1)}},
	} {
		for _, p := range bad {
			checkField(t, p.Validate(), field)
			if n := p.Attempts(); n < 1 || n > resilience.MaxAttempts {
				t.Errorf("%+v: %d attempts", p, n)
			}
		}
	}
}

// checkField wants an *Error about a field, or none for "".
func checkField(t *testing.T, err error, field string) {
	t.Helper()
	if field == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var e *resilience.Error
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("got %v, want an error about %s", err, field)
	}
}
