package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// How many apps there may be for one integration: of a tenant, and of the platform.
const (
	mostTenantApps   = 100
	mostPlatformApps = 1000
)

const appColumns = `a.n, a.tenant, a.integration, a.id, a.status, a.settings::text, a.sealed, a.version, a.created_at, a.updated_at`

// numberedApp is an app with its place in scans.
type numberedApp = numbered[waygate.StoredApp]

// scanApp reads a row of appColumns.
func scanApp(row pgx.Row) (numberedApp, error) {
	var a numberedApp
	var settings *string
	r := &a.row
	err := row.Scan(&a.n, &r.Tenant, &r.Integration, &r.ID, &r.Status, &settings, &r.Sealed, &r.Version, &r.CreatedAt, &r.UpdatedAt)
	r.Settings, r.CreatedAt, r.UpdatedAt = rawOf(settings), r.CreatedAt.UTC(), r.UpdatedAt.UTC()
	return a, err
}

func noApp(tenant, integration, id string) error {
	return unresolved("tenant %q has no app %q of %q", clip(tenant), clip(id), clip(integration))
}

// PutApp adds or changes an app; see [waygate.AppStore].
func (s *Store) PutApp(ctx context.Context, a waygate.StoredApp, entry *waygate.AuditEntry) (waygate.StoredApp, error) {
	none := waygate.StoredApp{}
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	if err := checkApp(a, entry); err != nil {
		return none, err
	}
	put := s.addApp
	if a.Version != 0 {
		put = s.changeApp
	}
	var row numberedApp
	err := s.write(ctx, entry, func(q *txn) (err error) {
		row, err = put(ctx, q, a)
		return err
	})
	if err != nil {
		return none, err
	}
	return row.row, nil
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

// addApp adds one where there is room. Those of a tenant and integration come one after another, so that none is
// counted twice.
func (s *Store) addApp(ctx context.Context, q *txn, a waygate.StoredApp) (none numberedApp, err error) {
	if err := s.lock(ctx, q, "apps\x1f"+a.Tenant+"\x1f"+a.Integration); err != nil {
		return none, err
	}
	var n int
	var taken bool
	err = q.QueryRow(ctx, s.sql(`
		SELECT count(*), coalesce(bool_or(id = $3::text), false) FROM {schema}.apps
		WHERE tenant = $1::text AND integration = $2::text`), a.Tenant, a.Integration, a.ID).Scan(&n, &taken)
	most := mostTenantApps
	if a.Tenant == "" {
		most = mostPlatformApps
	}
	switch {
	case err != nil:
		return none, err
	case taken:
		return none, conflict("ID: tenant %q has an app %q of %q already", clip(a.Tenant), clip(a.ID), clip(a.Integration))
	case n >= most:
		return none, invalid("ID: %q would be more than the %d apps that tenant %q may have of %q: delete some first",
			clip(a.ID), most, clip(a.Tenant), clip(a.Integration))
	}
	return scanApp(q.QueryRow(ctx, s.sql(`
		INSERT INTO {schema}.apps AS a (tenant, integration, id, status, settings, sealed, created_at, updated_at)
		SELECT $1::text, $2::text, $3::text, $4::text, $5::text::json, $6::bytea, now.t, now.t
		FROM (SELECT clock_timestamp() AS t) AS now
		RETURNING `+appColumns), a.Tenant, a.Integration, a.ID, string(a.Status), rawJSON(a.Settings), a.Sealed))
}

func (s *Store) changeApp(ctx context.Context, q *txn, a waygate.StoredApp) (numberedApp, error) {
	row, err := scanApp(q.QueryRow(ctx, s.sql(`
		UPDATE {schema}.apps AS a SET status = $4::text, settings = $5::text::json, sealed = $6::bytea, version = a.version + 1,
			updated_at = clock_timestamp()
		WHERE a.tenant = $1::text AND a.integration = $2::text AND a.id = $3::text AND a.version = $7::bigint
		RETURNING `+appColumns), a.Tenant, a.Integration, a.ID, string(a.Status), rawJSON(a.Settings), a.Sealed, a.Version))
	if err != pgx.ErrNoRows {
		return row, err
	}
	there, err := scanApp(q.QueryRow(ctx, s.appSQL(), a.Tenant, a.Integration, a.ID))
	if err == pgx.ErrNoRows {
		return row, noApp(a.Tenant, a.Integration, a.ID)
	}
	if err != nil {
		return row, err
	}
	return row, conflict("Version: app %q has %d, not %d: read it again", clip(a.ID), there.row.Version, a.Version)
}

// App returns an app; see [waygate.AppStore].
func (s *Store) App(ctx context.Context, tenant, integration, id string) (waygate.StoredApp, error) {
	none := waygate.StoredApp{}
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	a, err := scanApp(s.db.QueryRow(ctx, s.appSQL(), tenant, integration, id))
	if err == pgx.ErrNoRows {
		return none, noApp(tenant, integration, id)
	}
	if err != nil {
		return none, s.fail(ctx, err)
	}
	return a.row, nil
}

func (s *Store) appSQL() string {
	return s.sql(`SELECT ` + appColumns + ` FROM {schema}.apps a
		WHERE a.tenant = $1::text AND a.integration = $2::text AND a.id = $3::text`)
}

// Apps returns the apps of an integration; see [waygate.AppStore].
func (s *Store) Apps(ctx context.Context, tenant, integration string) ([]waygate.StoredApp, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	list, err := collect(ctx, s, collectApp, s.sql(`SELECT `+appColumns+` FROM {schema}.apps a
		WHERE a.tenant = $1::text AND a.integration = $2::text ORDER BY a.id`), tenant, integration)
	return rowsOf(list), err
}

func collectApp(row pgx.CollectableRow) (numberedApp, error) { return scanApp(row) }

// DeleteApp removes an app; see [waygate.AppStore].
func (s *Store) DeleteApp(ctx context.Context, tenant, integration, id string, entry *waygate.AuditEntry) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	return s.write(ctx, entry, func(q *txn) error {
		tag, err := q.Exec(ctx, s.sql(`
			DELETE FROM {schema}.apps WHERE tenant = $1::text AND integration = $2::text AND id = $3::text`), tenant, integration, id)
		if err == nil && tag.RowsAffected() == 0 {
			return noApp(tenant, integration, id)
		}
		return err
	})
}

// ScanApps returns the apps of all; see [waygate.AppStore].
func (s *Store) ScanApps(ctx context.Context, cursor string) (waygate.AppPage, error) {
	rows, next, err := numberedPage(ctx, s, listing{name: "apps"}, cursor, mostLimit, collectApp, func(last int64, limit int) (string, []any) {
		return s.sql(`SELECT ` + appColumns + ` FROM {schema}.apps a WHERE a.n > $1::bigint ORDER BY a.n LIMIT ` + fmt.Sprint(limit+1)), []any{last}
	})
	return waygate.AppPage{Apps: rows, Cursor: next}, err
}

var _ waygate.AppStore = (*Store)(nil)
