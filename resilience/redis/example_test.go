package redis_test

import (
	"context"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
	"github.com/waygate-go/waygate/resilience/redis/internal/redisserver"
)

// Two processes of a service draw on one quota, and an operator of the first stops both. A gateway is given the same
// value as its Config.Quota and Config.Circuits.
func Example() {
	ctx := context.Background()
	server, err := redisserver.Start(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Close() }()
	process := func() (*resilience.Limiters, *resilience.Breakers) {
		client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
		shared, err := redis.New(client, redis.Options{})
		if err != nil {
			panic(err)
		}
		return resilience.NewSharedLimiters(0, shared), resilience.NewBreakersOf(resilience.BreakersConfig{Shared: shared})
	}
	limitersA, breakersA := process()
	limitersB, breakersB := process()

	key := resilience.LimitKey{Scope: "integration", Integration: "github"}
	limits := []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	for _, l := range []*resilience.Limiters{limitersA, limitersB, limitersA} {
		err := l.Wait(ctx, key, limits, -1)
		fmt.Println("refused:", err != nil)
	}

	host := resilience.BreakerKey{Host: "api.example.com"}
	if err := breakersA.Force(host, resilience.StateOpen); err != nil {
		fmt.Println(err)
	}
	for ended := time.Now().Add(5 * time.Second); time.Now().Before(ended); time.Sleep(10 * time.Millisecond) {
		if s, _ := breakersB.State(host); s.Forced {
			fmt.Println("the other process knows:", s.State)
			break
		}
	}
	// Output:
	// refused: false
	// refused: false
	// refused: true
	// the other process knows: open
}
