package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// mostExact is up to how many calls percentiles are computed from the calls themselves.
const mostExact = 50_000

// Statistics sums records up; see [waygate.StatisticsStore]. The counts are exact. The percentiles are exact up to
// 50,000 calls; above that they are off by 2 % (or a microsecond) at most, and what is read doesn't grow with the
// number of calls, but for those of the hours that Since and Until cut.
func (r *records) Statistics(ctx context.Context, tenant string, q waygate.StatisticsQuery) (waygate.Statistics, error) {
	var none waygate.Statistics
	if err := r.s.ready(ctx); err != nil {
		return none, err
	}
	n, err := r.atMost(ctx, tenant, q)
	if err != nil {
		return none, r.s.fail(ctx, err)
	}
	sum := r.exact
	if n > mostExact {
		sum = r.estimate
	}
	found, err := sum(ctx, tenant, q)
	if err != nil {
		return none, r.s.fail(ctx, err)
	}
	return found, nil
}

// atMost counts the calls of all hours that the query touches.
func (r *records) atMost(ctx context.Context, tenant string, q waygate.StatisticsQuery) (n int, err error) {
	w := where{args: []any{tenant}}
	w.named(q.Integration, q.Action, q.Connection)
	if !q.Since.IsZero() {
		w.add("hour >= %s::timestamptz", hourOf(q.Since))
	}
	if !q.Until.IsZero() {
		w.add("hour < %s::timestamptz", toMicrosecond(q.Until))
	}
	err = r.s.db.QueryRow(ctx, r.s.sql(`SELECT coalesce(sum(calls), 0)::bigint FROM {schema}.record_rollups
		WHERE tenant = $1::text`+w.text.String()), w.args...).Scan(&n)
	return n, err
}

// hourOf is the hour that a time lies in, by UTC.
func hourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// exact reads the calls themselves: by nearest rank, in whole numbers.
func (r *records) exact(ctx context.Context, tenant string, q waygate.StatisticsQuery) (sum waygate.Statistics, err error) {
	w := where{args: []any{tenant}}
	w.named(q.Integration, q.Action, q.Connection)
	w.between(q.Since, q.Until)
	rows, err := r.s.db.Query(ctx, r.s.sql(`
		WITH picked AS MATERIALIZED (SELECT kind, duration FROM {schema}.records WHERE tenant = $1::text`+w.text.String()+`),
			sorted AS (SELECT array_agg(duration ORDER BY duration) AS d, count(*) AS n FROM picked)
		SELECT kind, count(*), (SELECT d[(n*50 + 99)/100] FROM sorted), (SELECT d[(n*95 + 99)/100] FROM sorted),
			(SELECT d[(n*99 + 99)/100] FROM sorted)
		FROM picked GROUP BY kind`), w.args...)
	if err != nil {
		return sum, err
	}
	var kind string
	var n int
	var p50, p95, p99 int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &n, &p50, &p95, &p99}, func() error {
		count(&sum, kind, n)
		sum.P50, sum.P95, sum.P99 = time.Duration(p50), time.Duration(p95), time.Duration(p99)
		return nil
	})
	return sum, err
}

// estimate reads the rollups of the hours that lie within the query, and the calls of those that it cuts, in one
// statement, so of one moment.
func (r *records) estimate(ctx context.Context, tenant string, q waygate.StatisticsQuery) (waygate.Statistics, error) {
	var h histogram
	text, args := r.s.estimateSQL(tenant, q)
	rows, err := r.s.db.Query(ctx, text, args...)
	if err != nil {
		return h.sum, err
	}
	var kind string
	var bucket int16
	var n int
	_, err = pgx.ForEachRow(rows, []any{&kind, &bucket, &n}, func() error {
		h.add(kind, bucket, n)
		return nil
	})
	if err != nil {
		return waygate.Statistics{}, err
	}
	return h.statistics(), nil
}

func (s *Store) estimateSQL(tenant string, q waygate.StatisticsQuery) (string, []any) {
	since, until := toMicrosecond(q.Since), toMicrosecond(q.Until)
	from, to := hourOf(since.Add(time.Hour-time.Microsecond)), hourOf(until)
	w := where{args: []any{tenant}}
	w.named(q.Integration, q.Action, q.Connection)
	names := w.text.String()
	w.text.Reset()
	if !q.Since.IsZero() {
		w.add("hour >= %s::timestamptz", from)
	}
	if !q.Until.IsZero() {
		w.add("hour < %s::timestamptz", to)
	}
	whole := w.text.String()
	text := `SELECT r.kind, u.bucket, u.n FROM {schema}.record_rollups r, unnest(r.buckets, r.counts) AS u (bucket, n)
		WHERE tenant = $1::text` + names + whole
	for _, edge := range edges(q, since, until, from, to) {
		w.text.Reset()
		w.between(edge[0], edge[1])
		text += ` UNION ALL SELECT kind, bucket, 1 FROM {schema}.records WHERE tenant = $1::text` + names + w.text.String()
	}
	return s.sql(`SELECT kind, bucket, sum(n)::bigint FROM (` + text + `) AS picked GROUP BY kind, bucket`), w.args
}

// edges are the parts of a query that are no whole hours.
func edges(q waygate.StatisticsQuery, since, until, from, to time.Time) [][2]time.Time {
	switch {
	case !q.Since.IsZero() && !q.Until.IsZero() && !from.Before(to):
		return [][2]time.Time{{since, until}} // no whole hour at all
	case q.Since.IsZero() && q.Until.IsZero():
		return nil
	}
	var list [][2]time.Time
	if !q.Since.IsZero() && since.Before(from) {
		list = append(list, [2]time.Time{since, from})
	}
	if !q.Until.IsZero() && to.Before(until) {
		list = append(list, [2]time.Time{to, until})
	}
	return list
}
