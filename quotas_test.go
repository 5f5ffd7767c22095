package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// TestLimitsTogether has limits of each scope at once, one of them slow: it holds beside
// the others.
func TestLimitsTogether(t *testing.T) {
	t.Parallel()
	slow, fast := []resilience.Limit{{Rate: 1, Per: 10 * time.Second, Burst: 1}}, []resilience.Limit{{Rate: 1, Burst: 1}}
	for name, c := range map[string]struct {
		connection, tenant, shared []resilience.Limit
		seconds                    int // until two calls of each of two connections of acme's and one of other's are served, at least
	}{
		"connection": {slow, fast, fast, 10},
		"tenant":     {fast, slow, fast, 30},
		"shared":     {fast, fast, slow, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				in := api(get("a"))
				in.Limits, in.TenantLimits, in.SharedLimits = c.connection, c.tenant, c.shared
				gw, acme := ready(t, always(200, `{}`), in)
				_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: pat})
				must(t, err)
				other := connect(t, gw, "other", "api", pat)
				start := time.Now()
				var wg sync.WaitGroup
				for range 2 {
					for tenant, slugs := range map[*waygate.Tenant][]string{acme: {"main", "second"}, other: {"main"}} {
						for _, slug := range slugs {
							wg.Go(func() {
								_, err := tenant.Invoke(t.Context(), "api.a", nil, waygate.On(slug))
								must(t, err)
							})
						}
					}
				}
				wg.Wait()
				least := time.Duration(c.seconds) * time.Second
				if took := time.Since(start).Round(time.Second); took < least || took > least+6*time.Second { // fast ones take a second each
					t.Errorf("took %v, want %v and a little", took, least)
				}
			})
		})
	}
}

// TestLimitsByScope shows who waits for whom: each limit delays those that it is for
// together, and nobody else.
func TestLimitsByScope(t *testing.T) {
	t.Parallel()
	slow := []resilience.Limit{{Rate: 1, Per: 10 * time.Second, Burst: 1}}
	for name, c := range map[string]struct {
		change  func(*waygate.Integration)
		seconds []int // until acme's first, acme's second and other's only connection are served
	}{
		"connection": {func(in *waygate.Integration) { in.Limits = slow }, []int{10, 10, 10}},
		"tenant":     {func(in *waygate.Integration) { in.TenantLimits = slow }, []int{10, 30, 10}},
		"all":        {func(in *waygate.Integration) { in.SharedLimits = slow }, []int{10, 50, 40}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				in := api(get("a"))
				c.change(&in)
				gw, acme := ready(t, always(200, `{}`), in)
				_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: pat})
				must(t, err)
				other := connect(t, gw, "other", "api", pat)
				start := time.Now()
				ended := make([]time.Duration, 3)
				var mu sync.Mutex // guards ended
				var wg sync.WaitGroup
				for i, from := range []struct {
					tenant *waygate.Tenant
					slug   string
				}{{acme, "main"}, {acme, "second"}, {other, "main"}} {
					for range 2 {
						wg.Go(func() {
							_, err := from.tenant.Invoke(t.Context(), "api.a", nil, waygate.On(from.slug))
							must(t, err)
							mu.Lock()
							defer mu.Unlock()
							ended[i] = max(ended[i], time.Since(start).Round(time.Second))
						})
						synctest.Wait()
					}
				}
				wg.Wait()
				var got []int
				for _, d := range ended {
					got = append(got, int(d.Seconds()))
				}
				if diff := cmp.Diff(c.seconds, got); diff != "" {
					t.Errorf("served after (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestFairnessThroughGateway is the shared quota as tenants see it: one that calls a
// hundred times as often as nine others takes nothing from them.
func TestFairnessThroughGateway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const tenants, rate, during = 10, 20, 10 * time.Second
		in := api(get("a"))
		in.SharedLimits = []resilience.Limit{{Rate: rate, Burst: 2}}
		gw := wired(t, &quietWire{answer: func(r *http.Request) *http.Response { return reply(r, 200, `{}`) }})
		must(t, gw.Register(t.Context(), in))
		ctx, cancel := context.WithCancel(t.Context())
		var served [tenants]atomic.Int64
		var wg sync.WaitGroup
		for n, tenant := range crowd(t, gw, tenants) {
			pause := time.Second * tenants / rate
			if n == 0 {
				pause /= 100
			}
			wg.Go(func() {
				for ; ctx.Err() == nil; time.Sleep(pause) {
					wg.Go(func() {
						if _, err := tenant.Invoke(ctx, "api.a", nil); err == nil {
							served[n].Add(1)
						}
					})
				}
			})
		}
		time.Sleep(during)
		var got []int64
		for n := range served {
			got = append(got, served[n].Load())
		}
		cancel()
		wg.Wait()
		share := int64(rate*during/time.Second) / tenants
		for _, n := range got[1:] {
			if n < share*9/10 {
				t.Errorf("served %v, want at least 90 %% of %d for each of the nine", got, share)
			}
		}
	})
}

// TestConcurrency bounds what is under way to a host, whoever asks.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		w := &quietWire{answer: func(r *http.Request) *http.Response {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return reply(r, 200, `{}`)
		}}
		in := api(get("a"))
		in.Concurrency = &resilience.Concurrency{Max: 3}
		gw := wired(t, w)
		must(t, gw.Register(t.Context(), in))
		var wg sync.WaitGroup
		start := time.Now()
		for _, tenant := range crowd(t, gw, 4) {
			for range 3 {
				wg.Go(func() {
					_, err := tenant.Invoke(t.Context(), "api.a", nil)
					must(t, err)
				})
			}
		}
		wg.Wait()
		if took := time.Since(start); most.Load() != 3 || took != 4*time.Second {
			t.Errorf("%d at once, twelve calls took %v", most.Load(), took)
		}
		for range 3 {
			wg.Go(func() { _, _ = gw.Tenant("tenant-0").Invoke(t.Context(), "api.a", nil) })
		}
		synctest.Wait()
		_, err := gw.Tenant("tenant-0").Invoke(t.Context(), "api.a", nil, waygate.Timeout(2500*time.Millisecond))
		wg.Wait()
		must(t, err)
		waited := time.Duration(0) // all four began at the same time, so that any of their records may be the first
		for _, rec := range recordsOf(t, gw.Tenant("tenant-0"))[:4] {
			waited = max(waited, rec.Attempts[0].Wait)
		}
		if waited != time.Second {
			t.Errorf("the records say that a call waited for %v", waited)
		}
	})
}

// askedQuota is a quota that lets nothing through.
type askedQuota struct {
	mu    sync.Mutex
	asked []resilience.LimitKey
}

func (q *askedQuota) Take(_ context.Context, k resilience.LimitKey, _ []resilience.Limit, n int) (int, time.Duration, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, k)
	if k.Scope == "integration" {
		return 0, time.Hour, nil
	}
	return n, 0, nil
}

// TestQuotaOfConfig asks the host's quota in place of the process's own.
func TestQuotaOfConfig(t *testing.T) {
	t.Parallel()
	q := &askedQuota{}
	in := api(get("a"))
	in.Limits, in.TenantLimits, in.SharedLimits = []resilience.Limit{{Rate: 1}}, []resilience.Limit{{Rate: 2}}, []resilience.Limit{{Rate: 3}}
	w := always(200, `{}`)
	_, acme := ready(t, w, in, func(c *waygate.Config) { c.Quota = q })
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	if e := failure(t, err, waygate.KindRateLimited); e.RetryAfter < 59*time.Minute {
		t.Errorf("retry after %v", e.RetryAfter)
	}
	var scopes []string
	for _, k := range q.asked {
		scopes = append(scopes, fmt.Sprint(k.Scope, " ", k.Tenant, " ", k.Integration, " ", k.Connection != ""))
	}
	if diff := cmp.Diff([]string{"connection acme api true", "tenant acme api false", "integration  api false"}, scopes); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if len(w.seen()) != 0 {
		t.Error("a request went out")
	}
}

// switchboard are forced circuits as another process has left them.
type switchboard map[resilience.BreakerKey]resilience.State

func (s switchboard) Force(context.Context, resilience.BreakerKey, resilience.State) error {
	return errors.New("away")
}

func (s switchboard) Forced(context.Context) (map[resilience.BreakerKey]resilience.State, error) {
	return s, nil
}

// TestCircuitsOfConfig heeds what another process has forced.
func TestCircuitsOfConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gw, acme := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) {
			c.Circuits = switchboard{{Host: "api.example.com"}: resilience.StateOpen}
		})
		calls(t, acme, 1) // nothing is known before the first
		synctest.Wait()
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		failure(t, err, waygate.KindCircuitOpen)
		says(t, err, "forced open")
		if err := gw.Breakers().Reset(resilience.BreakerKey{Host: "api.example.com"}); err == nil {
			t.Error("a reset that the others don't know of says nothing")
		}
	})
}
