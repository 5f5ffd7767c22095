package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// recordBox is a record store that can fail, panic or hang.
type recordBox struct {
	waygate.RecordStore
	mu     sync.Mutex
	before func(ctx context.Context, n int) error // of the n-th Append
	n      int
	ids    map[string]int
	most   int // in one batch
}

func newRecordBox(before func(ctx context.Context, n int) error) *recordBox {
	return &recordBox{RecordStore: memory.New(memory.RecordLimit(50_000)).Records(), before: before, ids: map[string]int{}}
}

func (b *recordBox) Append(ctx context.Context, records []waygate.CallRecord) error {
	b.mu.Lock()
	b.n++
	n := b.n
	b.mu.Unlock()
	if b.before != nil {
		if err := b.before(ctx, n); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.most = max(b.most, len(records))
	for _, r := range records {
		b.ids[r.ID]++
	}
	b.mu.Unlock()
	return b.RecordStore.Append(ctx, records)
}

func (b *recordBox) counts() (appends, records, twice, most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.ids {
		if n > 1 {
			twice++
		}
	}
	return b.n, len(b.ids), twice, b.most
}

// boxed is a gateway over a record box.
func boxed(t testing.TB, b *recordBox) (*waygate.Gateway, *waygate.Tenant) {
	t.Helper()
	return ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) { c.Records = b })
}

// calls makes n calls for a tenant.
func calls(t testing.TB, x *waygate.Tenant, n int) {
	t.Helper()
	for range n {
		_, err := x.Invoke(t.Context(), "api.a", nil)
		must(t, err)
	}
}

// TestRecordBatches shows when records are written without Run: when a batch is
// full, or a second old.
func TestRecordBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newRecordBox(nil)
		gw, acme := boxed(t, b)
		calls(t, acme, 99)
		synctest.Wait()
		if n, _, _, _ := b.counts(); n != 0 {
			t.Errorf("%d writes before the batch is full", n)
		}
		calls(t, acme, 1)
		synctest.Wait()
		if n, records, _, _ := b.counts(); n != 1 || records != 100 {
			t.Errorf("%d records in %d writes", records, n)
		}
		calls(t, acme, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		if _, records, _, _ := b.counts(); records != 100 {
			t.Error("something writes by itself")
		}
		calls(t, acme, 1) // hands both on
		synctest.Wait()
		if _, records, _, _ := b.counts(); records != 102 {
			t.Errorf("%d records", records)
		}
		calls(t, acme, 3)
		must(t, gw.Flush(t.Context()))
		if _, records, twice, most := b.counts(); records != 105 || twice != 0 || most > 100 {
			t.Errorf("%d records, %d of them twice, at most %d at once", records, twice, most)
		}
	})
}

// TestRecorderBounds shows that a store which is down costs no more than a
// bounded number of records, and no tenant another one's.
func TestRecorderBounds(t *testing.T) {
	t.Parallel()
	down := errors.New("the store is down")
	var up sync.Map
	b := newRecordBox(func(context.Context, int) error {
		if _, yes := up.Load("up"); yes {
			return nil
		}
		return down
	})
	gw, acme := boxed(t, b)
	calls(t, acme, 2_600) // its share is 2,500
	if n := gw.DroppedRecords(); n != 100 {
		t.Errorf("%d are dropped", n)
	}
	calls(t, connect(t, gw, "other", "api", pat), 10)
	if n := gw.DroppedRecords(); n != 100 {
		t.Errorf("%d are dropped: a busy tenant takes the room of another", n)
	}
	err := gw.Flush(t.Context())
	failure(t, err, waygate.KindStore)
	if !errors.Is(err, down) {
		t.Errorf("the cause is lost: %v", err)
	}
	_, err = acme.Records(t.Context(), waygate.RecordQuery{})
	failure(t, err, waygate.KindStore)
	for i := range 3 {
		calls(t, connect(t, gw, fmt.Sprint("t", i), "api", pat), 2_500)
	}
	if n := gw.DroppedRecords(); n != 110 { // 10,000 in all
		t.Errorf("%d are dropped", n)
	}
	up.Store("up", true)
	must(t, gw.Flush(t.Context()))
	if _, records, twice, most := b.counts(); records != 10_000 || twice != 0 || most > 1_000 {
		t.Errorf("%d records, %d of them twice, at most %d at once", records, twice, most)
	}
}

// TestRecorderTroubles shows a store that panics, hangs, or fails now and then:
// calls don't notice, and each record is written once.
func TestRecorderTroubles(t *testing.T) {
	t.Parallel()
	troubles := map[string]func(ctx context.Context, n int) error{
		"panics": func(_ context.Context, n int) error {
			if n%2 == 1 {
				panic("the store's own trouble")
			}
			return nil
		},
		"fails": func(_ context.Context, n int) error {
			if n%3 != 0 {
				return errors.New("not now")
			}
			return nil
		},
		"hangs": func(ctx context.Context, n int) error {
			if n == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		},
	}
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newRecordBox(trouble)
				gw, acme := boxed(t, b)
				start := time.Now()
				calls(t, acme, 150)
				if took := time.Since(start); took != 0 {
					t.Errorf("the calls took %s", took)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				for range 6 {
					calls(t, acme, 50)
					time.Sleep(2 * time.Second)
				}
				for range 10 {
					if gw.Flush(t.Context()) == nil {
						break
					}
				}
				if _, records, twice, _ := b.counts(); records != 450 || twice != 0 || gw.DroppedRecords() != 0 {
					t.Errorf("%d records, %d of them twice, %d dropped", records, twice, gw.DroppedRecords())
				}
			})
		})
	}
}

// TestRefusedRecord shows that one record which the store never takes doesn't
// keep the others, and is dropped and counted in the end.
func TestRefusedRecord(t *testing.T) {
	t.Parallel()
	b := &pickyBox{recordBox: newRecordBox(nil)}
	gw, acme := ready(t, always(200, `{}`), api(get("a"), get("b")), func(c *waygate.Config) { c.Records = b })
	calls(t, acme, 40)
	_, err := acme.Invoke(t.Context(), "api.b", nil)
	must(t, err)
	calls(t, acme, 40)
	for range 10 {
		_ = gw.Flush(t.Context())
		calls(t, acme, 1)
	}
	must(t, gw.Flush(t.Context()))
	if _, records, twice, _ := b.counts(); records != 90 || twice != 0 || gw.DroppedRecords() != 1 {
		t.Errorf("%d records, %d of them twice, %d dropped", records, twice, gw.DroppedRecords())
	}
}

// pickyBox refuses each batch that holds a record of the action b.
type pickyBox struct{ *recordBox }

func (b *pickyBox) Append(ctx context.Context, records []waygate.CallRecord) error {
	for _, r := range records {
		if r.Action == "b" {
			return errors.New("not this one")
		}
	}
	return b.recordBox.Append(ctx, records)
}

// TestRecorderPatience shows that a store which is down is not asked again by
// every call.
func TestRecorderPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := true
		times := map[time.Time]bool{}
		b := newRecordBox(func(context.Context, int) error {
			if broken {
				times[time.Now()] = true // one writing can try several batches
				return errors.New("down")
			}
			return nil
		})
		_, acme := boxed(t, b)
		for range 300 {
			calls(t, acme, 1)
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(times); n > 4 {
			t.Errorf("tried %d times within 3 s", n)
		}
		broken = false
	})
}

// TestSlowStoreIsNoFailure shows that a writer which can't write all in its time
// breaks no batch off, and that the next call goes on at once; also one that
// waits for somebody else's writing.
func TestSlowStoreIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, flushes := range map[string]bool{"alone": false, "beside a flush": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broken := false
				b := newRecordBox(func(ctx context.Context, n int) error {
					select {
					case <-ctx.Done():
						broken = true
						return ctx.Err()
					case <-time.After(300 * time.Millisecond):
						return nil
					}
				})
				gw, acme := boxed(t, b)
				calls(t, acme, 2_500)
				other := connect(t, gw, "other", "api", pat)
				calls(t, other, 2_500)
				start := time.Now()
				var flushed chan error
				if flushes {
					flushed = make(chan error, 1)
					go func() { flushed <- gw.Flush(t.Context()) }()
				}
				for {
					time.Sleep(10 * time.Millisecond)
					synctest.Wait()
					if _, records, _, _ := b.counts(); records >= 5_000 {
						break
					}
					if time.Since(start) > 4*time.Second {
						t.Fatal("the records aren't written")
					}
					calls(t, other, 1)
				}
				if took := time.Since(start); took > 2*time.Second || broken {
					t.Errorf("the records took %s; a batch was broken off: %t", took, broken)
				}
				if flushes {
					must(t, <-flushed)
				}
				must(t, gw.Flush(t.Context()))
			})
		})
	}
}

// TestLargeRecords shows that a batch which takes longer than a writer has is
// tried in smaller ones, until they are written in time.
func TestLargeRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &heavyBox{newRecordBox(nil)}
		_, acme := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) { c.Records = b })
		calls(t, acme, 1_000)
		for range 10 {
			time.Sleep(2 * time.Second)
			calls(t, acme, 1)
		}
		if _, records, twice, most := b.counts(); records < 1_000 || twice != 0 || most < 100 {
			t.Errorf("%d records, %d of them twice, at most %d at once", records, twice, most)
		}
	})
}

// heavyBox takes 3 ms for each record: no batch ends just when a writer's second is over.
type heavyBox struct{ *recordBox }

func (b *heavyBox) Append(ctx context.Context, records []waygate.CallRecord) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(len(records)) * 3 * time.Millisecond):
		return b.recordBox.Append(ctx, records)
	}
}

// TestWriterOutlivesItsCallBriefly shows that the writer of an ended call ends
// within a second, if the store heeds its ctx.
func TestWriterOutlivesItsCallBriefly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var ended time.Duration
		b := newRecordBox(func(ctx context.Context, n int) error {
			if n == 1 {
				<-ctx.Done()
				ended = time.Since(start)
				return ctx.Err()
			}
			return nil
		})
		gw, acme := boxed(t, b)
		calls(t, acme, 100)
		must(t, gw.Shutdown(t.Context()))
		if ended != time.Second {
			t.Errorf("the writer ended after %s", ended)
		}
		if _, records, twice, _ := b.counts(); records != 100 || twice != 0 {
			t.Errorf("%d records, %d of them twice", records, twice)
		}
	})
}

// TestOneRecordPerCall shows that each call has one record, however it ends, and
// what it says.
func TestOneRecordPerCall(t *testing.T) {
	t.Parallel()
	nested := waygate.ActionFunc(waygate.ActionInfo{ID: "outer"}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		if _, err := c.Invoke(ctx, "a", nil); err != nil {
			return nil, err
		}
		_, err := c.Invoke(ctx, "api.none", nil)
		return &waygate.Response{Value: []int{1, 2}}, errors.Join(err)
	})
	_, acme := ready(t, always(200, `{}`), api(get("a"), nested, waygate.ActionFunc(waygate.ActionInfo{ID: "bad"},
		func(context.Context, *waygate.Call) (*waygate.Response, error) { panic("its own trouble") })))
	_, err := acme.Invoke(t.Context(), "api.outer", nil)
	failure(t, err, waygate.KindUnresolved)
	_, err = acme.Invoke(t.Context(), "api.bad", nil)
	failure(t, err, waygate.KindConfig)
	list := recordsOf(t, acme)
	if len(list) != 4 {
		t.Fatalf("%d records", len(list))
	}
	byAction := map[string]waygate.CallRecord{}
	for _, r := range list {
		byAction[r.Action] = r
	}
	outer := byAction["outer"]
	if byAction["a"].Parent != outer.ID || byAction["api.none"].Parent != outer.ID || outer.Parent != "" || outer.Kind != waygate.KindUnresolved {
		t.Errorf("the records are %+v", list)
	}
	if r := byAction["a"]; !r.Succeeded() || r.Connection != "main" || r.Status != 200 || len(r.Attempts) != 1 || r.Attempts[0].Host != "api.example.com" || r.ResponseBytes != 2 {
		t.Errorf("the inner record is %+v", r)
	}
	stats, err := acme.Statistics(t.Context(), waygate.StatisticsQuery{})
	must(t, err)
	if stats.Calls != 4 || stats.Succeeded != 1 || stats.ByKind[waygate.KindUnresolved] != 2 || stats.ByKind[waygate.KindConfig] != 1 || stats.SuccessRate() != 0.25 {
		t.Errorf("statistics %+v", stats)
	}
	failed, err := acme.Records(t.Context(), waygate.RecordQuery{Failed: true, Kind: waygate.KindConfig})
	must(t, err)
	if len(failed.Records) != 1 || failed.Records[0].Action != "bad" {
		t.Errorf("filtered to %+v", failed.Records)
	}
	if (waygate.Statistics{}).SuccessRate() != 1 {
		t.Error("no calls are no success")
	}
}
