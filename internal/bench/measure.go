package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// entrant is one client in a [comparison].
type entrant struct {
	name string
	// before gets ready for n calls, unmeasured; nil where nothing is needed.
	before func(ctx context.Context, n int) error
	// call is the i-th of a batch.
	call func(ctx context.Context, i int) error
}

// comparison is one exchange, made by all of its entrants.
type comparison struct {
	name, title string
	goroutines  int // that call at once; 0 = 1
	// base is whom the others are divided by.
	base     string
	entrants []entrant
	// calls in a batch; 0 is found out, see [calibrate].
	calls int
}

// sample is what one batch gave, for each call.
type sample struct {
	nanoseconds float64 // on the clock
	cpu         float64 // nanoseconds of the processor, this process's
	allocs      float64
	bytes       float64
}

// outcome are the samples of a comparison: of each entrant one for each round.
type outcome struct {
	comparison
	calls   int
	samples map[string][]sample
}

// batchTime is how long a batch of the base takes, about: long enough that the garbage collector runs within each, so
// that a client pays for what it leaves.
const batchTime = 100 * time.Millisecond

// fewest calls are in a batch, however long they take.
const fewestCalls = 4

// measure makes rounds in which each entrant makes a batch of the same number of calls, in an order drawn anew.
func (c comparison) measure(ctx context.Context, rounds int, random *rand.Rand) (*outcome, error) {
	calls, err := c.calibrate(ctx)
	if err != nil {
		return nil, err
	}
	out := &outcome{comparison: c, calls: calls, samples: map[string][]sample{}}
	for range rounds {
		for _, i := range random.Perm(len(c.entrants)) {
			e := c.entrants[i]
			s, err := c.batch(ctx, e, calls)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", c.name, e.name, err)
			}
			out.samples[e.name] = append(out.samples[e.name], s)
		}
	}
	return out, nil
}

// calibrate warms everybody up, and finds how many calls of the base a batch holds.
func (c comparison) calibrate(ctx context.Context) (calls int, err error) {
	least := max(fewestCalls, c.goroutines)
	warm := 2 * least
	if c.calls > 0 {
		warm = min(warm, c.calls)
	}
	for _, e := range c.entrants {
		if _, err := c.batch(ctx, e, warm); err != nil {
			return 0, fmt.Errorf("%s, %s: %w", c.name, e.name, err)
		}
	}
	if c.calls > 0 {
		return c.calls, nil
	}
	for _, e := range c.entrants {
		if e.name == c.base {
			return c.enough(ctx, e, least)
		}
	}
	return 0, fmt.Errorf("%s: no entrant is called %s", c.name, c.base)
}

// enough finds how many calls of e fill a batch. The quickest of three counts, since others may be busy meanwhile.
func (c comparison) enough(ctx context.Context, e entrant, least int) (calls int, err error) {
	for n := least; ; n *= 2 {
		quickest := math.Inf(1)
		for range 3 {
			s, err := c.batch(ctx, e, n)
			if err != nil {
				return 0, err
			}
			quickest = min(quickest, s.nanoseconds)
		}
		if quickest*float64(n) > float64(batchTime)/4 {
			return max(least, int(float64(batchTime)/quickest)), nil
		}
	}
}

// batch measures n calls, garbage collection included: nothing is collected before, so that a batch has in the mean as
// many collections as it causes.
func (c comparison) batch(ctx context.Context, e entrant, n int) (sample, error) {
	if e.before != nil {
		if err := e.before(ctx, n); err != nil {
			return sample{}, err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	worked, began := processorTime(), time.Now()
	err := spread(ctx, max(c.goroutines, 1), n, e.call)
	took, work := time.Since(began), processorTime()-worked
	runtime.ReadMemStats(&after)
	per := float64(n)
	return sample{float64(took) / per, float64(work) / per, float64(after.Mallocs-before.Mallocs) / per,
		float64(after.TotalAlloc-before.TotalAlloc) / per}, err
}

// processorTime is what this process has used so far, in and for itself.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// spread has workers make n calls together, and returns the first error.
func spread(ctx context.Context, workers, n int, call func(context.Context, int) error) error {
	if workers == 1 {
		for i := range n {
			if err := call(ctx, i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		next  atomic.Int64
		group sync.WaitGroup
		once  sync.Once
		first error
	)
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := call(ctx, i); err != nil {
					once.Do(func() { first = err })
					return
				}
			}
		})
	}
	group.Wait()
	return first
}
