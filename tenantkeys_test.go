package waygate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// TestRetryBudgetIsTheTenants and the test after it hold that what one tenant used up is not missing for another, also
// without a connection, whose ID would tell them apart.
func TestRetryBudgetIsTheTenants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := api(get("a"))
		in.Auth = auth.None{}
		gw, acme := ready(t, failing(), in, func(c *waygate.Config) {
			c.Retry, c.Breaker.Disabled, c.RetryBudget = nil, true, resilience.BudgetSettings{Floor: 1}
		})
		for i, tenant := range []*waygate.Tenant{acme, acme, gw.Tenant("neighbour")} {
			_, err := tenant.Invoke(t.Context(), "api.a", nil)
			if e := failure(t, err, waygate.KindServer); e.Attempts != []int{2, 1, 2}[i] {
				t.Errorf("call %d: %d attempts", i, e.Attempts)
			}
		}
	})
}

func TestThrottleIsTheTenants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := quotas("")
		in.Auth = auth.None{}
		gw, acme := ready(t, always(200, `{}`, "X-Left", "0", "X-Reset", "600"), in)
		calls(t, acme, 1)
		calls(t, gw.Tenant("neighbour"), 1)
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		if failure(t, err, waygate.KindRateLimited); time.Since(midnight) != 0 {
			t.Error("it waited")
		}
	})
}
