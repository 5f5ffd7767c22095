package postgres

import (
	"context"
	"strings"
	"sync"
	"time"
)

// week is a Monday, 0 o'clock by UTC: the start of a partition of records.
type week struct{ start time.Time }

// weekOf is the week that a time lies in.
func weekOf(t time.Time) week {
	t = t.UTC().Truncate(24 * time.Hour)
	return week{t.AddDate(0, 0, -(int(t.Weekday())+6)%7)}
}

func (w week) next() week     { return week{w.start.AddDate(0, 0, 7)} }
func (w week) end() time.Time { return w.next().start }

const (
	partitionPrefix = "records_"
	partitionDay    = "20060102"
	// The years that get partitions; what starts in another is an error of somebody's clock, and goes to the default
	// one.
	firstYear, lastYear = 1990, 2400
)

// table is the name of the partition, without the schema.
func (w week) table() string { return partitionPrefix + w.start.Format(partitionDay) }

// weekOfTable is the week of a partition, false for another table.
func weekOfTable(name string) (week, bool) {
	day, ok := strings.CutPrefix(name, partitionPrefix)
	start, err := time.Parse(partitionDay, day)
	return week{start}, ok && err == nil && weekOf(start).start.Equal(start)
}

// mayHaveTable reports whether a week gets a partition.
func (w week) mayHaveTable() bool { return w.start.Year() >= firstYear && w.start.Year() <= lastYear }

// weeks remembers the weeks whose partitions were made or looked for, so that it is done once in a process.
type weeks struct {
	mu   sync.Mutex // guards seen
	seen map[week]bool
}

// missing returns, of some weeks, those not seen yet.
func (w *weeks) missing(list []week) []week {
	w.mu.Lock()
	defer w.mu.Unlock()
	var missing []week
	for _, x := range list {
		if !w.seen[x] {
			missing = append(missing, x)
		}
	}
	return missing
}

// see notes that a week was taken care of.
func (w *weeks) see(x week) {
	const most = 10_000 // a host that imports the records of centuries
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil || len(w.seen) >= most {
		w.seen = map[week]bool{}
	}
	w.seen[x] = true
}

// forget makes the next record of any week look again.
func (w *weeks) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = nil
}

// makeTables makes the partitions of the weeks of a batch, and of the week after each, unless they are there. Where
// that fails, for want of rights or because a lock isn't to be had soon, the batch goes to the default partition. In
// a transaction of the host's it isn't tried: the locks would last as long as that.
func (r *records) makeTables(ctx context.Context, starts []time.Time) error {
	if r.s.bound {
		return nil
	}
	var wanted []week
	done := map[week]bool{}
	for _, t := range starts {
		for w := weekOf(t); !done[w] && w.mayHaveTable(); w = w.next() {
			done[w] = true
			wanted = append(wanted, w, w.next())
			break
		}
	}
	for _, w := range r.weeks.missing(wanted) {
		err := r.s.write(ctx, nil, func(q *txn) error { return r.makeTable(ctx, q, w) })
		switch codeOf(err) {
		case insufficientPrivilege, lockNotAvailable, checkViolation, duplicateTable:
		default:
			if err != nil {
				return err
			}
		}
		r.weeks.see(w)
	}
	return nil
}

// makeTable makes the partition of a week, unless it is there or the default one has records of that week already.
// The table is made apart and then attached: that waits for no reader or writer of other weeks.
func (r *records) makeTable(ctx context.Context, q *txn, w week) error {
	s := r.s
	var there bool
	if err := q.QueryRow(ctx, "SELECT to_regclass($1::text) IS NOT NULL", s.table(w)).Scan(&there); err != nil || there {
		return err
	}
	if err := s.lock(ctx, q, "partitions"); err != nil {
		return err
	}
	err := q.QueryRow(ctx, s.sql(`
		SELECT to_regclass($1::text) IS NOT NULL
			OR EXISTS (SELECT FROM {schema}.records_default WHERE start >= $2::timestamptz AND start < $3::timestamptz)
			OR NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = to_regclass($4::text)), 'USAGE')`),
		s.table(w), w.start, w.end(), s.sql("{schema}.records")).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = q.Exec(ctx, s.sql(`
		SET LOCAL lock_timeout = '2s';
		CREATE TABLE {table} (LIKE {schema}.records INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
		CREATE UNIQUE INDEX ON {table} (tenant, id);
		ALTER TABLE {schema}.records ATTACH PARTITION {table} FOR VALUES FROM ('{from}') TO ('{to}')`,
		"{table}", s.table(w), "{from}", w.start.Format(time.RFC3339), "{to}", w.end().Format(time.RFC3339)))
	return err
}

// table is the quoted name of a week's partition.
func (s *Store) table(w week) string { return quote(s.schema, w.table()) }
