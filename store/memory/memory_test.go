package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// clock is a clock that is set by hand.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2031, 1, 2, 3, 4, 5, 6000, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestStore(t *testing.T) {
	t.Parallel()
	c := newClock()
	storetest.Run(t, func(*testing.T) waygate.Store {
		return memory.New(memory.Clock(c.Now), memory.RecordLimit(1000))
	}, storetest.Capabilities{
		Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true, Closes: true,
		BoundedRecords: 1000, BoundedChanges: 10_000,
		Advance: c.Advance,
	})
}

// TestStoreInRealTime is the same with the usual clock and bounds.
func TestStoreInRealTime(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) waygate.Store { return memory.New() }, storetest.Capabilities{
		Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true, Closes: true,
		BoundedRecords: 10_000, BoundedChanges: 10_000,
	})
}
