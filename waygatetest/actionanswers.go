package waygatetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// actionResponse is clause 6.
func actionResponse(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil)
	b.spy.do = func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		r, err := next(ctx, c)
		if err == nil && (r.Body != nil) == (r.Value != nil) || err == nil && (r.Body != nil) != h.Body {
			t.Errorf("the action's Response has a Body: %t, a Value: %t; the harness says Body: %t", r.Body != nil, r.Value != nil, h.Body)
		}
		return r, err
	}
	res, err := b.invoke(map[string]any{"a": 1})
	if err != nil || string(res.JSON()) != `{"a":1}` || res.Status != http.StatusOK {
		t.Errorf("the action's own answer: got %+v, %v", res, err)
	}
	body := func() io.ReadCloser { return io.NopCloser(strings.NewReader(`{"b":2}`)) }
	for _, c := range []struct {
		name   string
		resp   *waygate.Response
		want   error
		json   string
		status int
	}{
		{"body", &waygate.Response{Body: body()}, nil, `{"b":2}`, 200},
		{"value", &waygate.Response{Status: 201, Value: map[string]any{"b": 2}}, nil, `{"b":2}`, 201},
		{"neither", &waygate.Response{}, nil, `null`, 200},
		{"neither, with a status", &waygate.Response{Status: 204}, nil, `null`, 204},
		{"both", &waygate.Response{Body: body(), Value: 1}, waygate.ErrConfig, "", 0},
		{"nothing at all", nil, waygate.ErrConfig, "", 0},
		{"a value that can't be written", &waygate.Response{Value: func() {}}, waygate.ErrInvalidResponse, "", 0},
		{"a value that panics", &waygate.Response{Value: panicking{}}, waygate.ErrConfig, "", 0},
	} {
		b.spy.do = replacing(c.resp, nil)
		res, err := b.invoke(nil)
		switch {
		case c.want != nil:
			b.fails(c.name, err, c.want)
		case err != nil || string(res.JSON()) != c.json || res.Status != c.status:
			t.Errorf("%s: got %+v, %v: want status %d with %s", c.name, res, err, c.status, c.json)
		}
	}
}

// panicking can't be written as JSON.
type panicking struct{}

// MarshalJSON panics.
func (panicking) MarshalJSON() ([]byte, error) { panic("own panic") }

// bodyLimit is what may be read of a body, in bytes, where a clause sets it.
const bodyLimit = 1024

// actionBody is clause 7.
func actionBody(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, func(s *spyAction, _ *waygate.Integration) {
		s.info = func(i *waygate.ActionInfo) {
			i.OutputSchema = json.RawMessage(`{"type":["object","string","null"],"properties":{"refused":false}}`)
			i.Validation.Response = "strict"
		}
	}, WithConfig(func(c *waygate.Config) { c.Egress.MaxBodyBytes = bodyLimit }))
	for _, c := range bodyCases() {
		body := &trackedBody{r: c.body}
		b.spy.do = replacing(&waygate.Response{Status: c.status, Body: body, Value: c.value}, c.err)
		_, err := b.invoke(nil)
		switch {
		case c.want != nil:
			b.fails(c.name, err, c.want)
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		}
		if body.closed.Load() == 0 {
			t.Errorf("%s: the body was not closed", c.name)
		}
		if n := body.read.Load(); n > bodyLimit+1 {
			t.Errorf("%s: %d bytes were read, want at most the policy's limit of %d and one to see that there are more", c.name, n, bodyLimit)
		}
	}
	b.bodyAfterDeadline()
}

// bodyCase is a Response with a body, beside what it came with.
type bodyCase struct {
	name   string
	body   io.Reader
	status int
	value  any
	err    error
	want   error
}

func bodyCases() []bodyCase {
	long := func(n int) io.Reader { return strings.NewReader(`"` + strings.Repeat("x", n-2) + `"`) }
	return []bodyCase{
		{"a success", strings.NewReader(`{"a":1}`), 200, nil, nil, nil},
		{"an empty one", strings.NewReader(""), 200, nil, nil, nil},
		{"exactly the limit", long(bodyLimit), 200, nil, nil, nil},
		{"one byte more", long(bodyLimit + 1), 200, nil, nil, waygate.ErrInvalidResponse},
		{"without end", endless{}, 200, nil, nil, waygate.ErrInvalidResponse},
		{"a failing status", strings.NewReader(`{}`), 500, nil, nil, waygate.ErrServer},
		{"no JSON", strings.NewReader(`<html>`), 200, nil, nil, waygate.ErrInvalidResponse},
		{"against the schema", strings.NewReader(`{"refused":1}`), 200, nil, nil, waygate.ErrInvalidResponse},
		{"a broken one", iotest.ErrReader(io.ErrNoProgress), 200, nil, nil, waygate.ErrInvalidResponse},
		{"one that panics", readerFunc(func([]byte) (int, error) { panic("own panic") }), 200, nil, nil, waygate.ErrConfig},
		{"beside a value", strings.NewReader(`{}`), 200, 1, nil, waygate.ErrConfig},
		{"beside an error", strings.NewReader(`{}`), 200, nil, waygate.ErrNeedsReauth, waygate.ErrNeedsReauth},
	}
}

// bodyAfterDeadline returns a body that nobody will wait for.
func (b *actionBench) bodyAfterDeadline() {
	body := &trackedBody{r: strings.NewReader(`{}`)}
	b.spy.do = func(ctx context.Context, _ *waygate.Call, _ doFunc) (*waygate.Response, error) {
		<-ctx.Done()
		return &waygate.Response{Body: body}, nil
	}
	_, err := b.invoke(nil, waygate.Timeout(time.Second))
	b.fails("a body after the deadline", err, waygate.ErrTimeout)
	if body.closed.Load() == 0 {
		b.Error("a body after the deadline was not closed")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// actionStatus is clause 8.
func actionStatus(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil)
	for _, c := range []struct {
		status int
		want   error
	}{
		{300, waygate.ErrInvalidResponse}, {302, waygate.ErrInvalidResponse}, {400, waygate.ErrRejected}, {401, waygate.ErrAuth},
		{403, waygate.ErrForbidden}, {404, waygate.ErrMissing}, {408, waygate.ErrTimeout}, {409, waygate.ErrClient},
		{410, waygate.ErrMissing}, {422, waygate.ErrRejected}, {425, waygate.ErrServer}, {429, waygate.ErrRateLimited},
		{500, waygate.ErrServer}, {503, waygate.ErrServer},
	} {
		b.spy.do = nil
		b.provider.On("POST /echo", JSON(c.status, map[string]any{"why": "x"}))
		_, err := b.invoke(nil, waygate.Retry(resilience.Never{}))
		b.fails(fmt.Sprintf("the provider's %d", c.status), err, c.want)

		b.provider.On("POST /echo", Echo(http.StatusOK))
		b.spy.do = replacing(&waygate.Response{Status: c.status, Value: map[string]any{"why": "x"}}, nil)
		_, err = b.invoke(nil)
		b.fails(fmt.Sprintf("a Response of %d without error", c.status), err, c.want)
		var e *waygate.Error
		if errors.As(err, &e) && e.Status != c.status {
			t.Errorf("a Response of %d without error: the error says status %d", c.status, e.Status)
		}
	}
	b.works("after all these")
}

// actionErrors is clause 9.
func actionErrors(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil)
	own := errors.New("own error")
	unsent := func(context.Context, *waygate.Call, doFunc) (*waygate.Response, error) { return nil, own }
	for _, c := range []struct {
		name   string
		answer Answer
		do     spyDo
		want   error
		cause  error
	}{
		{"a sentinel", Echo(200), replacing(nil, waygate.ErrNeedsReauth), waygate.ErrNeedsReauth, waygate.ErrNeedsReauth},
		{"a wrapped sentinel", Echo(200), replacing(nil, fmt.Errorf("%w: %w", own, waygate.ErrRateLimited)), waygate.ErrRateLimited, own},
		{"a sentinel after a failed attempt", Status(500), replacing(nil, waygate.ErrMissing), waygate.ErrMissing, waygate.ErrMissing},
		{"an *Error", Echo(200), replacing(nil, &waygate.Error{Kind: waygate.KindConflict, Err: own}), waygate.ErrConflict, own},
		{"another error after a 500", Status(500), replacing(nil, own), waygate.ErrServer, own},
		{"another error after a 403", Status(403), replacing(nil, own), waygate.ErrForbidden, own},
		{"another error after a lost answer", Drop(), replacing(nil, own), waygate.ErrNetwork, own},
		{"another error after a success", Echo(200), replacing(nil, own), waygate.ErrInvalidResponse, own},
		{"another error without attempt", Echo(200), unsent, waygate.ErrConfig, own},
		{"the action's own, of a lost answer", Drop(), nil, waygate.ErrNetwork, nil},
	} {
		b.provider.On("POST /echo", c.answer)
		b.spy.do = c.do
		_, err := b.invoke(nil, waygate.Retry(resilience.Never{}))
		b.fails(c.name, err, c.want)
		if c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("%s: %v has lost its cause", c.name, err)
		}
	}
}
