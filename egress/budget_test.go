package egress_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// slow is a body of n bytes that comes in small pieces with pauses between.
type slow struct {
	n     int
	pause time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if s.n == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := min(s.n, len(p), 3000)
	s.n -= n
	return n, nil
}

// account is what the test itself counts of a tenant's finished bodies.
type account struct {
	mu   sync.Mutex
	held map[string]int
	most map[string]int
}

func (a *account) add(tenant string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held[tenant] += n
	a.most[tenant] = max(a.most[tenant], a.held[tenant])
}

// Many readers, sizes and limits on little room: all end, and no bound is passed. The bubble fails if all of them
// come to wait for one another, so it is also the test that they never do.
func TestBudgetUnderPressure(t *testing.T) {
	t.Parallel()
	const total, share = 200_000, 80_000
	for seed := range uint64(8) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := egress.NewBudget(total, share)
				finished := &account{held: map[string]int{}, most: map[string]int{}}
				limits := []int64{1000, 20_000, 50_000, 80_000, 1 << 30}
				random := rand.New(rand.NewPCG(seed, seed))
				var all sync.WaitGroup
				for i := range 300 {
					tenant := "tenant" + strconv.Itoa(i%6)
					limit := limits[random.IntN(len(limits))]
					size := 1 + random.IntN(int(min(limit, share)))
					start, pause, use := random.IntN(100), random.IntN(5), random.IntN(50)
					all.Go(func() {
						time.Sleep(time.Duration(start) * time.Millisecond)
						body := &slow{size, time.Duration(pause) * time.Millisecond}
						data, release, err := egress.ReadBody(t.Context(), body, limit, b, tenant)
						if err != nil || len(data) != size {
							t.Errorf("%d bytes under %d: got %d, %v", size, limit, len(data), err)
							return
						}
						if used := b.InUse(); used > total {
							t.Errorf("%d in use of %d", used, total)
						}
						finished.add(tenant, size)
						time.Sleep(time.Duration(use) * time.Millisecond)
						finished.add(tenant, -size)
						release()
					})
				}
				all.Wait()
				if used := b.InUse(); used != 0 {
					t.Errorf("%d in use when all are released", used)
				}
				for tenant, most := range finished.most {
					if most > share {
						t.Errorf("%s held %d of its %d", tenant, most, share)
					}
				}
			})
		})
	}
}

func read(t testing.TB, ctx context.Context, b *egress.Budget, tenant string, size int) (release func(), err error) {
	t.Helper()
	_, release, err = egress.ReadBody(ctx, bytes.NewReader(make([]byte, size)), int64(size), b, tenant)
	return release, err
}

// A tenant that has used up its share waits; another does not.
func TestBudgetIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 500)
		hold, err := read(t, t.Context(), b, "greedy", 500)
		if err != nil {
			t.Fatal(err)
		}
		var served [3]bool
		for i := range served {
			go func() {
				release, err := read(t, t.Context(), b, "greedy", 200)
				if err != nil {
					t.Error(err)
				}
				served[i] = true
				release()
			}()
		}
		synctest.Wait()
		if served[0] || served[1] || served[2] {
			t.Errorf("served over the share: %v", served)
		}
		release, err := read(t, t.Context(), b, "modest", 500)
		if err != nil {
			t.Fatal(err)
		}
		release()
		hold()
		synctest.Wait()
		if !served[0] || !served[1] || !served[2] || b.InUse() != 0 {
			t.Errorf("served %v, %d in use", served, b.InUse())
		}
	})
}

// When the whole is full a large body is not passed over by small ones that come later.
func TestBudgetKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 1000)
		hold, err := read(t, t.Context(), b, "first", 700)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		var mu sync.Mutex
		start := func(name string, size int) {
			go func() {
				release, err := read(t, t.Context(), b, name, size)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				time.Sleep(time.Second)
				release()
			}()
			synctest.Wait()
		}
		start("large", 500)
		start("small", 200)
		if len(order) != 0 {
			t.Errorf("%v passed the one that waits", order)
		}
		hold()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(order) != 2 {
			t.Errorf("served in the end: %v", order)
		}
	})
}

func TestBudgetWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 1000)
		hold, err := read(t, t.Context(), b, "acme", 1000)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		release, err := read(t, ctx, b, "other", 1000)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		release()
		ctx, cancel = context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := read(t, ctx, b, "other", 1000)
			done <- err
		}()
		behind := make(chan error)
		go func() {
			time.Sleep(time.Second)
			release, err := read(t, t.Context(), b, "third", 400)
			release()
			behind <- err
		}()
		time.Sleep(2 * time.Second)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := b.InUse(); got != 1000 {
			t.Errorf("%d in use", got)
		}
		hold()
		if err := <-behind; err != nil {
			t.Error(err)
		}
		if got := b.InUse(); got != 0 {
			t.Errorf("%d in use at the end", got)
		}
	})
}

func TestNilBudget(t *testing.T) {
	t.Parallel()
	var b *egress.Budget
	release, err := read(t, t.Context(), b, "acme", 1<<20)
	if err != nil || b.InUse() != 0 {
		t.Errorf("%v, %d", err, b.InUse())
	}
	release()
}

// Who gave up waiting keeps nobody of its tenant waiting.
func TestBudgetForgetsWhoGaveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := egress.NewBudget(1000, 1000)
		read := func(size int) (func(), error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, release, err := egress.ReadBody(ctx, strings.NewReader(strings.Repeat("x", size)), int64(size), b, "acme")
			return release, err
		}
		first, err := read(400)
		if err != nil {
			t.Fatal(err)
		}
		var busy *egress.BudgetError
		if _, err := read(900); !errors.As(err, &busy) {
			t.Fatalf("900 bytes beside 400 of 1000: %v", err)
		}
		second, err := read(100)
		if err != nil {
			t.Fatalf("100 bytes beside 400 of 1000, after another gave up: %v", err)
		}
		first()
		second()
		if b.InUse() != 0 {
			t.Errorf("%d bytes are left", b.InUse())
		}
	})
}
