package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/waygatetest"
)

// TestPrimaryIsOne promotes connections a thousand at once, from two gateways, while others read: each reader always
// sees exactly one primary.
func TestPrimaryIsOne(t *testing.T) {
	t.Parallel()
	primaryIsOne(t, soakTime())
}

func primaryIsOne(t *testing.T, length time.Duration) {
	const connections, promotions = 10, 1000
	p := newPlace(t, pgserver.Shared(t))
	gateways := [2]*waygatetest.Gateway{p.gateway(t, p.dsn), p.gateway(t, p.dsn)}
	for i := range connections {
		_, err := gateways[0].Tenant("acme").Connect(t.Context(), "api", waygate.ConnectionSpec{
			Slug: fmt.Sprint("c", i), Credential: auth.Token(fmt.Sprintf("token-of-number-%d", i)),
		})
		must(t, err)
	}
	over, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	var reads atomic.Int64
	for i := range 4 {
		readers.Go(func() {
			for over.Err() == nil {
				onePrimary(t, gateways[i%2].Tenant("acme"), connections)
				reads.Add(1)
			}
		})
	}
	rounds := 0
	for end := time.Now().Add(length); rounds == 0 || time.Now().Before(end) && !t.Failed(); rounds++ {
		promote(t, gateways, connections, promotions)
	}
	stop()
	readers.Wait()
	t.Logf("%d rounds of %d promotions, %d reads", rounds, promotions, reads.Load())
	if reads.Load() < 10 {
		t.Errorf("%d reads: too few to prove anything", reads.Load())
	}
}

// promote makes connections primary, all at once, and none of it may fail.
func promote(t *testing.T, gateways [2]*waygatetest.Gateway, connections, promotions int) {
	t.Helper()
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range promotions {
		slug := fmt.Sprint("c", rand.IntN(connections))
		running.Go(func() {
			<-start
			if err := gateways[i%2].Tenant("acme").SetPrimary(t.Context(), "api", slug); err != nil {
				t.Errorf("promotion of %s: %v", slug, err)
			}
		})
	}
	close(start)
	running.Wait()
}

// onePrimary reads all connections at once, and the primary one.
func onePrimary(t *testing.T, tenant *waygate.Tenant, connections int) {
	t.Helper()
	page, err := tenant.Connections(t.Context(), waygate.ConnectionQuery{Integration: "api", Limit: 100})
	if err != nil {
		t.Error(err)
		return
	}
	var primary []string
	for _, info := range page.Connections {
		if info.Primary {
			primary = append(primary, info.Slug)
		}
	}
	if len(primary) != 1 || len(page.Connections) != connections {
		t.Errorf("%d connections, primary: %q, want one of %d", len(page.Connections), primary, connections)
	}
	if info, err := tenant.Connection(t.Context(), "api", ""); err != nil || !info.Primary {
		t.Errorf("the primary connection: %+v, %v", info, err)
	}
}
