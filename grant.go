package waygate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
)

// grant is a credential that is about to be saved, with what its connection needs
// beside it.
type grant struct {
	cred   auth.Credential
	issued time.Time // zero if the provider didn't give it just now
	app    *app
	shared *StoredCredential // the tenant has this grant already; nil if it hasn't
	stored bool              // cred is what shared has
	saved  string            // the Grant of the row that it was written to; empty if it wasn't
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
		var err error
		if g, err = t.findGrant(ctx, c, g); err != nil { // before it is sent: that would spend it for whoever has it
			return g, err
		}
		if g.alive() {
			return t.current(ctx, c, g)
		}
		if g.app == nil {
			if g.app, err = t.gw.appFor(ctx, c, t.id, info.App, g.cred); err != nil {
				return g, err
			}
		}
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
		g.cred, g.issued, g.shared = got, sent, nil
	}
	return t.findGrant(ctx, c, g)
}

// alive says that the tenant has the grant already, and that it is renewed.
func (g grant) alive() bool {
	return g.shared != nil && g.shared.Status != CredentialNeedsReauth && g.shared.Status != CredentialRevoked
}

// current gives a grant that the tenant has already the token which is stored, renewed if
// that is due: its refresh token is sent by who holds the credential's lease, and by
// nobody beside.
func (t *Tenant) current(ctx context.Context, c *compiledIntegration, g grant) (grant, error) {
	page, err := t.gw.cfg.Store.Connections().List(ctx, t.id, ConnectionQuery{CredentialID: g.shared.ID, Limit: 1})
	switch {
	case err != nil:
		return g, err
	case len(page.Connections) == 0:
		return g, errorf(KindConflict, "", "Credential: the connection that has this grant is being removed: repeat if it is still wanted")
	}
	row, err := t.gw.tokenRow(*g.shared)
	if err != nil {
		return g, err
	}
	if _, err := t.gw.tokens.Credential(ctx, t.gw.source(c, page.Connections[0]), row, nil); err != nil {
		return g, tokenFailure(ctx, page.Connections[0], err)
	}
	now, err := t.gw.cfg.Store.Credentials().Get(ctx, t.id, g.shared.ID)
	if err != nil {
		return g, err
	}
	g.shared, g.stored = &now, true
	g.cred, err = t.gw.openCredential(now)
	return g, err
}

// regrant is the grant that replaces a connection's credential.
func (t *Tenant) regrant(ctx context.Context, f found, cred auth.Credential) (grant, error) {
	g := grant{cred: cred}
	var err error
	if f.c.renewer != nil {
		if g.app, err = t.gw.appByRef(ctx, t.id, f.row.Integration, f.row.App); err != nil {
			return g, err
		}
	}
	if g, err = t.obtain(ctx, f.c, infoOf(f.row, f.cred), g); err != nil {
		return g, err
	}
	if g.shared != nil && g.shared.ID != f.cred.ID {
		return g, errorf(KindConflict, "", "Credential: another connection of this tenant has this grant: connect with it to share it")
	}
	return t.newest(ctx, f.c, g)
}

// newest gives a grant whose refresh token was rotated away meanwhile what is stored: the
// one that was given is spent.
func (t *Tenant) newest(ctx context.Context, c *compiledIntegration, g grant) (grant, error) {
	if !g.alive() || g.stored {
		return g, nil
	}
	stored, err := t.gw.openCredential(*g.shared)
	if err != nil || refreshTokenOf(stored).Equal(refreshTokenOf(g.cred)) {
		return g, err
	}
	return t.current(ctx, c, g)
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
	var t *auth.TokenError
	errors.As(err, &t)
	what := "the provider gave no token"
	if t != nil && t.Op == "lookup" {
		what = "what the new token is for can't be looked up"
	}
	e := errorAs(fmt.Errorf("%s: %w", what, err), tokenKind(ctx, t, err))
	if t != nil {
		e.Status, e.RetryAfter = t.Status, t.RetryAfter
	}
	return e
}

// tokenKind is what a failed token request is for callers: an endpoint that is away
// asks for patience, and not for another credential. t is nil if err isn't one.
func tokenKind(ctx context.Context, t *auth.TokenError, err error) Kind {
	if kind := kindOf(ctx, err, ""); kind != "" {
		return kind
	}
	var own *auth.Error
	switch {
	case errors.Is(err, egress.ErrDenied):
		return KindConfig
	case setUp(t, err):
		return KindConfig
	case t == nil:
		return KindAuth
	case t.Cause == auth.TokenUnavailable && t.Status == http.StatusTooManyRequests:
		return KindRateLimited
	case t.Cause == auth.TokenUnavailable:
		return KindServer
	case t.Cause != auth.TokenUnsent && t.Cause != auth.TokenInDoubt:
		return KindAuth
	case t.Status != 0:
		return KindInvalidResponse // nobody can read it
	case errors.As(t.Err, &own): // a host's Renewer went wrong
		return KindConfig
	case isTimeout(t.Err):
		return KindTimeout
	}
	return KindNetwork
}

// setUp says that a token request couldn't even be made up, by what isn't the credential's:
// no customer can mend that. t is nil if err is from before it.
func setUp(t *auth.TokenError, err error) bool {
	if t != nil && (t.Cause != auth.TokenRejected || t.Status != 0) {
		return false
	}
	var own *auth.Error
	return errors.As(err, &own) && own.Field != "kind" && !strings.HasPrefix(own.Field, "values")
}

// keep writes what a grant is into its row, which has a place already.
func (t *Tenant) keep(c *compiledIntegration, row *StoredCredential, g grant) error {
	if err := t.sealInto(c, row, g.cred); err != nil {
		return err
	}
	row.Spare, row.Digests, row.RefreshAt, row.Failures, row.Cause, row.Intent = nil, nil, time.Time{}, 0, "", nil
	before := row.Grant
	row.Grant, row.IssuedAt, row.ForcedAt = "", g.issued, time.Time{}
	if c.renewer == nil {
		return nil
	}
	now := t.gw.cfg.Now()
	row.Grant, row.Digests = newID("grt", now), t.gw.digests(*row, g.cred)
	if before != "" && g.issued.IsZero() && g.shared != nil && g.shared.ID == row.ID {
		row.Grant = before // imported again: what a renewal under way brings is the only token that counts then
	}
	row.RefreshAt = t.gw.tokens.Schedule(auth.TokenRow{Credential: g.cred, Issued: g.issued}, c.renewer.Renewal(g.cred), now)
	return nil
}

// saveGrant writes a grant over a credential, unless an earlier try did: that one may
// have been renewed since.
func (t *Tenant) saveGrant(ctx context.Context, f found, cred StoredCredential, g *grant) (StoredCredential, error) {
	if g.saved != "" && cred.Grant == g.saved {
		return cred, nil
	}
	if err := t.keep(f.c, &cred, *g); err != nil {
		return cred, err
	}
	cred, err := t.gw.cfg.Store.Credentials().Save(ctx, cred, t.audit(ctx, "credential.set", f.row, nil, nil))
	if err == nil {
		g.saved = cred.Grant
	}
	return cred, err
}

// shareGrant saves what a provider gave just now where the tenant has that grant already:
// it may have been refused there before.
func (t *Tenant) shareGrant(ctx context.Context, f found, g grant) (grant, error) {
	if g.issued.IsZero() {
		return g, nil
	}
	for range 5 {
		if g.shared == nil { // it was removed meanwhile
			return g, nil
		}
		saved, err := t.saveGrant(ctx, f, *g.shared, &g)
		if err == nil {
			t.gw.cache.forget(t.id, f.row.Integration)
			g.shared = &saved
			return g, nil
		}
		if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUnresolved) {
			return g, err
		}
		g.shared = nil
		if g, err = t.findGrant(ctx, f.c, g); err != nil {
			return g, err
		}
	}
	return g, errorf(KindConflict, "", "the credential was changed again and again meanwhile: repeat if it is still wanted")
}

// replacement is the row of a credential that is replaced. write is false if there is
// nothing to write: it is renewed at this moment.
func (t *Tenant) replacement(c *compiledIntegration, row StoredCredential, g grant) (_ StoredCredential, write bool, _ error) {
	if g.stored {
		return *g.shared, g.shared.Intent == nil, nil
	}
	err := t.keep(c, &row, g)
	return row, err == nil, err
}
