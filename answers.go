package waygate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// compileReader makes ready what the integration declares of the provider's answers.
func (c *compiledIntegration) compileReader() error {
	for i, w := range c.def.Waits {
		if err := w.Validate(); err != nil {
			return at(fmt.Sprintf("waits[%d]", i), err)
		}
	}
	for i, q := range c.def.Remaining {
		if err := q.Validate(); err != nil {
			return at(fmt.Sprintf("remaining[%d]", i), err)
		}
	}
	var err error
	c.reader, err = readerOf(c.def, c.def.Answers)
	return err
}

// compileReader settles whose answers count: the action's own, else the integration's.
func (a *compiledAction) compileReader() (err error) {
	a.reader = a.integ.reader
	if a.info.Answers != nil {
		a.reader, err = readerOf(a.integ.def, a.info.Answers)
	}
	return err
}

func readerOf(in Integration, answers []resilience.Answer) (*resilience.Reader, error) {
	for i, a := range answers {
		if err := a.Validate(); err != nil {
			return nil, at(fmt.Sprintf("answers[%d]", i), err)
		}
	}
	return resilience.NewReader(in.Waits, in.Remaining, answers)
}

// cloneAnswers copies a list, so that a later change of it has no effect. nil and empty are not the same.
func cloneAnswers(list []resilience.Answer) []resilience.Answer {
	list = slices.Clone(list)
	for i := range list {
		list[i].Status = slices.Clone(list[i].Status)
	}
	return list
}

// understand finds out what an answer says: for the loop, for the result, and for the calls to come. What an origin says
// that isn't the provider's has no meaning beyond its status.
func (a *attempts) understand(resp *http.Response) resilience.Meaning {
	now, reader := a.r.gw.cfg.Now(), a.r.action.reader
	if !a.signed {
		reader = nil
	}
	read, whole := resp.Body.(*readBody)
	var data []byte
	if whole {
		data = read.data
	}
	a.said = resilience.Reading{}
	if reader != nil || resp.StatusCode >= 300 {
		a.said = reader.Read(resp.StatusCode, resp.Header, data, now)
	}
	if whole {
		read.said = a.said
	} else if live, ok := resp.Body.(*liveBody); ok {
		live.said = a.said
	}
	connection, action := reader.Exhausted(resp.Header, now)
	a.r.gw.throttles.Hold(a.r.throttleKey(false), connection)
	a.r.gw.throttles.Hold(a.r.throttleKey(true), action)
	return a.said.Means
}

// said is what a response was found to say, as far as it is the provider's own. One that an action made has a wait at
// most.
func (r *run) said(status int, resp *Response, data []byte) resilience.Reading {
	switch b := resp.Body.(type) {
	case *readBody:
		return b.said
	case *liveBody:
		return b.said
	}
	if status >= 200 && status < 300 {
		return resilience.Reading{}
	}
	said := r.action.reader.Read(status, resp.Header, data, r.gw.cfg.Now())
	said.Means = ""
	return said
}

// answerKind is the kind of failure that an answer is; empty for a success.
func answerKind(status int, means resilience.Meaning) Kind {
	success := status >= 200 && status < 300
	switch means {
	case resilience.Ignore:
		return ""
	case resilience.RateLimited:
		return KindRateLimited
	case resilience.RefreshThenRetry:
		return KindAuth
	case resilience.Retry:
		if kind := statusKind(status); !success && (kind == KindTimeout || kind == KindRateLimited) {
			return kind
		}
		return KindServer
	case resilience.Fail:
		if success {
			return KindRejected
		}
	case "":
		if success {
			return ""
		}
	}
	return statusKind(status)
}

// answered says what came, for an error.
func answered(status int, means resilience.Meaning) error {
	text := fmt.Sprintf("the provider answered %d %s", status, http.StatusText(status))
	if means != "" {
		text += ", which is declared to mean " + string(means)
	}
	return errors.New(text)
}

// meantOutcome is what an attempt tells the breaker, if it was declared to be something other than its status says.
func meantOutcome(means resilience.Meaning, outcome resilience.Outcome) resilience.Outcome {
	switch means {
	case resilience.RateLimited:
		return resilience.Ignored
	case resilience.Ignore:
		return resilience.Success
	}
	return outcome
}

// budgetKey names whose retries are counted together.
func (r *run) budgetKey(u *url.URL) resilience.BudgetKey {
	return resilience.BudgetKey{Tenant: r.spec.tenant, Host: circuitHost(u)}
}

// throttleKey names what an exhausted quota holds back: the connection, or its calls of this action.
func (r *run) throttleKey(action bool) resilience.ThrottleKey {
	key := resilience.ThrottleKey{Tenant: r.spec.tenant, Integration: r.action.integ.def.ID, Connection: r.link.info.ID}
	if action {
		key.Action = r.action.info.ID
	}
	return key
}

// count notes that attempt number n begins. The first one of a request puts something into the retry budget; where a
// redirect leads is another request.
func (a *attempts) count(req *http.Request, n int) {
	if a.sent++; !a.counted {
		a.counted = true
		a.r.gw.retries.Request(a.r.budgetKey(req.URL))
	}
	a.number = n
}

// throttled waits while the provider has nothing left for the connection, and says how long that took.
func (r *run) throttled(ctx context.Context, signed bool) (time.Duration, error) {
	if !signed || len(r.action.integ.def.Remaining) == 0 {
		return 0, nil
	}
	start := r.gw.cfg.Now()
	most := resilience.DefaultMaxWait
	if p, ok := r.retryPolicy().(resilience.Patient); ok {
		most = cmp.Or(p.MaxWait(), -1)
	}
	err := r.gw.throttles.Wait(ctx, most, r.throttleKey(false), r.throttleKey(true))
	var long *resilience.ThrottleError
	switch {
	case errors.As(err, &long):
		e := newError(KindRateLimited, "", err)
		e.RetryAfter = long.RetryAfter
		return 0, final(e)
	case err != nil:
		return 0, &resilience.AttemptError{Err: err, Final: true}
	}
	return r.gw.cfg.Now().Sub(start), nil
}

// hold notes why the last attempt isn't repeated, in its record too.
func (h *hop) hold(reason resilience.Held) {
	r := h.r
	r.hold(reason)
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.number > 0 && h.number <= len(r.attempts) && !r.ended {
		r.attempts[h.number-1].Note = "not repeated: " + reason.String()
	}
}

func (r *run) hold(reason resilience.Held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heldBack = reason
}

// sayHeld adds to a failure that could have passed why it was not repeated.
func (r *run) sayHeld(e *Error) {
	r.mu.Lock()
	reason := r.heldBack
	r.mu.Unlock()
	switch e.Kind {
	case KindNetwork, KindTimeout, KindRateLimited, KindServer: // those of which the hint is to wait and try again
		if reason != "" {
			e.Err = &resilience.HeldError{Reason: reason, Err: e.Err}
		}
	}
}
