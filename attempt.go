package waygate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
)

// wayOut is the transport that all calls share: what the host wraps around the
// guard, with CloseIdleConnections hidden, so that the end of one failing call
// doesn't cost the others their connections.
type wayOut struct {
	next http.RoundTripper
}

func newWayOut(g *Gateway) *wayOut {
	var next http.RoundTripper = onlyRoundTrip{g.transport}
	if g.cfg.Transport != nil {
		next = onlyRoundTrip{g.cfg.Transport(next)}
	}
	return &wayOut{next}
}

type onlyRoundTrip struct{ http.RoundTripper }

// callTransport is the transport of Call.HTTPClient: redirects over the attempt
// loop over attempts.
type callTransport struct{ r *run }

func (t callTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.r
	if err := r.usable(); err != nil {
		return refusing{err}.RoundTrip(req)
	}
	r.mu.Lock()
	ordinal := r.requests
	r.requests++
	r.mu.Unlock()
	if req.Context() != r.ctx {
		ctx, cancel := within(req.Context(), r.ctx)
		defer cancel()
		req = req.WithContext(ctx)
	}
	hop := &hop{r: r, key: r.wireKey(req.Method, ordinal)}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return hop.RoundTrip(req) // never redirected
	}
	return egress.FollowRedirects(hop).RoundTrip(req)
}

// within is ctx, ended also when the call ends.
func within(ctx, call context.Context) (context.Context, context.CancelFunc) {
	end := func() {}
	if deadline, ok := call.Deadline(); ok {
		ctx, end = context.WithDeadline(ctx, deadline)
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(call, func() {
		if errors.Is(call.Err(), context.Canceled) { // at the deadline ctx ends by itself, and says so
			cancel()
		}
	})
	return ctx, func() { stop(); cancel(); end() }
}

// hop sends one request, or one hop of a redirected one, in as many attempts as
// are allowed.
type hop struct {
	r    *run
	key  string // idempotency key on the wire; empty if there is none
	used auth.Credential
	sent int
	left bool // a redirect led to another origin: what it leads back to isn't signed
}

func (h *hop) RoundTrip(req *http.Request) (*http.Response, error) {
	r := h.r
	signed := !h.left && req.URL != nil && r.signs(req.URL)
	h.left = h.left || !signed
	loop := resilience.Transport{
		Next:         &attempts{h, signed},
		Policy:       r.retryPolicy(),
		Repeatable:   r.action.info.Effects.Idempotent || h.key != "",
		NotProcessed: r.action.integ.def.NotProcessed,
		Rand:         r.gw.cfg.Rand,
		Now:          r.gw.cfg.Now,
		Retrying:     r.retrying,
	}
	if signed {
		loop.Refresh = func(ctx context.Context) (bool, error) { return r.refresh(ctx, h.used) }
	}
	return loop.RoundTrip(req)
}

// signs says whether u is of an origin that may have the credential.
func (r *run) signs(u *url.URL) bool {
	if base := r.link.base; u.Host == base.Host && u.Scheme == base.Scheme {
		return true
	}
	origin := egress.Origin(u)
	return origin != "" && (origin == r.link.origin || slices.Contains(r.action.integ.origins, origin))
}

func (r *run) retryPolicy() resilience.Policy {
	if r.spec.opts.retry != nil {
		return r.spec.opts.retry
	}
	return r.action.retry
}

func (r *run) retrying(_ int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait += wait
}

// attempts is one HTTP exchange: limit, breaker, signature, sending, reading.
type attempts struct {
	*hop
	signed bool
}

func (a *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	r, sent := a.r, false
	defer func() {
		if !sent {
			closeBody(req)
		}
	}()
	if err := a.keyAlive(); err != nil {
		return nil, err
	}
	waited, err := r.limit(req.Context(), a.signed)
	if err != nil {
		return nil, err
	}
	done, err := r.gw.breakers.Allow(r.breakerKey(req), r.action.integ.breaker)
	if err != nil {
		return nil, final(breakerError(err))
	}
	outcome := resilience.Ignored
	defer func() { done(outcome) }() // also after a panic or Goexit: no probe is lost
	ctx, cancel := context.WithTimeout(req.Context(), r.action.integ.attempt)
	defer cancel()
	out, err := a.prepare(ctx, req)
	if err != nil {
		return nil, final(err)
	}
	x := r.beginAttempt(ctx, out, waited)
	defer x.end(ctx)
	sent = true
	a.sent++
	resp, err := a.send(ctx, x, out)
	outcome = outcomeOf(resp, err, req.Context())
	return resp, err
}

// keyAlive ends the repeats when the provider may have forgotten the key.
func (a *attempts) keyAlive() error {
	if a.key == "" || a.sent == 0 {
		return nil
	}
	lifetime := time.Duration(a.r.action.info.Idempotency.Lifetime)
	if lifetime == 0 {
		lifetime = 24 * time.Hour
	}
	if age := a.r.gw.cfg.Now().Sub(a.r.start); age > lifetime {
		return final(errorf(KindTimeout, "", "not repeated: the idempotency key's lifetime of %s is over", lifetime))
	}
	return nil
}

// limit waits for the rate limits of the connection.
func (r *run) limit(ctx context.Context, signed bool) (time.Duration, error) {
	limits := r.action.integ.limits
	if len(limits) == 0 || !signed {
		return 0, nil
	}
	start := r.gw.cfg.Now()
	key := resilience.LimitKey{Scope: "connection", Tenant: r.spec.tenant,
		Integration: r.action.integ.def.ID, Connection: r.link.info.ID}
	err := r.gw.limiters.Wait(ctx, key, limits, resilience.DefaultMaxWait)
	var over *resilience.LimitError
	switch {
	case errors.As(err, &over):
		e := newError(KindRateLimited, "", err)
		e.RetryAfter = over.RetryAfter
		return 0, final(e)
	case err != nil:
		return 0, &resilience.AttemptError{Err: err, Final: true}
	}
	return r.gw.cfg.Now().Sub(start), nil
}

func (r *run) breakerKey(req *http.Request) resilience.BreakerKey {
	return resilience.BreakerKey{Tenant: r.spec.tenant, Connection: r.link.info.ID, Host: req.URL.Host}
}

func breakerError(err error) error {
	e := newError(KindCircuitOpen, "", err)
	var open *resilience.OpenError
	if errors.As(err, &open) {
		e.RetryAfter = open.RetryAfter
	}
	return e
}

// final is an error that no attempt follows.
func final(err error) error { return &resilience.AttemptError{Err: err, Final: true} }

// prepare makes the request that goes out: a copy, signed if it may be.
func (a *attempts) prepare(ctx context.Context, req *http.Request) (*http.Request, error) {
	r := a.r
	out := req.WithContext(r.allowOrigins(ctx))
	out.Header = req.Header.Clone()
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if a.key != "" {
		// A key under its canonical name would make net/http repeat the request
		// by itself when a reused connection breaks.
		out.Header[strings.ToLower(r.action.info.Idempotency.Header)] = []string{a.key}
	}
	if !a.signed {
		return out, nil
	}
	var err error
	a.used, err = r.authorize(ctx, out)
	return out, err
}

// allowOrigins opens the ports that the definition's owner fixed; never one of
// a base URL that a tenant wrote.
func (r *run) allowOrigins(ctx context.Context) context.Context {
	if r.link.info.BaseURL == "" && unusualPort(r.link.base) {
		ctx = egress.AllowOrigin(ctx, r.link.origin)
	}
	for _, o := range r.action.integ.ownPorts {
		ctx = egress.AllowOrigin(ctx, o)
	}
	return ctx
}

func unusualPort(u *url.URL) bool {
	port := u.Port()
	return port != "" && port != "443" && port != "80"
}

// send exchanges one request for a response whose body has been read.
func (a *attempts) send(ctx context.Context, x *attempt, out *http.Request) (*http.Response, error) {
	x.watch(out)
	resp, err := a.r.gw.way.next.RoundTrip(out.WithContext(x.traced(out.Context())))
	if err != nil {
		return nil, x.failed(ctx, err)
	}
	x.status = resp.StatusCode
	policy := a.r.gw.transport.Policy()
	data, release, err := egress.ReadBody(ctx, resp.Body, policy.MaxBodyBytes, a.r.gw.budget, a.r.spec.tenant)
	_ = resp.Body.Close()
	if err != nil {
		if release != nil {
			release()
		}
		return nil, x.unread(ctx, err)
	}
	x.responseBytes = int64(len(data))
	x.keep(out, resp, data)
	release = a.r.releasing(release)
	resp.Body = &readBody{Reader: bytes.NewReader(data), data: data, release: release}
	resp.ContentLength = int64(len(data))
	return resp, nil
}

// readBody is a body that has been read, and gives its bytes without a copy.
type readBody struct {
	*bytes.Reader
	data    []byte
	release func() // of the budget; more than once does nothing
}

func (b *readBody) Close() error {
	b.release()
	return nil
}

// releasing makes a release that is run at the end of the call at the latest,
// for an action that forgets to close a body.
func (r *run) releasing(release func()) func() {
	if release == nil {
		return func() {}
	}
	once := sync.OnceFunc(release)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		once()
	}
	r.releases = append(r.releases, once)
	return once
}

// outcomeOf is what an attempt tells the breaker: only 5xx, network failures
// and timeouts count against it; the caller's own end, a 408, 425 or 429 says
// nothing.
func outcomeOf(resp *http.Response, err error, caller context.Context) resilience.Outcome {
	if err != nil {
		kind := kindOf(err, "")
		if caller.Err() == nil && (kind == KindNetwork || kind == KindTimeout) {
			return resilience.Failure
		}
		return resilience.Ignored
	}
	switch {
	case resp.StatusCode >= 500:
		return resilience.Failure
	case resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode == http.StatusTooEarly,
		resp.StatusCode == http.StatusTooManyRequests:
		return resilience.Ignored
	}
	return resilience.Success
}

// attempt is one exchange while it lasts.
type attempt struct {
	r             *run
	info          AttemptInfo
	rec           AttemptRecord
	dialling      bool // the guard was asked for a connection
	conn          net.Conn
	written       int64 // by the connection before this request
	status        int
	kind          Kind
	responseBytes int64
	sent          *capture // nil unless bodies are recorded
}

// beginAttempt notes the start and lets observers add headers.
func (r *run) beginAttempt(ctx context.Context, out *http.Request, limited time.Duration) *attempt {
	rec := AttemptRecord{Start: r.gw.cfg.Now(), Method: out.Method, Host: out.URL.Host, Wait: limited, Kind: KindCanceled}
	r.mu.Lock()
	rec.Wait += r.wait
	r.wait = 0
	n := len(r.attempts) + 1
	r.attempts = append(r.attempts, rec) // in order of start; what it stays if the call ends before
	r.mu.Unlock()
	x := &attempt{r: r, rec: rec, info: AttemptInfo{CallID: r.id, Tenant: r.spec.tenant, Integration: r.action.integ.def.ID,
		Action: r.action.info.ID, Number: n}}
	r.gw.observers.attemptStarted(ctx, x.info, out.Header)
	return x
}

// traced learns which connection carries the request, and how much was written
// to it before.
func (x *attempt) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			x.r.mu.Lock()
			defer x.r.mu.Unlock()
			x.dialling = true
		},
		GotConn: func(i httptrace.GotConnInfo) {
			x.r.mu.Lock()
			defer x.r.mu.Unlock()
			x.conn, x.rec.Reused = i.Conn, i.Reused
			x.written, _ = egress.BytesWritten(i.Conn)
		},
	})
}

// failed classifies an attempt without response.
func (x *attempt) failed(ctx context.Context, err error) error {
	var denied *egress.DeniedError
	var odd *egress.ResponseError
	switch {
	case errors.As(err, &denied):
		x.kind = KindConfig
		return final(newError(KindConfig, "", err))
	case errors.As(err, &odd):
		x.kind = KindInvalidResponse
		e := newError(KindInvalidResponse, "", err)
		e.Status = odd.Status
		return final(e)
	}
	timeout := ctx.Err() != nil || isTimeout(err)
	unsent := x.unsent(timeout)
	return x.broken(err, timeout, unsent)
}

// unread classifies a response whose body could not be read.
func (x *attempt) unread(ctx context.Context, err error) error {
	var large *egress.TooLargeError
	if errors.As(err, &large) {
		x.kind = KindInvalidResponse
		e := newError(KindInvalidResponse, "", err)
		e.Status = x.status
		return final(e)
	}
	return x.broken(fmt.Errorf("reading the body: %w", err), ctx.Err() != nil || isTimeout(err), false)
}

// broken is a failed exchange as the loop wants to know it.
func (x *attempt) broken(err error, timeout, unsent bool) error {
	x.kind = KindNetwork
	if timeout {
		x.kind = KindTimeout
	}
	if errors.Is(err, context.Canceled) {
		x.kind = KindCanceled
	}
	return &resilience.AttemptError{Err: newError(x.kind, "", err), Unsent: unsent, Timeout: timeout}
}

// unsent says whether surely no byte of the request was written. After a timeout
// on a connection, the writer may still be at work.
func (x *attempt) unsent(timeout bool) bool {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	if x.conn == nil { // a transport of the host's may not tell: then it isn't known
		return x.dialling
	}
	now, ok := egress.BytesWritten(x.conn)
	return ok && !timeout && now == x.written
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// end writes the attempt down, also after a panic.
func (x *attempt) end(ctx context.Context) {
	r := x.r
	r.mu.Lock()
	x.rec.Duration = r.gw.cfg.Now().Sub(x.rec.Start)
	x.rec.Status = x.status
	x.rec.Kind = x.kind
	if x.kind == "" && x.status >= 300 {
		x.rec.Kind = statusKind(x.status)
	}
	if !r.ended { // else the record is written, and nobody waits for the rest of it
		r.attempts[x.info.Number-1] = x.rec
		r.lastFail = x.rec.Kind
		r.exchange.responseBytes = x.responseBytes
	}
	r.mu.Unlock()
	r.gw.observers.attemptEnded(ctx, x.info, x.rec)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
