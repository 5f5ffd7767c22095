package waygate

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
)

// Circuit is a circuit that the calls of a connection have to pass, as it stands.
type Circuit struct {
	resilience.BreakerState
	// Changes are the last ones, the oldest first: at most 16.
	Changes []resilience.BreakerChange
}

// Circuits returns the circuits of a connection, given by slug or ID, "" for the
// primary: its own, for each host that it has called, and those of the whole hosts,
// which have no Key.Tenant and no counts, as these are about others too. A connection
// that nothing was asked of has none of its own. They are this process's; forced ones are all processes' where
// Config.Circuits is set.
func (t *Tenant) Circuits(ctx context.Context, integration, ref string) ([]Circuit, error) {
	const op = "circuits"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	row, _, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, integration, ref)
	if err != nil {
		return nil, t.notFound(ctx, op, integration, ref, err)
	}
	b := t.gw.breakers
	var list []Circuit
	hosts := t.gw.hostOf(ctx, row)
	for _, s := range b.List(t.id) {
		if s.Key.Connection == row.ID {
			list = append(list, Circuit{s, b.History(s.Key)})
			hosts = append(hosts, resilience.BreakerKey{Host: s.Key.Host, Use: s.Key.Use})
		}
	}
	for i, k := range hosts {
		if s, ok := b.State(k); ok && !slices.Contains(hosts[:i], k) {
			s.Requests, s.Failures = 0, 0
			list = append(list, Circuit{s, b.History(k)})
		}
	}
	return list, nil
}

// hostOf is the host that a connection leads to, if that is known without a call.
func (g *Gateway) hostOf(ctx context.Context, row StoredConnection) []resilience.BreakerKey {
	base, err := url.Parse(row.BaseURL)
	if row.BaseURL == "" || err != nil {
		c, err := g.integration(ctx, "", row.Integration)
		if err != nil || c.fixed == nil {
			return nil
		}
		base = c.fixed
	}
	return []resilience.BreakerKey{{Host: circuitHost(base)}}
}

// breakerKey is the circuit of a request.
func (r *run) breakerKey(req *http.Request) resilience.BreakerKey {
	return resilience.BreakerKey{Tenant: r.spec.tenant, Connection: r.link.info.ID, Host: circuitHost(req.URL)}
}

// circuitHost is a URL's host in one spelling, so that another one doesn't get another
// circuit.
func circuitHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	return strings.TrimSuffix(host, ".")
}

// tokenCircuit puts the circuit of the token endpoint's host before the renewals of a
// connection's credential; how long one credential waits after a failure is the
// manager's business. What a person asks for, to connect, passes without: it is rare,
// and the code that it brings can't be used twice.
type tokenCircuit struct {
	next     http.RoundTripper
	breakers *resilience.Breakers
	key      resilience.BreakerKey
}

// RoundTrip sends a request if the circuits let it through. The error says that nothing
// was sent: the grant is as it was.
func (t tokenCircuit) RoundTrip(req *http.Request) (*http.Response, error) {
	k := t.key
	k.Host = circuitHost(req.URL)
	done, err := t.breakers.AllowHost(k)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	outcome := resilience.Ignored
	defer func() { done(outcome) }()
	resp, err := t.next.RoundTrip(req)
	outcome = tokenOutcome(req.Context(), resp, err)
	return resp, err
}

// tokenOutcome is what an exchange with a token endpoint tells its circuits.
func tokenOutcome(ctx context.Context, resp *http.Response, err error) resilience.Outcome {
	var odd *egress.ResponseError
	var proxy *egress.ProxyError
	switch {
	case err == nil:
		return outcomeOf(ctx, resp, nil)
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, egress.ErrDenied), errors.As(err, &odd), errors.As(err, &proxy):
		return resilience.Ignored
	}
	return resilience.Failure
}
