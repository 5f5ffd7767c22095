package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

const (
	// mostTenantFlows is how many flows of a tenant are kept.
	mostTenantFlows = 1000
	// mostRemoved is how many flows of each sort one that comes removes in passing.
	mostRemoved = 100
)

// PutFlow adds a flow; see [waygate.FlowStore]. It removes up to 100 whose time is over, of whatever tenant, and up to
// 100 of the tenant's that came before its latest 1,000. It commits by itself: on a transaction of the host's it
// returns [waygate.ErrConfig].
func (s *Store) PutFlow(ctx context.Context, f waygate.StoredFlow, ttl time.Duration) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if f.ID == "" {
		return invalid("ID: is empty: a flow needs one")
	}
	if err := checkTTL(ttl); err != nil {
		return err
	}
	return s.statement(ctx, "PutFlow", func(q querier) error {
		tag, err := q.Exec(ctx, s.putFlowSQL(), f.Tenant, f.ID, f.Integration, f.Sealed, microseconds(ttl))
		if err == nil && tag.RowsAffected() == 0 {
			return conflict("ID: tenant %q has a flow %q already", clip(f.Tenant), clip(f.ID))
		}
		return err
	})
}

// putFlowSQL writes over a row of its own ID whose time is over. Rows that another transaction has locked are left to
// it, so that none waits for another's.
func (s *Store) putFlowSQL() string {
	const doomed = `DELETE FROM {schema}.flows WHERE ctid = ANY (ARRAY(SELECT ctid FROM {schema}.flows
		WHERE %s AND (tenant, id) <> ($1::text, $2::text) ORDER BY %s LIMIT %d FOR UPDATE SKIP LOCKED))`
	over := fmt.Sprintf(doomed, `expires_at <= (SELECT clock_timestamp())`, `expires_at`, mostRemoved)
	crowd := fmt.Sprintf(doomed, fmt.Sprintf(`tenant = $1::text AND n <= (SELECT n FROM {schema}.flows
		WHERE tenant = $1::text ORDER BY n DESC OFFSET %d LIMIT 1)`, mostTenantFlows-1), `n`, mostRemoved)
	return s.sql(`WITH expired AS (` + over + `), crowd AS (` + crowd + `)
		INSERT INTO {schema}.flows AS f (tenant, id, integration, sealed, expires_at)
		VALUES ($1::text, $2::text, $3::text, $4::bytea, clock_timestamp() + $5::bigint * interval '1 microsecond')
		ON CONFLICT (tenant, id) DO UPDATE SET n = DEFAULT, integration = excluded.integration, sealed = excluded.sealed,
			expires_at = excluded.expires_at WHERE f.expires_at <= clock_timestamp()`)
}

// TakeFlow removes a flow and returns it; see [waygate.FlowStore]. It commits by itself: on a transaction of the
// host's it returns [waygate.ErrConfig], for a flow that a rollback brought back could be taken twice.
func (s *Store) TakeFlow(ctx context.Context, tenant, id string) (waygate.StoredFlow, error) {
	f := waygate.StoredFlow{Tenant: tenant, ID: id}
	err := s.statement(ctx, "TakeFlow", func(q querier) error {
		var live bool
		err := q.QueryRow(ctx, s.takeFlowSQL(), tenant, id).Scan(&f.Integration, &f.Sealed, &live)
		if err == pgx.ErrNoRows || err == nil && !live {
			return unresolved("tenant %q has no flow %q: it was taken, or its time is over", clip(tenant), clip(id))
		}
		return err
	})
	if err != nil {
		return waygate.StoredFlow{}, err
	}
	return f, nil
}

func (s *Store) takeFlowSQL() string {
	return s.sql(`DELETE FROM {schema}.flows WHERE tenant = $1::text AND id = $2::text
		RETURNING integration, sealed, expires_at > clock_timestamp()`)
}

var _ waygate.FlowStore = (*Store)(nil)
