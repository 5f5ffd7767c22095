package redis_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
)

// What a child process of this test is told.
const (
	childSocket   = "WAYGATE_TEST_REDIS_SOCKET"
	childProvider = "WAYGATE_TEST_PROVIDER"
)

const (
	quotaRate  = 100 // a second
	quotaBurst = 5
	processes  = 4
	measured   = 4 * time.Second
)

// beChild is one process of a service: ten goroutines that call the provider as fast as its quota allows, until
// standard input ends.
func beChild() int {
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: os.Getenv(childSocket)})
	shared, err := redis.New(client, redis.Options{Timeout: time.Second, Changed: func(c redis.Change) { fmt.Fprintf(os.Stderr, "%+v\n", c) }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	limiters := resilience.NewSharedLimiters(0, shared)
	limits := []resilience.Limit{{Rate: quotaRate, Burst: quotaBurst}}
	provider := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10}}
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if limiters.WaitAll(ctx, fmt.Sprint(n), []resilience.Demand{{Key: everybody, Limits: limits}}, 0) == nil {
					call(provider, os.Getenv(childProvider))
				}
			}
		})
	}
	wg.Wait()
	return 0
}

func call(client *http.Client, url string) {
	resp, err := client.Get(url)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// arrivals are the times of requests as the provider saw them.
type arrivals struct {
	mu sync.Mutex
	at []time.Time
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, now)
	w.WriteHeader(http.StatusNoContent)
}

// most is the largest number within any second, and used the part of the quota that was made use of.
func (a *arrivals) most() (most int, used float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	slices.SortFunc(a.at, time.Time.Compare)
	for first, last := 0, 0; last < len(a.at); last++ {
		for a.at[last].Sub(a.at[first]) >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	if len(a.at) < 2 {
		return most, 0
	}
	return most, float64(len(a.at)) / (quotaRate * a.at[len(a.at)-1].Sub(a.at[0]).Seconds())
}

// stalls watches how late this process is woken: what happens meanwhile arrives at once for it.
func stalls(ctx context.Context) <-chan time.Duration {
	longest := make(chan time.Duration, 1)
	go func() {
		var worst time.Duration
		for last := time.Now(); ctx.Err() == nil; {
			time.Sleep(time.Millisecond)
			now := time.Now()
			worst, last = max(worst, now.Sub(last)), now
		}
		longest <- worst
	}()
	return longest
}

// TestProcessesShareAQuota has four processes share what a provider grants: in no second does it see more than rate and
// burst together, and they use nearly all of it. A machine that stands still for longer than the margin allows shows
// requests to the provider late and at once; such a measurement is made again.
func TestProcessesShareAQuota(t *testing.T) {
	for try := 1; ; try++ {
		most, used, stalled := measure(t)
		t.Logf("%d processes, %d/s and burst %d: at most %d in a second, %.1f %% used; woken at most %v late", processes, quotaRate, quotaBurst, most, 100*used, stalled)
		if most <= quotaRate+quotaBurst && used >= 0.95 {
			return
		}
		if stalled < 15*time.Millisecond || try == 6 {
			t.Fatalf("want at most %d in a second, and 95 %% used", quotaRate+quotaBurst)
		}
	}
}

func measure(t *testing.T) (most int, used float64, stalled time.Duration) {
	t.Helper()
	server := started(t)
	seen := &arrivals{}
	provider := httptest.NewServer(seen)
	defer provider.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	longest := stalls(ctx)
	var all []*exec.Cmd
	var inputs []io.Closer
	for range processes {
		child := exec.CommandContext(ctx, os.Args[0])
		child.Env = append(os.Environ(), childSocket+"="+server.Socket(), childProvider+"="+provider.URL)
		child.Stderr = os.Stderr
		in, err := child.StdinPipe()
		must(t, err)
		must(t, child.Start())
		all, inputs = append(all, child), append(inputs, in)
	}
	time.Sleep(measured)
	for i, in := range inputs {
		_ = in.Close()
		must(t, all[i].Wait())
	}
	cancel()
	most, used = seen.most()
	return most, used, <-longest
}
