package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// Append writes a batch by one statement, with what sums it up. A record is known by its tenant and ID, whatever its
// Start; of two at once with one ID and Starts in different weeks, both may be kept.
func (r *records) Append(ctx context.Context, batch []waygate.CallRecord) error {
	if err := r.s.ready(ctx); err != nil {
		return err
	}
	if len(batch) == 0 {
		return nil
	}
	columns, err := columnsOf(batch)
	if err != nil {
		return err
	}
	if err := r.makeTables(ctx, columns.start); err != nil {
		return err
	}
	insert := func(q querier) error {
		_, err := q.Exec(ctx, r.s.sql(appendSQL), append([]any{plannedAnew}, columns.args()...)...)
		return err
	}
	if r.s.bound {
		return r.s.write(ctx, nil, func(q *txn) error { return insert(q) }) // a savepoint, so that a failure leaves the host's transaction usable
	}
	return r.s.statement(ctx, "Append", insert)
}

// plannedAnew has the server plan a statement each time. A plan that is kept is made while the table of the next week is
// empty, where any index will do; it may look for an ID by reading all that a tenant has in that table, once it has
// filled, until the server analyzes it.
const plannedAnew = pgx.QueryExecModeCacheDescribe

// recordColumns is a batch by columns.
type recordColumns struct {
	tenant, id, integration, action, connection, connectionID, readID, kind, body []string
	start                                                                         []time.Time
	duration                                                                      []int64
	bucket                                                                        []int16
}

func columnsOf(batch []waygate.CallRecord) (*recordColumns, error) {
	c := &recordColumns{}
	for i, rec := range batch {
		if rec.ID == "" {
			return nil, invalid("records[%d].ID: is empty: a record needs one", i)
		}
		rec.Start = toMicrosecond(rec.Start)
		body, err := json.Marshal(rec)
		if err != nil {
			return nil, invalid("records[%d]: can't be written as JSON: %v", i, err)
		}
		c.tenant, c.id, c.start = append(c.tenant, rec.Tenant), append(c.id, rec.ID), append(c.start, rec.Start)
		c.integration, c.action = append(c.integration, rec.Integration), append(c.action, rec.Action)
		c.connection, c.connectionID = append(c.connection, rec.Connection), append(c.connectionID, rec.ConnectionID)
		c.readID, c.kind = append(c.readID, rec.ReadID), append(c.kind, string(rec.Kind))
		c.duration, c.bucket = append(c.duration, int64(rec.Duration)), append(c.bucket, bucketOf(rec.Duration))
		c.body = append(c.body, string(body))
	}
	return c, nil
}

func (c *recordColumns) args() []any {
	return []any{c.tenant, c.id, c.start, c.integration, c.action, c.connection, c.connectionID, c.readID, c.kind,
		c.duration, c.bucket, c.body}
}

// appendSQL writes records and rollups in the order of their keys, as all do, so that two batches with the same keys
// wait for one another but never both.
const appendSQL = `
	WITH added AS (
		INSERT INTO {schema}.records (tenant, id, start, integration, action, connection, connection_id, read_id, kind,
			duration, bucket, body)
		SELECT b.tenant, b.id, b.start, b.integration, b.action, b.connection, b.connection_id, b.read_id, b.kind,
			b.duration, b.bucket, b.body::json
		FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
			$9::text[], $10::bigint[], $11::smallint[], $12::text[]) WITH ORDINALITY
			AS b (tenant, id, start, integration, action, connection, connection_id, read_id, kind, duration, bucket, body, place)
		WHERE NOT EXISTS (SELECT FROM {schema}.records r WHERE r.tenant = b.tenant AND r.id = b.id OFFSET 0)
		ORDER BY b.tenant, b.id, b.place
		ON CONFLICT DO NOTHING
		RETURNING ` + rollupColumns + `
	)
	INSERT INTO {schema}.record_rollups AS r (` + rollupKey + `, calls, buckets, counts)
	SELECT ` + rollupKey + `, calls, buckets, counts FROM (` + rollupOfAdded + `) AS sums
	ORDER BY ` + rollupKey + `
	ON CONFLICT (` + rollupKey + `) DO UPDATE SET calls = r.calls + excluded.calls, (buckets, counts) = (
		SELECT array_agg(sums.bucket), array_agg(sums.n) FROM (
			SELECT pairs.bucket, sum(pairs.n)::integer AS n
			FROM unnest(r.buckets || excluded.buckets, r.counts || excluded.counts) AS pairs (bucket, n) GROUP BY pairs.bucket
		) AS sums)`

const (
	// rollupKey are the columns that a rollup is for.
	rollupKey = `tenant, hour, integration, action, connection, connection_id, kind`
	// rollupColumns are what a rollup needs of a record.
	rollupColumns = `tenant, date_trunc('hour', start, 'UTC') AS hour, integration, action, connection, connection_id, kind, bucket`
	// rollupOfAdded sums records up that were just written.
	rollupOfAdded = `
		SELECT ` + rollupKey + `, sum(n) AS calls, array_agg(bucket) AS buckets, array_agg(n) AS counts
		FROM (SELECT ` + rollupKey + `, bucket, count(*)::integer AS n FROM added GROUP BY ` + rollupKey + `, bucket) AS histogram
		GROUP BY ` + rollupKey
)
