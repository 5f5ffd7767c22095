package postgres

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

const (
	// mostAttempts bounds how often a transaction is begun again that lost against another.
	mostAttempts = 12
	// longestPause is the most that is waited before another attempt; it grows by a part of that.
	longestPause = 100 * time.Millisecond
	// undoTime is what a rollback may take once the caller's ctx has ended.
	undoTime = 5 * time.Second
)

// beginSQL begins a transaction in which each statement sees what was committed before it, as the locks need it, and
// whose commit is on disk when it returns, whatever the database's defaults; a stricter setting stays.
const (
	isolationSQL = "isolation level read committed"
	durableSQL   = "select pg_catalog.set_config('synchronous_commit', 'on', true) " +
		"where pg_catalog.current_setting('synchronous_commit') in ('off', 'local', 'remote_write')"
	beginSQL = "begin " + isolationSQL + "; " + durableSQL
)

// txn is a transaction, and what it changed that is to be told.
type txn struct {
	querier
	changes []waygate.Change
}

// tell notes what was changed, for [Store.Changes].
func (q *txn) tell(kind waygate.ChangeKind, tenant, integration, id string) {
	c := waygate.Change{Kind: kind, Tenant: tenant, Integration: integration, ID: id}
	if !slices.Contains(q.changes, c) {
		q.changes = append(q.changes, c)
	}
}

func (q *txn) tellConnection(tenant, integration, id string) {
	q.tell(waygate.ChangeConnection, tenant, integration, id)
}

// write does fn in a transaction: one of its own, or a savepoint in that of the host. The entry, if there is one, is
// written in it too, and what fn tells. fn may run several times.
func (s *Store) write(ctx context.Context, entry *waygate.AuditEntry, fn func(q *txn) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.repeat(ctx, func() error { return s.once(ctx, entry, fn) })
}

// commit is write for what has to be committed when it returns.
func (s *Store) commit(ctx context.Context, method string, entry *waygate.AuditEntry, fn func(q *txn) error) error {
	if err := s.mayCommit(ctx, method); err != nil {
		return err
	}
	return s.write(ctx, entry, fn)
}

// statement is commit for a change that is one statement.
func (s *Store) statement(ctx context.Context, method string, fn func(q querier) error) error {
	if err := s.mayCommit(ctx, method); err != nil {
		return err
	}
	if inTransaction(s.db) {
		return errOpenTransaction()
	}
	return s.repeat(ctx, func() error { return fn(s.db) })
}

// mayCommit refuses what commits by itself where the transaction is the host's.
func (s *Store) mayCommit(ctx context.Context, method string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.bound {
		return badConfig("%s commits by itself, and this store is on a transaction of the host's: use a store on the pool", method)
	}
	return nil
}

func errOpenTransaction() error {
	return badConfig("db: is a connection with an open transaction: give New the pgx.Tx, or the pool")
}

// repeat does once again what lost against another transaction, as long as that can help. In a transaction of the
// host's it can't.
func (s *Store) repeat(ctx context.Context, once func() error) error {
	err := once()
	for attempt := 1; attempt < mostAttempts && !s.bound && lost(err); attempt++ {
		if !pause(ctx, attempt) {
			break
		}
		err = once()
	}
	return s.fail(ctx, err)
}

// lost reports whether a transaction failed for the sake of another, and may succeed when it is done again. What
// breaks a constraint was looked for before, so another came between; a second look finds it, and has the better
// message.
func lost(err error) bool {
	switch codeOf(err) {
	case serializationFailure, deadlockDetected, uniqueViolation, foreignKeyViolation:
		return true
	}
	return false
}

// pause waits before another attempt; false if ctx ended.
func pause(ctx context.Context, attempt int) bool {
	most := longestPause * time.Duration(attempt) / mostAttempts
	t := time.NewTimer(rand.N(most))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// once does fn in a transaction or a savepoint.
func (s *Store) once(ctx context.Context, entry *waygate.AuditEntry, fn func(q *txn) error) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer undo(ctx, tx) // nothing after a commit
	q := &txn{querier: tx}
	if err := fn(q); err != nil {
		return err
	}
	if err := s.note(ctx, q, entry); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (s *Store) begin(ctx context.Context) (pgx.Tx, error) {
	if s.bound {
		return s.db.Begin(ctx)
	}
	if inTransaction(s.db) {
		return nil, errOpenTransaction()
	}
	if b, ok := s.db.(beginner); ok {
		return b.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginSQL})
	}
	tx, err := s.db.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "set transaction "+isolationSQL+"; "+durableSQL); err != nil {
		undo(ctx, tx)
		return nil, err
	}
	return tx, nil
}

// undo rolls back also when ctx has ended.
func undo(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	_ = tx.Rollback(ctx) // what it can't undo, the end of the connection does
}

// lock waits until no other transaction holds the lock of that name in this schema; it ends with the transaction.
func (s *Store) lock(ctx context.Context, q querier, name string) error {
	_, err := q.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", "waygate\x1f"+s.schema+"\x1f"+name)
	return err
}
