package memory

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
)

// records is a bounded [waygate.RecordStore].
type records struct {
	cursors cursorKey

	mu   sync.RWMutex // guards what follows
	open bool
	log  fair[*waygate.CallRecord] // what it points to is never changed
	ids  map[recordKey]struct{}
}

type recordKey struct{ tenant, id string }

var (
	_ waygate.RecordStore     = (*records)(nil)
	_ waygate.StatisticsStore = (*records)(nil)
)

func (r *records) init(limit int, k cursorKey) {
	r.cursors, r.open = k, true
	r.log, r.ids = newFair(limit, compareRecords), map[recordKey]struct{}{}
}

func (r *records) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = false
	r.log, r.ids = fair[*waygate.CallRecord]{}, nil
}

func compareRecords(a, b *waygate.CallRecord) int {
	return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
}

// usable is asked with the lock held.
func (r *records) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !r.open {
		return ErrClosed
	}
	return nil
}

func (r *records) Append(ctx context.Context, batch []waygate.CallRecord) error {
	rows := make([]*waygate.CallRecord, len(batch))
	for i, rec := range batch {
		row := cloneRecord(rec)
		rows[i] = &row
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.usable(ctx); err != nil {
		return err
	}
	for i, row := range rows {
		if row.ID == "" {
			return invalid("records[%d].ID: is empty: a record needs one", i)
		}
	}
	for _, row := range rows {
		key := recordKey{row.Tenant, row.ID}
		if _, there := r.ids[key]; there {
			continue
		}
		r.ids[key] = struct{}{}
		if gone, ok := r.log.add(row.Tenant, row); ok {
			r.forget(gone)
		}
	}
	return nil
}

func (r *records) forget(gone ...*waygate.CallRecord) {
	for _, row := range gone {
		delete(r.ids, recordKey{row.Tenant, row.ID})
	}
}

func (r *records) List(ctx context.Context, tenant string, q waygate.RecordQuery) (waygate.RecordPage, error) {
	l := listing{"records", tenant}
	var page waygate.RecordPage
	r.mu.RLock()
	defer r.mu.RUnlock()
	if err := r.usable(ctx); err != nil {
		return page, err
	}
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return page, err
	}
	position, err := r.cursors.decode(l, q.Cursor)
	if err != nil {
		return page, err
	}
	rows := between(r.log.items(tenant), q.Since, q.Until)
	if position != nil {
		i, _ := slices.BinarySearchFunc(rows, recordAt(position), compareRecords)
		rows = rows[:i]
	}
	var last *waygate.CallRecord
	for _, row := range slices.Backward(rows) {
		if !matches(q, row) {
			continue
		}
		if len(page.Records) == limit {
			page.Cursor = r.cursors.encode(l, positionOf(last))
			break
		}
		page.Records = append(page.Records, cloneRecord(*row))
		last = row
	}
	return page, nil
}

// between cuts rows, oldest first, down to those that started at or after since
// and before until; a zero time is no bound.
func between(rows []*waygate.CallRecord, since, until time.Time) []*waygate.CallRecord {
	if !until.IsZero() {
		rows = rows[:started(rows, until)]
	}
	if !since.IsZero() {
		rows = rows[started(rows, since):]
	}
	return rows
}

// started counts the rows that started before a time.
func started(rows []*waygate.CallRecord, before time.Time) int {
	n, _ := slices.BinarySearchFunc(rows, before, func(r *waygate.CallRecord, t time.Time) int {
		return cmp.Or(r.Start.Compare(t), 1) // the first of those that started at t is behind
	})
	return n
}

// matches tests all of a query but its times.
func matches(q waygate.RecordQuery, r *waygate.CallRecord) bool {
	return (q.ID == "" || q.ID == r.ID) &&
		(q.Integration == "" || q.Integration == r.Integration) &&
		(q.Action == "" || q.Action == r.Action) &&
		(q.Connection == "" || q.Connection == r.Connection || q.Connection == r.ConnectionID) &&
		(q.ReadID == "" || q.ReadID == r.ReadID) &&
		(q.Kind == "" || q.Kind == r.Kind) &&
		(!q.Failed || !r.Succeeded())
}

func (r *records) Expire(ctx context.Context, before time.Time) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.usable(ctx); err != nil {
		return 0, err
	}
	total := 0
	for _, l := range r.log.logs {
		if n := started(l.items, before); n > 0 {
			r.forget(r.log.dropOldest(l, n)...)
			total += n
		}
	}
	return total, nil
}

func (r *records) Purge(ctx context.Context, tenant string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.usable(ctx); err != nil {
		return 0, err
	}
	gone := r.log.dropTenant(tenant)
	r.forget(gone...)
	return len(gone), nil
}

// positionOf and recordAt are the position of a record in a listing: 8 bytes of
// seconds, 4 of nanoseconds, the ID.
func positionOf(r *waygate.CallRecord) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.Start.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Start.Nanosecond()))
	return append(b, r.ID...)
}

func recordAt(position []byte) *waygate.CallRecord {
	sec, nsec := binary.BigEndian.Uint64(position), binary.BigEndian.Uint32(position[8:])
	return &waygate.CallRecord{Start: time.Unix(int64(sec), int64(nsec)), ID: string(position[12:])}
}
