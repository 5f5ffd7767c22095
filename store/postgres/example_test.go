package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// exampleTB lets an example have the server of the tests.
type exampleTB struct{}

func (exampleTB) Helper()                           {}
func (exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

// exampleURL is the URL of a new database.
func exampleURL(ctx context.Context) string {
	dsn, err := pgserver.Shared(exampleTB{}).NewDatabase(ctx)
	if err != nil {
		log.Fatal(err)
	}
	return dsn
}

// A host opens a pool, brings the tables up to date and makes a gateway.
func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, exampleURL(ctx))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := postgres.Migrate(ctx, pool); err != nil {
		log.Fatal(err)
	}
	key, err := secret.GenerateKey("2031-01") // a host keeps it: what it sealed, nothing else opens
	if err != nil {
		log.Fatal(err)
	}
	keyring, err := secret.NewKeyring(ctx, secret.StaticKeys{key})
	if err != nil {
		log.Fatal(err)
	}
	gw, err := waygate.New(waygate.Config{Store: postgres.New(pool), Keyring: keyring})
	if err != nil {
		log.Fatal(err)
	}
	connections, err := gw.Tenant("acme").Connections(ctx, waygate.ConnectionQuery{})
	fmt.Println(len(connections.Connections), err)
	// Output: 0 <nil>
}

// What the store does on a transaction is the host's to commit.
func ExampleNew_transaction() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, exampleURL(ctx))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := postgres.Migrate(ctx, pool); err != nil {
		log.Fatal(err)
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := postgres.New(tx).Connections().Insert(ctx, waygate.StoredConnection{
			ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main", Status: waygate.StatusActive,
		}, nil, nil)
		if err != nil {
			return err
		}
		return errors.New("the host changes its mind")
	})
	fmt.Println(err)
	_, _, err = postgres.New(pool).Connections().Find(ctx, "acme", "github", "main")
	fmt.Println(errors.Is(err, waygate.ErrUnresolved))
	fmt.Println(err)
	// Output:
	// the host changes its mind
	// true
	// postgres: tenant "acme" has no connection "main" to "github"
}

// Behind PgBouncer in transaction mode pgx may not name statements.
func ExampleNew_pgBouncer() {
	config, err := pgxpool.ParseConfig("postgres://waygate@bouncer.internal:6432/app")
	if err != nil {
		log.Fatal(err)
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	fmt.Println(postgres.New(pool, postgres.Schema("gateway")).Durable())
	// Output: true
}

// A host that doesn't let programs change tables asks whether they fit.
func ExampleValidate() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, exampleURL(ctx))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	fmt.Println(errors.Is(postgres.Validate(ctx, pool), waygate.ErrConfig))
	if err := postgres.Migrate(ctx, pool); err != nil {
		log.Fatal(err)
	}
	fmt.Println(postgres.Validate(ctx, pool))
	// Output:
	// true
	// <nil>
}

// Each step as a text, for a tool that runs them.
func ExampleMigrations() {
	list, err := postgres.Migrations("waygate")
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range list[:3] {
		first, _, _ := strings.Cut(m.SQL, "\n")
		fmt.Println(m.Version, m.Name, first)
	}
	// Output:
	// 1 connections CREATE SCHEMA IF NOT EXISTS "waygate";
	// 2 definitions -- Saved definitions: every version of each, and which of them is in use.
	// 3 variables_and_audit -- Variables, and the trail of who changed what.
}
