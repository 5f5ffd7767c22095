package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
)

// mute is a server that takes connections and never answers.
func mute(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return socket
}

// A server that hangs is found to be away through Limiters too, whatever the timeout: else every event would take it.
func TestHangsWithTheLongestTimeout(t *testing.T) {
	t.Parallel()
	s, heard := joined(t, mute(t), redis.Options{Timeout: time.Second, Again: time.Minute, Processes: 2, Margin: -1})
	l := resilience.NewSharedLimiters(0, s)
	limits := []resilience.Limit{{Rate: 1, Per: time.Hour, Burst: 4}}
	served := 0
	for range 4 {
		if l.Wait(t.Context(), everybody, limits, -1) == nil {
			served++
		}
	}
	if !s.Away() || len(heard.changes()) != 1 || served != 2 {
		t.Errorf("away %v, told %v, served %d, want the half of two processes", s.Away(), heard.changes(), served)
	}
}

// Names that aren't UTF-8 are as good as others, and say nothing about Redis.
func TestNamesOfAnyBytes(t *testing.T) {
	t.Parallel()
	s, heard := joined(t, started(t).Socket(), redis.Options{Margin: -1})
	limit := resilience.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	for _, name := range []string{"\xff", "\xfe", "\ufffd", "a\"]", "{a}", "\x00", `\xff`, ""} {
		for want := 1; want >= 0; want-- {
			if got, _ := take(t, s, resilience.LimitKey{Tenant: name, App: `","`}, 1, limit); got != want {
				t.Errorf("%q: %d, want %d", name, got, want)
			}
		}
	}
	if s.Away() || len(heard.changes()) != 0 {
		t.Errorf("told %v", heard.changes())
	}
}

// When another server with an earlier clock takes over, buckets go on filling by that.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	server := started(t)
	s, _ := joined(t, server.Socket(), redis.Options{Margin: -1})
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
	defer func() { _ = client.Close() }()
	limit := resilience.Limit{Rate: 100, Burst: 1}
	take(t, s, everybody, 1, limit)
	name := client.Keys(t.Context(), "waygate:quota:*").Val()[0]
	for field := range client.HGetAll(t.Context(), name).Val() {
		if field[len(field)-1] == 't' {
			must(t, client.HSet(t.Context(), name, field, fmt.Sprint(time.Now().Add(time.Hour).UnixMicro())).Err())
		}
	}
	eventually(t, "an event", func() bool {
		got, _ := take(t, s, everybody, 1, limit)
		return got == 1
	})
}

// A bucket that fills slowly outlives one of the same key that fills fast.
func TestSlowBucketsAreKept(t *testing.T) {
	t.Parallel()
	server := started(t)
	s, _ := joined(t, server.Socket(), redis.Options{Margin: -1})
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
	defer func() { _ = client.Close() }()
	take(t, s, everybody, 1, resilience.Limit{Rate: 1, Per: time.Hour, Burst: 1})
	take(t, s, everybody, 1, resilience.Limit{Rate: 1000})
	for _, name := range client.Keys(t.Context(), "waygate:quota:*").Val() {
		if ttl := client.PTTL(t.Context(), name).Val(); ttl < 59*time.Minute {
			t.Errorf("%s expires in %v, before an hour's event is there again", name, ttl)
		}
	}
}

// What a flushed server is told again is all that was forced; its scripts come back too.
func TestFlushed(t *testing.T) {
	t.Parallel()
	server := started(t)
	s, heard := joined(t, server.Socket(), redis.Options{Margin: -1, Timeout: time.Second})
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
	defer func() { _ = client.Close() }()
	const circuits = 2500
	pipe := client.Pipeline()
	for i := range circuits {
		field, err := redis.CircuitField(resilience.BreakerKey{Host: fmt.Sprint(i, ".example.com")})
		must(t, err)
		pipe.HSet(t.Context(), "waygate:circuits", field, "open")
	}
	pipe.HSet(t.Context(), "waygate:circuits", "", "1")
	_, err := pipe.Exec(t.Context())
	must(t, err)
	forced, err := s.Forced(t.Context())
	if err != nil || len(forced) != circuits {
		t.Fatalf("%d, %v", len(forced), err)
	}
	must(t, client.FlushAll(t.Context()).Err())
	must(t, client.ScriptFlush(t.Context()).Err())
	forced, err = s.Forced(t.Context())
	if err != nil || len(forced) != circuits {
		t.Errorf("after a flush %d of %d, %v", len(forced), circuits, err)
	}
	must(t, client.ScriptFlush(t.Context()).Err())
	limit := resilience.Limit{Rate: 1, Per: time.Hour, Burst: 1}
	if got, _ := take(t, s, everybody, 1, limit); got != 1 || len(heard.changes()) != 0 {
		t.Errorf("got %d, told %v", got, heard.changes())
	}
	if got, _ := take(t, s, everybody, 1, limit); got != 0 {
		t.Error("taken from this process's share")
	}
}

// Options.Changed may use what it is told of, and one that is slow holds up nobody else.
func TestChangedIsToldOutsideLocks(t *testing.T) {
	t.Parallel()
	server := started(t)
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
	defer func() { _ = client.Close() }()
	var s *redis.Shared
	got := make(chan error, 1)
	entered, leave := make(chan struct{}), make(chan struct{})
	var order []bool
	s, err := redis.New(client, redis.Options{Again: 10 * time.Millisecond, Timeout: time.Second, Changed: func(c redis.Change) {
		order = append(order, c.Away)
		if len(order) == 1 {
			close(entered)
			<-leave
			_, err := s.Forced(context.Background())
			got <- err
		}
	}})
	must(t, err)
	limit := resilience.Limit{Rate: 1000}
	take(t, s, everybody, 1, limit)
	must(t, server.Kill())
	go func() { _, _, _ = s.Take(context.Background(), everybody, []resilience.Limit{limit}, 1) }()
	<-entered
	must(t, server.Restart(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for end := time.Now().Add(5 * time.Second); s.Away() && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			_, _, _ = s.Take(context.Background(), everybody, []resilience.Limit{limit}, 1)
		}
	}()
	select {
	case <-ended:
	case <-time.After(6 * time.Second):
		t.Error("a slow observer holds up others")
	}
	close(leave)
	select {
	case err := <-got:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("an observer that asks waits for itself")
	}
	<-ended
}
