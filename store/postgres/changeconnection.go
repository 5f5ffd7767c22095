package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

func (p connections) Update(ctx context.Context, c waygate.StoredConnection, entry *waygate.AuditEntry) (waygate.StoredConnection, error) {
	var changed waygate.StoredConnection
	if err := p.s.ready(ctx); err != nil {
		return changed, err
	}
	if err := checkAudit(entry, c.Tenant); err != nil {
		return changed, err
	}
	err := p.s.write(ctx, entry, func(q *txn) (err error) {
		changed, err = p.update(ctx, q, c)
		return err
	})
	if err != nil {
		return waygate.StoredConnection{}, err
	}
	return changed, nil
}

func (p connections) update(ctx context.Context, q *txn, c waygate.StoredConnection) (changed waygate.StoredConnection, err error) {
	g, err := p.s.lockGroupOf(ctx, q, c.Tenant, c.ID)
	if err != nil {
		return changed, err
	}
	old, err := p.s.locked(ctx, q, c.Tenant, c.ID)
	if err != nil {
		return changed, err
	}
	if old.version != c.Version {
		return changed, conflict("Version: connection %q has %d, not %d: read it again", clip(c.ID), old.version, c.Version)
	}
	q.tellConnection(c.Tenant, g.integration, c.ID)
	moves := c.CredentialID != old.credential
	if moves {
		if err := p.s.lockMove(ctx, q, c.Tenant, old.credential, c.CredentialID); err != nil {
			return changed, err
		}
	}
	if changed, err = p.set(ctx, q, c); err != nil {
		return changed, err
	}
	if moves {
		if err := p.s.leaveCredential(ctx, q, c.Tenant, old.credential); err != nil {
			return changed, err
		}
	}
	primary, err := g.settle(ctx, c.ID)
	changed.Primary = primary == c.ID
	return changed, err
}

// lockedConnection is what a change looks at of a connection whose group is locked.
type lockedConnection struct {
	version            int64
	status, credential string
	primary            bool
}

// locked reads a connection whose group is locked. It does so in a statement of its own, which sees what was
// committed while the lock was waited for.
func (s *Store) locked(ctx context.Context, q *txn, tenant, id string) (c lockedConnection, err error) {
	err = q.QueryRow(ctx, s.sql(`
		SELECT version, status, coalesce(credential_id, ''), is_primary FROM {schema}.connections
		WHERE tenant = $1::text AND id = $2::text`), tenant, id).Scan(&c.version, &c.status, &c.credential, &c.primary)
	if err == pgx.ErrNoRows {
		return c, noConnection(tenant, id)
	}
	return c, err
}

// set writes what an update may change.
func (p connections) set(ctx context.Context, q *txn, c waygate.StoredConnection) (changed waygate.StoredConnection, err error) {
	parameters, headers, metadata, err := connectionJSON(c)
	if err != nil {
		return changed, err
	}
	err = q.QueryRow(ctx, p.s.sql(`
		UPDATE {schema}.connections AS c SET status = $3::text, resume = $4::text, credential_id = NULLIF($5::text, ''),
			base_url = $6::text, parameters = $7::text::json, headers = $8::text::json, metadata = $9::text::json,
			tags = $10::text[], app = $11::text, mappings = $12::bytea, version = c.version + 1, updated_at = clock_timestamp()
		WHERE c.tenant = $1::text AND c.id = $2::text
		RETURNING `+connectionColumns),
		c.Tenant, c.ID, string(c.Status), string(c.Resume), c.CredentialID, c.BaseURL, parameters, headers, metadata,
		c.Tags, c.App, c.Mappings).Scan(connectionTargets(&changed)...)
	return connectionInUTC(changed), err
}

func (p connections) SetPrimary(ctx context.Context, tenant, id string, entry *waygate.AuditEntry) error {
	if err := p.s.ready(ctx); err != nil {
		return err
	}
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	return p.s.write(ctx, entry, func(q *txn) error { return p.setPrimary(ctx, q, tenant, id) })
}

func (p connections) setPrimary(ctx context.Context, q *txn, tenant, id string) error {
	g, err := p.s.lockGroupOf(ctx, q, tenant, id)
	if err != nil {
		return err
	}
	c, err := p.s.locked(ctx, q, tenant, id)
	if err != nil {
		return err
	}
	if c.status != string(waygate.StatusActive) {
		return conflict("connection %q is not active but %q: make it active first", clip(id), c.status)
	}
	if c.primary {
		return g.moveTo(ctx, id, id)
	}
	var old string
	err = q.QueryRow(ctx, p.s.sql(`
		SELECT coalesce(max(id), '') FROM {schema}.connections
		WHERE tenant = $1::text AND integration = $2::text AND is_primary`), tenant, g.integration).Scan(&old)
	if err != nil {
		return err
	}
	return g.moveTo(ctx, old, id)
}
