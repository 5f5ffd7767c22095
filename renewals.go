package waygate

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	renewInterval = 5 * time.Second // how often Run looks for what is due
	maxRenewals   = 8               // at once
)

// renewDue renews the tokens that are due, of all tenants: those near their expiry,
// and those that would die unused.
func (g *Gateway) renewDue(ctx context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	slots := make(chan struct{}, maxRenewals)
	for cursor := ""; ; {
		page, err := g.cfg.Store.Credentials().Due(ctx, g.cfg.Now(), cursor)
		if err != nil {
			if ctx.Err() == nil {
				g.cfg.Logger.Warn("waygate: what tokens are due can't be read", zap.Error(err))
			}
			return
		}
		for _, row := range page.Credentials {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			under.Go(func() {
				defer func() { <-slots }()
				g.renewOne(ctx, row)
			})
		}
		if cursor = page.Cursor; cursor == "" {
			return
		}
	}
}

// renewOne renews a credential for one of the connections that use it. Observers are
// told what comes of it.
func (g *Gateway) renewOne(ctx context.Context, cred StoredCredential) {
	if cred.Status == CredentialNeedsReauth || cred.Status == CredentialRevoked {
		return
	}
	c, err := g.integration(ctx, "", cred.Integration)
	if err != nil || c.renewer == nil {
		return // this process doesn't know how
	}
	page, err := g.cfg.Store.Connections().List(ctx, cred.Tenant, ConnectionQuery{CredentialID: cred.ID, Limit: 1})
	if err != nil || len(page.Connections) == 0 {
		return
	}
	if err := g.tokens.Renew(ctx, g.source(c, page.Connections[0])); err != nil && ctx.Err() == nil {
		g.cfg.Logger.Debug("waygate: a token was not renewed", zap.String("tenant", cred.Tenant),
			zap.String("integration", cred.Integration), zap.Error(err))
	}
}

// renewing is renewDue at intervals, until ctx ends.
func (g *Gateway) renewing(ctx context.Context) {
	tick := time.NewTicker(renewInterval)
	defer tick.Stop()
	for {
		g.renewDue(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
