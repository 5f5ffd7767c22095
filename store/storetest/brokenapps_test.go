package storetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

func brokenApps() map[string]breakage {
	apps := func(fails string, b brokenAppStore) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			b.broken = broken{Store: s}
			return b
		}}
	}
	return map[string]breakage{
		"gives the platform's apps":       apps("AppStore/1_names", brokenAppStore{platforms: true}),
		"gives apps of any integration":   apps("AppStore/1_names", brokenAppStore{anywhere: true}),
		"adds apps over others":           apps("AppStore/2_add", brokenAppStore{readds: true}),
		"lets all add one app":            apps("AppStore/2_add_race", brokenAppStore{readds: true}),
		"makes apps anew":                 apps("AppStore/3_change", brokenAppStore{remakes: true}),
		"changes any version of apps":     apps("AppStore/3_stale_version", brokenAppStore{anyVersion: true}),
		"lets all change one app":         apps("AppStore/3_change_race", brokenAppStore{anyVersion: true}),
		"takes settings that are no JSON": apps("AppStore/4_settings", brokenAppStore{anySettings: true}),
		"tidies settings":                 apps("Store/7_any_bytes", brokenAppStore{tidies: true}),
		"has few apps":                    apps("AppStore/5_most", brokenAppStore{most: 500}),
		"sorts apps as people do":         apps("Store/8_order_of_bytes", brokenAppStore{sorts: true}),
		"hides apps that are deleted":     apps("AppStore/6_delete", brokenAppStore{hides: true}),
		"audits no apps":                  apps("Store/6_audit_with_change", brokenAppStore{unaudited: true}),
		"stamps apps by the caller":       apps("Store/9_times_set", brokenAppStore{stamps: true}),
	}
}

// brokenAppStore keeps apps in one of several wrong ways.
type brokenAppStore struct {
	broken
	platforms, anywhere, readds, remakes, anyVersion, anySettings, tidies, sorts, hides, unaudited, stamps bool
	most                                                                                                   int
}

func (s brokenAppStore) PutApp(ctx context.Context, a waygate.StoredApp, entry *waygate.AuditEntry) (waygate.StoredApp, error) {
	if s.unaudited {
		entry = nil
	}
	var buf bytes.Buffer
	if s.tidies && json.Compact(&buf, a.Settings) == nil {
		a.Settings = buf.Bytes()
	}
	if s.anySettings && !json.Valid(a.Settings) {
		a.Settings = nil
	}
	if list, _ := s.Store.Apps(ctx, a.Tenant, a.Integration); s.most > 0 && a.Version == 0 && len(list) >= s.most {
		return waygate.StoredApp{}, waygate.ErrInvalidInput
	}
	put, err := s.Store.PutApp(ctx, a, entry)
	for errors.Is(err, waygate.ErrConflict) && (s.anyVersion && a.Version != 0 || s.readds && a.Version == 0) {
		old, _ := s.Store.App(ctx, a.Tenant, a.Integration, a.ID)
		next := a
		next.Version = old.Version
		put, err = s.Store.PutApp(ctx, next, entry)
	}
	if s.remakes {
		put.CreatedAt = put.UpdatedAt
	}
	if s.stamps {
		put.UpdatedAt = a.UpdatedAt
	}
	return put, err
}

func (s brokenAppStore) App(ctx context.Context, tenant, integration, id string) (waygate.StoredApp, error) {
	a, err := s.Store.App(ctx, tenant, integration, id)
	if s.platforms && errors.Is(err, waygate.ErrUnresolved) {
		return s.Store.App(ctx, "", integration, id)
	}
	if s.anywhere && errors.Is(err, waygate.ErrUnresolved) {
		return s.Store.App(ctx, tenant, "github", id)
	}
	return a, err
}

func (s brokenAppStore) Apps(ctx context.Context, tenant, integration string) ([]waygate.StoredApp, error) {
	list, err := s.Store.Apps(ctx, tenant, integration)
	if s.sorts {
		slices.SortFunc(list, func(a, b waygate.StoredApp) int { return strings.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID)) })
	}
	return list, err
}

func (s brokenAppStore) DeleteApp(ctx context.Context, tenant, integration, id string, entry *waygate.AuditEntry) error {
	if !s.hides {
		return s.Store.DeleteApp(ctx, tenant, integration, id, entry)
	}
	a, err := s.Store.App(ctx, tenant, integration, id)
	if err == nil {
		_, err = s.Store.PutApp(ctx, a, entry)
	}
	return err
}

// brokenPurges are wrong about flows and apps.
func brokenPurges() map[string]breakage {
	purges := func(fails string, purge func(ctx context.Context, s *memory.Store, tenant string, done *waygate.Purged)) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: purging{s.Connections(), s, purge}}
		}}
	}
	return map[string]breakage{
		"counts no apps":  purges("ConnectionStore/8_purge", func(_ context.Context, _ *memory.Store, _ string, done *waygate.Purged) { done.Apps = 0 }),
		"counts no flows": purges("ConnectionStore/8_purge", func(_ context.Context, _ *memory.Store, _ string, done *waygate.Purged) { done.Flows = 0 }),
		"keeps apps by purges": purges("AppStore/7_purge", func(ctx context.Context, s *memory.Store, tenant string, _ *waygate.Purged) {
			_, _ = s.PutApp(ctx, waygate.StoredApp{Tenant: tenant, Integration: "github", ID: "app"}, nil)
		}),
		"purges the platform's apps": purges("AppStore/7_purge", func(ctx context.Context, s *memory.Store, _ string, _ *waygate.Purged) {
			_ = s.DeleteApp(ctx, "", "github", "app", nil)
		}),
		"counts flows that are over": purges("FlowStore/2_time_over", func(_ context.Context, _ *memory.Store, _ string, done *waygate.Purged) { done.Flows++ }),
	}
}

type purging struct {
	connections
	s     *memory.Store
	purge func(ctx context.Context, s *memory.Store, tenant string, done *waygate.Purged)
}

func (p purging) Purge(ctx context.Context, tenant string, a *waygate.AuditEntry) (waygate.Purged, error) {
	done, err := p.connections.Purge(ctx, tenant, a)
	p.purge(ctx, p.s, tenant, &done)
	return done, err
}
