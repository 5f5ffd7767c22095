package memory

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// How many apps there may be for one integration: of a tenant, and of the platform.
const (
	mostTenantApps   = 100
	mostPlatformApps = 1000
)

// app is a row with its place in scans.
type app struct {
	n   uint64
	row waygate.StoredApp
}

func compareAppID(a *app, id string) int { return strings.Compare(a.row.ID, id) }

// apps are those of all tenants, and the platform's under the tenant "", guarded by the store's lock.
type apps struct {
	tenants map[string]map[string][]*app // by tenant and integration, in order of ID
	all     sequence[*app]
}

func newApps() apps { return apps{tenants: map[string]map[string][]*app{}} }

// find returns those of an integration, and the place among them where the ID is or should be.
func (s *apps) find(tenant, integration, id string) (scope []*app, i int, found bool) {
	scope = s.tenants[tenant][integration]
	i, found = slices.BinarySearchFunc(scope, id, compareAppID)
	return scope, i, found
}

// set replaces those of an integration.
func (s *apps) set(tenant, integration string, scope []*app) {
	t := s.tenants[tenant]
	if t == nil {
		t = map[string][]*app{}
		s.tenants[tenant] = t
	}
	if t[integration] = scope; len(scope) > 0 {
		return
	}
	if delete(t, integration); len(t) == 0 {
		delete(s.tenants, tenant)
	}
}

func noApp(tenant, integration, id string) error {
	return unresolved("tenant %q has no app %q of %q", clip(tenant), clip(id), clip(integration))
}

// PutApp adds or changes an app; see [waygate.AppStore].
func (s *Store) PutApp(ctx context.Context, a waygate.StoredApp, entry *waygate.AuditEntry) (waygate.StoredApp, error) {
	if err := s.beginWrite(ctx); err != nil {
		return waygate.StoredApp{}, err
	}
	defer s.mu.Unlock()
	if err := checkApp(a, entry); err != nil {
		return waygate.StoredApp{}, err
	}
	put := s.addApp
	if a.Version != 0 {
		put = s.changeApp
	}
	row, err := put(a)
	if err != nil {
		return waygate.StoredApp{}, err
	}
	s.audit(entry)
	return cloneApp(row), nil
}

// checkApp tests what an app brings for itself.
func checkApp(a waygate.StoredApp, entry *waygate.AuditEntry) error {
	switch {
	case a.ID == "":
		return invalid("ID: is empty: an app needs one")
	case len(a.Settings) > 0 && !json.Valid(a.Settings):
		return invalid("Settings: are not JSON: want an object, or nothing")
	}
	return checkAudit(entry, a.Tenant)
}

func (s *Store) addApp(a waygate.StoredApp) (waygate.StoredApp, error) {
	scope, i, found := s.apps.find(a.Tenant, a.Integration, a.ID)
	if found {
		return a, conflict("ID: tenant %q has an app %q of %q already", clip(a.Tenant), clip(a.ID), clip(a.Integration))
	}
	most := mostTenantApps
	if a.Tenant == "" {
		most = mostPlatformApps
	}
	if len(scope) >= most {
		return a, invalid("ID: %q would be more than the %d apps that tenant %q may have of %q: delete some first",
			clip(a.ID), most, clip(a.Tenant), clip(a.Integration))
	}
	added := &app{s.next(), cloneApp(a)}
	added.row.Version, added.row.CreatedAt = 1, s.stamp()
	added.row.UpdatedAt = added.row.CreatedAt
	s.apps.set(a.Tenant, a.Integration, slices.Insert(scope, i, added))
	s.apps.all.add(added.n, added)
	return added.row, nil
}

func (s *Store) changeApp(a waygate.StoredApp) (waygate.StoredApp, error) {
	scope, i, found := s.apps.find(a.Tenant, a.Integration, a.ID)
	if !found {
		return a, noApp(a.Tenant, a.Integration, a.ID)
	}
	old := scope[i]
	if old.row.Version != a.Version {
		return a, conflict("Version: app %q has %d, not %d: read it again", clip(a.ID), old.row.Version, a.Version)
	}
	next := cloneApp(a)
	next.Version++
	next.CreatedAt, next.UpdatedAt = old.row.CreatedAt, s.stamp()
	old.row = next
	return next, nil
}

// App returns an app; see [waygate.AppStore].
func (s *Store) App(ctx context.Context, tenant, integration, id string) (waygate.StoredApp, error) {
	if err := s.beginRead(ctx); err != nil {
		return waygate.StoredApp{}, err
	}
	defer s.mu.RUnlock()
	scope, i, found := s.apps.find(tenant, integration, id)
	if !found {
		return waygate.StoredApp{}, noApp(tenant, integration, id)
	}
	return cloneApp(scope[i].row), nil
}

// Apps returns the apps of an integration; see [waygate.AppStore].
func (s *Store) Apps(ctx context.Context, tenant, integration string) ([]waygate.StoredApp, error) {
	if err := s.beginRead(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	var list []waygate.StoredApp
	for _, a := range s.apps.tenants[tenant][integration] {
		list = append(list, cloneApp(a.row))
	}
	return list, nil
}

// DeleteApp removes an app; see [waygate.AppStore].
func (s *Store) DeleteApp(ctx context.Context, tenant, integration, id string, entry *waygate.AuditEntry) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	scope, i, found := s.apps.find(tenant, integration, id)
	if !found {
		return noApp(tenant, integration, id)
	}
	s.apps.all.remove(scope[i].n)
	s.apps.set(tenant, integration, slices.Delete(scope, i, i+1))
	s.audit(entry)
	return nil
}

// ScanApps returns the apps of all; see [waygate.AppStore].
func (s *Store) ScanApps(ctx context.Context, cursor string) (waygate.AppPage, error) {
	list, next, err := numberedPage(ctx, s, listing{name: "apps"}, cursor, mostLimit, func() *sequence[*app] { return &s.apps.all },
		func(a *app) (waygate.StoredApp, bool) { return cloneApp(a.row), true })
	return waygate.AppPage{Apps: list, Cursor: next}, err
}

// purgeApps removes those of a tenant, and counts them. The platform's, which has none to purge, stay.
func (s *Store) purgeApps(tenant string) (n int) {
	if tenant == "" {
		return 0
	}
	for _, scope := range s.apps.tenants[tenant] {
		n += len(scope)
		for _, a := range scope {
			s.apps.all.remove(a.n)
		}
	}
	delete(s.apps.tenants, tenant)
	return n
}

var _ waygate.AppStore = (*Store)(nil)
