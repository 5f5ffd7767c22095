package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Expire removes what started before a time. A week that is wholly older goes by dropping its table, for which record
// reads and writes are held up for a moment; the rest is deleted row by row.
func (r *records) Expire(ctx context.Context, before time.Time) (int, error) {
	before = toMicrosecond(before)
	var total int
	err := r.s.write(ctx, nil, func(q *txn) error {
		total = 0
		if err := r.s.lock(ctx, q, "expire"); err != nil {
			return err
		}
		old, err := r.oldTables(ctx, q, before)
		if err != nil {
			return err
		}
		if total, err = r.expireRows(ctx, q, old, before); err != nil {
			return err
		}
		n, err := r.drop(ctx, q, old)
		total += n
		return err
	})
	if err != nil {
		return 0, err
	}
	r.weeks.forget()
	return total, nil
}

// oldTables returns the weeks that have a table and ended before a time; none where not all tables are the role's to
// drop and of this package's making, and none in a transaction of the host's, which would hold the locks for as long
// as it lasts.
func (r *records) oldTables(ctx context.Context, q *txn, before time.Time) ([]week, error) {
	if r.s.bound {
		return nil, nil
	}
	rows, err := q.Query(ctx, `
		SELECT c.relname, pg_has_role(c.relowner, 'USAGE') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = to_regclass($1::text) ORDER BY c.relname`, r.s.sql("{schema}.records"))
	if err != nil {
		return nil, err
	}
	var old []week
	var name string
	var ours bool
	all := true
	_, err = pgx.ForEachRow(rows, []any{&name, &ours}, func() error {
		w, ok := weekOfTable(name)
		if ok && !w.end().After(before) {
			old = append(old, w)
		}
		all = all && ours && (ok || name == partitionPrefix+"default")
		return nil
	})
	if err != nil || !all {
		return nil, err
	}
	return old, nil
}

// expireRows deletes what isn't in a table that goes as a whole: what is newer than the last of those, and what is in
// the default one.
func (r *records) expireRows(ctx context.Context, q *txn, old []week, before time.Time) (total int, err error) {
	w := where{args: []any{before}}
	if len(old) > 0 {
		total, err = r.remove(ctx, q, "{schema}.records_default", "start < $1::timestamptz", before)
		if err != nil {
			return 0, err
		}
		w.add("start >= %s::timestamptz", old[len(old)-1].end())
	}
	n, err := r.remove(ctx, q, "{schema}.records", "start < $1::timestamptz"+w.text.String(), w.args...)
	if err != nil {
		return 0, err
	}
	return total + n, r.tidy(ctx, q, "hour < $1::timestamptz", before)
}

// drop drops tables. Nobody writes records meanwhile, so that what sums them up says how many there are.
func (r *records) drop(ctx context.Context, q *txn, old []week) (total int, err error) {
	if len(old) == 0 {
		return 0, nil
	}
	s := r.s
	if _, err = q.Exec(ctx, s.sql(`SET LOCAL lock_timeout = '5s'; LOCK TABLE {schema}.records IN ACCESS EXCLUSIVE MODE`)); err != nil {
		return 0, err
	}
	for _, w := range old {
		var n int
		err = q.QueryRow(ctx, s.sql(`
			WITH gone AS (DELETE FROM {schema}.record_rollups WHERE hour >= $1::timestamptz AND hour < $2::timestamptz RETURNING calls)
			SELECT coalesce(sum(calls), 0)::bigint FROM gone`), w.start, w.end()).Scan(&n)
		if err != nil {
			return 0, err
		}
		total += n
		if _, err = q.Exec(ctx, "DROP TABLE "+s.table(w)); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// remove deletes records of a table and takes them from what sums them up; it returns how many.
func (r *records) remove(ctx context.Context, q *txn, table, condition string, args ...any) (n int, err error) {
	err = q.QueryRow(ctx, r.s.sql(`
		WITH added AS (DELETE FROM `+table+` WHERE `+condition+` RETURNING `+rollupColumns+`),
		sums AS (`+rollupOfAdded+`),
		lowered AS (
			UPDATE {schema}.record_rollups r SET calls = r.calls - sums.calls, (buckets, counts) = (
				SELECT coalesce(array_agg(rest.bucket), '{}'), coalesce(array_agg(rest.n), '{}') FROM (
					SELECT pairs.bucket, sum(pairs.n)::integer AS n
					FROM (SELECT * FROM unnest(r.buckets, r.counts) UNION ALL SELECT u.bucket, -u.n FROM unnest(sums.buckets, sums.counts) AS u (bucket, n))
						AS pairs (bucket, n)
					GROUP BY pairs.bucket HAVING sum(pairs.n) <> 0
				) AS rest)
			FROM sums
			WHERE (r.tenant, r.hour, r.integration, r.action, r.connection, r.connection_id, r.kind)
				= (sums.tenant, sums.hour, sums.integration, sums.action, sums.connection, sums.connection_id, sums.kind)
			RETURNING 1)
		SELECT count(*) FROM added`), args...).Scan(&n)
	return n, err
}

// tidy removes rollups of nothing.
func (r *records) tidy(ctx context.Context, q *txn, condition string, args ...any) error {
	_, err := q.Exec(ctx, r.s.sql(`DELETE FROM {schema}.record_rollups WHERE calls = 0 AND `+condition), args...)
	return err
}
