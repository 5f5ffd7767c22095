package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// oneConnection is a pool of one connection, whose plans are those of all statements, on a new database with tables.
func oneConnection(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := openPool(t, newDatabase(t), func(c *pgxpool.Config) { c.MaxConns = 1 })
	migrate(t, pool)
	return pool
}

// TestAppendIntoANewWeek: the plan from when the week's table was empty isn't used for the full one. It would look for
// the ID of each record by reading all of the tenant's.
func TestAppendIntoANewWeek(t *testing.T) {
	t.Parallel()
	pool := oneConnection(t)
	s, n := postgres.New(pool), 0
	add := func(batches, size int, after time.Duration) {
		for range batches {
			batch := make([]waygate.CallRecord, size)
			for i := range batch {
				batch[i] = call(fmt.Sprint("call_", n), after+time.Duration(n)*time.Millisecond)
				n++
			}
			appendAll(t, s, batch...)
		}
	}
	scans := func() int { // of the index that has the tenant, but not the ID beside it
		exec(t, pool, "SELECT pg_stat_force_next_flush()")
		return value[int](t, pool, `SELECT sum(idx_scan)::bigint FROM pg_stat_user_indexes WHERE indexrelname = 'records_20310106_tenant_start_id_idx'`)
	}
	add(12, 100, 0)     // a connection that keeps plans has one for all values now
	add(1, 1000, 7*day) // and the table that was made for the next week begins to fill
	before := scans()
	add(2, 1000, 7*day)
	if n := scans() - before; n != 0 {
		t.Errorf("for %d of 2,000 records all of the tenant's were read", n)
	}
}

// TestFarPagesArePlannedOnce: where the first page's plan is kept, that of a page behind a cursor is too. To plan it
// takes longer than to read it.
func TestFarPagesArePlannedOnce(t *testing.T) {
	t.Parallel()
	pool := oneConnection(t)
	s := postgres.New(pool)
	for week := range 12 {
		appendAll(t, s, call(fmt.Sprint("first of week ", week), time.Duration(week)*7*day))
	}
	exec(t, pool, `DELETE FROM waygate.records; DELETE FROM waygate.record_rollups`)
	exec(t, pool, `
		INSERT INTO waygate.records (tenant, id, start, integration, action, connection, connection_id, read_id, kind, duration, bucket, body)
		SELECT 'acme', 'call_' || g, '2030-12-30'::timestamptz + g * interval '10 seconds', 'github', 'list', 's', 'con_s', '', '', 1000000, 180, json_build_object('error', repeat('x', 300))
		FROM generate_series(0, 39999) AS g`)
	exec(t, pool, "ANALYZE")
	cursor := ""
	for range 30 { // of the oldest week
		page, err := s.Records().List(t.Context(), "acme", waygate.RecordQuery{Limit: 20, Cursor: cursor})
		if err != nil || page.Cursor == "" {
			t.Fatalf("a page ends with %q, %v", page.Cursor, err)
		}
		cursor = page.Cursor
	}
	planned := value[int](t, pool, `SELECT max(custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%(start, id) <%'`)
	if planned > 5 { // as often as the server tries before it keeps one
		t.Errorf("of 29 pages behind a cursor %d were planned for themselves", planned)
	}
}
