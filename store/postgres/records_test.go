package postgres_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

const day = 24 * time.Hour

// call is a record that started some time after start.
func call(id string, after time.Duration) waygate.CallRecord {
	return waygate.CallRecord{ID: id, Tenant: "acme", Integration: "github", Action: "list", Connection: "main", ConnectionID: "con_main",
		Start: start.Add(after), Duration: time.Millisecond}
}

func appendAll(t *testing.T, s *postgres.Store, batch ...waygate.CallRecord) {
	t.Helper()
	if err := s.Records().Append(t.Context(), batch); err != nil {
		t.Fatalf("Append: %v", err)
	}
}

// tables lists the partitions, and how many records each has.
func tables(t *testing.T, db postgres.DBTX) map[string]int {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'waygate.records'::regclass`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, name := range names {
		found[name] = value[int](t, db, "SELECT count(*) FROM "+pgx.Identifier{"waygate", name}.Sanitize())
	}
	return found
}

func statistics(t *testing.T, s *postgres.Store, q waygate.StatisticsQuery) waygate.Statistics {
	t.Helper()
	r, ok := s.Records().(waygate.StatisticsStore)
	if !ok {
		t.Fatal("no StatisticsStore")
	}
	sum, err := r.Statistics(t.Context(), "acme", q)
	if err != nil {
		t.Fatalf("Statistics: %v", err)
	}
	return sum
}

// consistent wants rollups that say what the records say.
func consistent(t *testing.T, db postgres.DBTX) {
	t.Helper()
	wrong := value[int](t, db, `
		SELECT count(*) FROM (
			SELECT tenant, date_trunc('hour', start, 'UTC') AS hour, integration, action, connection, connection_id, kind, bucket, count(*) AS n
			FROM waygate.records GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) AS r
		FULL JOIN (
			SELECT tenant, hour, integration, action, connection, connection_id, kind, u.bucket, u.n
			FROM waygate.record_rollups, unnest(buckets, counts) AS u (bucket, n)) AS s
		USING (tenant, hour, integration, action, connection, connection_id, kind, bucket)
		WHERE r.n IS DISTINCT FROM s.n`)
	calls := value[int](t, db, `SELECT count(*) FROM waygate.record_rollups
		WHERE calls <> (SELECT coalesce(sum(n), 0) FROM unnest(counts) AS n) OR calls <= 0`)
	if wrong != 0 || calls != 0 {
		t.Errorf("%d counts of rollups differ from the records, and %d sums", wrong, calls)
	}
}

// TestWeeks: each week has a table of its own, made before it is needed, and old ones are dropped.
func TestWeeks(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	wrongClock := call("d", 0)
	wrongClock.Start = start.AddDate(-100, 0, 0)
	appendAll(t, s, call("a", 0), call("b", 7*day), call("c", 7*day+time.Hour), call("half an hour", 7*day+20*time.Minute), wrongClock)
	want := map[string]int{"records_20301230": 1, "records_20310106": 3, "records_20310113": 0, "records_default": 1}
	if diff := cmp.Diff(want, tables(t, pool)); diff != "" {
		t.Errorf("the tables: %s", diff)
	}
	appendAll(t, s, call("e", 14*day), call("a", 0), call("a", 14*day)) // an ID that is there, in whatever week
	want["records_20310113"], want["records_20310120"] = 1, 0
	if diff := cmp.Diff(want, tables(t, pool)); diff != "" {
		t.Errorf("the tables: %s", diff)
	}
	consistent(t, pool)

	// the first week goes as a table, of the second one record, from the midst of an hour
	n, err := s.Records().Expire(t.Context(), start.Add(7*day+time.Minute))
	if n != 3 || err != nil {
		t.Errorf("Expire: %d, %v; want 3", n, err)
	}
	want = map[string]int{"records_20310106": 2, "records_20310113": 1, "records_20310120": 0, "records_default": 0}
	if diff := cmp.Diff(want, tables(t, pool)); diff != "" {
		t.Errorf("the tables after Expire: %s", diff)
	}
	consistent(t, pool)
	appendAll(t, s, call("late", 0)) // its table is made again
	if got := tables(t, pool)["records_20301230"]; got != 1 {
		t.Errorf("a record of a dropped week isn't in a table of its week: %v", tables(t, pool))
	}
	if sum := statistics(t, s, waygate.StatisticsQuery{}); sum.Calls != 4 {
		t.Errorf("%d calls, want 4", sum.Calls)
	}
}

// TestWeeksAtOnce: many processes come to need a week at the same time.
func TestWeeksAtOnce(t *testing.T) {
	t.Parallel()
	_, pool := newStore(t)
	errs := make(chan error)
	for i := range 12 {
		s := postgres.New(pool)
		go func() {
			errs <- s.Records().Append(t.Context(), []waygate.CallRecord{call(fmt.Sprint("call ", i), time.Duration(i/4)*7*day), call("shared", 0)})
		}()
	}
	for range 12 {
		if err := <-errs; err != nil {
			t.Errorf("Append: %v", err)
		}
	}
	if got := tables(t, pool); got["records_default"] != 0 || got["records_20301230"] != 5 || len(got) != 5 {
		t.Errorf("the tables are %v", got)
	}
	consistent(t, pool)
}

// TestDefaultPartition: where a week can't have a table, all works the same.
func TestDefaultPartition(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	role := pgx.Identifier{value[string](t, pool, "SELECT 'writer of ' || current_database()")}.Sanitize()
	exec(t, pool, `CREATE ROLE `+role+`; GRANT USAGE ON SCHEMA waygate TO `+role+`;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA waygate TO `+role)
	t.Cleanup(func() { exec(t, pool, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	weak := postgres.New(openPool(t, pool.Config().ConnString(), func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["role"] = "writer of " + c.ConnConfig.Database
	}))
	appendAll(t, weak, call("a", 0), call("b", time.Hour), call("a", 0))
	if diff := cmp.Diff(map[string]int{"records_default": 2}, tables(t, pool)); diff != "" {
		t.Errorf("the tables: %s", diff)
	}
	appendAll(t, s, call("a", 0), call("c", 2*time.Hour)) // one that may, but the week is in the default one already
	if diff := cmp.Diff(map[string]int{"records_default": 3, "records_20310106": 0}, tables(t, pool)); diff != "" {
		t.Errorf("the tables: %s", diff)
	}
	for i, r := range []*postgres.Store{weak, s} {
		if n, err := r.Records().Expire(t.Context(), start.Add(time.Duration(i+1)*time.Hour)); n != 1 || err != nil {
			t.Errorf("Expire: %d, %v; want 1", n, err)
		}
	}
	consistent(t, pool)
}

// TestExpireAndPurgeKeepTheBooks, also while records are written.
func TestExpireAndPurgeKeepTheBooks(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	done := make(chan error)
	for w := range 3 {
		go func() {
			for i := range 40 {
				var batch []waygate.CallRecord
				for j := range 10 {
					r := call(fmt.Sprint("call ", w, " ", i, " ", j), time.Duration((i*7+j*31+w)%200)*4*time.Hour)
					r.Tenant, r.Duration = []string{"acme", "globex"}[j%2], time.Duration(1+i*j)*time.Millisecond
					batch = append(batch, r)
				}
				if err := s.Records().Append(t.Context(), batch); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	go func() {
		for i := range 10 {
			if _, err := s.Records().Expire(t.Context(), start.Add(time.Duration(i)*40*time.Hour+time.Minute)); err != nil {
				done <- err
				return
			}
			if _, err := s.Records().Purge(t.Context(), "globex"); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	consistent(t, pool)
	total := 0
	for _, tenant := range []string{"acme", "globex"} {
		n, err := s.Records().Purge(t.Context(), tenant)
		if err != nil {
			t.Error(err)
		}
		total += n
	}
	if total == 0 {
		t.Error("nothing was left to purge: the test tested nothing")
	}
	if n := value[int](t, pool, "SELECT count(*) FROM waygate.record_rollups"); n != 0 {
		t.Errorf("%d rollups are left of no records", n)
	}
}

// TestEstimate compares what rollups say with what the records say: counts are the same, percentiles within 2 %.
func TestEstimate(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	const n = 56_000 // more than are summed up one by one
	all := make([]waygate.CallRecord, n)
	for i := range all {
		r := call(fmt.Sprintf("call_%06d", i), time.Duration(i)*217*time.Millisecond)
		r.Duration = time.Duration(math.Exp(float64(i*7919%n)/n*16) * float64(time.Microsecond)) // 1 µs to 9 s
		r.Kind = []waygate.Kind{"", "", "", waygate.KindServer, waygate.KindTimeout}[i%5]
		r.Action = []string{"list", "get"}[i%2]
		all[i] = r
	}
	for batch := range slices.Chunk(all, 4000) {
		appendAll(t, s, batch...)
	}
	end := all[n-1].Start
	for name, q := range map[string]waygate.StatisticsQuery{
		"all":          {},
		"whole hours":  {Since: start.Truncate(time.Hour), Until: end.Add(time.Hour).Truncate(time.Hour)},
		"parts":        {Since: start.Add(time.Minute + 77*time.Microsecond), Until: end.Add(-5 * time.Second)},
		"from then on": {Since: start.Add(11 * time.Second)},
		"until then":   {Until: end.Add(-time.Second)},
		"a few":        {Since: start.Add(10 * time.Minute), Until: start.Add(20 * time.Minute)},
		"one action":   {Action: "get"},
	} {
		want, got := summed(all, q), statistics(t, s, q)
		for _, p := range []struct{ got, want *time.Duration }{{&got.P50, &want.P50}, {&got.P95, &want.P95}, {&got.P99, &want.P99}} {
			if off := math.Abs(float64(*p.got-*p.want)) / float64(*p.want); off > 0.02 || want.Calls <= 50_000 && off != 0 {
				t.Errorf("%s (%d calls): %s, want %s: off by %.2f %%", name, want.Calls, *p.got, *p.want, 100*off)
			}
			*p.got, *p.want = 0, 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// summed is the summary by the nearest rank.
func summed(all []waygate.CallRecord, q waygate.StatisticsQuery) waygate.Statistics {
	var sum waygate.Statistics
	var d []time.Duration
	for _, r := range all {
		if !q.Since.IsZero() && r.Start.Before(q.Since.Truncate(time.Microsecond)) || !q.Until.IsZero() && !r.Start.Before(q.Until) ||
			q.Action != "" && q.Action != r.Action {
			continue
		}
		sum.Calls++
		d = append(d, r.Duration)
		if r.Succeeded() {
			sum.Succeeded++
			continue
		}
		if sum.ByKind == nil {
			sum.ByKind = map[waygate.Kind]int{}
		}
		sum.ByKind[r.Kind]++
	}
	slices.Sort(d)
	rank := func(percent int) time.Duration { return d[(len(d)*percent+99)/100-1] }
	sum.P50, sum.P95, sum.P99 = rank(50), rank(95), rank(99)
	return sum
}
