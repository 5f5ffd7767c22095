package waygatetest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// doFunc is an action's Do.
type doFunc func(ctx context.Context, c *waygate.Call) (*waygate.Response, error)

// spyDo is what a clause does in Do; it may go on to the action's own.
type spyDo func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error)

// spyAction stands around an action: it counts, and lets a clause change what
// the action says and does.
type spyAction struct {
	inner waygate.Action
	info  func(*waygate.ActionInfo) // nil changes nothing
	do    spyDo                     // nil is the action's own
	infos atomic.Int64
	dos   atomic.Int64
}

// Info is the action's own, changed.
func (s *spyAction) Info() waygate.ActionInfo {
	s.infos.Add(1)
	i := s.inner.Info()
	if s.info != nil {
		s.info(&i)
	}
	return i
}

// Do is the action's own, or what the clause wants.
func (s *spyAction) Do(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	s.dos.Add(1)
	if s.do != nil {
		return s.do(ctx, c, s.inner.Do)
	}
	return s.inner.Do(ctx, c)
}

// Unwrap lets the gateway find what the action can do beside.
func (s *spyAction) Unwrap() waygate.Action { return s.inner }

// actionBench is one clause's set-up.
type actionBench struct {
	*testing.T
	h        ActionHarness
	provider *Provider
	gw       *Gateway
	spy      *spyAction
	acme     *waygate.Tenant
	id       string // the action's full id
}

// The tokens of the two tenants' connections.
const (
	acmeToken   = "token-of-acme"
	globexToken = "token-of-globex"
)

// newActionBench makes provider, gateway and connections; prepare may change the
// spy and the integration before it is registered.
func newActionBench(t *testing.T, h ActionHarness, prepare func(*spyAction, *waygate.Integration), opts ...Option) *actionBench {
	t.Helper()
	b := &actionBench{T: t, h: h, provider: NewProvider(t, OverPipe())}
	b.provider.On("POST /echo", Echo(http.StatusOK))
	b.gw = New(t, append([]Option{WithProvider(b.provider)}, opts...)...)
	in := h.Integration(b.provider)
	in.Actions = slices.Clone(in.Actions)
	i := slices.IndexFunc(in.Actions, func(a waygate.Action) bool { return a.Info().ID == h.Action })
	if i < 0 {
		t.Fatalf("the harness's integration has no action %q", h.Action)
	}
	b.spy = &spyAction{inner: in.Actions[i]}
	in.Actions[i] = b.spy
	b.id = in.ID + "." + h.Action
	if prepare != nil {
		prepare(b.spy, &in)
	}
	if err := b.gw.Replace(t.Context(), in); err != nil {
		t.Fatalf("the harness's integration can't be registered: %v", err)
	}
	b.acme = b.connect("acme", in.ID, "main", acmeToken)
	return b
}

func (b *actionBench) connect(tenant, integration, slug, token string) *waygate.Tenant {
	b.Helper()
	t := b.gw.Tenant(tenant)
	if _, err := t.Connect(b.Context(), integration, waygate.ConnectionSpec{Slug: slug, Credential: auth.Token(token)}); err != nil {
		b.Fatalf("%s can't be connected: %v", tenant, err)
	}
	return t
}

func (b *actionBench) invoke(in any, opts ...waygate.Option) (*waygate.Result, error) {
	defer contain(b)
	return b.acme.Invoke(b.Context(), b.id, in, opts...)
}

// contain fails the test if a call leaves the gateway as a panic.
func contain(t testing.TB) {
	if p := recover(); p != nil {
		t.Errorf("a panic left the gateway: %v", p)
	}
}

// works fails the test if a plain call does.
func (b *actionBench) works(when string) {
	b.Helper()
	b.provider.On("POST /echo", Echo(http.StatusOK))
	b.spy.do = nil
	if _, err := b.invoke(map[string]any{"a": 1}); err != nil {
		b.Errorf("%s a plain call fails: %v", when, err)
	}
}

// fails checks the error of a call.
func (b *actionBench) fails(what string, err, want error) {
	b.Helper()
	var e *waygate.Error
	if !errors.As(err, &e) || !e.Is(want) { // of this kind itself, not by its cause
		b.Errorf("%s: got %v, want a *waygate.Error that is %v", what, err, want)
	}
}

// sent counts what arrived.
func (b *actionBench) sent() int { return len(b.provider.Requests("")) }

// lastCall is the record of the call that ended last.
func (b *actionBench) lastCall() waygate.CallRecord {
	b.Helper()
	calls := b.gw.Calls()
	if len(calls) == 0 {
		b.Fatal("no call has a record")
	}
	return calls[len(calls)-1]
}

// replacing answers with r and err in place of what the action gave.
func replacing(r *waygate.Response, err error) spyDo {
	return func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		own, _ := next(ctx, c)
		discard(own)
		return r, err
	}
}

// discard closes what an action gave and nobody reads.
func discard(r *waygate.Response) {
	if r != nil && r.Body != nil {
		_ = r.Body.Close()
	}
}

// post sends a request by the Call's client.
func post(ctx context.Context, client *http.Client, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// trackedBody is a body that says what was done to it.
type trackedBody struct {
	r      io.Reader
	read   atomic.Int64 // bytes
	closed atomic.Int64 // times
}

func (t *trackedBody) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.read.Add(int64(n))
	return n, err
}

func (t *trackedBody) Close() error {
	t.closed.Add(1)
	return nil
}

// sameJSON compares regardless of order.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
