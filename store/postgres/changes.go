package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

const (
	// mostChanges is what one answer tells at most; beyond that it says Reset.
	mostChanges = 10_000
	// changesKept is for how long a change can be told at least.
	changesKept = "5 minutes"
	// tidyEvery is after how many changes, about, old ones are removed, where nobody asks for them.
	tidyEvery = 256
)

// note ends a transaction: it writes the audit entry and what is to be told, by one statement. Where that is nothing
// it does nothing.
func (s *Store) note(ctx context.Context, q *txn, e *waygate.AuditEntry) error {
	if len(q.changes) == 0 && e == nil {
		return nil
	}
	var args []any
	if e != nil {
		args = auditArgs(e)
	}
	if len(q.changes) == 0 {
		_, err := q.Exec(ctx, s.sql(auditSQL), args...)
		return err
	}
	text := fmt.Sprintf(`
		INSERT INTO {schema}.changes (kind, tenant, integration, id)
		SELECT * FROM unnest($%d::text[], $%d::text[], $%d::text[], $%d::text[]) RETURNING n`,
		len(args)+1, len(args)+2, len(args)+3, len(args)+4)
	args = append(args, changeArgs(q.changes)...)
	text = "WITH told AS (" + text + ")"
	if e != nil {
		text += ", entry AS (" + auditSQL + ")"
	}
	var last int64
	answer, targets := "max(n)", []any{&last}
	if s.listener != nil {
		args = append(args, s.listener.channel)
		answer, targets = answer+fmt.Sprintf(", pg_notify($%d::text, '')::text", len(args)), append(targets, nil)
	}
	text += " SELECT " + answer + " FROM told"
	if err := q.QueryRow(ctx, s.sql(text), args...).Scan(targets...); err != nil {
		return err
	}
	if s.bound || last%tidyEvery >= int64(len(q.changes)) {
		return nil
	}
	return s.tidyChanges(ctx, q)
}

func changeArgs(list []waygate.Change) []any {
	kinds, tenants := make([]string, len(list)), make([]string, len(list))
	integrations, ids := make([]string, len(list)), make([]string, len(list))
	for i, c := range list {
		kinds[i], tenants[i], integrations[i], ids[i] = string(c.Kind), c.Tenant, c.Integration, c.ID
	}
	return []any{kinds, tenants, integrations, ids}
}

// tidyChanges removes changes that had ended minutes ago: whoever asks with a cursor that is younger knows of them.
// Of several at it, one does it.
func (s *Store) tidyChanges(ctx context.Context, q querier) error {
	_, err := q.Exec(ctx, s.sql(`
		WITH old AS (
			SELECT snapshot, taken_at FROM {schema}.change_horizon
			WHERE taken_at < clock_timestamp() - interval '`+changesKept+`' FOR UPDATE SKIP LOCKED),
		gone AS (
			DELETE FROM {schema}.changes c USING old
			WHERE c.xid < pg_snapshot_xmax(old.snapshot) AND pg_visible_in_snapshot(c.xid, old.snapshot))
		UPDATE {schema}.change_horizon h SET told_since = old.taken_at, snapshot = pg_current_snapshot(), taken_at = clock_timestamp()
		FROM old`))
	return err
}

// Changes returns what was committed since cursor; see [waygate.WatchStore]. A cursor is a snapshot of the server:
// which transactions had ended. So each change is told once, and none is missed that began before another and ended
// after it. Changes can be told for 5 minutes, and at most 10,000 at once; beyond that the answer is Reset.
func (s *Store) Changes(ctx context.Context, cursor string) (waygate.ChangePage, error) {
	l := listing{name: "changes"}
	var none waygate.ChangePage
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	position, err := s.cursors.decode(l, cursor)
	if err != nil {
		return none, err
	}
	if position == nil {
		return s.changesFromNow(ctx, l)
	}
	since, ok := splitPlace(position)
	if !ok {
		return none, badCursor() // one that was made up
	}
	found, next, err := s.changesSince(ctx, since)
	if err != nil {
		return none, s.fail(ctx, err)
	}
	if len(found.Changes) > mostChanges {
		found.Changes, found.Reset = nil, true
	}
	found.Cursor = s.cursors.encode(l, next)
	return found, nil
}

func (s *Store) changesSince(ctx context.Context, since changePlace) (found waygate.ChangePage, next []byte, err error) {
	rows, err := s.db.Query(ctx, s.changesSQL(), since.at, since.snapshot, since.store)
	if err != nil {
		return found, nil, err
	}
	var now changePlace
	var untidy bool
	var kind, tenant, integration, id *string
	_, err = pgx.ForEachRow(rows, []any{&now.at, &now.snapshot, &now.store, &untidy, &found.Reset, &kind, &tenant, &integration, &id}, func() error {
		if kind != nil {
			found.Changes = append(found.Changes,
				waygate.Change{Kind: waygate.ChangeKind(*kind), Tenant: *tenant, Integration: *integration, ID: *id})
		}
		return nil
	})
	if err == nil && untidy && !s.bound {
		_ = s.tidyChanges(ctx, s.db) // or the next one who asks
	}
	return found, now.position(), err
}

// changesFromNow is the answer to an empty cursor.
func (s *Store) changesFromNow(ctx context.Context, l listing) (waygate.ChangePage, error) {
	var now changePlace
	// the table is named so that one that isn't there shows
	err := s.db.QueryRow(ctx, s.sql(`
		SELECT statement_timestamp(), pg_current_snapshot()::text, store::text FROM {schema}.change_horizon`)).Scan(&now.at, &now.snapshot, &now.store)
	if err != nil {
		return waygate.ChangePage{}, s.fail(ctx, err)
	}
	return waygate.ChangePage{Cursor: s.cursors.encode(l, now.position())}, nil
}

// changesSQL gives at least one row, with the place that the answer goes up to. The time is from before the snapshot,
// as told_since is from after its own. A cursor from beyond the snapshot is of another server, from which the rows
// were copied.
func (s *Store) changesSQL() string {
	return s.sql(`
		WITH asked AS (
			SELECT $2::text::pg_snapshot AS since, pg_current_snapshot() AS now, h.store::text AS store,
				h.taken_at < clock_timestamp() - interval '` + changesKept + `' AS untidy,
				$1::timestamptz < h.told_since OR $3::text <> h.store::text AS late
			FROM {schema}.change_horizon h),
		answer AS (SELECT since, now, store, untidy, late OR pg_snapshot_xmax(since) > pg_snapshot_xmax(now) AS reset FROM asked)
		SELECT statement_timestamp(), answer.now::text, answer.store, answer.untidy, answer.reset, told.kind, told.tenant, told.integration, told.id
		FROM answer LEFT JOIN LATERAL (
			SELECT DISTINCT c.kind, c.tenant, c.integration, c.id FROM {schema}.changes c
			WHERE NOT answer.reset AND c.xid >= pg_snapshot_xmin($2::text::pg_snapshot) AND c.xid < pg_snapshot_xmax(answer.now)
			AND NOT pg_visible_in_snapshot(c.xid, answer.since)
			LIMIT ` + fmt.Sprint(mostChanges+1) + `
		) AS told ON true`)
}

// changePlace is how far changes were told.
type changePlace struct {
	at       time.Time // when it was asked
	store    string    // of whom, a UUID
	snapshot string    // which transactions had ended
}

const uuidSize = 36

// position is the place in a cursor: 8 bytes of microseconds since 1970, the store, and the snapshot as text.
func (p changePlace) position() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.at.UnixMicro()))
	return append(append(b, p.store...), p.snapshot...)
}

func splitPlace(position []byte) (p changePlace, ok bool) {
	if len(position) <= 8+uuidSize {
		return p, false
	}
	p.at = time.UnixMicro(int64(binary.BigEndian.Uint64(position)))
	p.store, p.snapshot = string(position[8:8+uuidSize]), string(position[8+uuidSize:])
	return p, isSnapshot(p.snapshot)
}

// isSnapshot reports whether a text has the form of a snapshot, xmin:xmax:xip,xip… in order.
func isSnapshot(text string) bool {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return false
	}
	list := []string{parts[0], parts[1]}
	if parts[2] != "" {
		list = slices.Insert(list, 1, strings.Split(parts[2], ",")...) // they lie between the two
	}
	last := uint64(1)
	for _, s := range list {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil || n < last {
			return false
		}
		last = n
	}
	return true
}

var _ waygate.WatchStore = (*Store)(nil)
