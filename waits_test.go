package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// midnight is when the clock of a bubble of synctest begins.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// TestStatedWaits calls a provider that states its wait once, in each of the forms that can be declared, and then
// answers: with a 429 and with a 503, past, soon, longer than is accepted, and longer than the call may last.
func TestStatedWaits(t *testing.T) {
	t.Parallel()
	const header = "X-Wait"
	write := map[resilience.WaitForm]func(d time.Duration) string{
		resilience.FormSeconds:      func(d time.Duration) string { return fmt.Sprint(max(d, 0).Seconds()) },
		resilience.FormMilliseconds: func(d time.Duration) string { return fmt.Sprint(max(d, 0).Milliseconds()) },
		resilience.FormEpoch:        func(d time.Duration) string { return fmt.Sprint(midnight.Add(d).Unix()) },
		resilience.FormEpochMillis:  func(d time.Duration) string { return fmt.Sprint(midnight.Add(d).UnixMilli()) },
		resilience.FormHTTPDate:     func(d time.Duration) string { return midnight.Add(d).Format(http.TimeFormat) },
		resilience.FormISO:          func(d time.Duration) string { return midnight.Add(d).Format(time.RFC3339) },
		resilience.FormDuration:     func(d time.Duration) string { return max(d, 0).String() },
	}
	for form, text := range write {
		for where, w := range map[string]resilience.Wait{
			"header":  {Header: header, Form: form},
			"path":    {Path: "error.wait", Form: form},
			"pattern": {Pattern: "again after <([^>]*)>", Form: form},
		} {
			for name, c := range map[string]struct {
				stated time.Duration
				want   time.Duration // taken by the call; -1 = it fails at once
				opts   []waygate.Option
			}{
				"past":         {-time.Hour, 0, nil},
				"soon":         {7 * time.Second, 7 * time.Second, nil},
				"the cap":      {time.Minute, time.Minute, nil},
				"beyond it":    {61 * time.Second, -1, nil},
				"the deadline": {20 * time.Second, -1, []waygate.Option{waygate.Timeout(20 * time.Second)}},
			} {
				t.Run(fmt.Sprint(form, "/", where, "/", name), func(t *testing.T) {
					t.Parallel()
					status := map[string]int{"header": 429, "path": 503, "pattern": 429}[where]
					statedOnce(t, w, status, text(c.stated), c.stated, c.want, c.opts)
				})
			}
		}
	}
}

// statedOnce makes one call that is refused once, with a text in all the places.
func statedOnce(t *testing.T, declared resilience.Wait, status int, text string, stated, want time.Duration, opts []waygate.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
			if n > 1 {
				return reply(r, 200, `{}`), nil
			}
			return reply(r, status, fmt.Sprintf(`{"error":{"wait":%q,"message":"again after <%s>"}}`, text, text), "X-Wait", text), nil
		}}
		in := api(get("a"))
		in.Waits = []resilience.Wait{declared}
		_, acme := ready(t, w, in, func(c *waygate.Config) { c.Retry = nil; c.Rand = func() float64 { return 0.999 } })
		_, err := acme.Invoke(t.Context(), "api.a", nil, opts...)
		took := time.Since(midnight)
		if want < 0 {
			var e *waygate.Error
			if !errors.As(err, &e) || e.RetryAfter != stated || e.Attempts != 1 || took != 0 || e.Hint != waygate.HintRetryAfterDelay {
				t.Errorf("%q: %+v after %v, want to be told of %v at once", text, err, took, stated)
			}
			says(t, err, "not repeated", "wait")
			return
		}
		if err != nil || took != want || len(w.seen()) != 2 {
			t.Errorf("%q: %v after %v and %d requests, want %v", text, err, took, len(w.seen()), want)
		}
		if rec := recordsOf(t, acme)[0]; rec.Attempts[1].Wait != want || rec.Attempts[0].Note != "" {
			t.Errorf("the record says %+v", rec.Attempts)
		}
	})
}

// TestLongestWaitWins shows several places at once, and that another gateway that declares nothing doesn't look at them.
func TestLongestWaitWins(t *testing.T) {
	t.Parallel()
	seconds := resilience.FormSeconds
	for name, c := range map[string]struct {
		waits []resilience.Wait
		want  time.Duration
	}{
		"none":  {nil, 5 * time.Second},
		"two":   {[]resilience.Wait{{Header: "X-A", Form: seconds}, {Path: "wait", Form: seconds}}, 12 * time.Second},
		"other": {[]resilience.Wait{{Header: "Retry-After", Form: resilience.FormMilliseconds}}, 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
					return reply(r, map[bool]int{true: 429, false: 200}[n == 1], `{"wait":12}`, "X-A", "9", "Retry-After", "5"), nil
				}}
				in := api(get("a"))
				in.Waits = c.waits
				_, acme := ready(t, w, in)
				calls(t, acme, 1)
				if took := time.Since(midnight); took != c.want {
					t.Errorf("took %v, want %v", took, c.want)
				}
			})
		})
	}
}

// TestPatientPolicies gives each strategy to a call whose provider fails for a while: by option, action, integration and
// Config, in that order.
func TestPatientPolicies(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	schedule := resilience.Schedule{Waits: []time.Duration{m, 5 * m}}
	linear := resilience.Linear{Step: 10 * time.Second, NoJitter: true}
	until := resilience.Until{Time: midnight.Add(6 * time.Hour)}
	for name, c := range map[string]struct {
		config, integration, action resilience.Policy
		opts                        []waygate.Option
		want                        time.Duration
		attempts                    int
	}{
		"Config":      {config: linear, want: 30 * time.Second, attempts: 3},
		"integration": {config: linear, integration: schedule, want: 6 * m, attempts: 3},
		"action":      {config: linear, integration: schedule, action: resilience.Schedule{}, want: 81 * m, attempts: 5},
		"call":        {integration: schedule, action: linear, opts: []waygate.Option{waygate.Retry(until)}, want: 6 * time.Hour, attempts: 2},
		"deadline":    {action: resilience.Schedule{}, opts: []waygate.Option{waygate.Timeout(3 * m)}, want: m, attempts: 2},
		"never":       {action: schedule, opts: []waygate.Option{waygate.Retry(resilience.Never{})}, want: 0, attempts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := get("a")
				a.Retry = c.action
				in := api(a)
				in.Retry = c.integration
				_, acme := ready(t, failing(), in, func(cfg *waygate.Config) { cfg.Retry = c.config; cfg.Breaker.Disabled = true })
				_, err := acme.Invoke(t.Context(), "api.a", nil, c.opts...)
				if e := failure(t, err, waygate.KindServer); e.Attempts != c.attempts || time.Since(midnight) != c.want {
					t.Errorf("%d attempts in %v, want %d in %v", e.Attempts, time.Since(midnight), c.attempts, c.want)
				}
			})
		})
	}
}

// TestWaitsEndWithTheCaller cancels a call in its wait for the provider, and in one for the schedule.
func TestWaitsEndWithTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, acme := ready(t, always(503, `{}`), api(get("a")))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Minute, cancel)
		_, err := acme.Invoke(ctx, "api.a", nil, waygate.Retry(resilience.Schedule{}))
		if failure(t, err, waygate.KindCanceled); time.Since(midnight) != 10*time.Minute {
			t.Errorf("%v after %v", err, time.Since(midnight))
		}
	})
}

// TestReadOnce shows that a body which can't be read again is not repeated, and that the error and the record say so.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	upload := waygate.HTTPAction{ID: "a", Method: "PUT", Path: "/a", Body: &waygate.Body{Encoding: waygate.BodyBytes}}
	for status, kind := range map[int]waygate.Kind{429: waygate.KindRateLimited, 503: waygate.KindServer} {
		w := always(status, `{}`)
		_, acme := ready(t, w, api(upload))
		pipe, end := io.Pipe()
		go func() { _, _ = io.WriteString(end, "content"); _ = end.Close() }()
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"body": pipe})
		e := failure(t, err, kind)
		says(t, err, "not repeated: the body can't be read again")
		var held *resilience.HeldError
		if !errors.As(err, &held) || held.Reason != resilience.HeldBody || e.Attempts != 1 || len(w.seen()) != 1 {
			t.Errorf("%v after %d attempts", err, e.Attempts)
		}
		if rec := recordsOf(t, acme)[0]; rec.Attempts[0].Note != "not repeated: the body can't be read again" {
			t.Errorf("the record says %+v", rec.Attempts)
		}
	}
}
