package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/store/postgres"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// newDatabase is the DSN of a new database without any tables.
func newDatabase(t testing.TB) string {
	t.Helper()
	dsn, err := pgserver.Shared(t).NewDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// openPool opens a pool that is closed with the test.
func openPool(t testing.TB, dsn string, change ...func(c *pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 8
	for _, c := range change {
		c(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// mode sets how pgx talks to the server.
func mode(m pgx.QueryExecMode) func(c *pgxpool.Config) {
	return func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = m }
}

// migrated is a pool on a new database with tables in it.
func migrated(t testing.TB, opts ...postgres.Option) *pgxpool.Pool {
	t.Helper()
	pool := openPool(t, newDatabase(t))
	migrate(t, pool, opts...)
	return pool
}

func migrate(t testing.TB, db postgres.DBTX, opts ...postgres.Option) {
	t.Helper()
	if err := postgres.Migrate(context.Background(), db, opts...); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
}

// newStore is a store on a new database.
func newStore(t testing.TB) (*postgres.Store, *pgxpool.Pool) {
	t.Helper()
	pool := migrated(t)
	return postgres.New(pool), pool
}

// begin begins a transaction that ends with the test at the latest.
func begin(t testing.TB, pool *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := pool.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// exec runs a statement that the test needs.
func exec(t testing.TB, db postgres.DBTX, sql string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := db.Exec(ctx, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// value reads one value.
func value[T any](t testing.TB, db postgres.DBTX, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := db.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// schemas lends the tests of a suite a schema each, with tables without rows. A schema is quicker to make than a
// database, and one that was used before, with its statements known to the connections, is quicker still.
type schemas struct {
	pool *pgxpool.Pool
	mu   sync.Mutex // guards what follows
	last int
	free []string
}

// lend gives a schema for the time of the test.
func (s *schemas) lend(t *testing.T) postgres.Option {
	t.Helper()
	name := s.next()
	option := postgres.Schema(name)
	migrate(t, s.pool, option)
	t.Cleanup(func() {
		// A statement whose ctx ends on the way may be done by the server after the test.
		if t.Failed() || strings.Contains(t.Name(), "ctx") {
			return
		}
		quoted := pgx.Identifier{name}.Sanitize()
		if value[int](t, s.pool, "SELECT count(*) FROM pg_inherits WHERE inhparent = $1::text::regclass", quoted+".records") > fewPartitions {
			return // each statement on records would look at all of them
		}
		exec(t, s.pool, strings.ReplaceAll(emptySQL, "{schema}", quoted))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free = append(s.free, name)
	})
	return option
}

// next is the name of a free schema, or of one to be made.
func (s *schemas) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		name := s.free[n-1]
		s.free = s.free[:n-1]
		return name
	}
	s.last++
	return fmt.Sprintf("a \"Schema\" %d", s.last)
}

// fewPartitions are those of the weeks that most tests write records of, and of what comes after each.
const fewPartitions = 5

// emptySQL makes a schema as good as new: without rows, and for cursors of changes another store.
const emptySQL = `
	DELETE FROM {schema}.variables;
	DELETE FROM {schema}.connections;
	DELETE FROM {schema}.credential_digests;
	DELETE FROM {schema}.credentials;
	DELETE FROM {schema}.connection_groups;
	DELETE FROM {schema}.flows;
	DELETE FROM {schema}.apps;
	DELETE FROM {schema}.definitions;
	DELETE FROM {schema}.definition_heads;
	DELETE FROM {schema}.audit_entries;
	DELETE FROM {schema}.records;
	DELETE FROM {schema}.record_rollups;
	DELETE FROM {schema}.changes;
	UPDATE {schema}.change_horizon SET store = gen_random_uuid(), told_since = '-infinity', snapshot = pg_current_snapshot(), taken_at = clock_timestamp()`
