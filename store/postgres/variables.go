package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// mostVariables is how many a read of variables finds: those of the tenant and those of one connection together.
const mostVariables = 1000

// PutVariable adds or replaces a variable; see [waygate.VariableStore]. One more than a read may find (1,000 of a
// tenant and any one connection of it) is [waygate.ErrInvalidInput].
func (s *Store) PutVariable(ctx context.Context, v waygate.StoredVariable, entry *waygate.AuditEntry) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if v.Name == "" {
		return invalid("Name: is empty: a variable needs one")
	}
	if err := checkAudit(entry, v.Tenant); err != nil {
		return err
	}
	return s.write(ctx, entry, func(q *txn) error {
		q.tell(waygate.ChangeVariable, v.Tenant, "", v.ConnectionID)
		return s.putVariable(ctx, q, v)
	})
}

func (s *Store) putVariable(ctx context.Context, q *txn, v waygate.StoredVariable) error {
	if err := s.lockScope(ctx, q, v); err != nil {
		return err
	}
	tag, err := q.Exec(ctx, s.sql(`
		UPDATE {schema}.variables SET type = $4::text, secret = $5::boolean, sealed = $6::bytea, updated_at = clock_timestamp()
		WHERE tenant = $1::text AND connection_id = $2::text AND name = $3::text`),
		v.Tenant, v.ConnectionID, v.Name, v.Type, v.Secret, v.Sealed)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	if err := s.roomForVariable(ctx, q, v); err != nil {
		return err
	}
	_, err = q.Exec(ctx, s.sql(`
		INSERT INTO {schema}.variables AS v (tenant, connection_id, name, type, secret, sealed, updated_at)
		VALUES ($1::text, $2::text, $3::text, $4::text, $5::boolean, $6::bytea, clock_timestamp())`),
		v.Tenant, v.ConnectionID, v.Name, v.Type, v.Secret, v.Sealed)
	return err
}

// lockScope tests that the connection of a variable is the tenant's, and keeps it from being removed.
func (s *Store) lockScope(ctx context.Context, q *txn, v waygate.StoredVariable) error {
	if v.ConnectionID == "" {
		return nil
	}
	tag, err := q.Exec(ctx, s.sql(`
		SELECT FROM {schema}.connections WHERE tenant = $1::text AND id = $2::text FOR KEY SHARE`), v.Tenant, v.ConnectionID)
	if err == nil && tag.RowsAffected() == 0 {
		return noConnection(v.Tenant, v.ConnectionID)
	}
	return err
}

// roomForVariable refuses one that some read would not find. New variables of a tenant come one after another, so
// that none is counted twice.
func (s *Store) roomForVariable(ctx context.Context, q *txn, v waygate.StoredVariable) error {
	if err := s.lock(ctx, q, "variables\x1f"+v.Tenant); err != nil {
		return err
	}
	var n int
	err := q.QueryRow(ctx, s.sql(`
		SELECT count(*) FILTER (WHERE connection_id = '') + CASE WHEN $2::text <> '' THEN count(*) FILTER (WHERE connection_id = $2::text)
			ELSE (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM {schema}.variables
				WHERE tenant = $1::text AND connection_id <> '' GROUP BY connection_id) AS most) END
		FROM {schema}.variables WHERE tenant = $1::text AND connection_id IN ('', $2::text)`), v.Tenant, v.ConnectionID).Scan(&n)
	if err == nil && n >= mostVariables {
		return invalid("Name: %q would be more than the %d variables that a read can find: delete some first", clip(v.Name), mostVariables)
	}
	return err
}

const variableColumns = `v.n, v.tenant, v.connection_id, v.name, v.type, v.secret, v.sealed, v.updated_at`

// numberedVariable is a variable with its place in scans.
type numberedVariable = numbered[waygate.StoredVariable]

func scanVariable(row pgx.CollectableRow) (numberedVariable, error) {
	var v numberedVariable
	r := &v.row
	err := row.Scan(&v.n, &r.Tenant, &r.ConnectionID, &r.Name, &r.Type, &r.Secret, &r.Sealed, &r.UpdatedAt)
	r.UpdatedAt = r.UpdatedAt.UTC()
	return v, err
}

// Variables returns a tenant's variables; see [waygate.VariableStore]. Of two with one name, the tenant's comes
// before the connection's.
func (s *Store) Variables(ctx context.Context, tenant, connectionID string, names []string) ([]waygate.StoredVariable, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	text := `SELECT ` + variableColumns + ` FROM {schema}.variables v WHERE v.tenant = $1::text AND v.connection_id IN ('', $2::text)`
	args := []any{tenant, connectionID}
	if names != nil {
		text += ` AND v.name = ANY ($3::text[])`
		args = append(args, names)
	}
	list, err := collect(ctx, s, scanVariable, s.sql(text+` ORDER BY v.name, v.connection_id LIMIT `+fmt.Sprint(mostVariables)), args...)
	return rowsOf(list), err
}

// DeleteVariable removes a variable; see [waygate.VariableStore].
func (s *Store) DeleteVariable(ctx context.Context, tenant, connectionID, name string, entry *waygate.AuditEntry) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	return s.write(ctx, entry, func(q *txn) error {
		tag, err := q.Exec(ctx, s.sql(`
			DELETE FROM {schema}.variables WHERE tenant = $1::text AND connection_id = $2::text AND name = $3::text`),
			tenant, connectionID, name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return noVariable(tenant, name)
		}
		q.tell(waygate.ChangeVariable, tenant, "", connectionID)
		return nil
	})
}

func noVariable(tenant, name string) error {
	return unresolved("tenant %q has no such variable %q", clip(tenant), clip(name))
}

// ScanVariables returns the variables of all tenants; see [waygate.VariableStore].
func (s *Store) ScanVariables(ctx context.Context, cursor string) (waygate.VariablePage, error) {
	rows, next, err := numberedPage(ctx, s, listing{name: "variables"}, cursor, mostLimit, scanVariable, func(last int64, limit int) (string, []any) {
		return s.sql(`SELECT ` + variableColumns + ` FROM {schema}.variables v WHERE v.n > $1::bigint ORDER BY v.n LIMIT ` + fmt.Sprint(limit+1)), []any{last}
	})
	return waygate.VariablePage{Variables: rows, Cursor: next}, err
}

// ResealVariable replaces the sealed bytes of a variable, and nothing else of it; see [waygate.VariableStore].
func (s *Store) ResealVariable(ctx context.Context, v waygate.StoredVariable, old []byte) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.write(ctx, nil, func(q *txn) error {
		q.tell(waygate.ChangeVariable, v.Tenant, "", v.ConnectionID)
		var same bool
		err := q.QueryRow(ctx, s.sql(`
			SELECT coalesce(sealed, '') = coalesce($4::bytea, '') FROM {schema}.variables
			WHERE tenant = $1::text AND connection_id = $2::text AND name = $3::text FOR UPDATE`),
			v.Tenant, v.ConnectionID, v.Name, old).Scan(&same)
		if err == pgx.ErrNoRows {
			return noVariable(v.Tenant, v.Name)
		}
		if err == nil && !same {
			return conflict("variable %q was written meanwhile: repeat", clip(v.Name))
		}
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, s.sql(`
			UPDATE {schema}.variables SET sealed = $4::bytea
			WHERE tenant = $1::text AND connection_id = $2::text AND name = $3::text`), v.Tenant, v.ConnectionID, v.Name, v.Sealed)
		return err
	})
}
