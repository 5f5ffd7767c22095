package main

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience/redis"
	"github.com/waygate-go/waygate/store/memory"
)

func config(context.Context) waygate.Config {
	shared, err := redis.New(goredis.NewClient(&goredis.Options{Addr: "localhost:6379"}), redis.Options{})
	fine(err)
	return waygate.Config{Store: memory.New(), Quota: shared, Circuits: shared}
}

func beside(context.Context, *waygate.Gateway) {}
