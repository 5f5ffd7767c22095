package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// connections is the store as a [waygate.ConnectionStore]. Locks are taken in one order everywhere: groups,
// connections, credentials, digests.
type connections struct{ s *Store }

func (p connections) Insert(ctx context.Context, c waygate.StoredConnection, cred *waygate.StoredCredential, entry *waygate.AuditEntry) (waygate.StoredConnection, error) {
	var added waygate.StoredConnection
	if err := p.s.ready(ctx); err != nil {
		return added, err
	}
	if err := checkInsert(c, cred, entry); err != nil {
		return added, err
	}
	err := p.s.write(ctx, entry, func(q *txn) (err error) {
		added, err = p.insert(ctx, q, c, cred)
		return err
	})
	if err != nil {
		return waygate.StoredConnection{}, err
	}
	return added, nil
}

func (p connections) insert(ctx context.Context, q *txn, c waygate.StoredConnection, cred *waygate.StoredCredential) (added waygate.StoredConnection, err error) {
	g, err := p.s.lockGroup(ctx, q, c.Tenant, c.Integration)
	if err != nil {
		return added, err
	}
	first, err := p.freeToInsert(ctx, q, c)
	if err != nil {
		return added, err
	}
	if cred != nil {
		c.CredentialID = cred.ID
		err = p.s.addCredential(ctx, q, *cred)
	} else if c.CredentialID != "" {
		err = p.s.lockCredentials(ctx, q, c.Tenant, c.CredentialID)
	}
	if err != nil {
		return added, err
	}
	c.Primary = first
	q.tellConnection(c.Tenant, c.Integration, c.ID)
	if added, err = p.add(ctx, q, c); err != nil {
		return added, err
	}
	g.vacant = g.vacant && !first
	primary, err := g.settle(ctx, c.ID)
	added.Primary = primary == c.ID
	return added, err
}

// checkInsert tests what an insert brings for itself.
func checkInsert(c waygate.StoredConnection, cred *waygate.StoredCredential, entry *waygate.AuditEntry) error {
	switch {
	case c.ID == "":
		return invalid("ID: is empty: a connection needs one")
	case c.Slug == "":
		return invalid("Slug: is empty: a connection needs one")
	case cred == nil:
		return checkAudit(entry, c.Tenant)
	case cred.ID == "" || c.CredentialID != "" && c.CredentialID != cred.ID:
		return invalid("CredentialID: %q is not the ID %q of the credential beside it", clip(c.CredentialID), clip(cred.ID))
	case cred.Tenant != c.Tenant:
		return invalid("Tenant: %q of the credential is not %q of the connection", clip(cred.Tenant), clip(c.Tenant))
	}
	return checkAudit(entry, c.Tenant)
}

// freeToInsert tests that neither ID nor slug is taken. Both share a name space, so that a ref means one connection.
// It reports whether the group has no connection yet.
func (p connections) freeToInsert(ctx context.Context, q *txn, c waygate.StoredConnection) (first bool, err error) {
	var id, ref bool
	err = q.QueryRow(ctx, p.s.sql(`
		SELECT EXISTS (SELECT FROM {schema}.connections WHERE id = $3::text),
			EXISTS (SELECT FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND slug IN ($3::text, $4::text))
			OR EXISTS (SELECT FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND id = $4::text),
			NOT EXISTS (SELECT FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text)`),
		c.Tenant, c.Integration, c.ID, c.Slug).Scan(&id, &ref, &first)
	switch {
	case err != nil:
		return false, err
	case id:
		return false, conflict("ID: there is a connection %q already", clip(c.ID))
	case ref:
		return false, conflict("Slug: tenant %q has a connection %q to %q already", clip(c.Tenant), clip(c.Slug), clip(c.Integration))
	}
	return first, nil
}

// add writes a checked row.
func (p connections) add(ctx context.Context, q *txn, c waygate.StoredConnection) (added waygate.StoredConnection, err error) {
	parameters, headers, metadata, err := connectionJSON(c)
	if err != nil {
		return added, err
	}
	err = q.QueryRow(ctx, p.s.sql(`
		INSERT INTO {schema}.connections AS c (id, tenant, integration, slug, status, resume, is_primary, credential_id, base_url,
			parameters, headers, metadata, tags, app, mappings, created_at, updated_at)
		SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::boolean, NULLIF($8::text, ''), $9::text,
			$10::text::json, $11::text::json, $12::text::json, $13::text[], $14::text, $15::bytea, now.t, now.t
		FROM (SELECT clock_timestamp() AS t) AS now
		RETURNING `+connectionColumns),
		c.ID, c.Tenant, c.Integration, c.Slug, string(c.Status), string(c.Resume), c.Primary, c.CredentialID, c.BaseURL,
		parameters, headers, metadata, c.Tags, c.App, c.Mappings).Scan(connectionTargets(&added)...)
	return connectionInUTC(added), err
}

func (p connections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	s, none := p.s, waygate.StoredConnection{}
	if err := s.ready(ctx); err != nil {
		return none, nil, err
	}
	text, args := s.findSQL(), []any{tenant, integration}
	if ref != "" {
		text, args = s.findRefSQL(), append(args, ref)
	}
	var c waygate.StoredConnection
	var cred credentialRow
	err := s.db.QueryRow(ctx, text, args...).Scan(append(connectionTargets(&c), cred.targets()...)...)
	if err == pgx.ErrNoRows {
		return none, nil, unresolved("tenant %q has no connection %q to %q", clip(tenant), clip(ref), clip(integration))
	}
	if err != nil {
		return none, nil, s.fail(ctx, err)
	}
	return connectionInUTC(c), cred.credential(), nil
}

// withCredential reads a connection c from a source, with its credential.
func (s *Store) withCredential(source string) string {
	return s.sql(`SELECT ` + connectionColumns + `, ` + credentialColumns + ` FROM ` + source + ` AS c
		LEFT JOIN {schema}.credentials k ON k.tenant = c.tenant AND k.id = c.credential_id`)
}

// findSQL finds the primary connection.
func (s *Store) findSQL() string {
	return s.withCredential(`(SELECT * FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND is_primary)`)
}

// findRefSQL finds one by slug or, where no slug is like that, by ID: that index is asked for nothing else.
func (s *Store) findRefSQL() string {
	return s.withCredential(`(
		(SELECT * FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND slug = $3::text)
		UNION ALL
		(SELECT * FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND id = $3::text)
		LIMIT 1)`)
}

func (p connections) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	rows, next, err := numberedPage(ctx, p.s, listing{"connections", tenant}, q.Cursor, q.Limit, scanNumbered, func(last int64, limit int) (string, []any) {
		return p.s.listSQL(tenant, q, last, limit)
	})
	return waygate.ConnectionPage{Connections: rows, Cursor: next}, err
}

func scanNumbered(row pgx.CollectableRow) (numbered[waygate.StoredConnection], error) {
	var c numbered[waygate.StoredConnection]
	err := row.Scan(append([]any{&c.n}, connectionTargets(&c.row)...)...)
	c.row = connectionInUTC(c.row)
	return c, err
}

// listSQL has only the conditions that are asked for, so that the server can plan each for itself.
func (s *Store) listSQL(tenant string, q waygate.ConnectionQuery, last int64, limit int) (string, []any) {
	w := where{args: []any{tenant, last}}
	w.and("c.integration = %s::text", q.Integration)
	w.and("c.status = %s::text", string(q.Status))
	w.and("%s::text = ANY (c.tags)", q.Tag)
	w.and("c.credential_id = %s::text", q.CredentialID)
	return s.sql(`SELECT c.n, ` + connectionColumns + ` FROM {schema}.connections c
		WHERE c.tenant = $1::text AND c.n > $2::bigint` + w.text.String() + `
		ORDER BY c.n LIMIT ` + fmt.Sprint(limit+1)), w.args
}

// where collects conditions and their arguments.
type where struct {
	text strings.Builder
	args []any
}

// and adds a condition on a value, unless that is empty.
func (w *where) and(condition, value string) {
	if value != "" {
		w.add(condition, value)
	}
}

// add adds a condition on a value, which stands in the place of %s, or several times of %[1]s.
func (w *where) add(condition string, value any) {
	w.args = append(w.args, value)
	fmt.Fprintf(&w.text, " AND "+condition, fmt.Sprint("$", len(w.args)))
}
