package waygate

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/resilience"
)

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
	x := &attempt{r: r}
	waited, err := a.enter(x, req)
	if err != nil {
		return nil, err
	}
	var resp *http.Response
	outcome := resilience.Ignored
	defer func() { x.leave(resp, outcome) }() // also after a panic or Goexit: no probe is lost
	ctx, cancel := context.WithTimeoutCause(req.Context(), r.action.integ.attempt, r.action.integ.attemptOver)
	defer cancel()
	x.stop = func(error) { cancel() }
	x.sending = ctx
	r.sending.Store(&x.sending) // a scheme that signs the body reads it under this attempt's, not the last one's
	out, err := a.prepare(ctx, x, req)
	if err != nil {
		a.prompt(req)
		return nil, final(err)
	}
	x.begin(ctx, out, waited)
	defer x.end(ctx)
	sent = true
	a.count(req, x.info.Number)
	resp, err = a.send(ctx, x, out)
	if err == nil {
		x.means = a.understand(resp)
	}
	if err != nil || resp.StatusCode >= 300 || a.said != (resilience.Reading{}) {
		a.prompt(req)
	}
	outcome = meantOutcome(x.means, outcomeOf(req.Context(), resp, err))
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

// prepare makes the request that goes out, signed if it may be. The loop gave req headers of its own.
func (a *attempts) prepare(ctx context.Context, x *attempt, req *http.Request) (*http.Request, error) {
	r := a.r
	wire := r.allowOrigins(ctx)
	if !r.action.streams() { // else the exchange lives on under another one
		wire = x.wire.Begin(wire, x)
	}
	out := req.WithContext(wire)
	if a.key != "" && a.signed { // no other origin knows it
		// A key under its canonical name would make net/http repeat the request
		// by itself when a reused connection breaks.
		out.Header[strings.ToLower(r.action.info.Idempotency.Header)] = []string{a.key}
	}
	if !a.signed {
		r.disguise(out.Header)
		return out, nil
	}
	var err error
	if a.used, err = a.authorize(ctx, out); err != nil {
		return nil, err
	}
	presenting, err := r.presenting(out.Context(), a.used)
	if err != nil {
		return nil, err
	}
	if presenting == out.Context() {
		return out, nil
	}
	return out.WithContext(presenting), nil
}

// disguise takes what is the platform's out of the few headers that every origin
// gets.
func (r *run) disguise(h http.Header) {
	if r.action.http == nil {
		return
	}
	for _, t := range slices.Concat(r.action.http.headers, r.action.integ.headers) {
		if t.told == "" {
			continue
		}
		switch t.name {
		case "User-Agent":
			h["User-Agent"] = []string{userAgent}
		case "Accept":
			h["Accept"] = []string{r.action.accept()}
		default:
			delete(h, t.name)
		}
	}
}

// allowOrigins opens the ports that the definition's owner fixed; never one of
// a base URL that a tenant wrote.
func (r *run) allowOrigins(ctx context.Context) context.Context {
	c := r.action.integ
	if r.link.info.BaseURL != "" || !c.fixedPort || !unusualPort(r.link.base) {
		return c.opened.Allow(ctx)
	}
	if c.fixed != nil {
		return c.openedWithBase.Allow(ctx)
	}
	return c.opened.Allow(egress.AllowOrigin(ctx, r.link.origin))
}

func unusualPort(u *url.URL) bool {
	port := u.Port()
	return port != "" && port != "443" && port != "80"
}

// send exchanges one request for a response whose body has been read.
func (a *attempts) send(ctx context.Context, x *attempt, out *http.Request) (*http.Response, error) {
	x.watch(out)
	if a.r.action.streams() {
		return a.sendStream(ctx, x, out)
	}
	resp, err := a.exchange(x, out)
	if err != nil {
		return nil, x.failed(ctx, err)
	}
	return a.read(ctx, x, out, resp)
}

// exchange sends a request the shared way, and undoes the compression of an
// answer that nobody asked for.
func (a *attempts) exchange(x *attempt, out *http.Request) (*http.Response, error) {
	var sent time.Time
	timed := a.signed && a.r.action.integ.timed
	if timed {
		sent = a.r.gw.cfg.Now()
	}
	resp, err := a.r.gw.send(out)
	if err != nil {
		return nil, err
	}
	if timed {
		a.learnClock(resp, sent)
	}
	x.status = resp.StatusCode
	if resp.StatusCode < 100 {
		_ = resp.Body.Close()
		return nil, &egress.ResponseError{Status: resp.StatusCode, Reason: "it is no status of an answer"}
	}
	if err := a.r.unreadable(); err != nil { // answered before it was known that the request is broken
		_ = resp.Body.Close()
		return nil, err
	}
	if resp.Header.Get("Content-Encoding") == "" {
		return resp, nil
	}
	body, err := payload.Decoded(resp.Header, resp.Body)
	if err != nil {
		_ = resp.Body.Close()
		if resp.StatusCode >= 200 && resp.StatusCode < 300 {
			return nil, &egress.ResponseError{Status: resp.StatusCode, Reason: err.Error()}
		}
		body = http.NoBody // the status says what there is to say
	}
	resp.Body = body
	return resp, nil
}

// read reads a response's body, within the limits.
func (a *attempts) read(ctx context.Context, x *attempt, out *http.Request, resp *http.Response) (*http.Response, error) {
	data, release, err := egress.ReadBody(ctx, resp.Body, a.r.gw.transport.MaxBodyBytes(), a.r.gw.budget, a.r.spec.tenant)
	_ = resp.Body.Close()
	if err != nil {
		if release != nil {
			release()
		}
		return nil, x.unread(ctx, err)
	}
	x.responseBytes = int64(len(data))
	x.keep(out, resp, data)
	a.r.releasing(release)
	body := &readBody{data: data, release: release}
	body.Reset(data)
	resp.Body = body
	resp.ContentLength = int64(len(data))
	return resp, nil
}

// readBody is a body that has been read, and gives its bytes without a copy.
type readBody struct {
	bytes.Reader
	data    []byte
	release func() // of the budget; more than once does nothing
	said    resilience.Reading
}

func (b *readBody) Close() error {
	b.release()
	return nil
}

// releasing has a release run at the end of the call at the latest, for an action that forgets to close a body.
func (r *run) releasing(release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		release()
	}
	if r.releases == nil {
		r.releases = r.room.releases[:0]
	}
	r.releases = append(r.releases, release)
}

// outcomeOf is what an attempt tells the breaker: only 5xx, network failures
// and timeouts count against it; the caller's own end, a 408, 425 or 429 says
// nothing.
func outcomeOf(caller context.Context, resp *http.Response, err error) resilience.Outcome {
	if err != nil {
		var busy *egress.BudgetError
		kind := kindOf(caller, err, "")
		if caller.Err() == nil && !errors.As(err, &busy) && (kind == KindNetwork || kind == KindTimeout) {
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
