package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DBTX is what the store needs of a database. *pgxpool.Pool, *pgxpool.Conn, *pgx.Conn and pgx.Tx have it.
//
// A gateway needs a pool: a connection or a transaction serves one goroutine at a time.
type DBTX interface {
	// Exec, Query and QueryRow are as pgx has them.
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	// Begin starts a transaction; of a pgx.Tx, a savepoint.
	Begin(ctx context.Context) (pgx.Tx, error)
}

// beginner is a DBTX that can say how a transaction begins, in one round trip.
type beginner interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// querier is what a database and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// isTransaction reports whether db is a transaction of the host's, also one in a wrapper.
func isTransaction(db DBTX) bool {
	_, ok := db.(interface {
		Commit(ctx context.Context) error
		Rollback(ctx context.Context) error
	})
	return ok
}

// inTransaction reports whether db is a connection on which the host has begun a transaction. A begin there would be
// ignored by the server, and a commit would be the host's.
func inTransaction(db DBTX) bool {
	const idle = 'I'
	switch c := db.(type) {
	case interface{ PgConn() *pgconn.PgConn }:
		return c.PgConn().TxStatus() != idle
	case interface{ Conn() *pgx.Conn }:
		return c.Conn().PgConn().TxStatus() != idle
	}
	return false
}

var (
	_ DBTX = (*pgx.Conn)(nil)
	_ DBTX = (pgx.Tx)(nil)
)
