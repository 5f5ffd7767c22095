package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// isDocumented reports whether an error is of a class that the contract knows.
func isDocumented(err error) bool {
	return errors.Is(err, waygate.ErrConflict) || errors.Is(err, waygate.ErrUnresolved)
}

// TestKilledBackend: a connection that dies in a call gives an error that isn't one of ours, and the next call works.
func TestKilledBackend(t *testing.T) {
	t.Parallel()
	dsn := newDatabase(t)
	admin := openPool(t, dsn)
	migrate(t, admin)
	s := postgres.New(openPool(t, dsn, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["application_name"] = "victim" }))
	if _, err := s.Connections().Insert(t.Context(), connection("main"), nil, nil); err != nil {
		t.Fatal(err)
	}
	hold := begin(t, admin)
	exec(t, hold, "SELECT FROM waygate.connection_groups FOR UPDATE")
	failed := make(chan error)
	go func() { failed <- s.Connections().SetPrimary(context.Background(), "acme", "con_main", nil) }()
	waitFor(t, admin, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event_type = 'Lock'")
	exec(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'")
	err := <-failed
	var own *postgres.Error
	if err == nil || errors.As(err, &own) || isDocumented(err) || errors.Is(err, waygate.ErrConfig) {
		t.Errorf("error %v, want the database's", err)
	}
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Connections().SetPrimary(t.Context(), "acme", "con_main", nil); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// waitFor waits until a count isn't 0.
func waitFor(t *testing.T, db postgres.DBTX, sql string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); value[int](t, db, sql) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still nothing: %s", sql)
		}
	}
}

// TestCtxEndsWhileWaiting: a call that waits for a lock returns when its ctx ends, and has changed nothing.
func TestCtxEndsWhileWaiting(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	if _, err := s.Connections().Insert(t.Context(), connection("main"), nil, nil); err != nil {
		t.Fatal(err)
	}
	hold := begin(t, pool)
	exec(t, hold, "SELECT FROM waygate.connection_groups FOR UPDATE")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.Connections().Insert(ctx, connection("second"), nil, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("error %v after %s, want DeadlineExceeded soon", err, time.Since(began))
	}
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Connections().Find(t.Context(), "acme", "github", "second"); !errors.Is(err, waygate.ErrUnresolved) {
		t.Errorf("Find: %v, want ErrUnresolved", err)
	}
}

// TestDeadlockIsDoneAgain: two transactions that wait for one another end well for the store's.
func TestDeadlockIsDoneAgain(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	ctx := t.Context()
	for _, name := range []string{"a", "b"} {
		if _, err := s.Connections().Insert(ctx, connection(name), credential(name), nil); err != nil {
			t.Fatal(err)
		}
	}
	other := begin(t, pool)
	exec(t, other, "SET LOCAL deadlock_timeout = '1h'; SELECT FROM waygate.credentials WHERE id = 'crd_b' FOR UPDATE")
	done := make(chan error)
	go func() { // holds the group, waits for the credential
		done <- s.Connections().Delete(context.Background(), "acme", "con_b", nil)
	}()
	waitFor(t, pool, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	exec(t, other, "SELECT FROM waygate.connection_groups FOR UPDATE") // now each waits for the other
	if err := other.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Delete: %v", err)
	}
}

// TestRefusedArguments: what no store could take is refused, with the field.
func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	before, ctx := rows(t, pool), t.Context()
	insert := func(change func(c *waygate.StoredConnection, cred *waygate.StoredCredential)) error {
		c, cred := connection("main"), credential("main")
		change(&c, cred)
		_, err := s.Connections().Insert(ctx, c, cred, nil)
		return err
	}
	foreign := &waygate.AuditEntry{Tenant: "globex"}
	_, limit := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 101})
	_, negative := s.Records().List(ctx, "acme", waygate.RecordQuery{Limit: -1})
	_, holder := s.Credentials().Acquire(ctx, "acme", "crd_1", "", 1)
	_, ttl := s.Credentials().Acquire(ctx, "acme", "crd_1", "h", 0)
	_, definition := s.Definitions().Put(ctx, waygate.StoredDefinition{}, 0, nil)
	_, update := s.Connections().Update(ctx, connection("main"), foreign)
	_, _, long := s.Connections().Find(ctx, "acme", "github", "a\x00b")
	_, notJSON := s.Connections().Insert(ctx, connection("x"), nil, &waygate.AuditEntry{Tenant: "acme", Before: []byte("{")})
	tooLong := connection("x")
	tooLong.Slug = random(5000)
	_, index := s.Connections().Insert(ctx, tooLong, nil, nil)
	for _, c := range []struct {
		err  error
		word string
	}{
		{insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.ID = "" }), "ID: is"},
		{insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.Slug = "" }), "Slug: "},
		{insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.ID = "" }), "CredentialID: "},
		{insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.CredentialID = "crd_2" }), "CredentialID: \"crd_2"},
		{insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.Tenant = "globex" }), "Tenant: "},
		{limit, "Limit: 101"}, {negative, "Limit: -1"}, {holder, "holder: "}, {ttl, "ttl: "}, {definition, "ID: "}, {update, "audit entry: "},
		{s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme"}, nil), "Name: "},
		{s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme", Name: "a"}, foreign), "audit entry: "},
		{s.Records().Append(ctx, []waygate.CallRecord{{ID: "a", Tenant: "acme"}, {Tenant: "acme"}}), "records[1].ID: "},
		{long, "NUL"}, {notJSON, "JSON"}, {index, "longer"},
	} {
		wantClass(t, c.err, waygate.ErrInvalidInput, c.word)
		if c.err != nil && len(c.err.Error()) > 500 {
			t.Errorf("an error of %d bytes: %.80s…", len(c.err.Error()), c.err)
		}
	}
	after := rows(t, pool)
	for table, n := range before {
		if after[table] != n {
			t.Errorf("%s has %d rows, want %d as before", table, after[table], n)
		}
	}
}

// random is a text that doesn't get shorter by compression.
func random(n int) string {
	var b strings.Builder
	for x := uint64(88172645463325252); b.Len() < n; {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b.WriteByte('a' + byte(x>>40%26))
	}
	return b.String()
}
