package main

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

func config(ctx context.Context) waygate.Config {
	pool, err := pgxpool.New(ctx, "postgres://localhost/app")
	fine(err)
	return waygate.Config{Store: postgres.New(pool)}
}

func beside(context.Context, *waygate.Gateway) {}
