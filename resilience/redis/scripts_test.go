package redis_test

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
)

// client talks to a server directly.
func client(t *testing.T, socket string) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A bucket that was left alone for longer than it takes to fill holds its burst, and no more.
func TestBucketsHoldTheirBurst(t *testing.T) {
	t.Parallel()
	s, _ := joined(t, started(t).Socket(), redis.Options{Margin: -1})
	slow, fast := resilience.Limit{Rate: 1, Per: time.Hour, Burst: 1000}, resilience.Limit{Rate: 1000, Burst: 5}
	if got, _ := take(t, s, everybody, 5, slow, fast); got != 5 { // slow keeps the hash for long
		t.Fatalf("%d of a full bucket", got)
	}
	time.Sleep(50 * time.Millisecond) // of Redis's clock: room for 50 events
	if got, _ := take(t, s, everybody, 40, slow, fast); got != 5 {
		t.Errorf("%d, want 5", got)
	}
}

// Processes that were last there ten seconds ago don't count any more.
func TestProcessesThatAreGone(t *testing.T) {
	t.Parallel()
	c := client(t, started(t).Socket())
	key := []string{"processes"}
	long := time.Now().Add(-time.Minute).UnixMicro()
	must(t, c.ZAdd(t.Context(), key[0], goredis.Z{Score: float64(long), Member: "gone"}).Err())
	n, err := redis.Beat().Run(t.Context(), c, key, "here", (10 * time.Second).Microseconds()).Int()
	must(t, err)
	if n != 1 {
		t.Errorf("%d processes, want the one that is there", n)
	}
}

// What Redis still knows isn't written over by what a process remembers, which may be older.
func TestRestoreLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	c := client(t, started(t).Socket())
	key := []string{"circuits"}
	must(t, redis.Forced().Run(t.Context(), c, key, "a", "open").Err())
	must(t, redis.Forced().Run(t.Context(), c, key, "a", "").Err()) // reset meanwhile
	for range 2 {
		list, err := redis.Restore().Run(t.Context(), c, key, "a", "open").StringSlice()
		must(t, err)
		if len(list) != 2 || list[0] != "" { // the sign that nothing is lost, alone
			t.Errorf("%q", list)
		}
	}
	must(t, c.Del(t.Context(), key[0]).Err())
	list, err := redis.Restore().Run(t.Context(), c, key, "a", "open").StringSlice()
	must(t, err)
	if len(list) != 4 {
		t.Errorf("after a loss: %q", list)
	}
}
