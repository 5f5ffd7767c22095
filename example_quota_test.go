package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// oneQuota is a resilience.Quota within one process. For many processes resilience/redis has one.
type oneQuota struct {
	mu      sync.Mutex
	buckets map[resilience.LimitKey]*resilience.Buckets // guarded by mu
}

var _ resilience.Quota = (*oneQuota)(nil)

func (l *oneQuota) Take(_ context.Context, key resilience.LimitKey, limits []resilience.Limit, n int) (int, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets[key] == nil {
		l.buckets[key] = &resilience.Buckets{}
	}
	got, wait := l.buckets[key].Take(time.Now(), limits, n)
	return got, wait, nil
}

// Two gateways draw on one quota: what the provider grants is counted once.
func ExampleConfig_quota() {
	provider := newStock(0)
	defer provider.Close()
	in := stock(provider.URL)
	in.SharedLimits = []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	quota := &oneQuota{buckets: map[resilience.LimitKey]*resilience.Buckets{}}
	_, here := connected(waygate.Config{Quota: quota}, in)
	_, there := connected(waygate.Config{Quota: quota}, in)

	for _, acme := range []*waygate.Tenant{here, there, here, there} {
		_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
		fmt.Println("refused:", errors.Is(err, waygate.ErrRateLimited))
	}
	// Output:
	// refused: false
	// refused: false
	// refused: true
	// refused: true
}
