package waygate_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// TestPolling shows how often a store is polled that can't wake, and one that
// wakes for nothing all the time.
func TestPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		stop := p.run(p.gw)
		time.Sleep(10*time.Second + time.Millisecond)
		p.asked("Changes", 21)
		stop()
		time.Sleep(10 * time.Second)
		p.asked("Changes", 0)
	})
	synctest.Test(t, func(t *testing.T) {
		s := &sleepless{spyStore: newSpyStore(memory.New())}
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Store = s })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = gw.Run(ctx) }()
		synctest.Wait()
		if n := s.asks("Changes"); n > 10 {
			t.Errorf("polled %d times without a pause", n)
		}
	})
}

// sleepless wakes for nothing, a hundred times.
type sleepless struct {
	*spyStore
	woken atomic.Int32
}

func (s *sleepless) Wait(ctx context.Context) error {
	if s.woken.Add(1) > 100 {
		<-ctx.Done()
	}
	return ctx.Err()
}

// TestSlowToListen shows that a store which needs longer than a poll's interval
// to listen comes to it, and ends with Run if it doesn't.
func TestSlowToListen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowToListen{spyStore: newSpyStore(memory.New()), wake: make(chan struct{})}
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Store = s })
		for _, after := range []time.Duration{time.Second, 10*time.Second + 100*time.Millisecond} {
			ctx, cancel := context.WithCancel(t.Context())
			ran := make(chan error, 1)
			go func() { ran <- gw.Run(ctx) }()
			time.Sleep(after)
			if listens := after > 3*time.Second; s.listens.Load() != listens {
				t.Fatalf("after %s it listens: %t", after, !listens)
			} else if listens {
				_ = s.asks("Changes") // until now
				s.wake <- struct{}{}
				synctest.Wait()
				if n := s.asks("Changes"); n != 1 {
					t.Errorf("woken, it polled %d times", n)
				}
			}
			cancel()
			synctest.Wait()
			must(t, <-ran)
		}
	})
}

// slowToListen needs 3 seconds before its first answer.
type slowToListen struct {
	*spyStore
	listens atomic.Bool
	wake    chan struct{}
}

func (s *slowToListen) Wait(ctx context.Context) error {
	if !s.listens.Load() {
		select {
		case <-time.After(3 * time.Second):
			s.listens.Store(true)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-s.wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestUnwatchable shows that Run does the rest of its work over a store that
// can't be watched.
func TestUnwatchable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		log, logs := logged(zapcore.WarnLevel)
		gw, acme := ready(t, always(200, `{}`), api(get("a")), log, func(c *waygate.Config) { c.Store = madeUp{s} })
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- gw.Run(ctx) }()
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		failure(t, err, waygate.KindConfig) // a connection without a credential
		time.Sleep(1100 * time.Millisecond)
		page, err := s.Records().List(t.Context(), "acme", waygate.RecordQuery{})
		must(t, err)
		if len(page.Records) != 1 {
			t.Errorf("%d records were written", len(page.Records))
		}
		if n := logs.FilterMessageSnippet("watch").Len(); n != 0 {
			t.Errorf("%d lines tell of a watch that there isn't", n)
		}
		cancel()
		must(t, <-ran)
	})
}

// logged makes a gateway log into what it returns.
func logged(level zapcore.Level) (func(c *waygate.Config), *observer.ObservedLogs) {
	core, logs := observer.New(level)
	return func(c *waygate.Config) { c.Logger = zap.New(core) }, logs
}

// TestWatchLogsOnce shows that an outage of the watch is logged once, the next one
// again, and the end of Run not at all.
func TestWatchLogsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, logs := logged(zapcore.WarnLevel)
		p := newPair(t, log)
		stop := p.run(p.gw)
		for want := range 3 {
			if got := logs.FilterMessageSnippet("watch").Len(); got != want {
				t.Errorf("%d lines after %d outages", got, want)
			}
			p.store.fail("Changes")
			time.Sleep(10 * time.Second)
			p.store.hook(nil)
			time.Sleep(10 * time.Second)
		}
		p.store.hang("Changes")
		time.Sleep(600 * time.Millisecond)
		stop()
		if got := logs.FilterMessageSnippet("watch").Len(); got != 3 {
			t.Errorf("%d lines after 3 outages and the end of Run", got)
		}
	})
}
