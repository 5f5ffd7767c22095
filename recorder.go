package waygate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Bounds of the records held in memory.
const (
	recordBatch   = 100   // that start the writer
	recordRoom    = 128   // of the list: a batch, and what ends while its writer starts
	recordLargest = 1_000 // written at once: a busy process waits long for each answer, however little it asked
	recordAge     = time.Second
	recordWriting = time.Second // that a writer may outlive its call
	recordMost    = 10_000
	recordShare   = recordMost / 4 // of one tenant
)

// recorder holds ended calls until they are written. Adding never waits for the
// store.
type recorder struct {
	store   RecordStore
	log     *zap.Logger
	now     func() time.Time
	dropped atomic.Int64
	turn    chan struct{}  // holds a token for the one who writes, who has largest too
	largest int            // that was written at once in time, or may be tried
	writers sync.WaitGroup // the goroutine of write

	mu      sync.Mutex // guards what follows
	held    []CallRecord
	tenants map[string]int // how many of held are whose
	oldest  time.Time      // when the first of held came
	started bool           // write runs
	pause   time.Time      // after a failure, no new try before
	refused string         // the record that failed alone
	written bool           // something was, since then
}

func newRecorder(cfg Config) *recorder {
	r := &recorder{store: cfg.Records, log: cfg.Logger, now: cfg.Now,
		turn: make(chan struct{}, 1), largest: recordLargest, tenants: map[string]int{}}
	r.turn <- struct{}{}
	return r
}

// add takes a record, and starts the writer if a batch is full or old.
func (r *recorder) add(rec CallRecord) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		r.oldest = now
		if cap(r.held) == 0 {
			r.held = make([]CallRecord, 0, recordRoom)
		}
	}
	r.hold(rec)
	if r.started || now.Before(r.pause) || len(r.held) < recordBatch && now.Sub(r.oldest) < recordAge {
		return
	}
	r.started = true
	r.writers.Go(r.write)
}

// hold keeps a record if there is room for it; mu is held.
func (r *recorder) hold(rec CallRecord) {
	if len(r.held) >= recordMost || r.tenants[rec.Tenant] >= recordShare {
		r.dropped.Add(1)
		return
	}
	r.held = append(r.held, rec)
	r.tenants[rec.Tenant]++
}

// write is the gateway's one short-lived goroutine.
func (r *recorder) write() {
	ctx, cancel := context.WithTimeout(context.Background(), recordWriting)
	defer cancel()
	failed := true
	defer func() { // also if the host's store ends the goroutine
		r.mu.Lock()
		defer r.mu.Unlock()
		r.started = false
		if failed {
			r.pause = r.now().Add(recordAge)
		}
	}()
	soon, stop := context.WithTimeout(ctx, recordWriting/2) // so that what is begun then can end
	defer stop()
	err := r.flushUntil(ctx, soon)
	failed = err != nil
	if failed {
		r.log.Warn("waygate: records could not be written, they are kept for the next try", zap.Error(err))
	}
}

// flush writes what is held when it begins, batch by batch. What can't be
// written is held again, and tried in smaller batches, so that one record that
// the store refuses doesn't keep the others.
func (r *recorder) flush(ctx context.Context) error { return r.flushUntil(ctx, ctx) }

// flushUntil is flush that begins no batch after soon has ended. The rest isn't
// a failure, unless ctx has ended too.
func (r *recorder) flushUntil(ctx, soon context.Context) error {
	select {
	case <-r.turn:
		defer func() { r.turn <- struct{}{} }()
	case <-soon.Done():
		return ctx.Err()
	}
	size := r.largest
	for left := r.len(); left > 0; {
		if soon.Err() != nil {
			return ctx.Err()
		}
		batch := r.take(min(size, left))
		if len(batch) == 0 {
			break
		}
		err := r.append(ctx, batch)
		switch {
		case err == nil:
			left -= len(batch)
			if len(batch) == r.largest {
				r.largest = min(r.largest+recordBatch/10, recordLargest)
			}
			size = min(2*size, r.largest)
		case ctx.Err() != nil:
			r.largest = max(len(batch)/2, recordBatch)
			return err
		case len(batch) > 1:
			size = len(batch) / 2
		case r.refuses(batch[0]):
			left--
		default:
			return err
		}
	}
	return nil
}

// refuses is told of a record that failed alone: the store may be down, or may
// not take this one. The second time, if others were written in between, it is
// dropped and counted; before, the others go ahead of it.
func (r *recorder) refuses(rec CallRecord) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused == rec.ID && r.written {
		r.log.Warn("waygate: the store refuses a record, it is dropped", zap.String("call", rec.ID))
		r.forget(rec.ID)
		return true
	}
	if len(r.held) > 1 {
		r.held = append(r.held[1:len(r.held):len(r.held)], r.held[0])
	}
	r.refused, r.written = rec.ID, false
	return false
}

// forget drops a record that is held; mu is held.
func (r *recorder) forget(id string) {
	for i, rec := range r.held {
		if rec.ID == id {
			r.held = slices.Delete(slices.Clone(r.held), i, i+1)
			r.uncount(rec)
			r.dropped.Add(1)
			return
		}
	}
}

// append writes a batch, or holds it again: also if the host's store panics or
// ends the goroutine.
func (r *recorder) append(ctx context.Context, batch []CallRecord) (err error) {
	done := false
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the record store panicked")
		}
		if !done {
			r.giveBack(batch)
		}
	}()
	if err := r.store.Append(ctx, batch); err != nil {
		return err
	}
	done = true
	r.mu.Lock()
	r.written = true
	r.mu.Unlock()
	return nil
}

func (r *recorder) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held)
}

// take removes the n oldest, or as many as there are.
func (r *recorder) take(n int) []CallRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = min(n, len(r.held))
	batch := r.held[:n:n]
	r.held = r.held[n:]
	if len(r.held) == 0 {
		r.held = nil
	}
	for _, rec := range batch {
		r.uncount(rec)
	}
	return batch
}

// uncount takes a record off its tenant's share; mu is held.
func (r *recorder) uncount(rec CallRecord) {
	if r.tenants[rec.Tenant]--; r.tenants[rec.Tenant] == 0 {
		delete(r.tenants, rec.Tenant)
	}
}

// giveBack holds a batch again, as far as there is room.
func (r *recorder) giveBack(batch []CallRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	newer := r.held
	r.held, r.tenants = nil, map[string]int{}
	for _, list := range [][]CallRecord{batch, newer} {
		for _, rec := range list {
			r.hold(rec)
		}
	}
}

// close waits for the writer and writes the rest.
func (r *recorder) close(ctx context.Context) error {
	done := make(chan struct{})
	go func() { r.writers.Wait(); close(done) }() // at most recordWriting, if the store keeps to its ctx
	select {
	case <-done:
		return r.flush(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
