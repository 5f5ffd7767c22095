package waygate_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// onDuty tells people which circuits open and close.
type onDuty struct{}

var (
	_ waygate.Observer        = onDuty{}
	_ waygate.BreakerObserver = onDuty{}
)

func (onDuty) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (onDuty) CallEnded(context.Context, waygate.CallRecord) {}

func (onDuty) BreakerChanged(c resilience.BreakerChange) {
	if c.Key.Tenant == "" {
		fmt.Println("everybody's", c.From, "→", c.To)
		return
	}
	fmt.Println(c.Key.Tenant, c.From, "→", c.To)
}

// A circuit opens after three failures in a row, and an operator closes it.
func ExampleBreakerObserver() {
	provider := newStock(3) // fails three times
	defer provider.Close()
	in := stock(provider.URL)
	in.Breaker = &resilience.BreakerSettings{Failures: 3} // else those of the Config
	gw, acme := connected(waygate.Config{Observers: []waygate.Observer{onDuty{}}}, in)

	_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"}) // three attempts
	fmt.Println("failed:", err != nil)
	for _, c := range gw.Breakers().List("acme") {
		noError(gw.Breakers().Reset(c.Key))
	}
	// Output:
	// acme closed → open
	// failed: true
	// acme open → closed
}
