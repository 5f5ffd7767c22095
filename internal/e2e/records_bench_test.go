package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/postgres"
)

// pageSize is that of the listings; page 10,000 is far behind page 1.
const (
	pageSize = 20
	farPage  = 10_000
)

// nthCursor walks to a page and gives the cursor that it begins with.
func nthCursor(b *testing.B, page int, next func(cursor string) (string, error)) string {
	b.Helper()
	cursor := ""
	for range page - 1 {
		var err error
		cursor, err = next(cursor)
		must(b, err)
		if cursor == "" {
			b.Fatal("the listing ended too soon")
		}
	}
	return cursor
}

func compareConnectionPages(b *testing.B, c connections) {
	s := postgres.New(c.pool).Connections()
	page := func(cursor string) (string, error) {
		p, err := s.List(context.Background(), large, waygate.ConnectionQuery{Limit: pageSize, Cursor: cursor})
		return p.Cursor, err
	}
	comparePages(b, "connections-page-10000/1", page)
}

func comparePages(b *testing.B, name string, page func(cursor string) (string, error)) {
	far := nthCursor(b, farPage, page)
	read := func(cursor string) func(int) {
		return func(int) {
			for range 5 {
				_, err := page(cursor)
				must(b, err)
			}
		}
	}
	for b.Loop() {
		compare(b, name, 200, read(far), read(""))
	}
}

// BenchmarkRecorder is a gateway that is called for 10 seconds, for 20 tenants, as fast as it can be and 20,000 times a
// second: how many records reach the disk in a second, and how many calls go without one because more can't be held.
// Beside it a plain loop that inserts the same rows one by one.
func BenchmarkRecorder(b *testing.B) {
	s, ring := benchServer(b), benchRing(b)
	for name, rate := range map[string]int{"as-fast-as-it-can": 0, "20000-a-second": 20_000} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				record(b, newBenchPlace(b, s, ring), rate)
			}
		})
	}
	b.Run("plain-inserts", func(b *testing.B) {
		for b.Loop() {
			insertPlainly(b, newBenchPlace(b, s, ring))
		}
	})
}

const recording = 10 * time.Second

func record(b *testing.B, p *benchPlace, rate int) {
	gw := p.gateway(b, nil)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = gw.Run(ctx) })
	tenants := make([]*waygate.Tenant, 20)
	for i := range tenants {
		tenants[i] = gw.Tenant(fmt.Sprint("tenant-", i))
		_, err := tenants[i].Connect(ctx, "api", waygate.ConnectionSpec{Slug: "c0", Credential: auth.Token("a-token-of-the-provider")})
		must(b, err)
	}
	var calls atomic.Int64
	began := time.Now()
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for time.Since(began) < recording {
				n := calls.Add(1)
				if rate > 0 {
					time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate))))
				}
				if _, err := tenants[n%20].Invoke(ctx, "api.get", nil); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	cancel()
	running.Wait()
	must(b, gw.Shutdown(context.Background()))
	took := time.Since(began)
	var kept int64
	must(b, p.pool.QueryRow(context.Background(), "SELECT count(*) FROM waygate.records").Scan(&kept))
	if dropped := gw.DroppedRecords(); kept+dropped != calls.Load() {
		b.Errorf("%d calls: %d records kept and %d dropped", calls.Load(), kept, dropped)
	}
	b.ReportMetric(float64(calls.Load())/took.Seconds(), "calls/s")
	b.ReportMetric(float64(gw.DroppedRecords())/float64(calls.Load()), "dropped/call")
	b.ReportMetric(float64(kept)/took.Seconds(), "records/s")
}

// insertPlainly is what one would write first: a row for each call, by a statement and a transaction of its own.
func insertPlainly(b *testing.B, p *benchPlace) {
	ctx, n := context.Background(), 0
	sample := waygate.CallRecord{Integration: "api", Action: "get", Connection: "c0", ConnectionID: "con_1", Status: 200, Duration: time.Millisecond,
		Attempts: []waygate.AttemptRecord{{Start: time.Now(), Method: "GET", Host: "api.example.com", Status: 200}}}
	sample.Tenant, sample.ID, sample.Start = "tenant-0", "call_first", time.Now()
	must(b, postgres.New(p.pool).Records().Append(ctx, []waygate.CallRecord{sample})) // makes the table of the week
	began := time.Now()
	for ; time.Since(began) < recording; n++ {
		r := sample
		r.Tenant, r.ID, r.Start = fmt.Sprint("tenant-", n%20), fmt.Sprint("call_", n), time.Now()
		body, err := json.Marshal(r)
		must(b, err)
		p.exec(b, `INSERT INTO waygate.records (tenant, id, start, integration, action, connection, connection_id, read_id, kind, duration, bucket, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, 1, $9)`, r.Tenant, r.ID, r.Start, r.Integration, r.Action, r.Connection, r.ConnectionID, int64(r.Duration), string(body))
	}
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "records/s")
}

const tenMillion = 10_000_000

// recordsStart is a Monday; the records are of the ten weeks from it on.
func recordsStart() time.Time {
	return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
}

// fillRecords makes 10 million records of one tenant's: 4 actions, 5 connections, a tenth failed, with durations
// around 100 ms.
func fillRecords(b *testing.B, p *benchPlace) {
	b.Helper()
	began := time.Now()
	s := postgres.New(p.pool)
	sample := waygate.CallRecord{ID: "@id", Tenant: "acme", Integration: "api", Action: "a1", Connection: "c1", Start: recordsStart(),
		Duration: time.Millisecond, Attempts: []waygate.AttemptRecord{{Start: recordsStart(), Method: "GET", Host: "api.example.com", Status: 200}}}
	for week := range 10 { // makes the partitions
		first := sample
		first.Start = recordsStart().AddDate(0, 0, 7*week)
		must(b, s.Records().Append(context.Background(), []waygate.CallRecord{first}))
	}
	body, err := json.Marshal(sample)
	must(b, err)
	p.exec(b, "TRUNCATE waygate.records, waygate.record_rollups")
	p.exec(b, "DROP INDEX waygate.records_newest, waygate.records_failed, waygate.records_read") // quicker made in the end
	for part := range 10 {
		p.exec(b, fmt.Sprintf(`INSERT INTO waygate.records (tenant, id, start, integration, action, connection, connection_id, read_id, kind, duration, bucket, body)
			SELECT 'acme', id, '%s'::timestamptz + g * interval '604.8 ms', 'api', 'a' || g %% 4, 'c' || g %% 5, 'con_' || g %% 5, '',
				CASE WHEN g %% 10 = 3 THEN 'server' ELSE '' END, d, ceil(ln(d / 1000.0) / ln(%v)), replace('%s', '@id', id)::json
			FROM (SELECT g, 'call_' || g AS id, (20000000 * exp(random() * 3.2))::bigint AS d FROM generate_series(%d, %d) AS g) AS calls`,
			recordsStart().Format(time.RFC3339), 1.04, body, part*tenMillion/10, (part+1)*tenMillion/10-1))
	}
	p.exec(b, `CREATE INDEX records_newest ON waygate.records (tenant, start, id);
		CREATE INDEX records_failed ON waygate.records (tenant, start, id) WHERE kind <> '';
		CREATE INDEX records_read ON waygate.records (tenant, read_id, start, id) WHERE read_id <> ''`)
	p.exec(b, `INSERT INTO waygate.record_rollups (tenant, hour, integration, action, connection, connection_id, kind, calls, buckets, counts)
		SELECT tenant, hour, integration, action, connection, connection_id, kind, sum(n), array_agg(bucket), array_agg(n)
		FROM (SELECT tenant, date_trunc('hour', start, 'UTC') AS hour, integration, action, connection, connection_id, kind, bucket, count(*)::integer AS n
			FROM waygate.records GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) AS histogram GROUP BY 1, 2, 3, 4, 5, 6, 7`)
	p.exec(b, "VACUUM ANALYZE")
	p.warm(b)
	var rollups int
	must(b, p.pool.QueryRow(context.Background(), "SELECT count(*) FROM waygate.record_rollups").Scan(&rollups))
	fmt.Printf("filled %d records, %d rollups in %v\n", tenMillion, rollups, time.Since(began).Round(time.Second))
}

// BenchmarkStatistics sums 10 million records up: all of them, and those of a month that begins and ends within an
// hour; by the store and by plain SQL over the same rows, which have to agree.
func BenchmarkStatistics(b *testing.B) {
	p := newBenchPlace(b, benchServer(b), benchRing(b))
	fillRecords(b, p)
	s := postgres.New(p.pool).Records()
	month := waygate.StatisticsQuery{Since: recordsStart().Add(100*time.Hour + 17*time.Minute), Until: recordsStart().Add(820*time.Hour + 43*time.Minute)}
	for name, q := range map[string]waygate.StatisticsQuery{"all": {}, "month": month} {
		var sum, plain waygate.Statistics
		b.Run(name+"/store", func(b *testing.B) {
			for b.Loop() {
				var err error
				sum, err = s.(waygate.StatisticsStore).Statistics(context.Background(), "acme", q)
				must(b, err)
			}
		})
		b.Run(name+"/SQL", func(b *testing.B) {
			for b.Loop() {
				plain = plainStatistics(b, p, q)
			}
		})
		agree(b, name, sum, plain)
	}
	b.Run("records-page-10000/1", func(b *testing.B) {
		comparePages(b, "records-page-10000/1", func(cursor string) (string, error) {
			page, err := s.List(context.Background(), "acme", waygate.RecordQuery{Limit: pageSize, Cursor: cursor})
			return page.Cursor, err
		})
	})
}

func plainStatistics(b *testing.B, p *benchPlace, q waygate.StatisticsQuery) (sum waygate.Statistics) {
	where, args := "tenant = $1", []any{"acme"}
	if !q.Since.IsZero() {
		where, args = where+" AND start >= $2 AND start < $3", append(args, q.Since, q.Until)
	}
	var failed int
	var ranks []int64
	must(b, p.pool.QueryRow(context.Background(), `SELECT count(*), count(*) FILTER (WHERE kind <> ''),
		percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration) FROM waygate.records WHERE `+where, args...).Scan(&sum.Calls, &failed, &ranks))
	sum.Succeeded = sum.Calls - failed
	sum.P50, sum.P95, sum.P99 = time.Duration(ranks[0]), time.Duration(ranks[1]), time.Duration(ranks[2])
	return sum
}

// agree wants the same counts, and percentiles within 2 %.
func agree(b *testing.B, name string, sum, plain waygate.Statistics) {
	b.Helper()
	if sum.Calls != plain.Calls || sum.Succeeded != plain.Succeeded {
		b.Errorf("%s: %d calls, %d succeeded; by plain SQL %d and %d", name, sum.Calls, sum.Succeeded, plain.Calls, plain.Succeeded)
	}
	for _, pair := range [][2]time.Duration{{sum.P50, plain.P50}, {sum.P95, plain.P95}, {sum.P99, plain.P99}} {
		if off := math.Abs(float64(pair[0])/float64(pair[1]) - 1); off > 0.02 {
			b.Errorf("%s: a percentile of %v, by plain SQL %v", name, pair[0], pair[1])
		}
	}
	fmt.Printf("%s: %d calls, %s\n", name, sum.Calls, strings.Join([]string{sum.P50.String(), sum.P95.String(), sum.P99.String()}, " "))
}
