// Command redis shares limits through a Redis that isn't there: the process goes on with its own share.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
	"github.com/waygate-go/waygate/store/memory"
)

func main() {
	_, err := redis.New(nil, redis.Options{})
	fmt.Println("without a client:", err != nil)

	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialTimeout: time.Second})
	defer func() { _ = client.Close() }()
	shared, err := redis.New(client, redis.Options{})
	fine(err)
	_, err = waygate.New(waygate.Config{Store: memory.New(), Quota: shared, Circuits: shared})
	fine(err)

	limits := []resilience.Limit{{Rate: 1, Per: time.Hour, Burst: 1}}
	key := resilience.LimitKey{Scope: "integration", Integration: "github"}
	limiters := resilience.NewSharedLimiters(0, shared)
	for range 2 {
		fmt.Println("let through:", limiters.Wait(context.Background(), key, limits, -1) == nil)
	}
	fmt.Println("away:", shared.Away())
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
