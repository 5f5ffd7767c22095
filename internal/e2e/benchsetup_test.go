package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// benchServer is a server as one would run it: a commit is on disk, and there is memory for what is read most.
func benchServer(b *testing.B) *pgserver.Server {
	b.Helper()
	s, err := pgserver.Start(context.Background(), pgserver.Options{Settings: map[string]string{
		"fsync": "on", "shared_buffers": "4GB", "max_wal_size": "8GB", "maintenance_work_mem": "512MB"}})
	must(b, err)
	b.Cleanup(func() { must(b, s.Stop()) })
	return s
}

// roundTrips counts what a pool asks its server: all, and what doesn't belong to the watch.
type roundTrips struct {
	all, calls atomic.Int64
	last       atomic.Pointer[pgx.TraceQueryStartData]
}

func (r *roundTrips) count(sql string) {
	r.all.Add(1)
	if !strings.Contains(sql, "change_horizon") {
		r.calls.Add(1)
	}
}

func (r *roundTrips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	r.count(d.SQL)
	r.last.Store(&d)
	return ctx
}

func (*roundTrips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TracePrepareStart counts a statement that has to be prepared first, unless the connection knows it.
func (r *roundTrips) TracePrepareStart(ctx context.Context, _ *pgx.Conn, d pgx.TracePrepareStartData) context.Context {
	r.count(d.SQL)
	return ctx
}

// TracePrepareEnd takes back what was known already.
func (r *roundTrips) TracePrepareEnd(_ context.Context, _ *pgx.Conn, d pgx.TracePrepareEndData) {
	if d.AlreadyPrepared {
		r.all.Add(-1)
		r.calls.Add(-1)
	}
}

// benchPlace is a database with the store's tables in it.
type benchPlace struct {
	pool  *pgxpool.Pool
	trips *roundTrips
	ring  *secret.Keyring
}

func newBenchPlace(b *testing.B, s *pgserver.Server, ring *secret.Keyring) *benchPlace {
	b.Helper()
	dsn, err := s.NewDatabase(context.Background())
	must(b, err)
	config, err := pgxpool.ParseConfig(dsn)
	must(b, err)
	p := &benchPlace{trips: &roundTrips{}, ring: ring}
	config.ConnConfig.Tracer = p.trips
	config.MaxConns = 8
	p.pool, err = pgxpool.NewWithConfig(context.Background(), config)
	must(b, err)
	b.Cleanup(p.pool.Close)
	must(b, postgres.Migrate(context.Background(), p.pool))
	return p
}

func benchRing(b *testing.B) *secret.Keyring {
	b.Helper()
	key, err := secret.GenerateKey("bench")
	must(b, err)
	ring, err := secret.NewKeyring(context.Background(), secret.StaticKeys{key})
	must(b, err)
	return ring
}

// gateway is a new one, as after a start: it knows the integration "api", whose provider answers at once.
func (p *benchPlace) gateway(b *testing.B, change func(*waygate.Config)) *waygate.Gateway {
	b.Helper()
	cfg := waygate.Config{Store: postgres.New(p.pool), Keyring: p.ring,
		Transport: func(http.RoundTripper) http.RoundTripper { return atOnce{} }}
	if change != nil {
		change(&cfg)
	}
	gw, err := waygate.New(cfg)
	must(b, err)
	must(b, gw.Register(context.Background(), waygate.Integration{ID: "api", BaseURL: "https://api.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"}}}))
	return gw
}

// atOnce is a provider without a network.
type atOnce struct{}

func (atOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	const body = `{"ok":true}`
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(body)))}, nil
}

// copyIn fills a table; row is asked for each of n rows. Foreign keys aren't looked at: the rows are made to fit.
func (p *benchPlace) copyIn(b *testing.B, table string, columns []string, n int, row func(i int) ([]any, error)) {
	b.Helper()
	must(b, pgx.BeginFunc(context.Background(), p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(context.Background(), "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		_, err := tx.CopyFrom(context.Background(), pgx.Identifier{"waygate", table}, columns, pgx.CopyFromSlice(n, row))
		return err
	}))
}

// warm reads all tables and indexes into the server's memory, as those of a server that has run for long.
func (p *benchPlace) warm(b *testing.B) {
	b.Helper()
	must(b, pgx.BeginFunc(context.Background(), p.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `CREATE EXTENSION IF NOT EXISTS pg_prewarm;
			SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relnamespace = 'waygate'::regnamespace AND relkind IN ('r', 'i');
			SELECT pg_stat_force_next_flush()`) // so that pagesRead has these already
		return err
	}))
}

// pagesRead is how many pages the server took from the operating system so far, for the store's tables.
func (p *benchPlace) pagesRead(b *testing.B) (n int64) {
	b.Helper()
	must(b, p.pool.QueryRow(context.Background(), `SELECT sum(heap_blks_read + idx_blks_read)::bigint FROM pg_statio_user_tables`).Scan(&n))
	return n
}

func (p *benchPlace) exec(b *testing.B, sql string, args ...any) {
	b.Helper()
	_, err := p.pool.Exec(context.Background(), sql, args...)
	must(b, err)
}

// explainLast prints the plan of the last statement, for the record.
func (p *benchPlace) explainLast(b *testing.B) {
	b.Helper()
	last := p.trips.last.Load()
	rows, err := p.pool.Query(context.Background(), "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "+last.SQL, last.Args...)
	must(b, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(b, err)
	fmt.Println(strings.Join(lines, "\n"))
}

// compare does two things in turns, in pairs whose order changes, and prints the median of the pairs' ratios with an
// interval that holds it with 95 %.
func compare(b *testing.B, name string, pairs int, one, other func(pair int)) {
	b.Helper()
	compareBetween(b, name, pairs, func() {}, one, other)
}

// compareBetween is compare with something to do before each pair, which isn't measured.
func compareBetween(b *testing.B, name string, pairs int, before func(), one, other func(pair int)) {
	b.Helper()
	took := func(f func(int), pair int) float64 {
		began := time.Now()
		f(pair)
		return float64(time.Since(began))
	}
	ratios, ones, others := make([]float64, pairs), make([]float64, pairs), make([]float64, pairs)
	for i := range pairs {
		before()
		if i%2 == 0 {
			ones[i] = took(one, i)
			others[i] = took(other, i)
		} else {
			others[i] = took(other, i)
			ones[i] = took(one, i)
		}
		ratios[i] = ones[i] / others[i]
	}
	slices.Sort(ratios)
	slices.Sort(ones)
	slices.Sort(others)
	// Of the order statistics around the median, by the normal approximation of the binomial distribution.
	half := 1.96 * math.Sqrt(float64(pairs)) / 2
	low, high := int(math.Floor(float64(pairs)/2-half)), int(math.Ceil(float64(pairs)/2+half))
	median := ratios[pairs/2]
	fmt.Printf("ratio %s %.3f %.3f %.3f\n", name, median, ratios[max(low, 0)], ratios[min(high, pairs-1)])
	fmt.Printf("medians %s %v %v\n", name, time.Duration(ones[pairs/2]), time.Duration(others[pairs/2]))
	b.ReportMetric(median, "ratio")
}
