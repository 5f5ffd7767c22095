package fullway_test

import (
	"context"
	"testing"
)

// TestAllocations holds that a call on its full way allocates less often than the same chain by hand, with either
// engine: a figure that other work on the machine doesn't disturb.
func TestAllocations(t *testing.T) { // not parallel: it counts the allocations of the process
	const most = 0.8 // of those of the chain; 0.51 to 0.70 were measured
	for _, r := range rivals() {
		for _, size := range sizes() {
			count := func(way func(context.Context) (placed, error)) float64 {
				return testing.AllocsPerRun(3, func() {
					if _, err := way(t.Context()); err != nil {
						t.Fatal(err)
					}
				})
			}
			gateway := count(through(t, r.engine, size.request, size.answer))
			hand := count(byHand(t, r.valid(t, file(t, "order.schema.json")), size.request, size.answer))
			t.Logf("%s, %s: %.0f allocations, by hand %.0f", r.name, size.name, gateway, hand)
			if gateway > most*hand {
				t.Errorf("%s, %s: %.0f allocations, more than %g of the %.0f of the chain by hand", r.name, size.name, gateway, most, hand)
			}
		}
	}
}
