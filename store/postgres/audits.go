package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// checkAudit refuses an entry that would land in another tenant's trail.
func checkAudit(e *waygate.AuditEntry, tenant string) error {
	if e != nil && e.Tenant != tenant {
		return invalid("audit entry: its Tenant %q is not %q, whose rows are changed", clip(e.Tenant), clip(tenant))
	}
	return nil
}

// auditSQL writes an entry.
const auditSQL = `
	INSERT INTO {schema}.audit_entries (tenant, id, at, actor, action, target, before, after)
	VALUES ($1::text, $2::text, $3::timestamptz, $4::text, $5::text, $6::text, $7::text::json, $8::text::json)`

func auditArgs(e *waygate.AuditEntry) []any {
	return []any{e.Tenant, e.ID, timeArg(e.At), e.Actor, e.Action, e.Target, rawJSON(e.Before), rawJSON(e.After)}
}

// rawJSON is JSON as an argument, null if there is none.
func rawJSON(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return string(raw)
}

// numberedEntry is an entry with its place in the trail.
type numberedEntry = numbered[waygate.AuditEntry]

func scanEntry(row pgx.CollectableRow) (numberedEntry, error) {
	var e numberedEntry
	var at *time.Time
	var before, after *string
	a := &e.row
	err := row.Scan(&e.n, &a.Tenant, &a.ID, &at, &a.Actor, &a.Action, &a.Target, &before, &after)
	a.At, a.Before, a.After = timeOf(at), rawOf(before), rawOf(after)
	return e, err
}

func rawOf(text *string) json.RawMessage {
	if text == nil {
		return nil
	}
	return json.RawMessage(*text)
}

// Audit returns a tenant's entries, newest first; see [waygate.AuditStore]. The trail is kept until the tenant is
// purged.
func (s *Store) Audit(ctx context.Context, tenant string, q waygate.AuditQuery) (waygate.AuditPage, error) {
	rows, next, err := numberedPage(ctx, s, listing{"audit", tenant}, q.Cursor, q.Limit, scanEntry, func(last int64, limit int) (string, []any) {
		return s.trailSQL(tenant, q, last, limit)
	})
	return waygate.AuditPage{Entries: rows, Cursor: next}, err
}

func (s *Store) trailSQL(tenant string, q waygate.AuditQuery, last int64, limit int) (string, []any) {
	w := where{args: []any{tenant}}
	w.and("action = %s::text", q.Action)
	w.and("target = %s::text", q.Target)
	if last != 0 {
		w.add("n < %s::bigint", last)
	}
	return s.sql(`SELECT n, tenant, id, at, actor, action, target, before::text, after::text FROM {schema}.audit_entries
		WHERE tenant = $1::text` + w.text.String() + `
		ORDER BY n DESC LIMIT ` + fmt.Sprint(limit+1)), w.args
}
