package waygate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// newTokens makes the token manager.
func (g *Gateway) newTokens() error {
	m, err := auth.NewManager(auth.ManagerConfig{
		Store: tokenRows{g}, Lease: g.cfg.TokenLease, Deadline: g.cfg.tokenDeadline(), Now: g.cfg.Now, Rand: g.cfg.Rand, Observe: g.tokenEvent,
	})
	if err != nil {
		return newError(KindConfig, "new", fmt.Errorf("Config.TokenLease: %w", err))
	}
	g.tokens = m
	return nil
}

// tokenDeadline is how long one token request may take: a third of the lease.
func (c Config) tokenDeadline() time.Duration { return c.TokenLease / 3 }

// source is how the credential of a connection is renewed.
func (g *Gateway) source(c *compiledIntegration, row StoredConnection) auth.Source {
	return auth.Source{
		Ref:    auth.CredentialRef{Tenant: row.Tenant, ID: row.CredentialID},
		Scheme: c.renewer,
		Call: func(ctx context.Context, cred auth.Credential) (auth.TokenCall, error) {
			a, err := g.appFor(ctx, c, row.Tenant, row.App, cred)
			if err != nil {
				return auth.TokenCall{}, err
			}
			if err := a.usable(false); err != nil {
				return auth.TokenCall{}, err
			}
			call, err := g.tokenCall(c, infoOf(row, nil), a)
			if err == nil {
				call.HTTP.Transport = tokenCircuit{call.HTTP.Transport, g.breakers, resilience.BreakerKey{
					Tenant: row.Tenant, Connection: row.ID, Use: resilience.UseToken}}
			}
			return call, err
		},
		Revoke: func(ctx context.Context, cred auth.Credential) error { return g.revoke(ctx, c, row, cred) },
	}
}

// tokenCall is what a connection's token requests are made with.
func (g *Gateway) tokenCall(c *compiledIntegration, info ConnectionInfo, a *app) (auth.TokenCall, error) {
	origins, err := g.checkEndpoints(c, info, a)
	if err != nil {
		return auth.TokenCall{}, err
	}
	client, err := g.tokenClient(c, a, origins)
	if err != nil {
		return auth.TokenCall{}, err
	}
	call := auth.TokenCall{HTTP: client, Parameters: map[string]string{}, Parse: c.hooks.parse, Now: g.cfg.Now}
	for _, p := range c.params {
		if v, ok, err := c.parameter(info, p.Name); ok && err == nil {
			call.Parameters[p.Name] = v
		}
	}
	if a != nil {
		call.Client = a.client
	}
	return call, nil
}

// revoke gives a connection's tokens back, where the provider takes them.
func (g *Gateway) revoke(ctx context.Context, c *compiledIntegration, row StoredConnection, cred auth.Credential) error {
	if c.oauth == nil || c.oauth.RevokeURL == "" || cred.Kind == "" {
		return nil
	}
	a, err := g.appFor(ctx, c, row.Tenant, row.App, cred)
	if err != nil {
		return err
	}
	call, err := g.tokenCall(c, infoOf(row, nil), a)
	if err != nil {
		return err
	}
	return c.oauth.Revoke(ctx, call, cred)
}

// stored is the credential of a stored connection, renewed if that is due, or if the
// provider didn't take used.
func (r *run) stored(ctx context.Context, c *storedConnection, used *auth.Credential) (auth.Credential, error) {
	renewer := r.action.integ.renewer
	row, err := c.open()
	if err != nil || renewer == nil || used == nil && !c.renewable(r.action.integ, row) {
		return row.Credential, err
	}
	if used == nil && ctx.Err() == nil { // a warm token costs no more than any other
		if next, ok, err := r.gw.tokens.Standing(auth.CredentialRef{Tenant: c.row.Tenant, ID: c.row.CredentialID}, row); ok && err == nil {
			return next.Credential, nil
		}
	}
	next, err := r.gw.tokens.Credential(ctx, r.gw.source(r.action.integ, c.row), row, used)
	if err != nil {
		return auth.Credential{}, tokenFailure(ctx, c.row, err)
	}
	c.renewed(next)
	return next.Credential, nil
}

// tokenFailure says in the gateway's words why there is no token.
func tokenFailure(ctx context.Context, row StoredConnection, err error) error {
	var m *auth.ManagerError
	if !errors.As(err, &m) {
		return errorAs(err, kindOf(ctx, err, KindStore))
	}
	var e *Error
	after := m.RetryAfter
	switch m.Reason {
	case auth.RenewalNeedsReauth:
		e = newError(KindNeedsReauth, "", fmt.Errorf("connection %q needs re-auth: authorize the account again: %w", row.Slug, err))
	case auth.RenewalStore:
		e = errorAs(err, kindOf(ctx, err, KindStore))
	case auth.RenewalGone:
		e = newError(KindUnresolved, "", fmt.Errorf("the connection was removed: %w", err))
	case auth.RenewalShutdown, auth.RenewalCall:
		e = errorAs(err, kindOf(ctx, m.Err, KindConfig))
	case auth.RenewalProvider:
		var t *auth.TokenError
		if errors.As(err, &t); t == nil && m.Cause == string(auth.TokenUnavailable) {
			t = &auth.TokenError{Cause: auth.TokenUnavailable} // another process has found that out
		}
		if m.Cause == string(auth.TokenApp) {
			err = clientRefused(row, err)
		}
		if e = errorAs(err, tokenKind(ctx, t, err)); t != nil {
			e.Status = t.Status
		}
		if setUp(t, err) { // waiting doesn't mend that
			after = 0
		}
	default:
		e = newError(kindOf(ctx, err, KindAuth), "", err)
	}
	e.RetryAfter = after
	return e
}

// stands says that a credential isn't renewed after a 401, which is then the answer.
func stands(err error) bool {
	var m *auth.ManagerError
	return errors.As(err, &m) && (m.Reason == auth.RenewalTooSoon || m.Reason == auth.RenewalImpossible)
}

// storedRefresher is a stored connection that can renew its credential.
type storedRefresher struct {
	r *run
	c *storedConnection
}

func (s storedRefresher) Refresh(ctx context.Context, used auth.Credential) (auth.Credential, error) {
	return s.r.stored(ctx, s.c, &used)
}

// refresher is what can renew the call's credential; nil if nothing can.
func (r *run) refresher() Refresher {
	if c, ok := r.link.source.(*storedConnection); ok {
		if r.action.integ.renewer == nil {
			return nil
		}
		return storedRefresher{r, c}
	}
	source, _ := unwrapped[Refresher](r.link.source)
	return source
}

// tokenEvent tells what became of a credential to the observers, for each connection
// that uses it.
func (g *Gateway) tokenEvent(e auth.TokenEvent) {
	ctx, cancel := context.WithTimeout(context.Background(), findTimeout)
	defer cancel()
	page, err := g.cfg.Store.Connections().List(ctx, e.Ref.Tenant, ConnectionQuery{CredentialID: e.Ref.ID, Limit: 100})
	if err != nil {
		g.cfg.Logger.Warn("waygate: whose credential changed can't be read", zap.String("tenant", e.Ref.Tenant), zap.String("event", e.Event), zap.Error(err))
	}
	if err == nil && len(page.Connections) == 0 { // they were removed meanwhile: there is nobody else to tell
		g.logToken(ConnectionEvent{Event: e.Event, Connection: ConnectionInfo{Tenant: e.Ref.Tenant}, Err: e.Err})
	}
	for _, row := range page.Connections {
		switch e.Event {
		case "app_error":
			g.appChanged(ctx, row, e.Row.Credential, AppActive, AppError)
		case "refreshed": // also for a connection that never failed itself
			g.appChanged(ctx, row, e.Row.Credential, AppError, AppActive)
		}
		g.cache.forget(row.Tenant, row.Integration)
		info := infoOf(row, nil)
		info.CredentialStatus, info.CredentialCause, info.Expires = CredentialStatus(e.Row.State), e.Row.Cause, e.Row.Credential.Expires
		event := ConnectionEvent{Event: e.Event, Connection: info, At: g.cfg.Now(), Err: e.Err}
		g.logToken(event)
		g.observers.connectionChanged(ctx, event)
	}
}

func (g *Gateway) logToken(e ConnectionEvent) {
	log := g.cfg.Logger.Debug
	if e.Event != "refreshed" && e.Event != "recovered" {
		log = g.cfg.Logger.Warn
	}
	log("waygate token", zap.String("event", e.Event), zap.String("tenant", e.Connection.Tenant), zap.String("integration", e.Connection.Integration),
		zap.String("connection", e.Connection.Slug), zap.String("cause", e.Connection.CredentialCause), zap.Error(e.Err))
}

// appChanged notes that a provider didn't accept an app, or does again. That it is
// in error is for people to see: it is still asked with, after growing pauses.
func (g *Gateway) appChanged(ctx context.Context, row StoredConnection, cred auth.Credential, from, to AppStatus) {
	c, err := g.integration(ctx, "", row.Integration)
	if err != nil {
		return
	}
	a, err := g.appFor(ctx, c, row.Tenant, row.App, cred)
	if err != nil || a == nil || a.info.Status != from {
		return
	}
	a.row.Status = to
	audit := g.auditEntry(ctx, a.info.Tenant, "app.status", a.info.Integration+"/"+a.info.ID, from, to)
	if _, err := g.parts.apps.PutApp(ctx, a.row, audit); err != nil && !errors.Is(err, ErrConflict) {
		g.cfg.Logger.Warn("waygate: the status of an app can't be written", zap.String("app", a.ref()), zap.Error(err))
	}
}
