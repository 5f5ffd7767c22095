package waygate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// grant is a credential that is about to be saved, with what its connection needs
// beside it.
type grant struct {
	cred   auth.Credential
	issued time.Time // zero if the provider didn't give it just now
	app    *app
	shared *StoredCredential // the tenant has this grant already; nil if it hasn't
}

// obtain makes a connection's credential complete: it asks for a first token where
// the scheme can get one by itself, and finds out whether the tenant has the grant
// already.
func (t *Tenant) obtain(ctx context.Context, c *compiledIntegration, info ConnectionInfo, g grant) (grant, error) {
	if c.renewer == nil {
		return g, nil
	}
	if err := g.app.usable(true); err != nil {
		return g, err
	}
	if _, err := t.gw.checkEndpoints(c, info, g.app); err != nil {
		return g, err
	}
	if g.cred.Values["access_token"].IsZero() && c.renewer.Renewal(g.cred).Possible {
		call, err := t.gw.tokenCall(c, info, g.app)
		if err != nil {
			return g, err
		}
		sent := t.gw.cfg.Now()
		asking, cancel := t.gw.asking(ctx)
		defer cancel()
		got, err := c.renewer.Renew(asking, call, g.cred)
		if err != nil {
			return g, grantFailure(ctx, err)
		}
		g.cred, g.issued = got, sent
	}
	return t.findGrant(ctx, c, g)
}

// asking bounds a token request that the caller waits for: its own ctx may have no
// end.
func (g *Gateway) asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.cfg.tokenDeadline())
}

// findGrant looks for the refresh token among what is stored.
func (t *Tenant) findGrant(ctx context.Context, c *compiledIntegration, g grant) (grant, error) {
	token := refreshTokenOf(g.cred)
	if token.IsZero() {
		return g, nil
	}
	row, err := t.gw.cfg.Store.Credentials().FindGrant(ctx, t.id, t.gw.cfg.Keyring.Digests(grantBinding(c.def.ID), token))
	switch {
	case errors.Is(err, ErrUnresolved):
		return g, nil
	case errors.Is(err, ErrConflict):
		return g, errorf(KindConflict, "", "Credential: another tenant has this grant already: each tenant has to authorize for itself")
	case err != nil:
		return g, err
	}
	g.shared = &row
	return g, nil
}

// grantFailure is a failed first token request.
func grantFailure(ctx context.Context, err error) error {
	kind := kindOf(ctx, err, KindAuth)
	var t *auth.TokenError
	if errors.As(err, &t) && kind == KindAuth {
		kind = causeKind(ctx, t.Cause, t)
	}
	e := errorAs(fmt.Errorf("the provider gave no token: %w", err), kind)
	if t != nil {
		e.Status, e.RetryAfter = t.Status, t.RetryAfter
	}
	return e
}

// causeKind is what a failed token request is to a caller: nobody needs another
// credential because the provider is away. t may be nil.
func causeKind(ctx context.Context, cause auth.TokenCause, t *auth.TokenError) Kind {
	switch {
	case cause == auth.TokenUnavailable && t != nil && t.Status == 429:
		return KindRateLimited
	case cause == auth.TokenUnavailable:
		return KindServer
	case t != nil && (cause == auth.TokenUnsent || cause == auth.TokenInDoubt):
		if isTimeout(t.Err) {
			return kindOf(ctx, t.Err, KindTimeout)
		}
		return kindOf(ctx, t.Err, KindNetwork)
	}
	return KindAuth
}

// keep writes what a grant is into its row, which has a place already.
func (t *Tenant) keep(c *compiledIntegration, row *StoredCredential, g grant) error {
	if err := t.sealInto(c, row, g.cred); err != nil {
		return err
	}
	row.Spare, row.Digests, row.RefreshAt, row.Failures, row.Cause, row.Intent = nil, nil, time.Time{}, 0, "", nil
	row.Grant, row.IssuedAt, row.ForcedAt = "", g.issued, time.Time{}
	if c.renewer == nil {
		return nil
	}
	now := t.gw.cfg.Now()
	row.Grant, row.Digests = newID("grt", now), t.gw.digests(*row, g.cred)
	row.RefreshAt = t.gw.tokens.Schedule(auth.TokenRow{Credential: g.cred, Issued: g.issued}, c.renewer.Renewal(g.cred), now)
	return nil
}
