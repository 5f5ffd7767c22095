package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// furnish does all that a store on a transaction can do.
func furnish(t *testing.T, s *postgres.Store) {
	t.Helper()
	ctx := t.Context()
	c, err := s.Connections().Insert(ctx, connection("main"), credential("main"), entry("connection.create"))
	if err != nil {
		t.Fatalf("Insert: %v", err)
	}
	if _, err := s.Connections().Insert(ctx, connection("second"), nil, nil); err != nil {
		t.Fatalf("Insert: %v", err)
	}
	c.BaseURL = "https://changed.example.com"
	_, update := s.Connections().Update(ctx, c, entry("connection.update"))
	_, put := s.Definitions().Put(ctx, waygate.StoredDefinition{ID: "github"}, 0, nil)
	_, putApp := s.PutApp(ctx, waygate.StoredApp{Tenant: "acme", Integration: "github", ID: "app"}, entry("app.put"))
	for what, err := range map[string]error{
		"Update": update, "Put": put, "PutApp": putApp, "SetPrimary": s.Connections().SetPrimary(ctx, "acme", "con_second", nil),
		"PutVariable": s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme", ConnectionID: "con_main", Name: "region"}, nil),
		"Append":      s.Records().Append(ctx, []waygate.CallRecord{{ID: "call_1", Tenant: "acme", Start: start}}),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// rows counts the rows of each table, but for what Migrate writes.
func rows(t *testing.T, db postgres.DBTX) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, table := range []string{"connection_groups", "connections", "credentials", "credential_digests", "definitions", "definition_heads",
		"variables", "audit_entries", "apps", "flows", "records", "record_rollups", "changes"} {
		n[table] = value[int](t, db, "SELECT count(*) FROM waygate."+table)
	}
	return n
}

func TestHostTransaction(t *testing.T) {
	t.Parallel()
	pool := migrated(t)
	empty := rows(t, pool)
	for _, commit := range []bool{false, true} {
		tx := begin(t, pool)
		furnish(t, postgres.New(tx))
		if diff := cmp.Diff(empty, rows(t, pool)); diff != "" {
			t.Errorf("others see what isn't committed: %s", diff)
		}
		want := rows(t, tx)
		var err error
		if commit {
			err = tx.Commit(t.Context())
		} else {
			err, want = tx.Rollback(t.Context()), empty
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, rows(t, pool)); diff != "" {
			t.Errorf("after the host's transaction (commit: %t): %s", commit, diff)
		}
	}
	if n := rows(t, pool)["connections"]; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// TestHostTransactionGoesOn: what the store refuses doesn't spoil the host's transaction.
func TestHostTransactionGoesOn(t *testing.T) {
	t.Parallel()
	pool := migrated(t)
	tx := begin(t, pool)
	s := postgres.New(tx)
	furnish(t, s)
	_, taken := s.Connections().Insert(t.Context(), connection("main"), credential("main"), nil)
	_, badJSON := s.Definitions().Put(t.Context(), waygate.StoredDefinition{ID: "x"}, 0, &waygate.AuditEntry{Before: []byte("{")})
	for _, err := range []error{taken, badJSON, s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a\x00", Start: start}})} {
		if err == nil {
			t.Error("what should fail succeeded")
		}
	}
	wantClass(t, badJSON, waygate.ErrInvalidInput, "JSON")
	if _, err := s.Connections().Purge(t.Context(), "acme", nil); err != nil {
		t.Errorf("Purge: %v", err)
	}
	if n, err := s.Records().Expire(t.Context(), start.AddDate(1, 0, 0)); n != 1 || err != nil {
		t.Errorf("Expire: %d, %v", n, err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Errorf("Commit: %v", err)
	}
}

// TestCredentialsCommitByThemselves: what must outlive the host's transaction is refused in it, and changes nothing.
func TestCredentialsCommitByThemselves(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	ctx := t.Context()
	if _, err := s.Connections().Insert(ctx, connection("main"), credential("main"), nil); err != nil {
		t.Fatal(err)
	}
	cred, err := s.Credentials().Get(ctx, "acme", "crd_main")
	if err != nil {
		t.Fatal(err)
	}
	tx := begin(t, pool)
	for name, db := range map[string]postgres.DBTX{"a transaction": tx, "a wrapped one": wrapped{tx}} {
		on := postgres.New(db)
		c := on.Credentials()
		_, save := c.Save(ctx, cred, nil)
		_, mark := c.Mark(ctx, "acme", cred.ID, cred.Version, waygate.Intent{})
		_, acquire := c.Acquire(ctx, "acme", cred.ID, "h", 1)
		_, renew := c.Renew(ctx, waygate.Lease{Tenant: "acme", CredentialID: cred.ID, Holder: "h"}, 1)
		_, take := on.TakeFlow(ctx, "acme", "flow")
		put := on.PutFlow(ctx, waygate.StoredFlow{Tenant: "acme", ID: "flow"}, 1)
		for _, err := range []error{save, mark, acquire, renew, take, put, c.Release(ctx, waygate.Lease{Tenant: "acme", CredentialID: cred.ID})} {
			wantClass(t, err, waygate.ErrConfig, "use a store on the pool")
		}
		if _, err := c.Get(ctx, "acme", cred.ID); err != nil {
			t.Errorf("Get in %s: %v", name, err)
		}
	}
	got, err := s.Credentials().Get(ctx, "acme", cred.ID)
	if diff := cmp.Diff(cred, got); diff != "" || err != nil {
		t.Errorf("the credential changed: %s, error %v", diff, err)
	}
}

// wrapped is a transaction in a wrapper of the host's, for logging say.
type wrapped struct{ pgx.Tx }

// TestConnection: a store on one connection works, unless the host has begun a transaction on it.
func TestConnection(t *testing.T) {
	t.Parallel()
	_, pool := newStore(t)
	conn, err := pgx.ConnectConfig(t.Context(), pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	furnish(t, postgres.New(conn))
	leased, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leased.Release()
	for _, db := range []postgres.DBTX{conn, leased} {
		exec(t, db, "BEGIN")
		s := postgres.New(db)
		wantClass(t, s.Connections().SetPrimary(t.Context(), "acme", "con_main", nil), waygate.ErrConfig, "open transaction")
		_, err := s.Credentials().Acquire(t.Context(), "acme", "crd_main", "h", 1)
		wantClass(t, err, waygate.ErrConfig, "open transaction")
		exec(t, db, "ROLLBACK")
		if err := s.Connections().SetPrimary(t.Context(), "acme", "con_main", nil); err != nil {
			t.Error(err)
		}
	}
}

// plain is a database that can begin a transaction in one way only.
type plain struct{ postgres.DBTX }

// TestDefaultsOfTheDatabase: a database may have another isolation by default, and not wait for the disk; what the
// store promises holds there too.
func TestDefaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{"serializable", "repeatable read"} {
		dsn := newDatabase(t)
		admin := openPool(t, dsn)
		name := pgx.Identifier{admin.Config().ConnConfig.Database}.Sanitize()
		exec(t, admin, fmt.Sprintf("ALTER DATABASE %s SET default_transaction_isolation = '%s'; ALTER DATABASE %[1]s SET synchronous_commit = off", name, isolation))
		pool := openPool(t, dsn)
		migrate(t, pool)
		exec(t, pool, `CREATE TABLE seen (what text, how text);
			CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (TG_TABLE_NAME,
				current_setting('synchronous_commit') || ', ' || current_setting('transaction_isolation')); RETURN NULL; END $$;
			CREATE TRIGGER note AFTER UPDATE OF version ON waygate.credentials FOR EACH ROW EXECUTE FUNCTION note()`)
		for i, db := range []postgres.DBTX{pool, plain{pool}} {
			s := postgres.New(db)
			slug := fmt.Sprint("c", i)
			if _, err := s.Connections().Insert(t.Context(), connection(slug), credential(slug), nil); err != nil {
				t.Fatal(err)
			}
			cred, err := s.Credentials().Mark(t.Context(), "acme", "crd_"+slug, 1, waygate.Intent{Holder: "h"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Credentials().Save(t.Context(), cred, nil); err != nil {
				t.Fatal(err)
			}
		}
		if n := value[int](t, pool, "SELECT count(*) FROM seen WHERE how = 'on, read committed'"); n != 4 {
			t.Errorf("under %s: %d of 4 writes waited for the disk, in the wanted isolation: %s", isolation, n,
				value[string](t, pool, "SELECT string_agg(how, '; ') FROM seen"))
		}
	}
}

// TestStricterCommitStays: what waits for a replica too is not weakened.
func TestStricterCommitStays(t *testing.T) {
	t.Parallel()
	dsn := newDatabase(t)
	pool := openPool(t, dsn, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["synchronous_commit"] = "remote_apply" })
	migrate(t, pool)
	exec(t, pool, `CREATE TABLE seen (how text);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
		CREATE TRIGGER note AFTER INSERT ON waygate.credentials FOR EACH ROW EXECUTE FUNCTION note()`)
	if _, err := postgres.New(pool).Connections().Insert(t.Context(), connection("main"), credential("main"), nil); err != nil {
		t.Fatal(err)
	}
	if how := value[string](t, pool, "SELECT how FROM seen"); how != "remote_apply" {
		t.Errorf("synchronous_commit was %q, want remote_apply as the host set it", how)
	}
}

// TestNilDatabase and a zero store fail without a panic.
func TestNilDatabase(t *testing.T) {
	t.Parallel()
	for _, s := range []*postgres.Store{postgres.New(nil), {}} {
		_, _, find := s.Connections().Find(t.Context(), "acme", "github", "")
		_, save := s.Credentials().Save(t.Context(), waygate.StoredCredential{}, nil)
		_, list := s.Definitions().List(t.Context(), "")
		_, changes := s.Changes(t.Context(), "")
		_, acquire := s.Credentials().Acquire(t.Context(), "acme", "crd", "h", 1)
		for _, err := range []error{find, save, list, changes, acquire, s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a"}})} {
			if !errors.Is(err, waygate.ErrConfig) {
				t.Errorf("error %v, want ErrConfig", err)
			}
		}
	}
	wantClass(t, postgres.Migrate(t.Context(), nil), waygate.ErrConfig, "db")
	wantClass(t, postgres.Validate(t.Context(), nil), waygate.ErrConfig, "db")
}
