package resilience_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

var acmeAPI = resilience.BudgetKey{Tenant: "acme", Host: "api.example.com"}

// spend takes retries until none is left.
func spend(b *resilience.RetryBudgets, key resilience.BudgetKey) (n int) {
	for n < 100_000 && b.Retry(key) {
		n++
	}
	return n
}

func TestRetryBudget(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		settings resilience.BudgetSettings
		requests int
		after    time.Duration // then these, and no more until there
		want     int
	}{
		"the floor at first":      {resilience.BudgetSettings{}, 1, 0, 10},
		"what requests put in":    {resilience.BudgetSettings{}, 1000, 0, 100},
		"less than the floor":     {resilience.BudgetSettings{}, 50, 0, 10},
		"another ratio":           {resilience.BudgetSettings{Ratio: 0.25}, 1000, 0, 250},
		"another floor":           {resilience.BudgetSettings{Floor: 3}, 1, 0, 3},
		"refused values count 0":  {resilience.BudgetSettings{Ratio: math.NaN(), Floor: -1}, 1000, 0, 100},
		"held for another slot":   {resilience.BudgetSettings{}, 1000, 10 * time.Second, 100},
		"and then the floor":      {resilience.BudgetSettings{}, 1000, 20 * time.Second, 10},
		"never more than that":    {resilience.BudgetSettings{}, 1, 24 * time.Hour, 10},
		"off, it allows whatever": {resilience.BudgetSettings{Disabled: true}, 0, 0, 100_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := resilience.NewRetryBudgets(0, tc.settings)
				for range tc.requests {
					b.Request(acmeAPI)
				}
				time.Sleep(tc.after)
				if got := spend(b, acmeAPI); got != tc.want {
					t.Errorf("%d retries, want %d", got, tc.want)
				}
			})
		})
	}
}

// Without traffic, time fills a spent budget at the floor's rate; with traffic it adds nothing.
func TestRetryBudgetRecovers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ perSlot, want int }{
		"no traffic":     {0, 10},
		"little traffic": {10, 10},
		"just enough":    {17, 10}, // 10.2
		"steady traffic": {100, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := resilience.NewRetryBudgets(0, resilience.BudgetSettings{})
				if n := spend(b, acmeAPI); n != 10 {
					t.Fatalf("%d at first", n)
				}
				got := 0
				for range 6 {
					for range tc.perSlot {
						b.Request(acmeAPI)
					}
					time.Sleep(10 * time.Second)
					got += spend(b, acmeAPI)
				}
				if got != tc.want {
					t.Errorf("%d retries in a minute, want %d", got, tc.want)
				}
			})
		})
	}
}

// Whatever comes when, retries are at most a tenth of the requests and the floor, while there are enough requests.
func TestRetryBudgetBound(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{10 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			b := resilience.NewRetryBudgets(0, resilience.BudgetSettings{})
			requests, retries := 0, 0
			for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(every) {
				b.Request(acmeAPI)
				requests++
				for range 9 {
					if b.Retry(acmeAPI) {
						retries++
					}
				}
				if most := float64(requests)*0.1 + 10; float64(retries) > most {
					t.Fatalf("every %v: %d retries of %d requests, want at most %v", every, retries, requests, most)
				}
			}
			if float64(retries) < float64(requests)*0.1 {
				t.Errorf("every %v: only %d retries of %d requests", every, retries, requests)
			}
		})
	}
}

// Tenants have budgets of their own, which together stay within the host's.
func TestRetryBudgetsOfTenants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewRetryBudgets(0, resilience.BudgetSettings{})
		all := 0
		for i := range 30 {
			key := resilience.BudgetKey{Tenant: fmt.Sprint("tenant ", i), Host: acmeAPI.Host}
			b.Request(key)
			n := spend(b, key)
			if i < 10 && n != 10 {
				t.Errorf("tenant %d has %d, want its floor", i, n)
			}
			all += n
		}
		if all != 102 { // the host's floor, and a tenth of the 29 requests that found room
			t.Errorf("%d retries in all, want the host's 102", all)
		}
		if n := spend(b, resilience.BudgetKey{Tenant: "tenant 1", Host: "other.example.com"}); n != 10 {
			t.Errorf("another host: %d, want 10", n)
		}
		// What the host refused was not taken from the tenant: it is there when the host has recovered.
		late := resilience.BudgetKey{Tenant: "tenant 29", Host: acmeAPI.Host}
		for range 20 {
			if b.Retry(late) {
				t.Error("a retry that the host has no budget for")
			}
		}
		time.Sleep(10 * time.Second)
		if n := spend(b, late); n != 10 {
			t.Errorf("a tenant that was refused has %d later, want 10", n)
		}
	})
}

func TestRetryBudgetsAreBounded(t *testing.T) {
	t.Parallel()
	b := resilience.NewRetryBudgets(2, resilience.BudgetSettings{Floor: 1})
	keys := []resilience.BudgetKey{{Tenant: "a", Host: "h"}, {Tenant: "b", Host: "h"}, {Tenant: "c", Host: "h"}}
	for _, k := range keys {
		if n := spend(b, k); n != 1 {
			t.Errorf("%v: %d", k, n)
		}
	}
	if n := spend(b, keys[0]); n != 1 {
		t.Errorf("a budget that was pushed out begins with %d", n)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				k := resilience.BudgetKey{Tenant: fmt.Sprint(i % 5), Host: "h"}
				b.Request(k)
				b.Retry(k)
			}
		})
	}
	all.Wait()
}

func TestBudgetSettingsValidate(t *testing.T) {
	t.Parallel()
	for field, list := range map[string][]resilience.BudgetSettings{
		"":      {{}, {Ratio: 1, Floor: 10_000}, {Disabled: true}},
		"ratio": {{Ratio: -0.1}, {Ratio: 1.1}, {Ratio: math.NaN()}},
		"floor": {{Floor: -1}, {Floor: 10_001}},
	} {
		for _, s := range list {
			var e *resilience.Error
			err := s.Validate()
			if field == "" && err != nil || field != "" && (!errors.As(err, &e) || e.Field != field) {
				t.Errorf("%+v: %v, want field %q", s, err, field)
			}
		}
	}
}
