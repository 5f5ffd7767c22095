package waygate

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
)

// wayOut is the transport that all calls share: what the host wraps around the
// guard, with CloseIdleConnections hidden, so that the end of one failing call
// doesn't cost the others their connections. It is nil if the host's function
// gives nothing.
func wayOut(g *Gateway) http.RoundTripper {
	guard := onlyRoundTrip{g.transport}
	if g.cfg.Transport == nil {
		return guard
	}
	if outer := g.cfg.Transport(guard); outer != nil {
		return onlyRoundTrip{outer}
	}
	return nil
}

type onlyRoundTrip struct{ http.RoundTripper }

// send sends an attempt's request, which was made for it alone: where the host has nothing around the guard, that needs
// no copy.
func (g *Gateway) send(req *http.Request) (*http.Response, error) {
	if g.cfg.Transport == nil {
		return g.transport.Send(req)
	}
	return g.way.RoundTrip(req)
}

// callTransport is the transport of Call.HTTPClient: redirects over the attempt
// loop over attempts.
type callTransport struct{ r *run }

func (t callTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.r
	if err := r.usable(); err != nil {
		return refusing{err}.RoundTrip(req)
	}
	if req.Context() != r.ctx {
		ctx, cancel := within(req.Context(), r.ctx)
		defer cancel()
		req = req.WithContext(ctx)
	}
	hop := &hop{r: r, key: r.wireKey(req)}
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
	r     *run
	key   string // idempotency key on the wire; empty if there is none
	used  auth.Credential
	old   bool             // used is from before the call's refresh
	fresh *auth.Credential // for the next attempt
	sent  int
	// counted says that the present request is in its host's retry budget.
	counted bool
	// moved says that an answer's Date showed a clock that nothing was signed by yet.
	moved bool
	skew  time.Duration // by which the clock was taken to be off, for the last signature
	left  bool          // a redirect led to another origin: what it leads back to isn't signed
	// number is that of the last attempt in the record, from 1; said what its answer
	// was found to say.
	number int
	said   resilience.Reading

	loop resilience.Transport
	next attempts
}

func (h *hop) RoundTrip(req *http.Request) (*http.Response, error) {
	r := h.r
	signed := !h.left && req.URL != nil && r.signs(req.URL)
	h.left, h.counted = h.left || !signed, false
	if !signed && r.spec.strayed != nil {
		r.spec.strayed.Store(true)
	}
	h.next = attempts{h, signed}
	h.loop = resilience.Transport{
		Next:         &h.next,
		Policy:       r.retryPolicy(),
		Repeatable:   signed && (r.action.info.Effects.Idempotent || h.key != ""),
		NotProcessed: r.action.integ.def.NotProcessed,
		Rand:         r.gw.cfg.Rand,
		Now:          r.gw.cfg.Now,
		Read:         saysNothing,
	}
	r.hold("")
	return h.loop.RoundTrip(req)
}

// saysNothing is how the answer of an attempt is read that the loop wasn't prompted about.
func saysNothing(*http.Response) resilience.Reading { return resilience.Reading{} }

// prompt gives the loop what it asks and tells after an attempt that may be followed by another; most aren't.
func (a *attempts) prompt(req *http.Request) {
	h, r := a.hop, a.r
	key := r.budgetKey(req.URL)
	h.loop.Retrying, h.loop.Held = r.retrying, h.hold
	h.loop.Read = func(*http.Response) resilience.Reading { return h.said }
	h.loop.Spend = func() bool { return r.gw.retries.Retry(key) }
	if a.signed {
		h.loop.Refresh, h.loop.Unfit = h.refresh, h.untimely
	}
}

// signs says whether u is of an origin that may have the credential.
func (r *run) signs(u *url.URL) bool {
	if base := r.link.base; u.Host == base.Host && u.Scheme == base.Scheme {
		return true
	}
	origin := egress.Origin(u)
	return origin != "" && (origin == r.link.origin || r.ownSigns(origin) || slices.Contains(r.action.integ.origins, origin))
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

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
