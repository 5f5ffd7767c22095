package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// wantClass wants an error of the package, of a class, that says a word.
func wantClass(t *testing.T, err, class error, word string) {
	t.Helper()
	var e *postgres.Error
	if !errors.Is(err, class) || !errors.As(err, &e) || !strings.Contains(err.Error(), word) {
		t.Errorf("error %v, want a *postgres.Error that matches %v and says %q", err, class, word)
	}
}

// catalogue lists all columns, constraints and indexes of a schema.
func catalogue(t *testing.T, db postgres.DBTX, schema string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = $1
		UNION ALL SELECT tablename || ': ' || indexdef FROM pg_indexes WHERE schemaname = $1
		UNION ALL SELECT conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = to_regnamespace($1)
		ORDER BY 1`, schema)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(list) < 50 {
		t.Fatalf("the catalogue has %d lines, error %v", len(list), err)
	}
	return list
}

func migrations(t *testing.T, schema string) []postgres.Migration {
	t.Helper()
	list, err := postgres.Migrations(schema)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d migrations, error %v", len(list), err)
	}
	return list
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	pool := migrated(t)
	before := catalogue(t, pool, "waygate")
	migrate(t, pool)
	if diff := cmp.Diff(before, catalogue(t, pool, "waygate")); diff != "" {
		t.Errorf("a second Migrate changed: %s", diff)
	}
	if err := postgres.Validate(t.Context(), pool); err != nil {
		t.Errorf("Validate: %v", err)
	}
}

// TestMigrateAtOnce: many processes start at the same time.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t), func(c *pgxpool.Config) { c.MaxConns = 12 })
	var all sync.WaitGroup
	for range 24 {
		all.Go(func() {
			if err := postgres.Migrate(t.Context(), pool); err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
	all.Wait()
	want := len(migrations(t, ""))
	if got := value[int](t, pool, "SELECT count(*) FROM waygate.migrations"); got != want {
		t.Errorf("%d steps were noted, want %d", got, want)
	}
}

// TestMigrateFromEachVersion: the tables are the same whatever version they come from, and keep what is in them.
func TestMigrateFromEachVersion(t *testing.T) {
	t.Parallel()
	pool := migrated(t)
	want := catalogue(t, pool, "waygate")
	list := migrations(t, "")
	for version := range len(list) + 1 {
		pool := openPool(t, newDatabase(t))
		for _, m := range list[:version] {
			exec(t, pool, m.SQL)
		}
		if version > 0 {
			exec(t, pool, `INSERT INTO waygate.connection_groups (tenant, integration) VALUES ('acme', 'github')`)
		}
		if err := postgres.Validate(t.Context(), pool); version < len(list) {
			wantClass(t, err, waygate.ErrConfig, fmt.Sprintf("%d (%s)", len(list), list[len(list)-1].Name))
		} else if err != nil {
			t.Errorf("Validate of all steps run by hand: %v", err)
		}
		migrate(t, pool)
		if diff := cmp.Diff(want, catalogue(t, pool, "waygate")); diff != "" {
			t.Errorf("migrated from version %d: %s", version, diff)
		}
		if n := value[int](t, pool, "SELECT count(*) FROM waygate.connection_groups"); n != min(version, 1) {
			t.Errorf("migrated from version %d: %d rows are left, want %d", version, n, min(version, 1))
		}
	}
}

func TestNewerTables(t *testing.T) {
	t.Parallel()
	pool := migrated(t)
	exec(t, pool, "INSERT INTO waygate.migrations (version, name) VALUES (99, 'of_the_future')")
	wantClass(t, postgres.Validate(t.Context(), pool), waygate.ErrConfig, "newer")
	wantClass(t, postgres.Migrate(t.Context(), pool), waygate.ErrConfig, "newer")
	exec(t, pool, "DELETE FROM waygate.migrations WHERE version = 99; UPDATE waygate.migrations SET name = 'other' WHERE version = 2")
	wantClass(t, postgres.Validate(t.Context(), pool), waygate.ErrConfig, "another program")
}

// TestFailedMigrationLeavesNothing: all steps, or none.
func TestFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	exec(t, pool, "CREATE SCHEMA waygate; CREATE TABLE waygate.changes ()") // in the way of the last step
	if err := postgres.Migrate(t.Context(), pool); err == nil || errors.Is(err, waygate.ErrConfig) {
		t.Errorf("Migrate: error %v, want the database's", err)
	}
	if n := value[int](t, pool, "SELECT count(*) FROM pg_tables WHERE schemaname = 'waygate'"); n != 1 {
		t.Errorf("%d tables, want the one from before", n)
	}
}

// TestMigrateInTransaction: a host can make its own tables and ours together.
func TestMigrateInTransaction(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	tx := begin(t, pool)
	migrate(t, tx)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantClass(t, postgres.Validate(t.Context(), pool), waygate.ErrConfig, "1 (connections)")
}

// TestMigrateWithoutTheRightToMakeSchemas: a role that owns the schema is enough.
func TestMigrateWithoutTheRightToMakeSchemas(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	role := pgx.Identifier{value[string](t, pool, "SELECT 'host of ' || current_database()")}.Sanitize()
	exec(t, pool, "CREATE ROLE "+role+"; CREATE SCHEMA waygate AUTHORIZATION "+role)
	t.Cleanup(func() { exec(t, pool, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	exec(t, conn, "SET ROLE "+role)
	migrate(t, conn)
	if err := postgres.Validate(t.Context(), conn); err != nil {
		t.Error(err)
	}
	exec(t, conn, "RESET ROLE")
}

// TestUnmigrated: the first use of a store without tables, or with those of an older version, says what to do.
func TestUnmigrated(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	s := postgres.New(pool)
	use := func() map[string]error {
		_, _, find := s.Connections().Find(t.Context(), "acme", "github", "")
		_, insert := s.Connections().Insert(t.Context(), waygate.StoredConnection{ID: "con", Slug: "main"}, nil, nil)
		_, statistics := postgres.New(pool).Records().(waygate.StatisticsStore).Statistics(t.Context(), "acme", waygate.StatisticsQuery{})
		_, changes := s.Changes(t.Context(), "")
		return map[string]error{"Find": find, "Insert": insert, "Statistics": statistics, "Changes": changes,
			"Append": s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a"}})}
	}
	for _, err := range use() {
		wantClass(t, err, waygate.ErrConfig, "run postgres.Migrate")
	}
	exec(t, pool, migrations(t, "")[0].SQL)
	_, err := s.Audit(t.Context(), "acme", waygate.AuditQuery{})
	wantClass(t, err, waygate.ErrConfig, "run postgres.Migrate")
	migrate(t, pool)
	for name, err := range use() {
		if err != nil && !errors.Is(err, waygate.ErrUnresolved) {
			t.Errorf("%s after Migrate: %v", name, err)
		}
	}
}

func TestSchemaNames(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	for _, name := range []string{`"; DROP TABLE x; --`, "Ä 名前", "{schema}", "$$", "sel'ect", `back\slash`, strings.Repeat("x", 63)} {
		migrate(t, pool, postgres.Schema(name))
		s := postgres.New(pool, postgres.Schema(name))
		_, err := s.Connections().Insert(t.Context(), waygate.StoredConnection{ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main"}, nil, nil)
		if err != nil {
			t.Errorf("Insert into %q: %v", name, err)
		}
		if err := s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a", Start: start}}); err != nil {
			t.Errorf("Append to %q: %v", name, err)
		}
		if n, err := s.Records().Expire(t.Context(), start.AddDate(1, 0, 0)); n != 1 || err != nil {
			t.Errorf("Expire in %q: %d, %v", name, n, err)
		}
		if err := postgres.Validate(t.Context(), pool, postgres.Schema(name)); err != nil {
			t.Errorf("Validate of %q: %v", name, err)
		}
	}
	for name, word := range map[string]string{"": "empty", strings.Repeat("x", 64): "63", "a\x00b": "NUL", "\xff": "UTF-8"} {
		wantClass(t, postgres.Migrate(t.Context(), pool, postgres.Schema(name)), waygate.ErrConfig, word)
		_, err := postgres.New(pool, postgres.Schema(name)).Definitions().List(t.Context(), "")
		wantClass(t, err, waygate.ErrConfig, word)
		if name != "" {
			_, err = postgres.Migrations(name)
			wantClass(t, err, waygate.ErrConfig, word)
		}
	}
}
