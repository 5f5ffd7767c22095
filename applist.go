package waygate

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
	"github.com/waygate-go/waygate/resilience"
)

// Apps lists the platform's OAuth clients for an integration, in order of ID.
func (g *Gateway) Apps(ctx context.Context, integration string) ([]*AppInfo, error) {
	const op = "apps"
	if err := g.begin(ctx, op); err != nil {
		return nil, err
	}
	defer g.life.end()
	list, err := g.listApps(ctx, "", integration)
	if err != nil {
		return nil, definitionStoreError(ctx, op, integration, err)
	}
	return list, nil
}

// Apps lists the tenant's own OAuth clients for an integration, in order of ID.
func (t *Tenant) Apps(ctx context.Context, integration string) ([]*AppInfo, error) {
	const op = "apps"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	list, err := t.gw.listApps(ctx, t.id, integration)
	if err != nil {
		return nil, t.fail(ctx, op, integration, "", err)
	}
	return list, nil
}

func (g *Gateway) listApps(ctx context.Context, tenant, integration string) ([]*AppInfo, error) {
	if g.parts.apps == nil {
		return nil, missingPart("", "AppStore")
	}
	rows, err := g.parts.apps.Apps(ctx, tenant, integration)
	if err != nil {
		return nil, err
	}
	list := make([]*AppInfo, 0, len(rows))
	for _, row := range rows {
		info, _, err := appInfo(row)
		if err != nil {
			return nil, err
		}
		list = append(list, &info)
	}
	return list, nil
}

// DeleteApp removes an OAuth client of the platform's. Connections that were made
// with it keep the token that they have and get no other.
func (g *Gateway) DeleteApp(ctx context.Context, integration, id string) error {
	const op = "delete_app"
	if err := g.begin(ctx, op); err != nil {
		return err
	}
	defer g.life.end()
	if err := g.deleteApp(ctx, "", integration, id); err != nil {
		return definitionStoreError(ctx, op, integration, err)
	}
	return nil
}

// DeleteApp removes an OAuth client of the tenant's own; see [Gateway.DeleteApp].
func (t *Tenant) DeleteApp(ctx context.Context, integration, id string) error {
	const op = "delete_app"
	if err := t.begin(ctx, op); err != nil {
		return err
	}
	defer t.gw.life.end()
	if err := t.gw.deleteApp(ctx, t.id, integration, id); err != nil {
		return t.fail(ctx, op, integration, "", err)
	}
	return nil
}

func (g *Gateway) deleteApp(ctx context.Context, tenant, integration, id string) error {
	if g.parts.apps == nil {
		return missingPart("", "AppStore")
	}
	defer g.appLimits.forget(tenant, integration, id)
	return g.parts.apps.DeleteApp(ctx, tenant, integration, id, g.auditEntry(ctx, tenant, "app.delete", integration+"/"+id, nil, nil))
}

// appLimitsAge is how long the limits of an app are believed.
const appLimitsAge = time.Minute

// appLimits remembers the rate limits of apps, so that a call needn't ask.
type appLimits struct {
	known *bounded.Map[appKey, *knownLimits]
}

type appKey struct{ tenant, integration, id string }

type knownLimits struct {
	mu     sync.Mutex // guards what follows
	limits []resilience.Limit
	read   time.Time // zero before the first time
}

func newAppLimits() appLimits {
	return appLimits{bounded.New[appKey, *knownLimits](maxLimiters, nil)}
}

func (l appLimits) forget(tenant, integration, id string) {
	l.known.Delete(appKey{tenant, integration, id})
}

// appLimitsOf are the limits of the app that a connection was made with, and the
// key that all of its connections share. While the store is away, the last known
// ones hold, else none.
func (g *Gateway) appLimitsOf(ctx context.Context, tenant, integration, ref string) (resilience.LimitKey, []resilience.Limit) {
	owner, id := appOwner(tenant, ref)
	key := resilience.LimitKey{Scope: "app", Tenant: owner, Integration: integration, App: id}
	known := g.appLimits.known.GetOrCreate(appKey{owner, integration, id}, func() *knownLimits { return &knownLimits{} })
	now := g.cfg.Now()
	known.mu.Lock()
	limits, fresh := known.limits, !known.read.IsZero() && now.Sub(known.read) < appLimitsAge
	if !fresh && !known.read.IsZero() {
		known.read = now // others go on with what is known
	}
	known.mu.Unlock()
	if fresh {
		return key, limits
	}
	row, err := g.parts.apps.App(ctx, owner, integration, id)
	info, _, bad := appInfo(row)
	if err == nil && bad == nil || errors.Is(err, ErrUnresolved) { // one that is gone has none
		known.mu.Lock()
		limits, known.limits, known.read = info.Limits, info.Limits, now
		known.mu.Unlock()
	}
	return key, limits
}
