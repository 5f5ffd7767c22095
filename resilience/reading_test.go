package resilience_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

// telling is a script that notes what a loop tells.
type telling struct {
	script
	held []resilience.Held
}

// told makes a loop over a script.
func told(s steps) (*telling, *resilience.Transport) {
	next := &telling{script: script{steps: s}}
	return next, &resilience.Transport{Next: next, Rand: half, Held: func(h resilience.Held) { next.held = append(next.held, h) }}
}

// attempt sends one request through a loop.
func attempt(t *testing.T, tr *resilience.Transport, method string, deadline time.Duration) (int, error) {
	t.Helper()
	ctx := t.Context()
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		defer cancel()
	}
	resp, err := tr.RoundTrip(request(t, method, "").WithContext(ctx))
	if err != nil {
		return 0, err
	}
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// Every meaning, on a request that may be repeated and on one that may not.
func TestTransportMeanings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status    int
		means     resilience.Meaning
		gets      int // attempts of a GET
		posts     int // of a POST
		refreshed bool
	}{
		{200, "", 1, 1, false}, {200, resilience.Retry, 3, 1, false}, {200, resilience.RateLimited, 3, 3, false},
		{200, resilience.RefreshThenRetry, 2, 2, true}, {200, resilience.Fail, 1, 1, false}, {200, resilience.Ignore, 1, 1, false},
		{403, "", 1, 1, false}, {403, resilience.Retry, 3, 1, false}, {403, resilience.RateLimited, 3, 3, false},
		{403, resilience.RefreshThenRetry, 2, 2, true}, {409, resilience.Retry, 3, 1, false},
		{401, "", 2, 2, true}, {401, resilience.Retry, 3, 1, false}, {401, resilience.Fail, 1, 1, false}, {401, resilience.Ignore, 1, 1, false},
		{429, "", 3, 3, false}, {429, resilience.Fail, 1, 1, false}, {429, resilience.Retry, 3, 1, false}, {429, resilience.Ignore, 1, 1, false},
		{503, "", 3, 1, false}, {503, resilience.Fail, 1, 1, false}, {503, resilience.RateLimited, 3, 3, false},
	} {
		for method, want := range map[string]int{"GET": tc.gets, "POST": tc.posts} {
			synctest.Test(t, func(t *testing.T) {
				next, tr := told(steps{status(tc.status)})
				refreshed := false
				tr.Refresh = func(context.Context) (bool, error) { refreshed = true; return true, nil }
				tr.Read = func(resp *http.Response) resilience.Reading {
					if resp.StatusCode != tc.status {
						t.Errorf("asked about a %d", resp.StatusCode)
					}
					return resilience.Reading{Means: tc.means}
				}
				code, err := attempt(t, tr, method, 0)
				if err != nil || code != tc.status || len(next.seen) != want || refreshed != tc.refreshed || next.held != nil {
					t.Errorf("%s, %d means %q: %d, %v after %d attempts, refreshed %v, held %v, want %d attempts",
						method, tc.status, tc.means, code, err, len(next.seen), refreshed, next.held, want)
				}
			})
		}
	}
}

func TestTransportReadsWaits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		said resilience.Reading
		want []time.Duration
		held []resilience.Held
	}{
		"stated":        {resilience.Reading{Wait: 7 * time.Second, Stated: true}, []time.Duration{7 * time.Second, 7 * time.Second}, nil},
		"not stated":    {resilience.Reading{Wait: 7 * time.Second}, []time.Duration{500 * time.Millisecond, time.Second}, nil},
		"now":           {resilience.Reading{Stated: true}, []time.Duration{0, 0}, nil},
		"negative":      {resilience.Reading{Wait: -time.Second, Stated: true}, []time.Duration{0, 0}, nil},
		"beyond bounds": {resilience.Reading{Wait: time.Minute + 1, Stated: true}, nil, []resilience.Held{resilience.HeldWait}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next, tr := told(steps{status(429, "Retry-After", "30")}) // which Read is there to overrule
				tr.Read = func(*http.Response) resilience.Reading { return tc.said }
				attempt(t, tr, "GET", 0)
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

func TestTransportSpends(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		steps    steps
		method   string
		budget   int
		attempts int
		asked    int
		held     []resilience.Held
	}{
		"enough":              {steps{status(500)}, "GET", 9, 3, 2, nil},
		"one":                 {steps{status(500)}, "GET", 1, 2, 2, []resilience.Held{resilience.HeldBudget}},
		"none":                {steps{failing(io.ErrUnexpectedEOF)}, "GET", 0, 1, 1, []resilience.Held{resilience.HeldBudget}},
		"rate limits as well": {steps{status(429, "Retry-After", "1")}, "POST", 0, 1, 1, []resilience.Held{resilience.HeldBudget}},
		"a refresh is free":   {steps{status(401), status(200)}, "POST", 0, 2, 0, nil},
		"no repeat anyway":    {steps{status(500)}, "POST", 0, 1, 0, nil},
		"too long anyway":     {steps{status(503, "Retry-After", "61")}, "GET", 0, 1, 0, []resilience.Held{resilience.HeldWait}},
		"success":             {steps{status(200)}, "GET", 0, 1, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next, tr := told(tc.steps)
				tr.Refresh = func(context.Context) (bool, error) { return true, nil }
				asked := 0
				tr.Spend = func() bool { asked++; return asked <= tc.budget }
				attempt(t, tr, tc.method, 0)
				if len(next.seen) != tc.attempts || asked != tc.asked {
					t.Errorf("%d attempts, asked %d times, want %d and %d", len(next.seen), asked, tc.attempts, tc.asked)
				}
				if diff := cmp.Diff(tc.held, next.held); diff != "" {
					t.Errorf("held (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A body that can't be read again is told of only where there would have been another attempt.
func TestTransportHoldsBodies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		policy resilience.Policy
		held   []resilience.Held
	}{
		"would be repeated": {429, nil, []resilience.Held{resilience.HeldBody}},
		"would not":         {400, nil, nil},
		"never":             {429, resilience.Never{}, nil},
		"unauthorized":      {401, nil, nil},
	} {
		next, tr := told(steps{status(tc.status)})
		tr.Policy = tc.policy
		tr.Refresh = func(context.Context) (bool, error) { t.Errorf("%s: refreshed", name); return true, nil }
		r := request(t, "PUT", "")
		r.Body = io.NopCloser(strings.NewReader("read once"))
		resp, err := tr.RoundTrip(r)
		if err != nil || resp.StatusCode != tc.status || len(next.seen) != 1 {
			t.Errorf("%s: %v, %v, %d attempts", name, resp, err, len(next.seen))
		}
		if diff := cmp.Diff(tc.held, next.held); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestHeldError(t *testing.T) {
	t.Parallel()
	cause := errors.New("status 503")
	for _, h := range []resilience.Held{resilience.HeldBody, resilience.HeldWait, resilience.HeldDeadline, resilience.HeldBudget, "other"} {
		err := error(&resilience.HeldError{Reason: h, Err: cause})
		if !errors.Is(err, cause) || err.Error() != "status 503; not repeated: "+h.String() || h.String() == "" {
			t.Errorf("%s: %v", string(h), err)
		}
	}
	if text := (&resilience.HeldError{}).Error(); text == "" {
		t.Error("an empty one says nothing")
	}
}
