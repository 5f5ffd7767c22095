package waygatetest

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// What the connection suite is made of.
const (
	suiteIntegration = "suite"
	firstToken       = "first-token-of-acme"
	nextToken        = "next-token-of-acme"
	platformSecret   = "platform-secret-value"
)

// connectionBench is one clause's set-up: a connection of tenant acme to a
// provider, and calls over it.
type connectionBench struct {
	*testing.T
	h         ConnectionHarness
	provider  *Provider
	elsewhere *Provider
	gw        *Gateway
	acme      *waygate.Tenant
	signed    *signatures
	store     *spyStore
	spy       *spyConnection     // nil for stored ones
	conn      waygate.Connection // the spy, as what it is; nil for stored ones
	seen      waygate.ConnectionInfo
	resolve   func() (waygate.Connection, error) // nil gives conn
}

func newConnectionBench(t *testing.T, h ConnectionHarness) *connectionBench {
	t.Helper()
	b := &connectionBench{T: t, h: h, signed: &signatures{}, store: &spyStore{Store: memory.New()},
		provider: NewProvider(t, OverPipe()), elsewhere: NewProvider(t, OverPipe(), Host("elsewhere.test"))}
	b.provider.On("POST /echo", Echo(http.StatusOK))
	b.elsewhere.On("POST /echo", Echo(http.StatusOK))
	b.gw = New(t, WithProvider(b.provider), WithProvider(b.elsewhere), WithStore(b.store), WithConfig(func(c *waygate.Config) {
		c.Now, c.MaxStale = b.store.now, time.Nanosecond // the store is asked again as soon as a clause wants it
		c.Env = map[string]string{"platform": platformSecret}
		if h.Resolve {
			c.Resolve = b.resolved
		}
	}))
	b.define(spyScheme{signed: b.signed})
	b.acme = b.gw.Tenant("acme")
	b.open()
	return b
}

// define registers the suite's integration.
func (b *connectionBench) define(scheme auth.Scheme) {
	b.Helper()
	region := "eu"
	in := waygate.Integration{
		ID: suiteIntegration, BaseURL: b.provider.URL(), Auth: scheme,
		Headers:    map[string]string{"X-Region": "{region}"},
		Parameters: []waygate.ConnectionParameter{{Name: "region", Pattern: "[a-z]{2}", Default: &region}},
		Breaker:    &resilience.BreakerSettings{Disabled: true},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "echo", Method: http.MethodPost, Path: "/echo", Effects: waygate.Effects{Idempotent: true}},
			waygate.ActionFunc(waygate.ActionInfo{ID: "look"}, b.look),
			waygate.ActionFunc(waygate.ActionInfo{ID: "twice"}, b.twice),
			waygate.ActionFunc(waygate.ActionInfo{ID: "elsewhere"}, b.unsigned),
		},
	}
	if err := b.gw.Replace(b.Context(), in); err != nil {
		b.Fatalf("the suite's integration: %v", err)
	}
}

// open makes the connection.
func (b *connectionBench) open() {
	b.Helper()
	if b.h.Open == nil {
		if b.h.Resolve || b.h.Refreshes {
			b.Fatal("the harness has no Open: stored connections are neither resolved by the host nor refreshed")
		}
		spec := waygate.ConnectionSpec{Slug: "main", Credential: auth.Token(firstToken)}
		if _, err := b.acme.Connect(b.Context(), suiteIntegration, spec); err != nil {
			b.Fatalf("connect: %v", err)
		}
		return
	}
	inner := b.h.Open(b, OwnConnection{Tenant: "acme", Integration: suiteIntegration,
		Credential: auth.Token(firstToken), Next: auth.Token(nextToken)})
	b.spy = &spyConnection{inner: inner}
	b.conn = b.spy
	_, refresher := inner.(waygate.Refresher)
	if refresher {
		b.conn = spyRefresher{b.spy}
	}
	if refresher != b.h.Refreshes {
		b.Errorf("the connection is a Refresher: %t, but the harness says %t", refresher, b.h.Refreshes)
	}
}

// resolved is Config.Resolve.
func (b *connectionBench) resolved(_ context.Context, tenant, integration string) (waygate.Connection, error) {
	if tenant != "acme" || integration != suiteIntegration {
		b.Errorf("Resolve is asked for tenant %q and integration %q", tenant, integration)
	}
	if b.resolve != nil {
		return b.resolve()
	}
	return b.conn, nil
}

// look is an action that sends nothing.
func (b *connectionBench) look(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
	b.seen = c.Connection
	return &waygate.Response{}, nil
}

// twice is an action that sends two requests.
func (b *connectionBench) twice(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	last := 0
	for range 2 {
		resp, err := post(ctx, c.HTTPClient(), b.provider.URL()+"/echo")
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		last = resp.StatusCode
	}
	return &waygate.Response{Status: last}, nil
}

// unsigned is an action that sends to an origin which gets no credential.
func (b *connectionBench) unsigned(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	resp, err := post(ctx, c.HTTPClient(), b.elsewhere.URL()+"/echo")
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	return &waygate.Response{}, nil
}

// call makes a call over the connection.
func (b *connectionBench) call(action string, opts ...waygate.Option) error {
	return b.callWith(b.Context(), action, opts...)
}

func (b *connectionBench) callWith(ctx context.Context, action string, opts ...waygate.Option) error {
	defer contain(b)
	if b.conn != nil && !b.h.Resolve {
		opts = append(opts, waygate.Through(b.conn))
	}
	_, err := b.acme.Invoke(ctx, suiteIntegration+"."+action, nil, opts...)
	return err
}

// says changes what the connection says of itself; nil changes nothing.
func (b *connectionBench) says(change func(*waygate.ConnectionInfo)) {
	if b.spy != nil {
		b.spy.mu.Lock()
		defer b.spy.mu.Unlock()
		b.spy.info = change
		return
	}
	if change == nil {
		b.store.set(nil)
		return
	}
	b.store.set(func(_ context.Context, row *waygate.StoredConnection, _ *waygate.StoredCredential) error {
		info := waygate.ConnectionInfo{Tenant: row.Tenant, Integration: row.Integration, Status: row.Status}
		change(&info)
		row.Tenant, row.Integration, row.Status = info.Tenant, info.Integration, info.Status
		return nil
	})
}

// gives makes the credential come with an error, or not at all: of a stored
// connection, the store fails. nil makes it come again.
func (b *connectionBench) gives(fail func(context.Context) error) {
	switch {
	case b.spy == nil && fail == nil:
		b.store.set(nil)
	case b.spy == nil:
		b.store.set(func(ctx context.Context, _ *waygate.StoredConnection, _ *waygate.StoredCredential) error {
			return fail(ctx)
		})
	case fail == nil:
		b.credentials(nil)
	default:
		b.credentials(func(ctx context.Context) (auth.Credential, error) { return auth.Credential{}, fail(ctx) })
	}
}

// credentials changes what a host's connection gives.
func (b *connectionBench) credentials(give func(context.Context) (auth.Credential, error)) {
	b.spy.mu.Lock()
	defer b.spy.mu.Unlock()
	b.spy.credential = give
}

// asked is how often a host's connection was asked for its credential; for a
// stored one, how often it signed.
func (b *connectionBench) asked() int {
	if b.spy == nil {
		return b.signed.count()
	}
	return b.spy.timesAsked()
}

func (b *connectionBench) sent() int { return len(b.provider.Requests("")) }

// untouched fails the test if anything was asked, signed or sent since.
func (b *connectionBench) untouched(what string, asked, sent int) {
	b.Helper()
	if b.asked() != asked || b.sent() != sent {
		b.Errorf("%s: the credential was asked for %d times and %d requests were sent, want neither", what, b.asked()-asked, b.sent()-sent)
	}
}

func (b *connectionBench) fails(what string, err, want error) {
	b.Helper()
	var e *waygate.Error
	if !errors.As(err, &e) || !e.Is(want) { // of this kind itself, not by its cause
		b.Errorf("%s: got %v, want a *waygate.Error that is %v", what, err, want)
	}
}

func (b *connectionBench) works(when string) {
	b.Helper()
	b.provider.On("POST /echo", Echo(http.StatusOK))
	if err := b.call("echo"); err != nil {
		b.Errorf("%s a plain call fails: %v", when, err)
	}
}

// tokens are the bearer tokens that arrived, in order.
func (b *connectionBench) tokens() []string {
	var out []string
	for _, r := range b.provider.Requests("") {
		out = append(out, r.Header.Get("Authorization"))
	}
	return out
}

// takes measures f on the bubble's clock.
func takes(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
