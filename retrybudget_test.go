package waygate_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// TestRetryBudgetInAnOutage takes a provider down under steady traffic of one tenant, and of several: what it gets is at
// most 1.1 times the calls, and the floor: what a budget holds, 10 or a tenth of ten seconds' calls. The breaker is off, which would end an outage's traffic long before.
func TestRetryBudgetInAnOutage(t *testing.T) {
	t.Parallel()
	const perSecond, lasts = 10, time.Minute
	down := map[string]func(*http.Request) (*http.Response, error){
		"answers 503":      func(r *http.Request) (*http.Response, error) { return reply(r, 503, `{}`), nil },
		"answers 429":      func(r *http.Request) (*http.Response, error) { return reply(r, 429, `{}`, "Retry-After", "1"), nil },
		"is not reachable": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
	}
	for name, answer := range down {
		for _, tenants := range []int{1, 5} {
			if tenants > 1 && name != "answers 503" {
				continue
			}
			t.Run(fmt.Sprint(name, ", tenants: ", tenants), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					o := newBlackout(t, answer, tenants, resilience.BudgetSettings{})
					o.traffic(t, perSecond, lasts)
					o.isDown.Store(true)
					healthy := len(o.seen())
					o.traffic(t, perSecond, lasts)
					calls, attempts := perSecond*int(lasts.Seconds()), len(o.seen())-healthy
					floor := tenants * max(10, perSecond/tenants)
					most := 1.1*float64(calls) + float64(floor)
					t.Logf("%d calls, %d attempts, at most %.0f", calls, attempts, most)
					if healthy != calls || float64(attempts) > most {
						t.Errorf("%d calls made %d attempts, want at most %.0f", calls, attempts, most)
					}
					if all := len(o.seen()); float64(all) > 1.1*float64(2*calls)+float64(10*tenants) {
						t.Errorf("%d calls made %d attempts in all", 2*calls, all)
					}
					if float64(attempts) < 1.09*float64(calls) {
						t.Errorf("%d calls made %d attempts: the budget isn't used", calls, attempts)
					}
				})
			})
		}
	}
	t.Run("off, it would be threefold", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			o := newBlackout(t, down["answers 503"], 1, resilience.BudgetSettings{Disabled: true})
			o.isDown.Store(true)
			o.traffic(t, perSecond, 10*time.Second)
			if calls, n := perSecond*10, len(o.seen()); n != 3*calls {
				t.Errorf("%d calls made %d attempts", calls, n)
			}
		})
	})
}

// TestRetryBudgetSaysSo shows what the caller and the record are told when there is no retry any more, and that time
// brings some back.
func TestRetryBudgetSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, acme := ready(t, failing(), api(get("a")), func(c *waygate.Config) {
			c.Breaker.Disabled, c.RetryBudget = true, resilience.BudgetSettings{Floor: 3}
		})
		for _, want := range []int{3, 2, 1} { // two retries, one, none
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			e := failure(t, err, waygate.KindServer)
			var held *resilience.HeldError
			if spent := errors.As(err, &held) && held.Reason == resilience.HeldBudget; e.Attempts != want || spent != (want < 3) {
				t.Errorf("%d attempts, want %d: %v", e.Attempts, want, err)
			}
			if e.Status != 503 || e.Hint != waygate.HintRetryAfterDelay {
				t.Errorf("status %d, hint %s", e.Status, e.Hint)
			}
			last := recordsOf(t, acme)[0]
			note := "not repeated: the retry budget for this host is spent"
			if want == 3 {
				note = ""
			} else {
				says(t, err, note)
			}
			if got := last.Attempts[len(last.Attempts)-1].Note; got != note || last.Error != err.Error() {
				t.Errorf("the record's note is %q, want %q", got, note)
			}
		}
		time.Sleep(time.Minute)
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		if e := failure(t, err, waygate.KindServer); e.Attempts != 3 {
			t.Errorf("a minute later: %d attempts", e.Attempts)
		}
	})
}

// TestRetryBudgetOfAHostInManySpellings calls one host over connections that spell it in several ways: they have one budget.
func TestRetryBudgetOfAHostInManySpellings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := failing()
		_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) {
			c.Breaker.Disabled, c.RetryBudget = true, resilience.BudgetSettings{Floor: 3}
		})
		for i, base := range []string{apiBase, strings.Replace(apiBase, "api", "API", 1), strings.Replace(apiBase, ".com", ".com:443", 1)} {
			slug := fmt.Sprint("c", i)
			_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, BaseURL: base, Credential: pat})
			must(t, err)
			for range 3 {
				_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.On(slug))
				failure(t, err, waygate.KindServer)
			}
		}
		if n := len(w.seen()); n != 9+3 {
			t.Errorf("%d attempts of 9 calls, want 3 retries in all", n)
		}
	})
}

// TestRetryBudgetBehindARedirect leads each call to another host, whose first answer is a failure: the requests that it gets
// count for its own budget.
func TestRetryBudgetBehindARedirect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
			switch n % 3 {
			case 1:
				return reply(r, 302, ``, "Location", "https://files.example.com/x"), nil
			case 2:
				return reply(r, 503, `{}`), nil
			}
			return reply(r, 200, `{}`), nil
		}}
		_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) {
			c.Retry, c.Breaker.Disabled, c.RetryBudget = nil, true, resilience.BudgetSettings{Ratio: 1, Floor: 1}
		})
		for range 5 {
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
		}
	})
}

// blackout is a provider that can be down, with tenants that call it.
type blackout struct {
	*wire
	isDown  atomic.Bool
	tenants []*waygate.Tenant
}

func newBlackout(t *testing.T, answer func(*http.Request) (*http.Response, error), tenants int, settings resilience.BudgetSettings) *blackout {
	t.Helper()
	o := &blackout{}
	o.wire = &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if o.isDown.Load() {
			return answer(r)
		}
		return reply(r, 200, `{}`), nil
	}}
	gw := wired(t, o, func(c *waygate.Config) { c.Retry, c.RetryBudget, c.Breaker.Disabled = nil, settings, true })
	must(t, gw.Register(t.Context(), api(get("a"))))
	for i := range tenants {
		o.tenants = append(o.tenants, connect(t, gw, fmt.Sprint("tenant-", i), "api", pat))
	}
	return o
}

// traffic makes calls at a steady rate, in turn for each tenant, and waits until they have ended.
func (o *blackout) traffic(t *testing.T, perSecond int, lasts time.Duration) {
	t.Helper()
	var all sync.WaitGroup
	for i := range perSecond * int(lasts.Seconds()) {
		all.Go(func() { _, _ = o.tenants[i%len(o.tenants)].Invoke(t.Context(), "api.a", nil) })
		time.Sleep(time.Second / time.Duration(perSecond))
	}
	all.Wait()
}
