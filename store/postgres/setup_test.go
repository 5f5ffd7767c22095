package postgres_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
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

// schemas numbers the schemas of a suite: they are quicker to make than databases.
type schemas struct{ last atomic.Int64 }

func (s *schemas) next() postgres.Option {
	return postgres.Schema(fmt.Sprintf("a \"Schema\" %d", s.last.Add(1)))
}
