package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// A lease is three columns of its credential. The fence stays when the lease ends, so that the next holder's is
// higher. Each method is one statement: the server decides, by its own clock, on the row as it is when its lock is
// had.

func (p credentials) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	s, none := p.s, waygate.Lease{}
	if err := s.mayCommit(ctx, "Acquire"); err != nil {
		return none, err
	}
	if holder == "" {
		return none, invalid("holder: is empty: a lease needs one")
	}
	if err := checkTTL(ttl); err != nil {
		return none, err
	}
	l := waygate.Lease{Tenant: tenant, CredentialID: id, Holder: holder, Remaining: ttl}
	err := s.statement(ctx, "Acquire", func(q querier) error {
		err := q.QueryRow(ctx, s.sql(`
			UPDATE {schema}.credentials SET lease_holder = $3::text,
				lease_fence = lease_fence + CASE WHEN lease_holder = $3::text AND lease_until > clock_timestamp() THEN 0 ELSE 1 END,
				lease_until = clock_timestamp() + $4::bigint * interval '1 microsecond'
			WHERE tenant = $1::text AND id = $2::text
			AND (lease_holder IN ('', $3::text) OR lease_until <= clock_timestamp())
			RETURNING lease_fence, clock_timestamp()`), tenant, id, holder, microseconds(ttl)).Scan(&l.Fence, &l.At)
		return p.orHeld(ctx, q, err, l, "the lease of credential %q is held by another")
	})
	if err != nil {
		return none, err
	}
	l.At = l.At.UTC()
	return l, nil
}

func (p credentials) Renew(ctx context.Context, l waygate.Lease, ttl time.Duration) (waygate.Lease, error) {
	s, none := p.s, waygate.Lease{}
	if err := s.mayCommit(ctx, "Renew"); err != nil {
		return none, err
	}
	if err := checkTTL(ttl); err != nil {
		return none, err
	}
	l.Remaining = ttl
	err := s.statement(ctx, "Renew", func(q querier) error {
		err := q.QueryRow(ctx, s.sql(`
			UPDATE {schema}.credentials SET lease_until = clock_timestamp() + $5::bigint * interval '1 microsecond'`+leased+`
			RETURNING lease_fence, clock_timestamp()`), l.Tenant, l.CredentialID, l.Holder, l.Fence, microseconds(ttl)).Scan(&l.Fence, &l.At)
		return p.orHeld(ctx, q, err, l, notHeld)
	})
	if err != nil {
		return none, err
	}
	l.At = l.At.UTC()
	return l, nil
}

func (p credentials) Release(ctx context.Context, l waygate.Lease) error {
	s := p.s
	return s.statement(ctx, "Release", func(q querier) error {
		err := q.QueryRow(ctx, s.sql(`
			UPDATE {schema}.credentials SET lease_holder = ''`+leased+`
			RETURNING lease_fence`), l.Tenant, l.CredentialID, l.Holder, l.Fence).Scan(&l.Fence)
		return p.orHeld(ctx, q, err, l, notHeld)
	})
}

// leased selects the credential of a lease that is still held.
const leased = `
	WHERE tenant = $1::text AND id = $2::text AND lease_holder = $3::text AND lease_holder <> '' AND lease_fence = $4::bigint
	AND lease_until > clock_timestamp()`

const notHeld = "the lease of credential %q is not held any more"

// orHeld says why a statement changed no row.
func (p credentials) orHeld(ctx context.Context, q querier, err error, l waygate.Lease, held string) error {
	if err != pgx.ErrNoRows {
		return err
	}
	var there bool
	err = q.QueryRow(ctx, p.s.sql(`SELECT EXISTS (SELECT FROM {schema}.credentials WHERE tenant = $1::text AND id = $2::text)`),
		l.Tenant, l.CredentialID).Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		return noCredential(l.Tenant, l.CredentialID)
	}
	return conflict(held, clip(l.CredentialID))
}

func checkTTL(ttl time.Duration) error {
	if ttl <= 0 {
		return invalid("ttl: %s, want more than 0", ttl)
	}
	return nil
}
