package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// oneBoard is a resilience.SharedCircuits within one process. For many processes resilience/redis has one.
type oneBoard struct {
	mu     sync.Mutex
	forced map[resilience.BreakerKey]resilience.State // guarded by mu
}

var _ resilience.SharedCircuits = (*oneBoard)(nil)

func (b *oneBoard) Force(_ context.Context, k resilience.BreakerKey, s resilience.State) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forced[k] = s; s == "" {
		delete(b.forced, k)
	}
	return nil
}

func (b *oneBoard) Forced(context.Context) (map[resilience.BreakerKey]resilience.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.forced), nil
}

// An operator stops all calls to a host: in the gateway at hand, and within about a second in every other one.
func ExampleConfig_circuits() {
	provider := newStock(0)
	defer provider.Close()
	circuits := &oneBoard{forced: map[resilience.BreakerKey]resilience.State{}}
	here, _ := connected(waygate.Config{Circuits: circuits}, stock(provider.URL))
	_, there := connected(waygate.Config{Circuits: circuits}, stock(provider.URL))

	host := resilience.BreakerKey{Host: strings.TrimPrefix(provider.URL, "http://")} // of no tenant: the whole host's
	noError(here.Breakers().Force(host, resilience.StateOpen))
	var err error
	for began := time.Now(); err == nil && time.Since(began) < 5*time.Second; time.Sleep(time.Millisecond) {
		_, err = there.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
	}
	fmt.Println("refused there:", errors.Is(err, waygate.ErrCircuitOpen))
	noError(here.Breakers().Reset(host))
	// Output: refused there: true
}
