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

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// crowd connects n tenants to the API.
func crowd(t testing.TB, gw *waygate.Gateway, n int) []*waygate.Tenant {
	t.Helper()
	var all []*waygate.Tenant
	for i := range n {
		tenant := gw.Tenant(fmt.Sprintf("tenant-%d", i))
		_, err := tenant.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
		must(t, err)
		all = append(all, tenant)
	}
	return all
}

// circuitLog is an observer of circuits.
type circuitLog struct {
	quietObserver
	mu      sync.Mutex
	changes []resilience.BreakerChange
}

// quietObserver is told of calls and says nothing.
type quietObserver struct{}

func (quietObserver) CallStarted(context.Context, waygate.CallInfo) context.Context { return nil }
func (quietObserver) CallEnded(context.Context, waygate.CallRecord)                 {}

func (l *circuitLog) BreakerChanged(c resilience.BreakerChange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes = append(l.changes, c)
}

// of are the changes of the circuits with or without a tenant.
func (l *circuitLog) of(whole bool, to resilience.State) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, c := range l.changes {
		if (c.Key.Tenant == "") == whole && c.To == to {
			n++
		}
	}
	return n
}

// TestOutage has a provider that is down for five minutes while a thousand calls a
// second are made: hardly a request reaches it, and the calls find it again within the
// pause that the circuit was in.
func TestOutage(t *testing.T) {
	t.Parallel()
	const down, tenants, workers = 5 * time.Minute, 20, 50
	rate := 1000
	if raceEnabled {
		rate = 50 // the race detector makes each call many times as dear
	}
	synctest.Test(t, func(t *testing.T) {
		var reached, inFlight, mostInFlight, answered atomic.Int64
		start := time.Now()
		recovered := make(chan time.Duration, 1)
		log := &circuitLog{}
		w := &quietWire{answer: func(r *http.Request) *http.Response {
			if time.Since(start) >= down {
				answered.Add(1)
				return reply(r, 200, `{}`)
			}
			reached.Add(1)
			for n := inFlight.Add(1); ; {
				if most := mostInFlight.Load(); n <= most || mostInFlight.CompareAndSwap(most, n) {
					break
				}
			}
			time.Sleep(50 * time.Millisecond)
			inFlight.Add(-1)
			return reply(r, 503, `{}`)
		}}
		gw := wired(t, w, func(c *waygate.Config) {
			c.Retry, c.Observers = nil, []waygate.Observer{log}
		})
		must(t, gw.Register(t.Context(), api(get("a"))))
		all := crowd(t, gw, tenants)
		var wg sync.WaitGroup
		for n := range workers {
			wg.Go(func() {
				for answered.Load() == 0 && time.Since(start) < 20*time.Minute {
					for range rate / workers {
						if _, err := all[n%tenants].Invoke(t.Context(), "api.a", nil); err == nil {
							select {
							case recovered <- time.Since(start) - down:
							default:
							}
						}
					}
					time.Sleep(time.Second)
				}
			})
			time.Sleep(time.Second / workers)
		}
		wg.Wait()
		took := <-recovered
		rounds := log.of(true, resilience.StateHalfOpen) - 1 // the last one found it up
		bound := 10 + mostInFlight.Load() + int64(3*rounds)
		t.Logf("%d requests reached the provider in %v of outage at %d calls/s, at most %d (10 + %d in flight + 3 probes × %d); found again after %v",
			reached.Load(), down, rate, bound, mostInFlight.Load(), rounds, took)
		if reached.Load() > bound {
			t.Errorf("%d requests reached the provider, want at most %d", reached.Load(), bound)
		}
		var interval time.Duration // the last one; a call came within a second of its end
		for _, c := range gw.Breakers().History(resilience.BreakerKey{Host: "api.example.com"}) {
			switch c.To {
			case resilience.StateOpen:
				interval = -time.Until(c.At)
			case resilience.StateHalfOpen:
				interval += time.Until(c.At)
			}
		}
		if interval = interval.Truncate(time.Second); took > interval || interval > 240*time.Second {
			t.Errorf("found again %v after the outage, want at most the pause in force, %v, and that at most 240s", took, interval)
		}
	})
}

// quietWire is a wire that remembers nothing.
type quietWire struct {
	answer func(r *http.Request) *http.Response
}

func (w *quietWire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.answer(r), nil
}

// TestCraftedFailures has one tenant whose every answer is a 500: its own circuit opens,
// its neighbours' and the host's don't, and they never notice.
func TestCraftedFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &quietWire{answer: func(r *http.Request) *http.Response {
			if r.URL.Path == "/bad" {
				return reply(r, 500, `{}`)
			}
			return reply(r, 200, `{}`)
		}}
		log := &circuitLog{}
		gw := wired(t, w, func(c *waygate.Config) { c.Observers = []waygate.Observer{log} })
		must(t, gw.Register(t.Context(), api(get("bad"), get("good"))))
		all := crowd(t, gw, 5)
		refused := 0
		for range 600 {
			_, err := all[0].Invoke(t.Context(), "api.bad", nil)
			if errors.Is(err, waygate.ErrCircuitOpen) {
				refused++
			}
			for _, neighbour := range all[1:] {
				_, err := neighbour.Invoke(t.Context(), "api.good", nil)
				must(t, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if refused < 500 {
			t.Errorf("%d of its calls were refused: its own circuit stayed closed", refused)
		}
		if n := log.of(true, resilience.StateOpen); n != 0 {
			t.Errorf("the host's circuit opened %d times", n)
		}
		for _, s := range gw.Breakers().List("") {
			if own := s.Key.Tenant == "tenant-0"; (s.State == resilience.StateOpen) != own {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestOutageIsEverybodys shows that a tenant which has seen no failure is refused too,
// what it can read about that, and that an operator decides.
func TestOutageIsEverybodys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gw := wired(t, always(502, `{}`))
		must(t, gw.Register(t.Context(), api(get("a"))))
		all := crowd(t, gw, 5)
		for range 4 {
			for _, tenant := range all[:3] {
				_, _ = tenant.Invoke(t.Context(), "api.a", nil, waygate.Retry(resilience.Never{}))
			}
		}
		_, err := all[4].Invoke(t.Context(), "api.a", nil)
		if e := failure(t, err, waygate.KindCircuitOpen); e.RetryAfter != time.Minute || e.Attempts != 0 {
			t.Errorf("%+v", e)
		}
		says(t, err, "the whole host api.example.com")
		list, err := all[4].Circuits(t.Context(), "api", "main")
		must(t, err)
		if len(list) != 1 || list[0].Key != (resilience.BreakerKey{Host: "api.example.com"}) || list[0].State != resilience.StateOpen ||
			list[0].Requests != 0 || len(list[0].Changes) != 1 {
			t.Errorf("a tenant without failures reads %+v", list)
		}
		list, err = all[0].Circuits(t.Context(), "api", "")
		must(t, err)
		if len(list) != 2 || list[0].Key.Tenant != "tenant-0" || list[0].Failures != 4 {
			t.Errorf("one with failures reads %+v", list)
		}
		_, err = all[0].Circuits(t.Context(), "api", "other")
		failure(t, err, waygate.KindUnresolved)
		if hosts := gw.Breakers().Hosts(); len(hosts) != 1 || hosts[0].State != resilience.StateOpen {
			t.Errorf("the operator reads %+v", hosts)
		}
		must(t, gw.Breakers().Force(resilience.BreakerKey{Host: "api.example.com"}, resilience.StateClosed))
		_, err = all[4].Invoke(t.Context(), "api.a", nil, waygate.Retry(resilience.Never{}))
		failure(t, err, waygate.KindServer)
	})
}

// TestCircuitHosts shows that one host has one circuit, however it is written.
func TestCircuitHosts(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), api(get("a"))))
	acme := gw.Tenant("acme")
	for i, base := range []string{apiBase, "https://API.example.com", apiBase + ":443", "https://api.Example.com:443"} {
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: fmt.Sprint("c", i), Credential: pat, BaseURL: base})
		must(t, err)
		_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On(fmt.Sprint("c", i)))
		must(t, err)
	}
	if hosts := gw.Breakers().Hosts(); len(hosts) != 1 || hosts[0].Requests != 4 {
		t.Errorf("%+v", hosts)
	}
}

// TestTokenEndpointsHaveTheirOwn has the token endpoint of many tenants fail: after ten renewals nobody asks it for a
// while, the grants stay as they were, and calls with good tokens pass.
func TestTokenEndpointsHaveTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		o := &outage{next: s}
		gw, _ := oauthReady(t, o, oauthAPI())
		var all []*waygate.Tenant
		for i := range 30 {
			tenant := gw.Tenant(fmt.Sprint("tenant-", i))
			authorized(t, s, tenant, "main")
			all = append(all, tenant)
		}
		fresh := gw.Tenant("fresh")
		time.Sleep(2 * time.Hour) // all tokens are over
		authorized(t, s, fresh, "main")
		away := func(r *http.Request) (*http.Response, error) { return reply(r, 503, `{}`), nil }
		o.answer.Store(&away)
		for _, tenant := range all {
			_, err := tenant.Invoke(t.Context(), "api.read", nil)
			if err == nil {
				t.Fatal("a call passed without a token")
			}
		}
		if n := o.asked.Load(); n != 10 {
			t.Errorf("%d renewals reached the endpoint, want the 10 that open its circuit", n)
		}
		k := resilience.BreakerKey{Host: "login.example.net", Use: resilience.UseToken}
		if c, _ := gw.Breakers().State(k); c.State != resilience.StateOpen {
			t.Errorf("%+v", c)
		}
		if _, err := fresh.Invoke(t.Context(), "api.read", nil); err != nil {
			t.Errorf("a call with a good token: %v", err)
		}
		o.answer.Store(nil)
		time.Sleep(6 * time.Minute)
		for i, tenant := range all {
			if _, err := tenant.Invoke(t.Context(), "api.read", nil); err != nil {
				t.Errorf("tenant %d, when it is back: %v", i, err)
			}
		}
	})
}
