package redis_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
)

func TestTake(t *testing.T) {
	t.Parallel()
	server := started(t)
	a, _ := joined(t, server.Socket(), redis.Options{Margin: -1})
	b, _ := joined(t, server.Socket(), redis.Options{Margin: -1})
	hourly := func(burst int) resilience.Limit {
		return resilience.Limit{Rate: 1, Per: time.Hour, Burst: burst}
	}
	key := func(name string) resilience.LimitKey { return resilience.LimitKey{Scope: "app", App: name} }
	for i, c := range []struct {
		from   *redis.Shared
		key    string
		n, got int
		limits []resilience.Limit
	}{
		{a, "one", 3, 3, []resilience.Limit{hourly(5)}},
		{b, "one", 3, 2, []resilience.Limit{hourly(5)}},
		{a, "one", 1, 0, []resilience.Limit{hourly(5)}},
		{a, "one", 1, 1, []resilience.Limit{hourly(6)}}, // another limit
		{a, "two", 1, 1, []resilience.Limit{hourly(1)}}, // another key
		{a, "all", 9, 2, []resilience.Limit{hourly(9), hourly(2)}},
		{b, "all", 9, 0, []resilience.Limit{hourly(9), hourly(2)}},
		{b, "all", 9, 7, []resilience.Limit{hourly(9)}}, // no more than two were taken
		{b, "bad", 9, 9, []resilience.Limit{{}, {Rate: -1}}},
		{b, "none", 9, 9, nil},
		{b, "zero", 0, 0, []resilience.Limit{hourly(1)}},
	} {
		got, wait := take(t, c.from, key(c.key), c.n, c.limits...)
		if got != c.got || (wait > 0) != (got < c.n) || wait > time.Hour {
			t.Errorf("%d: got %d of %d and %v, want %d", i, got, c.n, wait, c.got)
		}
	}
	if _, wait := take(t, a, key("one"), 1, hourly(5)); wait < 59*time.Minute {
		t.Errorf("the next one after %v", wait)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.Take(ctx, everybody, []resilience.Limit{hourly(1)}, 1); err != context.Canceled || a.Away() {
		t.Errorf("%v, away %v", err, a.Away())
	}
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: server.Socket()})
	defer func() { _ = client.Close() }()
	for _, name := range client.Keys(t.Context(), "waygate:quota:*").Val() {
		if ttl := client.PTTL(t.Context(), name).Val(); ttl <= 0 || ttl > 10*time.Hour {
			t.Errorf("%s expires in %v", name, ttl)
		}
	}
}

// Buckets fill at their rate, less the margin, up to the burst.
func TestTakeFillsAgain(t *testing.T) {
	t.Parallel()
	s, _ := joined(t, started(t).Socket(), redis.Options{})
	limit := resilience.Limit{Rate: 1000, Burst: 10}
	began, total := time.Now(), 0
	for time.Since(began) < 300*time.Millisecond {
		got, wait := take(t, s, everybody, 10, limit)
		total += got
		time.Sleep(wait)
	}
	most := int(970*time.Since(began).Seconds()) + 10
	if total > most || total < most/2 {
		t.Errorf("%d in %v, at most %d", total, time.Since(began), most)
	}
}

// TestRedisKilledAndBack goes on with a process's share while Redis is gone, says so, and comes back by itself.
func TestRedisKilledAndBack(t *testing.T) {
	t.Parallel()
	server := started(t)
	options := redis.Options{Margin: -1, Again: 50 * time.Millisecond, Timeout: time.Second}
	a, heard := joined(t, server.Socket(), options)
	b, _ := joined(t, server.Socket(), options)
	plenty := resilience.Limit{Rate: 1e6}
	eventually(t, "both know of each other", func() bool {
		take(t, a, resilience.LimitKey{App: "other"}, 1, plenty)
		take(t, b, resilience.LimitKey{App: "other"}, 1, plenty)
		time.Sleep(50 * time.Millisecond)
		return a.Processes() == 2 && b.Processes() == 2
	})
	k := resilience.BreakerKey{Host: "api.example.com"}
	must(t, b.Force(t.Context(), k, resilience.StateOpen))
	forced, err := a.Forced(t.Context())
	if err != nil || forced[k] != resilience.StateOpen {
		t.Fatalf("%v, %v", forced, err)
	}
	must(t, server.Kill())
	limit := resilience.Limit{Rate: 10, Per: time.Hour, Burst: 10}
	if got, _ := take(t, a, everybody, 10, limit); got != 5 {
		t.Errorf("%d while Redis is gone, want the half of two processes", got)
	}
	if got, wait := take(t, a, everybody, 1, limit); got != 0 || wait < 11*time.Minute || wait > 12*time.Minute {
		t.Errorf("then %d, and wait for %v, want 12m, at half the rate", got, wait)
	}
	if c := heard.changes(); len(c) != 1 || !c[0].Away || c[0].Processes != 2 || c[0].Err == nil || c[0].At.IsZero() || !a.Away() {
		t.Errorf("told %+v", c)
	}
	if err := a.Force(t.Context(), k, resilience.StateClosed); err == nil {
		t.Error("forced for all, without Redis")
	}
	must(t, server.Restart(t.Context()))
	began := time.Now()
	eventually(t, "back", func() bool { take(t, a, everybody, 1, limit); return !a.Away() })
	t.Logf("back %v after Redis", time.Since(began))
	if c := heard.changes(); len(c) != 2 || c[1].Away || c[1].Err != nil {
		t.Errorf("told %+v", c)
	}
	eventually(t, "what Redis has forgotten is there again", func() bool {
		_, _ = a.Forced(t.Context())
		forced, err := b.Forced(t.Context())
		return err == nil && forced[k] == resilience.StateOpen
	})
	must(t, a.Force(t.Context(), k, ""))
	if forced, err := b.Forced(t.Context()); err != nil || len(forced) != 0 {
		t.Errorf("after a reset: %v, %v", forced, err)
	}
}

// A server that hangs holds nobody up for longer than the timeout, and only one of many at a time.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	server := started(t)
	s, heard := joined(t, server.Socket(), redis.Options{Timeout: 200 * time.Millisecond, Again: time.Minute})
	limit := resilience.Limit{Rate: 1000}
	take(t, s, everybody, 1, limit)
	must(t, server.Signal(syscall.SIGSTOP))
	began := time.Now()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { take(t, s, resilience.LimitKey{App: fmt.Sprint(i)}, 1, limit) })
	}
	wg.Wait()
	first := time.Since(began)
	began = time.Now()
	for range 50 {
		take(t, s, everybody, 1, limit)
	}
	if then := time.Since(began); first < 200*time.Millisecond || first > 5*time.Second || then > 150*time.Millisecond || len(heard.changes()) != 1 {
		t.Errorf("first %v, then %v, told %+v", first, then, heard.changes())
	}
	must(t, server.Signal(syscall.SIGCONT))
}

// What an operator forces in one process's gateway holds in the other's.
func TestBreakersOfTwoProcesses(t *testing.T) {
	t.Parallel()
	server := started(t)
	set := func() *resilience.Breakers {
		s, _ := joined(t, server.Socket(), redis.Options{})
		return resilience.NewBreakersOf(resilience.BreakersConfig{Shared: s})
	}
	here, there := set(), set()
	k := resilience.BreakerKey{Tenant: "acme", Connection: "con_1", Host: "api.example.com"}
	must(t, here.Force(resilience.BreakerKey{Host: k.Host}, resilience.StateOpen))
	began := time.Now()
	refused := func() bool {
		done, err := there.Allow(k, resilience.BreakerSettings{})
		done(resilience.Success)
		var open *resilience.OpenError
		return errors.As(err, &open) && open.Forced
	}
	eventually(t, "forced there too", refused)
	t.Logf("forced in the other after %v", time.Since(began))
	must(t, there.Reset(resilience.BreakerKey{Host: k.Host}))
	eventually(t, "reset here too", func() bool {
		done, err := here.Allow(k, resilience.BreakerSettings{})
		done(resilience.Success)
		return err == nil
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = client.Close() }()
	for field, o := range map[string]redis.Options{
		"Prefix": {Prefix: string(make([]byte, 201))}, "Processes": {Processes: -1}, "Margin": {Margin: 0.6},
		"Timeout": {Timeout: time.Minute}, "Again": {Again: 1},
	} {
		_, err := redis.New(client, o)
		var e *redis.Error
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := redis.New(nil, redis.Options{}); err == nil {
		t.Error("a nil client was taken")
	}
	alone, err := redis.New(client, redis.Options{Processes: 4, Again: time.Minute})
	must(t, err)
	if got, _ := take(t, alone, everybody, 100, resilience.Limit{Rate: 1, Per: time.Hour, Burst: 20}); got != 5 || alone.Processes() != 4 {
		t.Errorf("a process that never reached Redis got %d of 20, want a fourth", got)
	}
}
