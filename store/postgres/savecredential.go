package postgres

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// needGroups says that a Save changes connections of groups that aren't locked.
type needGroups struct{ integrations []string }

func (*needGroups) Error() string { return "groups have to be locked first" }

// Save doesn't lock groups as long as it changes no connection, which is nearly always. Where it turns out that it
// does, it begins again and locks them first, as all do.
func (p credentials) Save(ctx context.Context, c waygate.StoredCredential, entry *waygate.AuditEntry) (waygate.StoredCredential, error) {
	var saved waygate.StoredCredential
	if err := p.s.mayCommit(ctx, "Save"); err != nil {
		return saved, err
	}
	if err := checkAudit(entry, c.Tenant); err != nil {
		return saved, err
	}
	var locked []string
	for range mostAttempts {
		err := p.s.commit(ctx, "Save", entry, func(q *txn) (err error) {
			saved, err = p.save(ctx, q, c, locked)
			return err
		})
		var need *needGroups
		if !errors.As(err, &need) {
			if err != nil {
				return waygate.StoredCredential{}, err
			}
			return saved, nil
		}
		locked = append(locked, need.integrations...)
	}
	return waygate.StoredCredential{}, conflict("credential %q: too many connections came to use it meanwhile: repeat", clip(c.ID))
}

func (p credentials) save(ctx context.Context, q *txn, c waygate.StoredCredential, integrations []string) (saved waygate.StoredCredential, err error) {
	var groups map[string]*group
	if len(integrations) > 0 {
		if groups, err = p.s.lockGroups(ctx, q, c.Tenant, integrations); err != nil {
			return saved, err
		}
	}
	digests, err := p.at(ctx, q, c.Tenant, c.ID, c.Version)
	if err != nil {
		return saved, err
	}
	if !slices.EqualFunc(digests, c.Digests, bytes.Equal) {
		if err := p.s.dropDigests(ctx, q, c); err != nil {
			return saved, err
		}
		if err := p.s.takeDigests(ctx, q, c); err != nil {
			return saved, err
		}
	}
	saved, err = one(q.QueryRow(ctx, p.s.sql(`
		UPDATE {schema}.credentials AS k SET integration = $3::text, sealed = $4::bytea, spare = $5::bytea, status = $6::text,
			expires_at = $7::timestamptz, refresh_at = $8::timestamptz, digests = $9::bytea[],
			grant_id = $10::text, issued_at = $11::timestamptz, failures = $12::bigint, cause = $13::text, forced_at = $14::timestamptz,
			intent_holder = NULL, intent_fence = NULL, intent_ends = NULL,
			version = k.version + 1, updated_at = clock_timestamp()
		WHERE k.tenant = $1::text AND k.id = $2::text
		RETURNING `+credentialColumns),
		c.Tenant, c.ID, c.Integration, c.Sealed, c.Spare, string(c.Status), timeArg(c.Expires), timeArg(c.RefreshAt), digestsArg(c),
		c.Grant, timeArg(c.IssuedAt), c.Failures, c.Cause, timeArg(c.ForcedAt)))
	if err != nil {
		return saved, err
	}
	q.tell(waygate.ChangeCredential, c.Tenant, c.Integration, c.ID)
	return saved, p.carryOver(ctx, q, c, groups)
}

// at locks a credential if it has that version, and returns its digests.
func (p credentials) at(ctx context.Context, q *txn, tenant, id string, version int64) ([][]byte, error) {
	var there int64
	var digests [][]byte
	err := q.QueryRow(ctx, p.s.sql(`
		SELECT version, digests FROM {schema}.credentials WHERE tenant = $1::text AND id = $2::text FOR NO KEY UPDATE`),
		tenant, id).Scan(&there, &digests)
	if err == pgx.ErrNoRows {
		return nil, noCredential(tenant, id)
	}
	if err == nil && there != version {
		return nil, conflict("Version: credential %q has %d, not %d: read it again", clip(id), there, version)
	}
	return digests, err
}

// carriedOver says which states of a connection the status of a saved credential changes, and into which.
func carriedOver(saved waygate.CredentialStatus) (from []string, to string) {
	switch saved {
	case waygate.CredentialActive:
		return []string{string(waygate.StatusNeedsReauth), string(waygate.StatusError)}, string(waygate.StatusActive)
	case waygate.CredentialNeedsReauth, waygate.CredentialRevoked:
		return []string{string(waygate.StatusActive), string(waygate.StatusError)}, string(waygate.StatusNeedsReauth)
	}
	return nil, ""
}

// carriedOverWhere selects the connections that change: of a disabled one, what it resumes as.
const carriedOverWhere = `
	WHERE tenant = $1::text AND credential_id = $2::text
	AND CASE WHEN status = 'disabled' THEN resume ELSE status END = ANY ($3::text[])`

// carryOver brings a saved credential's status to the connections that use it. The primary places are settled when
// all have changed, so that of several that become active together the oldest gets one.
func (p credentials) carryOver(ctx context.Context, q *txn, c waygate.StoredCredential, groups map[string]*group) error {
	from, to := carriedOver(c.Status)
	if from == nil {
		return nil
	}
	need, err := p.groupsOf(ctx, q, c, from)
	if err != nil || len(need) == 0 {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(need), func(name string) bool { return groups[name] != nil })
	if len(missing) > 0 {
		return &needGroups{missing}
	}
	rows, err := q.Query(ctx, p.s.sql(`
		UPDATE {schema}.connections SET status = CASE WHEN status = 'disabled' THEN status ELSE $4::text END,
			resume = CASE WHEN status = 'disabled' THEN $4::text ELSE resume END,
			version = version + 1, updated_at = clock_timestamp()`+carriedOverWhere+`
		RETURNING id, integration`), c.Tenant, c.ID, from, to)
	if err != nil {
		return err
	}
	var changed []string
	var id, integration string
	_, err = pgx.ForEachRow(rows, []any{&id, &integration}, func() error {
		changed = append(changed, id)
		q.tellConnection(c.Tenant, integration, id)
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range need {
		if _, err := groups[name].settle(ctx, changed...); err != nil {
			return err
		}
	}
	return nil
}

// groupsOf returns the integrations of the connections that will change, in order.
func (p credentials) groupsOf(ctx context.Context, q *txn, c waygate.StoredCredential, from []string) ([]string, error) {
	rows, err := q.Query(ctx, p.s.sql(`SELECT DISTINCT integration FROM {schema}.connections`+carriedOverWhere+` ORDER BY integration`),
		c.Tenant, c.ID, from)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Mark commits durably too: it stands for a request that is about to be sent.
func (p credentials) Mark(ctx context.Context, tenant, id string, version int64, in waygate.Intent) (waygate.StoredCredential, error) {
	var marked waygate.StoredCredential
	err := p.s.commit(ctx, "Mark", nil, func(q *txn) (err error) {
		if _, err = p.at(ctx, q, tenant, id, version); err != nil {
			return err
		}
		marked, err = one(q.QueryRow(ctx, p.s.sql(`
			UPDATE {schema}.credentials AS k SET intent_holder = $3::text, intent_fence = $4::bigint,
				intent_ends = clock_timestamp() + $5::bigint * interval '1 microsecond',
				version = k.version + 1, updated_at = clock_timestamp()
			WHERE k.tenant = $1::text AND k.id = $2::text
			RETURNING `+credentialColumns), tenant, id, in.Holder, in.Fence, microseconds(in.Remaining)))
		q.tell(waygate.ChangeCredential, tenant, marked.Integration, id)
		return err
	})
	if err != nil {
		return waygate.StoredCredential{}, err
	}
	return marked, nil
}
