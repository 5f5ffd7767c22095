package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// group is a tenant's connections to one integration, with its row locked: nobody else changes one of them before
// this transaction ends.
type group struct {
	s                   *Store
	q                   *txn
	tenant, integration string
	// vacant says that the next to become active is primary, because the one that was is deleted or disabled; stored
	// is what the row says.
	vacant, stored bool
}

// lockGroup locks a group that may be new.
func (s *Store) lockGroup(ctx context.Context, q *txn, tenant, integration string) (*group, error) {
	g := &group{s: s, q: q, tenant: tenant, integration: integration}
	err := q.QueryRow(ctx, s.sql(`
		INSERT INTO {schema}.connection_groups AS g (tenant, integration) VALUES ($1::text, $2::text)
		ON CONFLICT (tenant, integration) DO UPDATE SET vacant = g.vacant
		RETURNING vacant`), tenant, integration).Scan(&g.stored)
	g.vacant = g.stored
	return g, err
}

// lockGroupOf locks the group of a tenant's connection.
func (s *Store) lockGroupOf(ctx context.Context, q *txn, tenant, id string) (*group, error) {
	g := &group{s: s, q: q, tenant: tenant}
	err := q.QueryRow(ctx, s.sql(`
		SELECT g.integration, g.vacant
		FROM {schema}.connections c JOIN {schema}.connection_groups g USING (tenant, integration)
		WHERE c.tenant = $1::text AND c.id = $2::text
		FOR UPDATE OF g`), tenant, id).Scan(&g.integration, &g.stored)
	if err == pgx.ErrNoRows {
		return nil, noConnection(tenant, id)
	}
	g.vacant = g.stored
	return g, err
}

// lockGroups locks several groups of a tenant, always in the same order.
func (s *Store) lockGroups(ctx context.Context, q *txn, tenant string, integrations []string) (map[string]*group, error) {
	rows, err := q.Query(ctx, s.sql(`
		SELECT integration, vacant FROM {schema}.connection_groups
		WHERE tenant = $1::text AND integration = ANY ($2::text[])
		ORDER BY integration
		FOR UPDATE`), tenant, integrations)
	if err != nil {
		return nil, err
	}
	groups := map[string]*group{}
	g := group{s: s, q: q, tenant: tenant}
	_, err = pgx.ForEachRow(rows, []any{&g.integration, &g.stored}, func() error {
		locked := g
		locked.vacant = locked.stored
		groups[g.integration] = &locked
		return nil
	})
	return groups, err
}

func noConnection(tenant, id string) error {
	return unresolved("tenant %q has no connection with the ID %q", clip(tenant), clip(id))
}

// settle makes the group keep its promise after a change: while any of it is active, one is primary, and not a
// disabled one. The oldest active one is chosen; without an active one the place is vacant until one becomes active.
// own are the connections whose version the change has raised already. It returns the ID of the primary one, empty if
// none is.
func (g *group) settle(ctx context.Context, own ...string) (string, error) {
	var primary, oldest string
	var disabled bool
	err := g.q.QueryRow(ctx, g.s.sql(`
		SELECT coalesce(max(id), ''), coalesce(bool_or(status = 'disabled'), false),
			coalesce((SELECT id FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND status = 'active'
				ORDER BY n LIMIT 1), '')
		FROM {schema}.connections WHERE tenant = $1::text AND integration = $2::text AND is_primary`),
		g.tenant, g.integration).Scan(&primary, &disabled, &oldest)
	if err != nil {
		return "", err
	}
	g.vacant = g.vacant || primary == "" || disabled
	if g.vacant && oldest != "" {
		return oldest, g.moveTo(ctx, primary, oldest, own...)
	}
	return primary, g.note(ctx)
}

// moveTo makes a connection primary in the place of another, which may be none or the same.
func (g *group) moveTo(ctx context.Context, from, to string, own ...string) error {
	g.vacant = false
	if from != to {
		for _, step := range []struct {
			id      string
			primary bool
		}{{from, false}, {to, true}} { // in this order: never two
			if err := g.mark(ctx, step.id, step.primary, !slices.Contains(own, step.id)); err != nil {
				return err
			}
		}
	}
	return g.note(ctx)
}

// mark writes whether a connection is primary. raise says that this is a change of its own.
func (g *group) mark(ctx context.Context, id string, primary, raise bool) error {
	if id == "" {
		return nil
	}
	g.q.tellConnection(g.tenant, g.integration, id)
	_, err := g.q.Exec(ctx, g.s.sql(`
		UPDATE {schema}.connections SET is_primary = $3::boolean, version = version + CASE WHEN $4::boolean THEN 1 ELSE 0 END,
			updated_at = CASE WHEN $4::boolean THEN clock_timestamp() ELSE updated_at END
		WHERE tenant = $1::text AND id = $2::text`), g.tenant, id, primary, raise)
	return err
}

// note writes whether the place is vacant, if that has changed.
func (g *group) note(ctx context.Context) error {
	if g.vacant == g.stored {
		return nil
	}
	g.stored = g.vacant
	_, err := g.q.Exec(ctx, g.s.sql(`
		UPDATE {schema}.connection_groups SET vacant = $3::boolean WHERE tenant = $1::text AND integration = $2::text`),
		g.tenant, g.integration, g.vacant)
	return err
}
