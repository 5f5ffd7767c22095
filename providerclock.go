package waygate

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/bounded"
)

const (
	maxClocks = 10_000
	// clockMoved is what a provider's clock must have been found to be off by, beyond
	// what was known, for a refused signature to be worth another try.
	clockMoved = 5 * time.Second
)

// providerClocks knows how far the clocks of providers are ahead of ours, by origin:
// what is signed with a time is signed with theirs.
type providerClocks struct {
	offsets *bounded.Map[string, *atomic.Int64]
}

func newProviderClocks() providerClocks {
	return providerClocks{bounded.New[string, *atomic.Int64](maxClocks, nil)}
}

// of is what is known of an origin's clock; 0 if nothing is.
func (c providerClocks) of(origin string) time.Duration {
	if o, ok := c.offsets.Get(origin); ok {
		return time.Duration(o.Load())
	}
	return 0
}

// learn takes up what an answer tells, and says whether the clock is another than the
// request was signed by: calls at the same time may all have been wrong.
func (c providerClocks) learn(origin string, h http.Header, signed time.Duration, sent, received time.Time) (moved bool) {
	offset, ok := auth.ClockOffset(h, sent, received)
	if !ok {
		return false
	}
	known, there := c.offsets.Get(origin)
	if !there {
		if offset == 0 {
			return signed.Abs() > clockMoved
		}
		known = c.offsets.GetOrCreate(origin, func() *atomic.Int64 { return &atomic.Int64{} })
	}
	known.Store(int64(offset))
	return (offset - signed).Abs() > clockMoved
}

// timed says whether a scheme may sign with a time: all but those that only send what
// they have.
func timed(s auth.Scheme) bool {
	for _, m := range schemesOf(s) {
		switch m := m.(type) {
		case auth.Bearer, auth.Basic, auth.Key, auth.Headers, auth.None, auth.ClientCertificate, auth.All, auth.Any:
		case auth.OAuth2:
			if m.Use != nil && timed(m.Use) {
				return true
			}
		case auth.Login:
			if m.Use != nil && timed(m.Use) {
				return true
			}
		case auth.GitHubApp:
			if m.Use != nil && timed(m.Use) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// signing is the ctx under which a request is signed: the clock is the gateway's, the randomness whatever the caller's ctx
// has.
func (h *hop) signing(ctx context.Context) context.Context {
	if h.moved = false; !h.r.action.integ.timed {
		return ctx
	}
	s := auth.SigningFrom(ctx)
	h.skew = h.r.gw.clocks.of(h.r.link.origin)
	s.Now = h.r.gw.cfg.Now().Add(h.skew)
	return auth.WithSigning(ctx, s)
}

// learnClock looks at the provider's clock in an answer to what may have been signed with a time.
func (h *hop) learnClock(resp *http.Response, sent time.Time) {
	if h.r.gw.clocks.learn(h.r.link.origin, resp.Header, h.skew, sent, h.r.gw.cfg.Now()) {
		h.moved = true
	}
}

// untimely says whether a refusal may be for the time that a request was signed with. A
// provider says so with a 401; AWS with a 403 or, in some of its protocols, a 400. With
// either nothing was done, and where the answer's Date shows that our time was wrong,
// the same request once more with the right one is worth it.
func (h *hop) untimely(status int) bool {
	return h.moved && (status == http.StatusForbidden || status == http.StatusBadRequest)
}
