package waygate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// TestPatientPolicyWaitsForQuota calls while the provider has nothing left for five minutes: by a policy that is bounded by
// the context alone it waits so long, also where it meets that between two attempts; by any other it fails at once.
func TestPatientPolicyWaitsForQuota(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy resilience.Policy
		opts   []waygate.Option
		want   time.Duration // -1: it fails at once
	}{
		"schedule":           {resilience.Schedule{}, nil, 5 * time.Minute},
		"until":              {resilience.Until{Time: midnight.Add(time.Hour)}, nil, 5 * time.Minute},
		"until, too early":   {resilience.Until{Time: midnight.Add(time.Minute)}, nil, -1},
		"schedule, deadline": {resilience.Schedule{}, []waygate.Option{waygate.Timeout(100 * time.Second)}, -1},
		"linear":             {resilience.Linear{}, nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWindow(1, 5*time.Minute)
				_, acme := ready(t, w, quotas(""), func(cfg *waygate.Config) { cfg.Retry = c.policy })
				calls(t, acme, 1)
				_, err := acme.Invoke(t.Context(), "api.a", nil, c.opts...)
				took := time.Since(midnight)
				if c.want < 0 {
					if e := failure(t, err, waygate.KindRateLimited); took != 0 || e.RetryAfter != 5*time.Minute {
						t.Errorf("%+v after %v", e, took)
					}
					return
				}
				if err != nil || took != c.want || w.refused != 0 {
					t.Errorf("%v after %v, %d refused", err, took, w.refused)
				}
			})
		})
	}
}
