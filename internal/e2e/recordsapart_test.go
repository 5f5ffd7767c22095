package e2e_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/postgres"
)

// TestRecordsApart keeps records in a database of their own, and all else in memory or in another database: what reads,
// sums up, expires or purges records does so there, and nothing of them is where the rest is.
func TestRecordsApart(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(t *testing.T, p *place) waygate.Store{
		"all else in memory":           func(*testing.T, *place) waygate.Store { return memory.New() },
		"all else in another database": func(t *testing.T, p *place) waygate.Store { return postgres.New(p.pool(t, p.dsn)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, pgserver.Shared(t))
			rest := other(t, p)
			keepsApart(t, p, rest, recordsPool(t, p))
		})
	}
}

// recordsPool is a database for records, in a schema with another name than usual.
func recordsPool(t *testing.T, p *place) *pgxpool.Pool {
	t.Helper()
	dsn, err := pgserver.Shared(t).NewDatabase(t.Context())
	must(t, err)
	pool := p.pool(t, dsn)
	must(t, postgres.Migrate(t.Context(), pool, postgres.Schema("calls")))
	return pool
}

func keepsApart(t *testing.T, p *place, rest waygate.Store, pool *pgxpool.Pool) {
	t.Helper()
	records := postgres.New(pool, postgres.Schema("calls")).Records()
	long := time.Now().AddDate(0, -2, 0)
	must(t, records.Append(t.Context(), []waygate.CallRecord{{ID: "old", Tenant: "acme", Start: long}}))
	gw := p.gateway(t, p.dsn, func(c *waygate.Config) { c.Store, c.Records, c.Retention = rest, records, 30*24*time.Hour })
	ctx := t.Context()
	acme, globex := gw.Tenant("acme"), gw.Tenant("globex")
	for _, tenant := range []*waygate.Tenant{acme, globex} {
		_, err := tenant.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "one", Credential: auth.Token("token")})
		must(t, err)
		_, err = tenant.Invoke(ctx, "api.whoami", nil)
		must(t, err)
	}
	_, err := acme.Invoke(ctx, "api.none", nil)
	if !errors.Is(err, waygate.ErrUnresolved) {
		t.Fatalf("a call of nothing: %v", err)
	}
	running, cancel := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- gw.Run(running) }() // expires at its start
	for deadline := time.Now().Add(30 * time.Second); count(t, pool, "id = 'old'") > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what is older than Retention stays")
		}
	}
	cancel()
	must(t, <-ran)

	page, err := acme.Records(ctx, waygate.RecordQuery{})
	must(t, err)
	sum, err := acme.Statistics(ctx, waygate.StatisticsQuery{})
	must(t, err)
	if len(page.Records) != 2 || sum.Calls != 2 || sum.Succeeded != 1 {
		t.Errorf("%d records, statistics %+v; want 2 calls, of which one succeeded", len(page.Records), sum)
	}
	if apart, err := rest.Records().List(ctx, "acme", waygate.RecordQuery{}); err != nil || len(apart.Records) != 0 {
		t.Errorf("%d records are where the rest is, error %v", len(apart.Records), err)
	}
	purged, err := acme.Purge(ctx)
	must(t, err)
	if diff := cmp.Diff(waygate.Purged{Connections: 1, Credentials: 1, Records: 2}, purged); diff != "" {
		t.Errorf("purged: %s", diff)
	}
	if n, left := count(t, pool, "tenant = 'acme'"), count(t, pool, "tenant = 'globex'"); n != 0 || left != 1 {
		t.Errorf("after the purge %d records, and %d of the other tenant's; want 0 and 1", n, left)
	}
}

func count(t *testing.T, pool *pgxpool.Pool, condition string) (n int) {
	t.Helper()
	must(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM calls.records WHERE "+condition).Scan(&n))
	return n
}
