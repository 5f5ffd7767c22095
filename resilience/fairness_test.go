package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

var everybody = resilience.LimitKey{Scope: "integration", Integration: "github"}

func demand(limits ...resilience.Limit) []resilience.Demand {
	return []resilience.Demand{{Key: everybody, Limits: limits}}
}

// TestFairness has one tenant ask for a shared quota a hundred times as often as each of nine others, who ask for just
// their share of it.
func TestFairness(t *testing.T) {
	t.Parallel()
	const (
		tenants = 10
		rate    = 100 // a second, for all
		during  = 30 * time.Second
		share   = int64(rate * during / time.Second / tenants)
	)
	for name, quota := range map[string]func() resilience.Quota{
		"in process": func() resilience.Quota { return nil },
		"quota":      func() resilience.Quota { return &slowQuota{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := resilience.NewSharedLimiters(0, quota())
				ctx, cancel := context.WithCancel(t.Context())
				var served [tenants]atomic.Int64
				var wg sync.WaitGroup
				for n := range tenants {
					pause := time.Second * tenants / rate
					if n == 0 {
						pause /= 100
					}
					wg.Go(func() {
						for ; ctx.Err() == nil; time.Sleep(pause) {
							wg.Go(func() {
								if l.WaitAll(ctx, fmt.Sprint(n), demand(resilience.Limit{Rate: rate, Burst: 10}), 0) == nil {
									served[n].Add(1)
								}
							})
						}
					})
				}
				time.Sleep(during)
				total, least := served[0].Load(), int64(rate*1000)
				for n := range served[1:] {
					total, least = total+served[n+1].Load(), min(least, served[n+1].Load())
				}
				cancel()
				wg.Wait()
				t.Logf("fair share %d; the least of the nine got %d (%d %%), the greedy one %d, all %d", share, least, 100*least/share, served[0].Load(), total)
				if least < share*9/10 {
					t.Errorf("one of the nine got %d, want at least 90 %% of %d", least, share)
				}
				if most := int64(rate*during/time.Second) + 10; total > most || total < most*95/100 {
					t.Errorf("%d in all, of %d", total, most)
				}
			})
		})
	}
}

// slowQuota is a quota that takes a while to answer.
type slowQuota struct {
	own   resilience.Buckets
	asked atomic.Int64
	fail  atomic.Bool
}

func (q *slowQuota) Take(_ context.Context, _ resilience.LimitKey, limits []resilience.Limit, n int) (int, time.Duration, error) {
	q.asked.Add(1)
	time.Sleep(2 * time.Millisecond)
	if q.fail.Load() {
		return 0, 0, errors.New("away")
	}
	got, wait := q.own.Take(time.Now(), limits, n)
	return got, wait, nil
}

// Waiting lines are bounded, for each tenant and in all; one that doesn't wait yet finds a place all the same.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		ctx, cancel := context.WithCancel(t.Context())
		limits := demand(resilience.Limit{Rate: 1000, Burst: 1}) // so that nobody is refused for the time it takes
		var refused [12]atomic.Int64
		var wg sync.WaitGroup
		for tenant := range refused {
			for range 1200 {
				wg.Go(func() {
					var e *resilience.LimitError
					if err := l.WaitAll(ctx, fmt.Sprint(tenant), limits, time.Hour); errors.As(err, &e) {
						refused[tenant].Add(1)
					}
				})
			}
			synctest.Wait()
		}
		cancel()
		wg.Wait()
		var got []int64
		for tenant := range refused {
			got = append(got, refused[tenant].Load())
		}
		want := []int64{199, 200, 200, 200, 200, 200, 200, 200, 200, 200, 1199, 1199}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("refused, tenant by tenant (-want +got):\n%s", diff)
		}
		if err := l.WaitAll(t.Context(), "0", limits, time.Second); err != nil {
			t.Errorf("when all have left: %v", err)
		}
	})
}

// All demands have to be met; one that can't be leaves the others untouched.
func TestWaitAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		hourly := []resilience.Limit{{Rate: 1, Per: time.Hour, Burst: 1}}
		all := []resilience.Demand{{Key: connection, Limits: hourly}, {Key: resilience.LimitKey{Scope: "none"}}, {Key: everybody, Limits: hourly}}
		if err := l.WaitAll(t.Context(), "other", all[2:], 0); err != nil {
			t.Fatal(err)
		}
		var e *resilience.LimitError
		if err := l.WaitAll(t.Context(), "acme", all, time.Minute); !errors.As(err, &e) || e.Key != everybody || e.RetryAfter.Round(time.Millisecond) != time.Hour {
			t.Fatalf("%v, want to be refused by the shared limit", err)
		}
		if err := l.WaitAll(t.Context(), "acme", all[:2], -1); err != nil {
			t.Errorf("the connection's own event is gone: %v", err)
		}
		began := time.Now()
		two := []resilience.Demand{{Key: resilience.LimitKey{App: "a"}, Limits: []resilience.Limit{{Rate: 1, Burst: 1}}},
			{Key: resilience.LimitKey{App: "b"}, Limits: []resilience.Limit{{Rate: 0.25, Burst: 1}}}}
		for range 2 {
			if err := l.WaitAll(t.Context(), "acme", two, 0); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Millisecond); took != 4*time.Second {
			t.Errorf("two took %v, want the slower one's 4s", took)
		}
	})
}

// Who was served in time by what was known, and is not because others came, is told so when its time is up.
func TestWaitEndsWhenOthersHaveTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := resilience.NewLimiters(0)
		limits := demand(resilience.Limit{Rate: 1, Burst: 1})
		got := make(chan error, 20)
		ask := func(tenant string) {
			go func() { got <- l.WaitAll(t.Context(), tenant, limits, 3*time.Second) }()
			synctest.Wait()
		}
		ask("a") // at once
		for range 3 {
			ask("a")
		}
		for range 3 { // each second one of a tenant that has its turn first
			ask("b")
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		served, late := 0, 0
		for range 7 {
			var e *resilience.LimitError
			switch err := <-got; {
			case err == nil:
				served++
			case errors.As(err, &e) && e.RetryAfter > 0 && e.RetryAfter <= 4*time.Second:
				late++
			default:
				t.Error(err)
			}
		}
		if served != 5 || late != 2 {
			t.Errorf("%d served, %d late, want 5 and 2", served, late)
		}
	})
}

func TestQuotaIsAskedForMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &slowQuota{}
		l := resilience.NewSharedLimiters(0, q)
		limits := demand(resilience.Limit{Rate: 100_000})
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if err := l.WaitAll(t.Context(), "acme", limits, 0); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := q.asked.Load(); n > 20 {
			t.Errorf("asked %d times for 1000 events", n)
		}
	})
}

func TestQuotaRefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &slowQuota{}
		l := resilience.NewSharedLimiters(0, q)
		limits := demand(resilience.Limit{Rate: 1, Per: time.Hour, Burst: 1})
		for i, maxWait := range []time.Duration{-1, -1, time.Minute} {
			began := time.Now()
			err := l.WaitAll(t.Context(), "acme", limits, maxWait)
			var e *resilience.LimitError
			if i == 0 && err != nil || i > 0 && (!errors.As(err, &e) || e.RetryAfter < 59*time.Minute) || time.Since(began) > 10*time.Millisecond {
				t.Errorf("%d: %v after %v", i, err, time.Since(began))
			}
		}
	})
}

// A quota that knows nothing leaves the limits to the process.
func TestQuotaAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &slowQuota{}
		q.fail.Store(true)
		l := resilience.NewSharedLimiters(0, q)
		began := time.Now()
		for range 11 {
			if err := l.WaitAll(t.Context(), "acme", demand(resilience.Limit{Rate: 1, Burst: 1}), 0); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("eleven took %v", took)
		}
	})
}
