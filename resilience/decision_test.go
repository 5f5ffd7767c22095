package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate/resilience"
)

// rule is when an outcome is followed by another attempt.
type rule string

const (
	never          rule = "never"
	always         rule = "always"
	ifRepeatable   rule = "if repeatable"
	orNotProcessed rule = "if repeatable or not processed"
	onceRefreshed  rule = "once, if refreshed"
)

type outcome struct {
	name string
	give func() (*http.Response, error)
	rule rule
}

// outcomes are all statuses of HTTP, and each kind of error.
func outcomes() []outcome {
	special := map[int]rule{
		401: onceRefreshed, 429: always, 503: orNotProcessed,
		408: ifRepeatable, 425: ifRepeatable, 500: ifRepeatable, 502: ifRepeatable, 504: ifRepeatable,
	}
	var all []outcome
	for code := 200; code < 600; code++ {
		r, ok := special[code]
		if !ok {
			r = never
		}
		all = append(all, outcome{fmt.Sprint(code), status(code), r})
	}
	broken := errors.New("broken")
	for _, o := range []struct {
		name string
		err  error
		rule rule
	}{
		{"plain error", broken, ifRepeatable},
		{"sent", &resilience.AttemptError{Err: broken}, ifRepeatable},
		{"no cause", &resilience.AttemptError{}, ifRepeatable},
		{"timeout", &resilience.AttemptError{Err: context.DeadlineExceeded, Timeout: true}, ifRepeatable},
		{"bare deadline", context.DeadlineExceeded, ifRepeatable},
		{"unsent", &resilience.AttemptError{Err: broken, Unsent: true}, always},
		{"unsent, wrapped", fmt.Errorf("dial: %w", &resilience.AttemptError{Err: broken, Unsent: true}), always},
		{"unsent timeout", &resilience.AttemptError{Err: broken, Unsent: true, Timeout: true}, always},
		{"final", &resilience.AttemptError{Err: broken, Final: true}, never},
		{"final, unsent", &resilience.AttemptError{Err: broken, Unsent: true, Final: true}, never},
		{"cancelled", context.Canceled, never},
		{"cancelled, unsent", &resilience.AttemptError{Err: context.Canceled, Unsent: true}, never},
	} {
		all = append(all, outcome{o.name, failing(o.err), o.rule})
	}
	return all
}

// sends is how many attempts a rule makes of three, if every attempt ends alike.
func (r rule) sends(safe, notProcessed bool, refresh string) int {
	again := false
	switch r {
	case always:
		again = true
	case ifRepeatable:
		again = safe
	case orNotProcessed:
		again = safe || notProcessed
	case onceRefreshed:
		if refresh == "true" {
			return 2
		}
	}
	if again {
		return 3
	}
	return 1
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	safe := map[string]bool{"": true, "GET": true, "HEAD": true, "PUT": true, "DELETE": true, "OPTIONS": true}
	for _, method := range []string{"", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH", "TRACE", "get", "REPORT"} {
		for _, refresh := range []string{"none", "true", "false"} {
			t.Run(method+" refresh "+refresh, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					for _, repeatable := range []bool{false, true} {
						for _, notProcessed := range []bool{false, true} {
							for _, o := range outcomes() {
								want := o.rule.sends(safe[method] || repeatable, notProcessed, refresh)
								got := sendsOf(t, method, repeatable, notProcessed, refresh, o)
								if got != want {
									t.Errorf("repeatable=%v notProcessed=%v, %s (%s): %d attempts, want %d",
										repeatable, notProcessed, o.name, o.rule, got, want)
								}
							}
						}
					}
				})
			})
		}
	}
}

func sendsOf(t *testing.T, method string, repeatable, notProcessed bool, refresh string, o outcome) int {
	t.Helper()
	next := &script{steps: []func() (*http.Response, error){o.give}}
	tr := &resilience.Transport{Next: next, Repeatable: repeatable, NotProcessed: notProcessed}
	asked := 0
	if refresh != "none" {
		tr.Refresh = func(context.Context) (bool, error) {
			asked++
			return refresh == "true", nil
		}
	}
	r := request(t, "POST", "body")
	r.Method = method
	resp, err := tr.RoundTrip(r)
	if (resp == nil) == (err == nil) {
		t.Fatalf("%s: response %v beside error %v", o.name, resp, err)
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	if wants := refresh != "none" && o.name == "401"; wants != (asked == 1) || asked > 1 {
		t.Errorf("%s: refresh asked %d times", o.name, asked)
	}
	return len(next.seen)
}
