package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

func (p connections) Delete(ctx context.Context, tenant, id string, entry *waygate.AuditEntry) error {
	if err := p.s.ready(ctx); err != nil {
		return err
	}
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	return p.s.write(ctx, entry, func(q *txn) error { return p.remove(ctx, q, tenant, id) })
}

// remove takes a connection away, with its variables and, if nobody else uses it, its credential.
func (p connections) remove(ctx context.Context, q *txn, tenant, id string) error {
	g, err := p.s.lockGroupOf(ctx, q, tenant, id)
	if err != nil {
		return err
	}
	c, err := p.s.locked(ctx, q, tenant, id)
	if err != nil {
		return err
	}
	q.tellConnection(tenant, g.integration, id)
	if c.credential != "" {
		if err := p.s.lockCredentials(ctx, q, tenant, c.credential); err != nil {
			return err
		}
	}
	_, err = q.Exec(ctx, p.s.sql(`DELETE FROM {schema}.connections WHERE tenant = $1::text AND id = $2::text`), tenant, id)
	if err != nil {
		return err
	}
	if err := p.s.leaveCredential(ctx, q, tenant, c.credential); err != nil || !c.primary {
		return err
	}
	_, err = g.settle(ctx)
	return err
}

// leaveCredential removes a credential, which is locked, if no connection uses it any more.
func (s *Store) leaveCredential(ctx context.Context, q *txn, tenant, id string) error {
	if id == "" {
		return nil
	}
	var integration string
	err := q.QueryRow(ctx, s.sql(`
		DELETE FROM {schema}.credentials WHERE tenant = $1::text AND id = $2::text
		AND NOT EXISTS (SELECT FROM {schema}.connections WHERE tenant = $1::text AND credential_id = $2::text)
		RETURNING integration`), tenant, id).Scan(&integration)
	if err == pgx.ErrNoRows {
		return nil
	}
	q.tell(waygate.ChangeCredential, tenant, integration, id)
	return err
}

// Purge takes the tenant's audit trail away too: it tells of what is removed. The entry of the purge itself stays.
// What [Store.Changes] would still tell of the tenant goes too: the purge, which it tells, means all of that.
func (p connections) Purge(ctx context.Context, tenant string, entry *waygate.AuditEntry) (waygate.Purged, error) {
	var done waygate.Purged
	if err := p.s.ready(ctx); err != nil {
		return done, err
	}
	if err := checkAudit(entry, tenant); err != nil {
		return done, err
	}
	err := p.s.write(ctx, entry, func(q *txn) (err error) {
		done, err = p.purge(ctx, q, tenant)
		return err
	})
	if err != nil {
		return waygate.Purged{}, err
	}
	return done, nil
}

// purge removes by one statement, which sees one moment: what is inserted meanwhile stays whole. A new connection
// that uses a credential of that moment breaks a foreign key, and the purge is done again.
func (p connections) purge(ctx context.Context, q *txn, tenant string) (done waygate.Purged, err error) {
	q.tell(waygate.ChangeTenant, tenant, "", "")
	_, err = q.Exec(ctx, p.s.sql(`
		SELECT FROM {schema}.connection_groups WHERE tenant = $1::text ORDER BY integration FOR UPDATE`), tenant)
	if err != nil {
		return done, err
	}
	err = q.QueryRow(ctx, p.s.sql(`
		WITH variables AS (DELETE FROM {schema}.variables WHERE tenant = $1::text RETURNING 1),
			connections AS (DELETE FROM {schema}.connections WHERE tenant = $1::text RETURNING 1),
			credentials AS (DELETE FROM {schema}.credentials WHERE tenant = $1::text RETURNING 1),
			groups AS (DELETE FROM {schema}.connection_groups WHERE tenant = $1::text),
			apps AS (DELETE FROM {schema}.apps WHERE tenant = $1::text AND tenant <> '' RETURNING 1),
			flows AS (DELETE FROM {schema}.flows WHERE tenant = $1::text RETURNING expires_at > clock_timestamp() AS live),
			trail AS (DELETE FROM {schema}.audit_entries WHERE tenant = $1::text),
			told AS (DELETE FROM {schema}.changes WHERE tenant = $1::text)
		SELECT (SELECT count(*) FROM variables), (SELECT count(*) FROM connections), (SELECT count(*) FROM credentials),
			(SELECT count(*) FROM apps), (SELECT count(*) FROM flows WHERE live)`),
		tenant).Scan(&done.Variables, &done.Connections, &done.Credentials, &done.Apps, &done.Flows)
	return done, err
}
