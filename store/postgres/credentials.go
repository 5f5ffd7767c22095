package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// credentials is the store as a [waygate.CredentialStore].
type credentials struct{ s *Store }

func noCredential(tenant, id string) error {
	return unresolved("tenant %q has no credential %q", clip(tenant), clip(id))
}

func (p credentials) Get(ctx context.Context, tenant, id string) (waygate.StoredCredential, error) {
	s, none := p.s, waygate.StoredCredential{}
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	c, err := one(s.db.QueryRow(ctx, s.getSQL(), tenant, id))
	if err == pgx.ErrNoRows {
		return none, noCredential(tenant, id)
	}
	if err != nil {
		return none, s.fail(ctx, err)
	}
	return c, nil
}

func (s *Store) getSQL() string {
	return s.sql(`SELECT ` + credentialColumns + ` FROM {schema}.credentials k WHERE k.tenant = $1::text AND k.id = $2::text`)
}

// one reads a row of credentialColumns.
func one(row pgx.Row) (waygate.StoredCredential, error) {
	var r credentialRow
	if err := row.Scan(r.targets()...); err != nil {
		return waygate.StoredCredential{}, err
	}
	return *r.credential(), nil
}

func (p credentials) FindGrant(ctx context.Context, tenant string, digests [][]byte) (waygate.StoredCredential, error) {
	s, none := p.s, waygate.StoredCredential{}
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	nothing := unresolved("tenant %q has no credential of this grant", clip(tenant))
	if len(digests) == 0 {
		return none, nothing
	}
	c, err := one(s.db.QueryRow(ctx, s.findGrantSQL(), tenant, digests))
	switch {
	case err == pgx.ErrNoRows:
		return none, nothing
	case err != nil:
		return none, s.fail(ctx, err)
	case c.Tenant != tenant:
		return none, conflict("the grant is in use elsewhere: it can't be used by tenant %q too", clip(tenant))
	}
	return c, nil
}

// findGrantSQL prefers the tenant's own, and of several the one whose digest is given first.
func (s *Store) findGrantSQL() string {
	return s.sql(`SELECT ` + credentialColumns + `
		FROM unnest($2::bytea[]) WITH ORDINALITY AS wanted (digest, place)
		JOIN {schema}.credential_digests d ON d.digest = wanted.digest
		JOIN {schema}.credentials k ON k.tenant = d.tenant AND k.id = d.credential_id
		ORDER BY k.tenant = $1::text DESC, wanted.place LIMIT 1`)
}

func (p credentials) Due(ctx context.Context, before time.Time, cursor string) (waygate.CredentialPage, error) {
	// a row whose time is moved between two pages may not slip past, so the order is another
	w := where{args: []any{int64(0)}}
	w.add("k.refresh_at < %s::timestamptz", toMicrosecond(before))
	return p.page(ctx, listing{name: "due"}, cursor, w)
}

func (p credentials) Scan(ctx context.Context, cursor string) (waygate.CredentialPage, error) {
	return p.page(ctx, listing{name: "scan"}, cursor, where{args: []any{int64(0)}})
}

// page goes by the order of insertion: that never changes. The first argument of w is the place to go on from.
func (p credentials) page(ctx context.Context, l listing, cursor string, w where) (waygate.CredentialPage, error) {
	s := p.s
	rows, next, err := numberedPage(ctx, s, l, cursor, mostLimit, func(row pgx.CollectableRow) (k numbered[credentialRow], err error) {
		err = row.Scan(append([]any{&k.n}, k.row.targets()...)...)
		return k, err
	}, func(last int64, limit int) (string, []any) {
		w.args[0] = last
		return s.scanSQL(w.text.String(), limit), w.args
	})
	found := waygate.CredentialPage{Cursor: next}
	for _, row := range rows {
		found.Credentials = append(found.Credentials, *row.credential())
	}
	return found, err
}

func (s *Store) scanSQL(conditions string, limit int) string {
	return s.sql(`SELECT k.n, ` + credentialColumns + ` FROM {schema}.credentials k
		WHERE k.n > $1::bigint` + conditions + ` ORDER BY k.n LIMIT ` + fmt.Sprint(limit+1))
}
