package waygate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// lifecycle counts what is under way, so that Shutdown can wait for it.
type lifecycle struct {
	running atomic.Bool // Run is

	mu       sync.Mutex // guards what follows
	inFlight int
	streams  int // of those in flight
	closed   bool
	idle     chan struct{} // closed when the last one ends after Shutdown began
}

// begin counts one in; after Shutdown it is refused.
func (l *lifecycle) begin(op string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errorf(KindConfig, op, "the gateway was shut down: make a new one")
	}
	l.inFlight++
	return nil
}

func (l *lifecycle) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if l.closed && l.inFlight == 0 {
		close(l.idle)
	}
}

// streaming notes that one that began goes on as a stream; endStream ends it.
func (l *lifecycle) streaming() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams++
}

func (l *lifecycle) endStream() {
	l.mu.Lock()
	l.streams--
	l.mu.Unlock()
	l.end()
}

// pending says what Shutdown still waits for.
func (l *lifecycle) pending() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf("%d still under way", l.inFlight)
	if l.streams > 0 {
		text += fmt.Sprintf(", of which %d are streams that nobody has closed: close each Result.Stream, or end the ctx of its call and then close it", l.streams)
	}
	return text
}

// close refuses what comes later and returns what to wait for.
func (l *lifecycle) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed, l.idle = true, make(chan struct{})
		if l.inFlight == 0 {
			close(l.idle)
		}
	}
	return l.idle
}

// begin starts a method that is not a call.
func (g *Gateway) begin(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return newError(kindOf(ctx, err, KindCanceled), op, err)
	}
	return g.life.begin(op)
}

// runInterval is how often Run writes records, and retentionInterval how often
// it removes old ones; idleInterval how often it forgets connections that nobody
// uses.
const (
	runInterval       = time.Second
	retentionInterval = time.Hour
	idleInterval      = time.Minute
)

// Run does the gateway's work beside the calls, until ctx ends: it writes
// records within a second, removes those older than Config.Retention, follows
// what other processes change in the store, so that calls needn't ask, and renews
// tokens that are near their expiry, or would die unused. It
// returns nil when ctx ends; to run it twice at once is [ErrConfig]. Calls work
// without it, see [Gateway.Flush].
func (g *Gateway) Run(ctx context.Context) error {
	if !g.life.running.CompareAndSwap(false, true) {
		return errorf(KindConfig, "run", "Run runs already: once is enough for a gateway")
	}
	defer g.life.running.Store(false)
	if err := g.life.begin("run"); err != nil {
		return err
	}
	g.life.end() // Run itself doesn't keep Shutdown waiting
	write, idle, expire := time.NewTicker(runInterval), time.NewTicker(idleInterval), time.NewTicker(retentionInterval)
	defer write.Stop()
	defer idle.Stop()
	defer expire.Stop()
	var watching sync.WaitGroup
	watching.Go(func() { g.watch.run(ctx, g.cfg.Logger) })
	watching.Go(func() { g.renewing(ctx) })
	defer watching.Wait()
	g.expireRecords(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-write.C:
			if err := g.recorder.flush(ctx); err != nil && ctx.Err() == nil {
				g.cfg.Logger.Warn("waygate: records could not be written", zap.Error(err))
			}
		case <-idle.C:
			g.cache.forgetIdle()
		case <-expire.C:
			g.expireRecords(ctx)
		}
	}
}

func (g *Gateway) expireRecords(ctx context.Context) {
	if g.cfg.Retention == 0 {
		return
	}
	n, err := g.cfg.Records.Expire(ctx, g.cfg.Now().Add(-g.cfg.Retention))
	if err != nil && ctx.Err() == nil {
		g.cfg.Logger.Warn("waygate: old records could not be removed", zap.Error(err))
	}
	if n > 0 {
		g.cfg.Logger.Debug("waygate: old records removed", zap.Int("records", n))
	}
}

// Flush writes the records that are still held in memory. Without Run they wait
// until a later call hands them on: when 100 are there, or one is a second old.
func (g *Gateway) Flush(ctx context.Context) error {
	if err := g.recorder.flush(ctx); err != nil {
		return storeError(ctx, "flush", err)
	}
	return nil
}

// DroppedRecords is how many records were dropped because the store couldn't
// keep up: at most 10,000 are held, a quarter of them for one tenant.
func (g *Gateway) DroppedRecords() int64 { return g.recorder.dropped.Load() }

// Shutdown refuses later calls with [ErrConfig], waits for calls and refreshes
// in flight, writes the records that are held, and closes idle connections. If
// ctx ends first, the rest is still done as far as it goes; the error is ctx's, and
// its text says how much was waited for. End Run's ctx apart from it.
//
// A stream is in flight until [Result.Stream] is closed, read to its end or not: one
// that nobody closes keeps Shutdown waiting for as long as ctx lasts. Give ctx a
// timeout.
func (g *Gateway) Shutdown(ctx context.Context) error {
	var waiting error
	select {
	case <-g.life.close():
	case <-ctx.Done():
		waiting = newError(kindOf(ctx, ctx.Err(), KindCanceled), "shutdown", fmt.Errorf("%s: %w", g.life.pending(), ctx.Err()))
	}
	if err := g.tokens.Shutdown(ctx); err != nil && waiting == nil {
		waiting = newError(kindOf(ctx, err, KindCanceled), "shutdown", fmt.Errorf("a refresh is still under way: %w", err))
	}
	err := g.recorder.close(ctx)
	g.transport.CloseIdleConnections()
	switch {
	case waiting != nil:
		return waiting
	case err != nil:
		return storeError(ctx, "shutdown", err)
	}
	return nil
}
