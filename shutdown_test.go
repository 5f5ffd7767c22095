package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// TestFlushEndsUnderLoad makes calls as fast as their records are written: a
// flush writes what was there when it began, and ends.
func TestFlushEndsUnderLoad(t *testing.T) {
	t.Parallel()
	var acme *waygate.Tenant
	b := newRecordBox(nil)
	b.before = func(_ context.Context, n int) error {
		if n <= 50 && t.Context().Err() == nil { // not at the end, when the gateway is shut down
			calls(t, acme, 5)
		}
		return nil
	}
	gw, tenant := boxed(t, b)
	acme = tenant
	calls(t, acme, 5)
	must(t, gw.Flush(t.Context()))
	if n, records, _, _ := b.counts(); n != 1 || records != 5 {
		t.Errorf("a flush of 5 records wrote %d in %d batches", records, n)
	}
	page, err := acme.Records(t.Context(), waygate.RecordQuery{}) // flushes as well
	must(t, err)
	if n, _, _, _ := b.counts(); n != 2 || len(page.Records) != 10 {
		t.Errorf("%d records are listed after %d batches", len(page.Records), n)
	}
}

// TestRecorderGoexit shows that a record store which ends the goroutine loses no
// record and no turn: later calls and flushes write them all.
func TestRecorderGoexit(t *testing.T) {
	t.Parallel()
	t.Run("of the writer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newRecordBox(func(_ context.Context, n int) error {
				if n == 1 {
					runtime.Goexit()
				}
				return nil
			})
			_, acme := boxed(t, b)
			calls(t, acme, 100)
			synctest.Wait()
			time.Sleep(2 * time.Second)
			calls(t, acme, 1) // hands all on, without a flush
			synctest.Wait()
			if n, records, twice, _ := b.counts(); n != 2 || records != 101 || twice != 0 {
				t.Errorf("%d records in %d tries, %d of them twice", records, n, twice)
			}
		})
	})
	t.Run("of a flush", func(t *testing.T) {
		t.Parallel()
		b := newRecordBox(func(_ context.Context, n int) error {
			if n == 1 {
				runtime.Goexit()
			}
			return nil
		})
		gw, acme := boxed(t, b)
		calls(t, acme, 3)
		done := make(chan struct{})
		go func() { defer close(done); _ = gw.Flush(context.Background()) }()
		<-done
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		must(t, gw.Flush(ctx))
		if _, records, twice, _ := b.counts(); records != 3 || twice != 0 {
			t.Errorf("%d records, %d of them twice", records, twice)
		}
	})
}

// TestRefusedRecordAnywhere shows that one record which the store refuses, wherever it
// stands, keeps none of the others, and is dropped and counted in the end.
func TestRefusedRecordAnywhere(t *testing.T) {
	t.Parallel()
	for _, at := range []int{0, 7, 149} {
		t.Run(fmt.Sprint("at ", at), func(t *testing.T) {
			t.Parallel()
			p := &pickyBox{recordBox: newRecordBox(nil)}
			now := time.Now()
			gw, acme := ready(t, always(200, `{}`), api(get("a"), get("b")), func(c *waygate.Config) {
				c.Records, c.Now = p, func() time.Time { return now }
			})
			for i := range 150 {
				id := "api.a"
				if i == at {
					id = "api.b"
				}
				_, err := acme.Invoke(t.Context(), id, nil)
				must(t, err)
			}
			for range 6 { // once others are written in between, it is known that the store isn't down
				_ = gw.Flush(t.Context())
				calls(t, acme, 1)
			}
			must(t, gw.Flush(t.Context()))
			if _, records, twice, _ := p.counts(); records != 155 || twice != 0 || gw.DroppedRecords() != 1 {
				t.Errorf("%d records are written, %d of them twice, %d dropped", records, twice, gw.DroppedRecords())
			}
			if _, err := acme.Records(t.Context(), waygate.RecordQuery{}); err != nil {
				t.Errorf("Records: %v", err)
			}
			if _, err := acme.Purge(t.Context()); err != nil {
				t.Errorf("Purge: %v", err)
			}
		})
	}
}

// panicking is a store whose parts panic once it is told to.
type panicking struct {
	waygate.Store
	on atomic.Bool
}

func (s *panicking) Unwrap() waygate.Store { return s.Store }

func (s *panicking) Connections() waygate.ConnectionStore {
	if s.on.Load() {
		panic("the store's own trouble")
	}
	return s.Store.Connections()
}

func (s *panicking) Credentials() waygate.CredentialStore {
	if s.on.Load() {
		panic("the store's own trouble")
	}
	return s.Store.Credentials()
}

// TestPanickingStore shows that a store which panics leaves no method counted as
// in flight, so that Shutdown ends, and that a call contains it.
func TestPanickingStore(t *testing.T) {
	t.Parallel()
	for door, call := range doors(t) {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &panicking{Store: memory.New()}
				gw, acme := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) { c.Store = s })
				s.on.Store(true)
				func() {
					defer func() {
						if p := recover(); p != nil && (door == "Invoke" || door == "Collect" || door == "Items") {
							t.Errorf("a call panicked: %v", p)
						}
					}()
					_ = call(t.Context(), acme)
				}()
				s.on.Store(false)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				must(t, gw.Shutdown(ctx))
			})
		})
	}
	t.Run("Rewrap", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &panicking{Store: memory.New()}
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Store = s })
			s.on.Store(true)
			func() {
				defer func() { _ = recover() }()
				_, _ = gw.Rewrap(t.Context())
			}()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			must(t, gw.Shutdown(ctx))
		})
	})
}

// TestGoexitInBreakerChanged shows that an observer which ends the goroutine
// while a circuit changes takes no probe with it: the next call is let through.
func TestGoexitInBreakerChanged(t *testing.T) {
	t.Parallel()
	for _, to := range []resilience.State{resilience.StateOpen, resilience.StateHalfOpen, resilience.StateClosed} {
		t.Run(string(to), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := failing()
				seen := &watcher{}
				var end sync.Once
				seen.before = func(string) {
					seen.mu.Lock()
					n := len(seen.states)
					now := n > 0 && seen.states[n-1].To == to
					seen.mu.Unlock()
					if now {
						end.Do(runtime.Goexit)
					}
				}
				gw, acme := ready(t, w, api(get("a")), func(c *waygate.Config) {
					c.Observers, c.Retry = []waygate.Observer{seen}, resilience.Never{}
				})
				call := func() (err error) {
					err = errors.New("the goroutine was ended")
					done := make(chan struct{})
					go func() { defer close(done); _, err = acme.Invoke(t.Context(), "api.a", nil) }()
					<-done
					return err
				}
				for range 6 {
					_ = call()
				}
				failure(t, call(), waygate.KindCircuitOpen)
				w.answer = always(200, `{}`).answer
				time.Sleep(61 * time.Second)
				err := call()
				if to == resilience.StateOpen {
					must(t, err)
				}
				must(t, call())
				if got := gw.Breakers().List("acme"); len(got) != 1 || got[0].State != resilience.StateClosed {
					t.Errorf("the circuit is %+v", got)
				}
			})
		})
	}
}
