package waygate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// enter waits until limits and circuits let the request through. Then x.leave must be called with what came of it,
// whatever happens.
func (a *attempts) enter(x *attempt, req *http.Request) (waited time.Duration, err error) {
	throttled, err := a.r.throttled(req.Context(), a.signed)
	if err != nil {
		return 0, err
	}
	waited, err = a.r.limit(req.Context(), a.signed)
	if err != nil {
		return 0, err
	}
	release, more, err := a.place(req.Context(), req)
	if err != nil {
		return 0, err
	}
	entered := false
	defer func() {
		if !entered { // refused, or an observer of circuits ended the goroutine
			release(false)
		}
	}()
	if err := a.r.gw.breakers.Enter(&x.permit, a.r.breakerKey(req), a.r.action.integ.breaker); err != nil {
		return 0, final(breakerError(err))
	}
	entered, x.release = true, release
	return throttled + waited + more, nil
}

// leave tells limits and circuits what came of the request.
func (x *attempt) leave(resp *http.Response, o resilience.Outcome) {
	defer x.release(strained(resp, o))
	x.permit.Done(o)
}

// limit waits for the rate limits that the request falls under, those that fewer share
// first: of the connection, of the tenant, of the app that the connection was made
// with, of the integration.
func (r *run) limit(ctx context.Context, signed bool) (time.Duration, error) {
	if !signed {
		return 0, nil
	}
	var room [2]resilience.Demand // what most integrations need no more than
	demands := r.demands(ctx, room[:0])
	if len(demands) == 0 {
		return 0, nil
	}
	start := r.gw.cfg.Now()
	if err := r.gw.limiters.WaitAll(ctx, r.spec.tenant, demands, resilience.DefaultMaxWait); err != nil {
		return 0, limited(err)
	}
	return r.gw.cfg.Now().Sub(start), nil
}

// demands appends to all what limits ask for.
func (r *run) demands(ctx context.Context, all []resilience.Demand) []resilience.Demand {
	c := r.action.integ
	add := func(k resilience.LimitKey, limits []resilience.Limit) {
		if len(limits) > 0 {
			k.Integration = c.def.ID
			all = append(all, resilience.Demand{Key: k, Limits: limits})
		}
	}
	add(resilience.LimitKey{Scope: "connection", Tenant: r.spec.tenant, Connection: r.link.info.ID}, c.limits)
	add(resilience.LimitKey{Scope: "tenant", Tenant: r.spec.tenant}, c.def.TenantLimits)
	if _, stored := r.link.source.(*storedConnection); stored && r.link.info.App != "" {
		add(r.gw.appLimitsOf(ctx, r.spec.tenant, c.def.ID, r.link.info.App))
	}
	add(resilience.LimitKey{Scope: "integration"}, c.def.SharedLimits)
	return all
}

// limited is an error of the limits as the loop wants to know it.
func limited(err error) error {
	var over *resilience.LimitError
	if !errors.As(err, &over) {
		return &resilience.AttemptError{Err: err, Final: true}
	}
	e := newError(KindRateLimited, "", err)
	e.RetryAfter = over.RetryAfter
	return final(e)
}

// place waits for a place among the requests that are under way to the host.
func (a *attempts) place(ctx context.Context, req *http.Request) (release func(strained bool), waited time.Duration, err error) {
	c := a.r.action.integ.def.Concurrency
	if c == nil || !a.signed {
		return func(bool) {}, 0, nil
	}
	start := a.r.gw.cfg.Now()
	release, err = a.r.gw.slots.Acquire(ctx, a.r.spec.tenant, circuitHost(req.URL), *c, resilience.DefaultMaxWait)
	if err != nil {
		return release, 0, limited(err)
	}
	return release, a.r.gw.cfg.Now().Sub(start), nil
}

// strained says whether an exchange showed that the host had too much of it.
func strained(resp *http.Response, outcome resilience.Outcome) bool {
	if resp == nil {
		return outcome == resilience.Failure
	}
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
}

// compileLimits checks what bounds the requests of an integration.
func (c *compiledIntegration) compileLimits() error {
	for _, part := range []struct {
		name   string
		limits []resilience.Limit
	}{{"limits", c.def.Limits}, {"tenant_limits", c.def.TenantLimits}, {"shared_limits", c.def.SharedLimits}} {
		if len(part.limits) > maxLimits {
			return at(part.name, fmt.Errorf("%d of them, want at most %d", len(part.limits), maxLimits))
		}
		for i, l := range part.limits {
			if err := l.Validate(); err != nil {
				return at(fmt.Sprintf("%s[%d]", part.name, i), err)
			}
		}
	}
	if c.def.Concurrency != nil {
		if err := c.def.Concurrency.Validate(); err != nil {
			return at("concurrency", err)
		}
	}
	return nil
}

// maxLimits is how many limits one thing has at most.
const maxLimits = 16

// cloneLimits copies what bounds the requests.
func (in *Integration) cloneLimits() {
	in.Limits, in.TenantLimits, in.SharedLimits = slices.Clone(in.Limits), slices.Clone(in.TenantLimits), slices.Clone(in.SharedLimits)
	in.Concurrency = clonePointer(in.Concurrency)
}
