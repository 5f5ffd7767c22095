package postgres

import (
	"bytes"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// addCredential writes a new credential.
func (s *Store) addCredential(ctx context.Context, q *txn, c waygate.StoredCredential) error {
	tag, err := q.Exec(ctx, s.sql(`
		INSERT INTO {schema}.credentials (tenant, id, integration, sealed, spare, status, expires_at, refresh_at, digests, updated_at,
			grant_id, issued_at, failures, cause, forced_at)
		VALUES ($1::text, $2::text, $3::text, $4::bytea, $5::bytea, $6::text, $7::timestamptz, $8::timestamptz, $9::bytea[],
			clock_timestamp(), $10::text, $11::timestamptz, $12::bigint, $13::text, $14::timestamptz)
		ON CONFLICT (tenant, id) DO NOTHING`),
		c.Tenant, c.ID, c.Integration, c.Sealed, c.Spare, string(c.Status), timeArg(c.Expires), timeArg(c.RefreshAt), digestsArg(c),
		c.Grant, timeArg(c.IssuedAt), c.Failures, c.Cause, timeArg(c.ForcedAt))
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return conflict("CredentialID: tenant %q has a credential %q already", clip(c.Tenant), clip(c.ID))
	}
	q.tell(waygate.ChangeCredential, c.Tenant, c.Integration, c.ID)
	return s.takeDigests(ctx, q, c)
}

func digestsArg(c waygate.StoredCredential) [][]byte {
	if c.Digests == nil {
		return [][]byte{}
	}
	return c.Digests
}

// takeDigests makes a credential's digests its own, unless one is another's.
func (s *Store) takeDigests(ctx context.Context, q *txn, c waygate.StoredCredential) error {
	if len(c.Digests) == 0 {
		return nil
	}
	wanted := slices.Clone(c.Digests) // in order, as all take them, and each once
	slices.SortFunc(wanted, bytes.Compare)
	wanted = slices.CompactFunc(wanted, bytes.Equal)
	_, err := q.Exec(ctx, s.sql(`
		INSERT INTO {schema}.credential_digests (digest, tenant, credential_id)
		SELECT wanted.digest, $1::text, $2::text FROM unnest($3::bytea[]) AS wanted (digest) ORDER BY wanted.digest
		ON CONFLICT (digest) DO NOTHING`), c.Tenant, c.ID, wanted)
	if err != nil {
		return err
	}
	var own int
	err = q.QueryRow(ctx, s.sql(`
		SELECT count(*) FROM {schema}.credential_digests
		WHERE digest = ANY ($3::bytea[]) AND tenant = $1::text AND credential_id = $2::text`),
		c.Tenant, c.ID, wanted).Scan(&own)
	if err == nil && own != len(wanted) {
		return conflict("Digests: the grant of credential %q belongs to another credential already", clip(c.ID))
	}
	return err
}

// dropDigests gives up those digests of a credential that it has no more.
func (s *Store) dropDigests(ctx context.Context, q *txn, c waygate.StoredCredential) error {
	_, err := q.Exec(ctx, s.sql(`
		DELETE FROM {schema}.credential_digests
		WHERE tenant = $1::text AND credential_id = $2::text AND digest <> ALL ($3::bytea[])`),
		c.Tenant, c.ID, digestsArg(c))
	return err
}

// lockCredentials locks credentials of a tenant that have to be there, so that none comes to be used, or to be
// unused, by another transaction.
func (s *Store) lockCredentials(ctx context.Context, q *txn, tenant string, ids ...string) error {
	rows, err := q.Query(ctx, s.sql(`
		SELECT id FROM {schema}.credentials WHERE tenant = $1::text AND id = ANY ($2::text[]) ORDER BY id FOR UPDATE`), tenant, ids)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.Contains(found, id) {
			return unresolved("CredentialID: tenant %q has no credential %q", clip(tenant), clip(id))
		}
	}
	return nil
}

// lockMove locks what a connection leaves and what it comes to.
func (s *Store) lockMove(ctx context.Context, q *txn, tenant, from, to string) error {
	if to == "" {
		return unresolved("CredentialID: is empty, and tenant %q has a credential there: an update can't leave it out", clip(tenant))
	}
	if from == "" {
		return s.lockCredentials(ctx, q, tenant, to)
	}
	return s.lockCredentials(ctx, q, tenant, from, to)
}
