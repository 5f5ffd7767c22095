package waygate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Bounds of the records held in memory.
const (
	recordBatch   = 100
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
	turn    chan struct{}  // holds a token for the one who writes
	writers sync.WaitGroup // the goroutine of write

	mu      sync.Mutex // guards what follows
	held    []CallRecord
	tenants map[string]int // how many of held are whose
	oldest  time.Time      // when the first of held came
	started bool           // write runs
	pause   time.Time      // after a failure, no new try before
}

func newRecorder(cfg Config) *recorder {
	r := &recorder{store: cfg.Records, log: cfg.Logger, now: cfg.Now,
		turn: make(chan struct{}, 1), tenants: map[string]int{}}
	r.turn <- struct{}{}
	return r
}

// add takes a record, and starts the writer if a batch is full or old.
func (r *recorder) add(rec CallRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		r.oldest = r.now()
	}
	r.hold(rec)
	now := r.now()
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
	err := r.flush(ctx)
	r.mu.Lock()
	r.started = false
	if err != nil {
		r.pause = r.now().Add(recordAge)
	}
	r.mu.Unlock()
	if err != nil {
		r.log.Warn("waygate: records could not be written, they are kept for the next try", zap.Error(err))
	}
}

// flush writes what is held, batch by batch. What can't be written is held
// again.
func (r *recorder) flush(ctx context.Context) error {
	select {
	case <-r.turn:
		defer func() { r.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		batch := r.take()
		if len(batch) == 0 {
			return nil
		}
		if err := r.append(ctx, batch); err != nil {
			r.giveBack(batch)
			return err
		}
	}
}

// append contains a panic of the host's store.
func (r *recorder) append(ctx context.Context, batch []CallRecord) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the record store panicked")
		}
	}()
	return r.store.Append(ctx, batch)
}

// take removes the oldest batch.
func (r *recorder) take() []CallRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.held), recordBatch)
	batch := r.held[:n:n]
	r.held = r.held[n:]
	if len(r.held) == 0 {
		r.held = nil
	}
	for _, rec := range batch {
		if r.tenants[rec.Tenant]--; r.tenants[rec.Tenant] == 0 {
			delete(r.tenants, rec.Tenant)
		}
	}
	return batch
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
