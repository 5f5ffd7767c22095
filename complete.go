package waygate

import (
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"net/url"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// Complete ends the flow that [Tenant.Authorize] began: callback is the query, or the
// posted form, that the browser came back with, and binding what it was given in
// [Authorization].Binding. It exchanges the code, verifies the token where the
// integration has a [Verification], runs the integration's AfterConnect hook, and
// saves the connection: a new one, or the new credential of one that is there.
//
// A flow can be completed once, whatever comes of it: also a denied consent uses it
// up. A state that is unknown, too old or another tenant's, and a binding that isn't
// the flow's, are [ErrInvalidInput]; a person who said no, and a provider who refused a
// token, [ErrAuth]; a provider that is away, [ErrServer] or [ErrNetwork]. Nothing of the provider's text is fit for HTML.
//
// A handler of the host's own, in place of [Gateway.Callback], has to make sure by
// itself that the browser came to the redirect URL which the integration's app has:
// else one provider could pass off another's answer as its own.
func (t *Tenant) Complete(ctx context.Context, callback url.Values, binding string) (*ConnectionInfo, error) {
	return t.completeAt(ctx, callback, binding, nil)
}

// completeAt is Complete where it is known to which URL the browser came; nil if it
// isn't.
func (t *Tenant) completeAt(ctx context.Context, callback url.Values, binding string, came func(redirect string) bool) (*ConnectionInfo, error) {
	const op = "complete"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	flow, integration, err := t.takeFlow(ctx, callback.Get("state"))
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	if came != nil && !came(flow.Redirect) {
		return nil, t.fail(ctx, op, integration, flow.Spec.Slug, errorf(KindInvalidInput, "", "the browser came back to another URL than the flow's redirect: "+
			"the answer may be another provider's: begin again with Authorize (behind a proxy that shortens paths, set CallbackConfig.Prefix)"))
	}
	info, err := t.complete(ctx, integration, flow, callback, binding)
	if err != nil {
		return nil, t.fail(ctx, op, integration, flow.Spec.Slug, err)
	}
	return info, nil
}

func (t *Tenant) complete(ctx context.Context, integration string, flow flowState, callback url.Values, binding string) (*ConnectionInfo, error) {
	if subtle.ConstantTimeCompare(flow.Binding, bindingHash(binding)) != 1 {
		return nil, errorf(KindInvalidInput, "", "binding: this is not the browser that the authorization was begun in: begin again with Authorize")
	}
	c, err := t.gw.integration(ctx, "", integration)
	if err != nil {
		return nil, err
	}
	if c.oauth == nil {
		return nil, errorf(KindConfig, "", "integration %q has no OAuth any more: its auth was changed while the person was away: connect it with Tenant.Connect", integration)
	}
	if err := c.oauth.CheckCallback(callback); err != nil {
		return nil, newError(KindAuth, "", err)
	}
	target, a, err := t.resume(ctx, c, flow)
	if err != nil {
		return nil, err
	}
	tokens, issued, err := t.exchange(ctx, c, flow, infoOf(target.row, nil), a, callback)
	if err != nil {
		return nil, err
	}
	return t.finish(ctx, target, tokens, grant{cred: tokens.Credential, issued: issued, app: a}, flow.Spec.Unverified)
}

// resume finds the app and the connection that a flow was begun with.
func (t *Tenant) resume(ctx context.Context, c *compiledIntegration, flow flowState) (found, *app, error) {
	a, err := t.gw.appByRef(ctx, t.id, c.def.ID, flow.App)
	if err != nil {
		return found{}, nil, err
	}
	if err := a.usable(flow.Connection == ""); err != nil {
		return found{}, nil, err
	}
	target, err := t.target(ctx, c, flow)
	target.row.App = a.ref()
	return target, a, err
}

// exchange makes tokens of the callback's code, where the connection leads with what
// the callback brings.
func (t *Tenant) exchange(ctx context.Context, c *compiledIntegration, flow flowState, info ConnectionInfo, a *app, callback url.Values) (auth.Tokens, time.Time, error) {
	var none auth.Tokens
	brought, err := c.brought(callback)
	if err != nil {
		return none, time.Time{}, err
	}
	info.Parameters = merged(info.Parameters, brought)
	call, err := t.gw.tokenCall(c, info, a)
	if err != nil {
		return none, time.Time{}, err
	}
	ask, cancel := t.gw.asking(ctx)
	defer cancel()
	issued := t.gw.cfg.Now()
	tokens, err := c.oauth.Exchange(ask, call, auth.CodeExchange{Verifier: flow.Verifier, RedirectURL: flow.Redirect, Scopes: flow.Spec.Scopes, Callback: callback})
	if err != nil {
		return none, issued, grantFailure(ctx, err)
	}
	return tokens, issued, nil
}

// target is the connection that a flow is about; its row has an ID also when it
// isn't stored yet.
func (t *Tenant) target(ctx context.Context, c *compiledIntegration, flow flowState) (found, error) {
	f := found{c: c}
	if flow.Connection == "" {
		f.row = flow.Spec.row(t.id, c.def.ID, t.gw.cfg.Now())
		return f, nil
	}
	var err error
	f.row, f.cred, err = t.gw.cfg.Store.Connections().Find(ctx, t.id, c.def.ID, flow.Connection)
	if errors.Is(err, ErrUnresolved) {
		return f, errorf(KindUnresolved, "", "connection %q was removed while it was being authorized: begin again with Authorize if it is still wanted", flow.Spec.Slug)
	}
	return f, err
}

// finish saves what a flow gave.
func (t *Tenant) finish(ctx context.Context, f found, tokens auth.Tokens, g grant, unverified bool) (*ConnectionInfo, error) {
	if len(tokens.Parameters) > 0 {
		f.row.Parameters = merged(f.row.Parameters, tokens.Parameters)
	}
	if err := t.prove(ctx, f.c, &f.row, g.cred, unverified); err != nil {
		return nil, err
	}
	g, err := t.findGrant(ctx, f.c, g)
	if err != nil {
		return nil, err
	}
	if f.row.Version == 0 {
		return t.insert(ctx, f.c, f.row, g)
	}
	return t.reauthorize(ctx, f, g)
}

func merged(base, more map[string]string) map[string]string {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, more)
	return out
}

// prove tests a connection that is about to be saved: what was captured, the
// credential, and what the host's hook says.
func (t *Tenant) prove(ctx context.Context, c *compiledIntegration, row *StoredConnection, cred auth.Credential, unverified bool) error {
	later := c.later
	if c.hooks.connect == nil { // all has come that comes
		later = nil
	}
	if err := t.gw.checkUnfinished(c, infoOf(*row, nil), later); err != nil {
		return err
	}
	if !unverified {
		if err := t.verify(ctx, c, infoOf(*row, nil), cred); err != nil {
			return err
		}
	}
	return t.afterConnect(ctx, c, row, cred)
}

// reauthorize gives a connection that is there its new credential. What was
// refreshed meanwhile is written over: the person's word is the newer.
func (t *Tenant) reauthorize(ctx context.Context, f found, g grant) (*ConnectionInfo, error) {
	for range 5 {
		info, err := t.tryReauthorize(ctx, f, &g)
		if !errors.Is(err, ErrConflict) {
			return info, err
		}
		now, err := t.target(ctx, f.c, flowState{Connection: f.row.ID, Spec: AuthorizeSpec{Slug: f.row.Slug}})
		if err != nil {
			return nil, err
		}
		now.row.Parameters, now.row.App = merged(now.row.Parameters, f.row.Parameters), f.row.App
		f, g.shared = now, nil
		if g, err = t.findGrant(ctx, f.c, g); err != nil { // that row may be the one which was changed
			return nil, err
		}
	}
	return nil, errorf(KindConflict, "", "the connection was changed again and again meanwhile: repeat if it is still wanted")
}

func (t *Tenant) tryReauthorize(ctx context.Context, f found, g *grant) (*ConnectionInfo, error) {
	defer t.gw.cache.forget(t.id, f.row.Integration)
	before := infoOf(f.row, f.cred)
	cred := f.cred
	if g.shared != nil {
		cred = g.shared
		f.row.CredentialID = cred.ID
	}
	if cred == nil {
		return nil, errorf(KindConfig, "", "connection %q has no credential to replace: connect it anew", f.row.Slug)
	}
	saved, err := t.saveGrant(ctx, f, *cred, g)
	if err != nil {
		return nil, err
	}
	row, stored, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, f.row.Integration, f.row.ID)
	if err != nil {
		return nil, err
	}
	if row.App != f.row.App || !maps.Equal(row.Parameters, f.row.Parameters) || row.CredentialID != f.row.CredentialID {
		row.App, row.Parameters, row.CredentialID = f.row.App, f.row.Parameters, f.row.CredentialID
		if row.Status == StatusNeedsReauth || row.Status == StatusError {
			row.Status = StatusActive
		}
		if row, err = t.gw.cfg.Store.Connections().Update(ctx, row, t.audit(ctx, "connection.update", f.row, before, infoOf(row, &saved))); err != nil {
			return nil, err
		}
		stored = &saved
	}
	info := infoOf(row, stored)
	t.changed(ctx, EventCredentialSet, info)
	return &info, nil
}

// insert saves a new connection; one whose grant the tenant has already shares that
// one's credential.
func (t *Tenant) insert(ctx context.Context, c *compiledIntegration, row StoredConnection, g grant) (*ConnectionInfo, error) {
	g, err := t.shareGrant(ctx, found{c: c, row: row}, g)
	if err != nil {
		return nil, err
	}
	cred := &StoredCredential{Tenant: t.id, ID: newID("crd", t.gw.cfg.Now()), Integration: c.def.ID}
	if g.shared != nil {
		cred = nil
		row.CredentialID = g.shared.ID
	} else {
		if err := t.keep(c, cred, g); err != nil {
			return nil, err
		}
		row.CredentialID = cred.ID
	}
	if g.app != nil {
		row.App = g.app.ref()
	}
	info, err := t.insertRows(ctx, row, cred)
	if err == nil && cred == nil {
		info.CredentialStatus, info.CredentialCause, info.Expires = g.shared.Status, g.shared.Cause, g.shared.Expires
	}
	return info, err
}

// insertRows writes a connection and tells of it.
func (t *Tenant) insertRows(ctx context.Context, row StoredConnection, cred *StoredCredential) (*ConnectionInfo, error) {
	audit := t.audit(ctx, "connection.create", row, nil, infoOf(row, cred))
	defer t.gw.cache.forget(t.id, row.Integration) // also if it isn't known what became of the change
	saved, err := t.gw.cfg.Store.Connections().Insert(ctx, row, cred, audit)
	if errors.Is(err, ErrConflict) {
		return nil, slugTaken(row)
	}
	if err != nil {
		return nil, err
	}
	info := infoOf(saved, cred)
	t.changed(ctx, EventConnected, info)
	return &info, nil
}
