package postgres_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// listening is the option to listen at a server; none without a DSN.
func listening(dsn string) postgres.Option {
	if dsn == "" {
		return nil
	}
	return postgres.Listen(func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, dsn) })
}

// wakes is a store that listens, with its schema's changes made through PgBouncer by another.
type wakes struct {
	store, other *postgres.Store
	opened       *atomic.Int64
}

// listenerSQL is what the server knows the listening connection by.
const listenerSQL = "datname = current_database() AND application_name = 'listener'"

// newWakes waits once, so that it listens.
func newWakes(t *testing.T) (w wakes, dsn string) {
	t.Helper()
	dsn = newDatabase(t)
	pool, opened := openPool(t, dsn), &atomic.Int64{}
	migrate(t, pool)
	listen := postgres.Listen(func(ctx context.Context) (*pgx.Conn, error) {
		opened.Add(1)
		return pgx.Connect(ctx, dsn+"&application_name=listener")
	})
	bounced := openPool(t, throughBouncer(t, dsn), mode(pgx.QueryExecModeExec))
	w = wakes{postgres.New(pool, listen), postgres.New(bounced, listen), opened}
	if err := w.wait(t, time.Minute); err != nil {
		t.Fatalf("the first Wait: %v, want nil: it can't know what changed before", err)
	}
	return w, dsn
}

func (w wakes) wait(t *testing.T, most time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	return w.store.Wait(ctx)
}

func (w wakes) change(t *testing.T, s *postgres.Store, id string) {
	t.Helper()
	if _, err := s.Definitions().Put(t.Context(), waygate.StoredDefinition{ID: id}, 0, nil); err != nil {
		t.Fatal(err)
	}
}

// TestWaitEndsWithACommit of another process's, whose statements go through PgBouncer; before it and after it is quiet.
func TestWaitEndsWithACommit(t *testing.T) {
	t.Parallel()
	w, dsn := newWakes(t)
	quiet := func(when string) {
		t.Helper()
		if err := w.wait(t, 100*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s Wait: %v, want the end of its ctx", when, err)
		}
	}
	quiet("at first")
	w.change(t, w.other, "api")
	w.change(t, w.other, "other")
	if err := w.wait(t, time.Minute); err != nil {
		t.Errorf("Wait after a change: %v", err)
	}
	pool := openPool(t, dsn)
	tx := begin(t, pool)
	listens := listening(dsn)
	w.change(t, postgres.New(tx, listens), "third")
	_ = w.wait(t, 50*time.Millisecond) // what "other" left, if it came apart from the first
	quiet("before a commit")
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.wait(t, time.Minute); err != nil {
		t.Errorf("Wait after a commit: %v", err)
	}
	undone := begin(t, pool)
	w.change(t, postgres.New(undone, listens), "fourth")
	if err := undone.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	quiet("after a rollback")
	if n := w.opened.Load(); n != 1 {
		t.Errorf("%d connections were opened, want 1: the one who changes needs none, and the other keeps its own", n)
	}
}

// TestManyWait on one connection: a change wakes all of them.
func TestManyWait(t *testing.T) {
	t.Parallel()
	w, _ := newWakes(t)
	const many = 8
	var all sync.WaitGroup
	var woken atomic.Int64
	for range many {
		all.Go(func() {
			if err := w.wait(t, time.Minute); err != nil {
				t.Errorf("Wait: %v", err)
			}
			woken.Add(1)
		})
	}
	changes := 0
	for ; woken.Load() < many && changes < 2*many; changes++ { // who begins to wait after a change waits for the next
		time.Sleep(100 * time.Millisecond)
		w.change(t, w.other, "api-"+string(rune('a'+changes)))
		time.Sleep(100 * time.Millisecond)
	}
	all.Wait()
	if changes >= many {
		t.Errorf("%d who waited took %d changes to wake, want fewer: one wakes all", many, changes)
	}
	if n := w.opened.Load(); n != 1 {
		t.Errorf("%d connections were opened, want 1", n)
	}
}

// TestWaitListensAgain after its connection broke.
func TestWaitListensAgain(t *testing.T) {
	t.Parallel()
	w, dsn := newWakes(t)
	pool := openPool(t, dsn)
	exec(t, pool, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "+listenerSQL)
	if err := w.wait(t, time.Minute); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait on a connection that broke: %v, want its error", err)
	}
	if err := w.wait(t, time.Minute); err != nil {
		t.Errorf("Wait after that: %v, want nil: it can't know what changed meanwhile", err)
	}
	w.change(t, w.other, "api")
	if err := w.wait(t, time.Minute); err != nil {
		t.Errorf("Wait after a change: %v", err)
	}
}

// TestWaitWithoutListen blocks, and opens nothing.
func TestWaitWithoutListen(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait: %v, want the end of its ctx", err)
	}
	conn := errors.New("no connection today")
	broken := postgres.New(pool, postgres.Listen(func(context.Context) (*pgx.Conn, error) { return nil, conn }))
	if err := broken.Wait(t.Context()); !errors.Is(err, conn) {
		t.Errorf("Wait: %v, want what Listen's function said", err)
	}
	nothing := postgres.New(pool, postgres.Listen(func(context.Context) (*pgx.Conn, error) { return nil, nil }))
	if err := nothing.Wait(t.Context()); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("Wait: %v, want ErrConfig", err)
	}
}

// TestListenerIsClosed a while after the last Wait.
func TestListenerIsClosed(t *testing.T) {
	t.Parallel()
	_, dsn := newWakes(t)
	waitFor(t, openPool(t, dsn), "SELECT 1 - count(*) FROM pg_stat_activity WHERE "+listenerSQL)
}
