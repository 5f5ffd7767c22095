package egress_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// Who waits behind one that gives up is served when that leaves, not when the next body is released.
func TestBudgetServesThoseBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 1000)
		hold, err := read(t, t.Context(), b, "first", 700)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			if _, err := read(t, ctx, b, "large", 500); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}()
		synctest.Wait()
		start := time.Now()
		release, err := read(t, t.Context(), b, "small", 200)
		if err != nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		release()
		hold()
	})
}

// late is a body of n bytes that pauses before each read and announces size of them.
type late struct {
	n     int
	size  int64
	pause time.Duration
}

func (l *late) SizeHint() int64 { return l.size }

func (l *late) Read(p []byte) (int, error) {
	time.Sleep(l.pause)
	if l.n == 0 {
		return 0, io.EOF
	}
	n := min(l.n, len(p))
	l.n -= n
	return n, nil
}

// A body that turned out short makes room when it has been read, although its bytes are still in use.
func TestBudgetTakesBackWhatIsNotNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 1000)
		var all sync.WaitGroup
		defer all.Wait()
		all.Go(func() {
			_, release, err := egress.ReadBody(t.Context(), &late{100, 900, time.Second}, 1000, b, "one")
			if err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			release()
		})
		synctest.Wait()
		if got := b.InUse(); got != 900 {
			t.Errorf("%d in use, want what was announced", got)
		}
		start := time.Now()
		release, err := read(t, t.Context(), b, "two", 500)
		if err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		release()
	})
}

// reader starts the reading of one body that has to succeed, and keeps it for a while.
type reader struct {
	tenant string
	body   io.Reader
	limit  int64
	size   int
	after  time.Duration // when it starts
	keep   time.Duration
}

func readAll(t *testing.T, b *egress.Budget, readers []reader) {
	t.Helper()
	var all sync.WaitGroup
	for _, r := range readers {
		all.Go(func() {
			time.Sleep(r.after)
			data, release, err := egress.ReadBody(t.Context(), r.body, r.limit, b, r.tenant)
			if err != nil || len(data) != r.size {
				t.Errorf("%s: %d bytes, %v", r.tenant, len(data), err)
			}
			time.Sleep(r.keep)
			release()
		})
	}
	all.Wait()
	if got := b.InUse(); got != 0 {
		t.Errorf("%d in use", got)
	}
}

// Three tenants each hold one body and read one that still has to grow when a larger one arrives, too large to be sure
// of its end. It must not take the right to the rest, or nobody would ever end.
func TestBudgetGivesTheRestToWhoCanEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var readers []reader
		for _, tenant := range []string{"a", "b", "c"} {
			readers = append(readers,
				reader{tenant, &late{10_000, 10_000, 0}, 10_000, 10_000, 0, 5 * time.Second},
				reader{tenant, &late{40_000, 20_000, time.Second}, 40_000, 40_000, time.Second, 0},
				reader{tenant, &late{50_000, 60_000, 0}, 60_000, 50_000, 1500 * time.Millisecond, 0},
			)
		}
		readAll(t, egress.NewBudget(100_000, 80_000), readers)
	})
}

// The newcomer "last" has the right to the rest when the second body of "a", which came before it, gets stuck: it must pass, as
// that one and "growing" can go on only when it has ended.
func TestBudgetLetsTheRightPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		readAll(t, egress.NewBudget(100_000, 80_000), []reader{
			{"a", &late{70_000, 70_000, 0}, 70_000, 70_000, 0, 5 * time.Second},
			{"growing", &late{70_000, 10_000, time.Second}, 70_000, 70_000, time.Second, 0},
			{"a", &late{11_000, 11_000, 0}, 11_000, 11_000, 1500 * time.Millisecond, 0},
			{"last", &late{30_000, 30_000, 0}, 30_000, 30_000, 1600 * time.Millisecond, 0},
		})
	})
}
