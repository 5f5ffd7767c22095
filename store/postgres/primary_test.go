package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// TestPromotionsAtOnce: of 1,000 promotions at once by two processes each succeeds, and every reader sees exactly one
// primary connection at every moment.
func TestPromotionsAtOnce(t *testing.T) {
	t.Parallel()
	const promotions, connections = 1000, 20
	dsn := newDatabase(t)
	wide := func(c *pgxpool.Config) { c.MaxConns = 16 }
	stores := []*postgres.Store{postgres.New(openPool(t, dsn, wide)), postgres.New(openPool(t, dsn, wide))}
	watch := openPool(t, dsn)
	migrate(t, watch)
	for i := range connections {
		if _, err := stores[0].Connections().Insert(t.Context(), connection(fmt.Sprint("c", i)), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	var looks atomic.Int64
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() { lookForPrimary(t, watch, done, &looks) })
	}
	for i := range promotions {
		writers.Go(func() {
			id := fmt.Sprint("con_c", i*7%connections)
			if err := stores[i%2].Connections().SetPrimary(t.Context(), "acme", id, nil); err != nil {
				t.Errorf("SetPrimary: %v", err)
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if looks.Load() < 100 {
		t.Errorf("the readers looked %d times, want at least 100", looks.Load())
	}
}

// lookForPrimary looks, until done, by SQL and through a store.
func lookForPrimary(t *testing.T, pool *pgxpool.Pool, done <-chan struct{}, looks *atomic.Int64) {
	s := postgres.New(pool)
	for {
		select {
		case <-done:
			return
		default:
		}
		var n int
		err := pool.QueryRow(context.Background(), "SELECT count(*) FROM waygate.connections WHERE is_primary").Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%d primary connections, want 1 (error %v)", n, err)
			return
		}
		c, _, err := s.Connections().Find(context.Background(), "acme", "github", "")
		if err != nil || !c.Primary {
			t.Errorf("Find gave %q, primary %t, error %v", c.ID, c.Primary, err)
			return
		}
		looks.Add(1)
	}
}

// TestMixedChangesAtOnce: all that moves primary places and shares credentials, at once and in every order of locks,
// fails with documented errors only and leaves one primary connection where any is active.
func TestMixedChangesAtOnce(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	ctx := t.Context()
	for i, integration := range []string{"github", "slack", "github", "slack", "github", "slack"} {
		c := connection(fmt.Sprint("c", i))
		c.Integration = integration
		if _, err := s.Connections().Insert(ctx, c, credential(fmt.Sprint(i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				if err := mixedChange(ctx, s, worker*31+i*7); err != nil && !isDocumented(err) {
					t.Errorf("worker %d, change %d: %v", worker, i, err)
				}
			}
		})
	}
	all.Wait()
	if n := value[int](t, pool, `SELECT count(*) FROM (SELECT integration FROM waygate.connections GROUP BY integration
		HAVING bool_or(status = 'active') AND count(*) FILTER (WHERE is_primary) <> 1) AS wrong`); n != 0 {
		t.Errorf("%d integrations without one primary connection", n)
	}
	if n := value[int](t, pool, `SELECT count(*) FROM waygate.credentials k WHERE NOT EXISTS
		(SELECT FROM waygate.connections c WHERE c.tenant = k.tenant AND c.credential_id = k.id)`); n != 0 {
		t.Errorf("%d credentials that no connection uses", n)
	}
}

// mixedChange does one of many things to one of six connections and their credentials.
func mixedChange(ctx context.Context, s *postgres.Store, n int) error {
	slug := fmt.Sprint("c", n%6)
	c, cred, err := s.Connections().Find(ctx, "acme", []string{"github", "slack"}[n%2], slug)
	if err != nil {
		c = connection(slug)
		c.Integration = []string{"github", "slack"}[n%2]
		c.CredentialID = fmt.Sprint("crd_", (n/6)%6)
		if _, err = s.Connections().Insert(ctx, c, nil, nil); err == nil {
			return nil
		}
		_, err = s.Connections().Insert(ctx, c, credential(fmt.Sprint((n/6)%6)), nil)
		return err
	}
	switch (n / 6) % 5 {
	case 0:
		return s.Connections().SetPrimary(ctx, "acme", c.ID, nil)
	case 1:
		c.CredentialID = fmt.Sprint("crd_", (n/3)%6)
		_, err = s.Connections().Update(ctx, c, nil)
	case 2:
		c.Status = []waygate.Status{waygate.StatusActive, waygate.StatusDisabled}[n%2]
		_, err = s.Connections().Update(ctx, c, nil)
	case 3:
		cred.Status = []waygate.CredentialStatus{waygate.CredentialActive, waygate.CredentialRevoked}[n/2%2]
		_, err = s.Credentials().Save(ctx, *cred, nil)
	default:
		err = s.Connections().Delete(ctx, "acme", c.ID, nil)
	}
	return err
}

// TestSharedCredentialLeftByTwo: when the last two connections that use a credential go at once, it goes with them.
func TestSharedCredentialLeftByTwo(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	ctx := t.Context()
	link := connection("link")
	link.Integration, link.CredentialID = "slack", "crd_main"
	_, err := s.Connections().Insert(ctx, connection("main"), credential("main"), nil)
	_, err2 := s.Connections().Insert(ctx, link, nil, nil)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	tx := begin(t, pool)
	if err := postgres.New(tx).Connections().Delete(ctx, "acme", "con_main", nil); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Connections().Delete(context.Background(), "acme", "con_link", nil) }()
	waitFor(t, pool, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Delete: %v", err)
	}
	if _, err := s.Credentials().Get(ctx, "acme", "crd_main"); !errors.Is(err, waygate.ErrUnresolved) {
		t.Errorf("Get: %v, want ErrUnresolved: nobody uses it any more", err)
	}
}
