package postgres

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// records is the store as a [waygate.RecordStore].
type records struct {
	s     *Store
	weeks weeks
}

var (
	_ waygate.RecordStore     = (*records)(nil)
	_ waygate.StatisticsStore = (*records)(nil)
)

func newRecords(s *Store) *records { return &records{s: s} }

// scannedRecord is a record with its place in listings.
type scannedRecord struct {
	start time.Time
	row   waygate.CallRecord
}

func scanRecord(row pgx.CollectableRow) (scannedRecord, error) {
	var r scannedRecord
	var body []byte
	if err := row.Scan(&r.start, &body); err != nil {
		return r, err
	}
	err := json.Unmarshal(body, &r.row)
	return r, err
}

func (r *records) List(ctx context.Context, tenant string, q waygate.RecordQuery) (waygate.RecordPage, error) {
	s, l := r.s, listing{"records", tenant}
	var none waygate.RecordPage
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return none, err
	}
	position, err := s.cursors.decode(l, q.Cursor)
	if err != nil {
		return none, err
	}
	if position != nil && len(position) < 8 {
		return none, badCursor() // one that was made up
	}
	text, args := s.recordsSQL(tenant, q, position, limit)
	list, next, err := readPage(ctx, s, scanRecord, limit, func(last scannedRecord) string {
		return s.cursors.encode(l, recordPosition(last.start, last.row.ID))
	}, text, args...)
	if err != nil {
		return none, err
	}
	found := waygate.RecordPage{Cursor: next}
	for _, r := range list {
		found.Records = append(found.Records, r.row)
	}
	return found, nil
}

// recordPosition is where a page of records ended: 8 bytes of microseconds since 1970, and the ID.
func recordPosition(start time.Time, id string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(start.UnixMicro())), id...)
}

// recordsSQL has only the conditions that are asked for. Of those for a position, that on start alone follows from the
// other, and lets the server leave out partitions. It is a constant, the end of a week: a parameter, of which the server
// knows nothing when it plans for all values, makes it plan for each one anew, which takes longer than the page.
func (s *Store) recordsSQL(tenant string, q waygate.RecordQuery, position []byte, limit int) (string, []any) {
	w := where{args: []any{tenant}}
	w.and("id = %s::text", q.ID)
	w.named(q.Integration, q.Action, q.Connection)
	w.and("read_id = %[1]s::text AND read_id <> ''", q.ReadID)
	w.and("kind = %s::text", string(q.Kind))
	if q.Failed || q.Kind != "" {
		w.text.WriteString(" AND kind <> ''")
	}
	w.between(q.Since, q.Until)
	if position != nil {
		start := time.UnixMicro(int64(binary.BigEndian.Uint64(position)))
		if week := weekOf(start); week.mayHaveTable() {
			fmt.Fprintf(&w.text, " AND start < '%s'::timestamptz", week.end().Format(time.RFC3339))
		}
		w.args = append(w.args, start)
		w.add(fmt.Sprintf("(start, id) < ($%d::timestamptz, ", len(w.args))+"%s::text)", string(position[8:]))
	}
	return s.sql(`SELECT start, body FROM {schema}.records
		WHERE tenant = $1::text` + w.text.String() + `
		ORDER BY start DESC, id DESC LIMIT ` + fmt.Sprint(limit+1)), w.args
}

// named adds the conditions that records and rollups share.
func (w *where) named(integration, action, connection string) {
	w.and("integration = %s::text", integration)
	w.and("action = %s::text", action)
	w.and("(connection = %[1]s::text OR connection_id = %[1]s::text)", connection)
}

// between adds the conditions on start: at or after since, and before until; a zero time is no bound. Times are kept
// to the microsecond, so those between two are the later one's.
func (w *where) between(since, until time.Time) {
	if !since.IsZero() {
		w.add("start >= %s::timestamptz", toMicrosecond(since))
	}
	if !until.IsZero() {
		w.add("start < %s::timestamptz", toMicrosecond(until))
	}
}

// Purge removes a tenant's records, and what sums them up.
func (r *records) Purge(ctx context.Context, tenant string) (int, error) {
	var n int
	err := r.s.write(ctx, nil, func(q *txn) (err error) {
		n, err = r.remove(ctx, q, "{schema}.records", "tenant = $1::text", tenant)
		if err != nil {
			return err
		}
		return r.tidy(ctx, q, "tenant = $1::text", tenant)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
