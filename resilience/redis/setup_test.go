package redis_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
	"github.com/waygate-go/waygate/resilience/redis/internal/redisserver"
)

func TestMain(m *testing.M) {
	if os.Getenv(childSocket) != "" {
		os.Exit(beChild())
	}
	goredis.SetLogger(silent{}) // it writes down each dial that fails
	os.Exit(m.Run())
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// started is a server for one test.
func started(t testing.TB) *redisserver.Server {
	t.Helper()
	s, err := redisserver.Start(t.Context())
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// joined is a process's part, and what it was told.
func joined(t testing.TB, socket string, o redis.Options) (*redis.Shared, *told) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = client.Close() })
	heard := &told{}
	o.Changed = heard.add
	s, err := redis.New(client, o)
	must(t, err)
	return s, heard
}

type told struct {
	mu  sync.Mutex
	all []redis.Change
}

func (h *told) add(c redis.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, c)
}

func (h *told) changes() []redis.Change {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]redis.Change(nil), h.all...)
}

// eventually waits for something that another process brings about.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

var everybody = resilience.LimitKey{Scope: "integration", Integration: "github"}

func take(t testing.TB, s *redis.Shared, key resilience.LimitKey, n int, limits ...resilience.Limit) (int, time.Duration) {
	t.Helper()
	got, wait, err := s.Take(context.Background(), key, limits, n)
	must(t, err)
	return got, wait
}
