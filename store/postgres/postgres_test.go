package postgres_test

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/store/postgres"
	"github.com/waygate-go/waygate/store/storetest"
)

// suite runs storetest over stores with a schema each. Two pools stand for two processes. listen is where they listen,
// empty if they don't.
func suite(t *testing.T, dsn, listen string, change ...func(c *pgxpool.Config)) {
	change = append(change, func(c *pgxpool.Config) { c.MaxConns = 24 })
	pool, other := openPool(t, dsn, change...), openPool(t, dsn, change...)
	lent := &schemas{pool: pool}
	var where sync.Map // of the stores, which schema
	storetest.Run(t, func(t *testing.T) waygate.Store {
		schema := lent.lend(t)
		s := postgres.New(pool, schema, listening(listen))
		where.Store(s, schema)
		return s
	}, storetest.Capabilities{
		Durable: true, Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true,
		Reopen: func(t *testing.T, s waygate.Store) waygate.Store {
			schema, _ := where.Load(s)
			option, ok := schema.(postgres.Option)
			if !ok {
				t.Fatal("Reopen of a store of somebody else's")
			}
			return postgres.New(other, option)
		},
	})
}

// TestStore runs in a database whose own order of text is a language's, not that of bytes.
func TestStore(t *testing.T) {
	t.Parallel()
	dsn := localizedDatabase(t)
	suite(t, dsn, dsn)
}

// localizedDatabase is the DSN of a new database with the order of American English.
func localizedDatabase(t testing.TB) string {
	t.Helper()
	config, err := pgx.ParseConfig(newDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	name := config.Database + "_en"
	exec(t, conn, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'")
	u, err := url.Parse(config.ConnString())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// TestStoreThroughPgBouncer is the same in transaction mode, where two statements of one client may meet two servers, and
// where nobody can listen.
func TestStoreThroughPgBouncer(t *testing.T) {
	t.Parallel()
	suite(t, throughBouncer(t, newDatabase(t)), "", mode(pgx.QueryExecModeExec))
}

// throughBouncer is the DSN of a database by way of PgBouncer in transaction mode.
func throughBouncer(t testing.TB, dsn string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pgserver.StartBouncer(context.Background(), pgserver.Shared(t), pgserver.BouncerOptions{PoolSize: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	return b.DSN(config.Database)
}
