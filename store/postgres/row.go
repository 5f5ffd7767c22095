package postgres

import (
	"encoding/json"
	"time"

	"github.com/waygate-go/waygate"
)

// connectionColumns are those of a connection c, in the order of scanConnection.
const connectionColumns = `c.id, c.tenant, c.integration, c.slug, c.status, c.resume, c.is_primary,
	coalesce(c.credential_id, ''), c.base_url, c.parameters, c.headers, c.metadata, c.tags, c.mappings, c.app,
	c.version, c.created_at, c.updated_at`

// connectionTargets are where connectionColumns are read into.
func connectionTargets(c *waygate.StoredConnection) []any {
	return []any{&c.ID, &c.Tenant, &c.Integration, &c.Slug, &c.Status, &c.Resume, &c.Primary, &c.CredentialID, &c.BaseURL,
		&c.Parameters, &c.Headers, &c.Metadata, &c.Tags, &c.Mappings, &c.App, &c.Version, &c.CreatedAt, &c.UpdatedAt}
}

// inUTC brings the times of a row that was read into the zone in which all leave the store.
func connectionInUTC(c waygate.StoredConnection) waygate.StoredConnection {
	c.CreatedAt, c.UpdatedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC()
	return c
}

// jsonText is a map as the text of a JSON object; nil for a nil map.
func jsonText(m map[string]string) (any, error) {
	if m == nil {
		return nil, nil
	}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return string(data), nil
}

// connectionJSON is Parameters, Headers and Metadata as arguments.
func connectionJSON(c waygate.StoredConnection) (parameters, headers, metadata any, err error) {
	if parameters, err = jsonText(c.Parameters); err == nil {
		headers, err = jsonText(c.Headers)
	}
	if err == nil {
		metadata, err = jsonText(c.Metadata)
	}
	return parameters, headers, metadata, err
}

// credentialColumns are those of a credential k, in the order of credentialRow.targets. What remains of an intent is
// in microseconds, by the server's clock.
const credentialColumns = `k.tenant, k.id, k.integration, k.sealed, k.spare, k.status, k.expires_at, k.refresh_at,
	k.digests, k.intent_holder, k.intent_fence,
	(extract(epoch from k.intent_ends - clock_timestamp()) * 1000000)::bigint, k.version, k.updated_at,
	k.grant_id, k.issued_at, k.failures, k.cause, k.forced_at`

// credentialRow is a credential as it is read; all may be missing, for a connection without one.
type credentialRow struct {
	tenant, id, integration, status *string
	sealed, spare                   []byte
	expires, refresh, updated       *time.Time
	digests                         [][]byte
	holder                          *string
	fence, remaining, version       *int64
	grant, cause                    *string
	issued, forced                  *time.Time
	failures                        *int
}

func (r *credentialRow) targets() []any {
	return []any{&r.tenant, &r.id, &r.integration, &r.sealed, &r.spare, &r.status, &r.expires, &r.refresh, &r.digests,
		&r.holder, &r.fence, &r.remaining, &r.version, &r.updated,
		&r.grant, &r.issued, &r.failures, &r.cause, &r.forced}
}

// credential is the row, nil if there is none.
func (r *credentialRow) credential() *waygate.StoredCredential {
	if r.id == nil {
		return nil
	}
	c := &waygate.StoredCredential{Tenant: *r.tenant, ID: *r.id, Integration: *r.integration, Sealed: r.sealed, Spare: r.spare,
		Status: waygate.CredentialStatus(*r.status), Expires: timeOf(r.expires), RefreshAt: timeOf(r.refresh),
		Digests: r.digests, Version: *r.version, UpdatedAt: timeOf(r.updated),
		Grant: *r.grant, IssuedAt: timeOf(r.issued), Failures: *r.failures, Cause: *r.cause, ForcedAt: timeOf(r.forced)}
	if r.holder != nil {
		c.Intent = &waygate.Intent{Holder: *r.holder, Fence: *r.fence, Remaining: duration(*r.remaining)}
	}
	return c
}

// timeArg is a time as an argument: to the microsecond, null if unset.
func timeArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return toMicrosecond(t)
}

// toMicrosecond is a time as the database keeps it.
func toMicrosecond(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// timeOf is a time that was read, zero for null.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// microseconds rounds up, so that what is more than 0 stays so.
func microseconds(d time.Duration) int64 {
	us := int64(d / time.Microsecond)
	if d%time.Microsecond > 0 {
		us++
	}
	return us
}

// duration is a number of microseconds, held within what a Duration can say.
func duration(us int64) time.Duration {
	const most = int64(1<<63-1) / int64(time.Microsecond)
	return time.Duration(max(-most, min(us, most))) * time.Microsecond
}
