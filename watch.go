package waygate

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// How long what was read from the store is believed.
const (
	believed      = time.Second     // without a live watch
	watchLive     = 2 * time.Second // a watch that was answered within this time is live
	watchInterval = 500 * time.Millisecond
	watchPause    = 50 * time.Millisecond // between two polls, if
	watchIdle     = 8                     // of them told nothing
	followTimeout = 30 * time.Second      // to read what was saved elsewhere
)

// watch follows, while Run polls, what other processes change in the store.
// What was read since it began is believed as long as it is live: what changed
// is forgotten.
type watch struct {
	store WatchStore  // nil if the store can't tell
	wake  WakingStore // nil if it can't say so at once
	now   func() time.Time
	// changed and reset forget what was read.
	changed func(Change)
	reset   func()
	// begun is told that what changed before isn't known.
	begun func()
	// follow is run after each poll.
	follow func(context.Context) error

	begins atomic.Int64 // of watches so far, each of which is told what changed since
	live   atomic.Int64 // the number of the one that goes on; 0 while nothing is watched
	seen   atomic.Int64 // when it was last answered, in Unix nanoseconds

	mu     sync.Mutex // guards cursor, over one poll at a time
	cursor string
	idle   int // polls in a row that told nothing
}

// reading is when the store was asked for something, and during which watch.
type reading struct {
	at    time.Time
	watch int64 // 0 if there was none
}

func (w *watch) reading() reading { return reading{w.now(), w.live.Load()} }

// watched says whether what was read then would have been told of, had it changed.
func (w *watch) watched(r reading) bool { return r.watch != 0 && r.watch == w.live.Load() }

// believes says whether what was read then can be used without asking again.
func (w *watch) believes(r reading) bool {
	now := w.now()
	return now.Sub(r.at) < believed || w.watched(r) && now.UnixNano()-w.seen.Load() <= int64(watchLive)
}

// known is when what was read then was last known to be so.
func (w *watch) known(r reading) time.Time {
	if seen := time.Unix(0, w.seen.Load()); w.watched(r) && seen.After(r.at) {
		return seen
	}
	return r.at
}

// poll asks what changed. The first time it only learns where to begin.
func (w *watch) poll(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	began := w.now()
	page, err := w.store.Changes(ctx, w.cursor)
	if errors.Is(err, ErrInvalidInput) { // of another time of the store, which was restored
		w.live.Store(0)
		w.cursor = ""
	}
	if err != nil {
		return err
	}
	for _, c := range page.Changes {
		w.changed(c)
	}
	first := w.cursor == ""
	if w.idle++; len(page.Changes) > 0 {
		w.idle = 0
	}
	w.cursor = page.Cursor
	if first {
		w.begun()
	}
	if page.Reset {
		w.reset()
	}
	w.seen.Store(began.UnixNano())
	if first || page.Reset {
		w.live.Store(w.begins.Add(1))
	}
	return nil
}

// stop ends the watch: what is read from now on is believed for its own time.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live.Store(0)
	w.cursor = ""
}

// run polls until ctx ends.
func (w *watch) run(ctx context.Context, log *zap.Logger) {
	if w.store == nil {
		return
	}
	defer w.stop()
	ctx, cancel := context.WithCancel(ctx)
	woken := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() { w.listen(ctx, woken) })
	defer func() { // also if the host's store ends the goroutine
		cancel()
		listening.Wait()
	}()
	for failed := false; ctx.Err() == nil; {
		err := w.look(ctx)
		if err != nil && ctx.Err() == nil && !failed { // once for each outage
			log.Warn("waygate: the store can't be watched: what changes elsewhere is seen on next use", zap.Error(err))
		}
		failed = err != nil
		w.wait(ctx, woken, failed)
	}
}

// listen tells woken whenever the store says that something may have changed,
// until ctx ends. The store has all that time for one answer: to connect, too.
func (w *watch) listen(ctx context.Context, woken chan<- struct{}) {
	for w.wake != nil && ctx.Err() == nil {
		tell, pause := woken, (<-chan time.Time)(nil)
		if !w.woken(ctx) { // nothing to tell, but to try again
			tell, pause = nil, time.After(watchInterval)
		}
		select {
		case tell <- struct{}{}:
		case <-pause:
		case <-ctx.Done():
		}
	}
}

// look polls, and does what follows; a panic of the store's is contained.
func (w *watch) look(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindStore, "", "the store panicked: %v", p)
		}
	}()
	if err := w.poll(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	return w.follow(ctx)
}

// wait ends after the interval, or earlier if the store says that something
// changed and the last poll didn't fail.
func (w *watch) wait(ctx context.Context, woken <-chan struct{}, failed bool) {
	interval, cancel := context.WithTimeout(ctx, watchInterval)
	defer cancel()
	began := time.Now()
	if failed {
		woken = nil
	}
	select {
	case <-woken:
	case <-interval.Done():
		return
	}
	w.mu.Lock()
	idle := w.idle
	w.mu.Unlock()
	if idle < watchIdle {
		return
	}
	select { // it comes for nothing, again and again
	case <-time.After(watchPause - time.Since(began)):
	case <-interval.Done():
	}
}

// woken says that something may have changed; a panic of the store's says nothing.
func (w *watch) woken(ctx context.Context) (woken bool) {
	defer func() { _ = recover() }()
	return w.wake != nil && w.wake.Wait(ctx) == nil
}

// changed forgets what somebody changed in the store.
func (g *Gateway) changed(c Change) {
	switch c.Kind {
	case ChangeConnection, ChangeCredential:
		g.cache.forget(c.Tenant, c.Integration)
	case ChangeDefinition:
		g.saved.changed(c.ID)
	case ChangeVariable:
		g.variables.forget(c.Tenant)
	case ChangeTenant:
		g.variables.forget(c.Tenant)
		g.cache.forgetIf(func(key groupKey, _ *connectionGroup) bool { return key.tenant == c.Tenant })
	}
}

// forgetAll is for a watch that may have missed something.
func (g *Gateway) forgetAll() {
	g.cache.forgetIf(func(groupKey, *connectionGroup) bool { return true })
	g.saved.changedAll()
	g.variables.forgetAll()
}
