// Command postgres makes a gateway over a database that isn't there: it starts all the same, and calls say what is
// wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

func main() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://nobody@127.0.0.1:1/none?connect_timeout=5")
	fine(err)
	defer pool.Close()
	steps, err := postgres.Migrations("waygate")
	fine(err)
	fmt.Println("migrations:", len(steps) > 0)
	fmt.Println("migrated:", postgres.Migrate(ctx, pool) == nil)

	key, err := secret.GenerateKey("2031-01")
	fine(err)
	keyring, err := secret.NewKeyring(ctx, secret.StaticKeys{key})
	fine(err)
	gw, err := waygate.New(waygate.Config{Store: postgres.New(pool), Keyring: keyring})
	fine(err)
	_, err = gw.Tenant("acme").Connections(ctx, waygate.ConnectionQuery{})
	fmt.Println("the store failed:", errors.Is(err, waygate.ErrStore))
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
