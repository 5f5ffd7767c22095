// Package postgres keeps what a gateway needs in a PostgreSQL database: durable, and shared by as many processes as
// you run.
//
// A host brings its own pool, a connection or a transaction of pgx; but for [Listen] the store opens and
// closes none. It lives in a schema of its own, "waygate" unless [Schema] says otherwise, and never changes tables by
// itself: [Migrate] does, when the host asks for it, and [Validate] says whether they fit the program. [Migrations]
// gives the same as texts.
//
//	pool, err := pgxpool.New(ctx, url)
//	err = postgres.Migrate(ctx, pool)
//	store := postgres.New(pool, postgres.Listen(func(ctx context.Context) (*pgx.Conn, error) {
//		return pgx.Connect(ctx, url)
//	}))
//	gw, err := waygate.New(waygate.Config{Store: store, Keyring: keyring})
//
// It has all parts, the optional ones too: [waygate.AuditStore], [waygate.VariableStore], [waygate.FlowStore],
// [waygate.AppStore], [waygate.WatchStore] and, with [Listen], [waygate.WakingStore] on the store,
// [waygate.StatisticsStore] on its records. PostgreSQL 13 or later is needed; the tests run on 15.
//
// # Transactions
//
// A store made on a pgx.Tx writes into the host's transaction: what it did is gone if the host rolls back. Save,
// Mark, Acquire, Renew and Release of credentials, PutFlow and TakeFlow commit by themselves and are refused there with
// [waygate.ErrConfig], so a gateway needs a store on the pool. Serialization failures and deadlocks are repeated a
// few times where the transaction is the store's own. All times that decide something are the server's.
//
// # PgBouncer
//
// The store keeps no state in a session of the pool's: no prepared statement that it names, no session lock, no
// LISTEN; what [Listen] waits on is a connection of its own, past the bouncer. Behind PgBouncer in transaction
// mode set pgx to a mode without named statements; its usual one fails there with SQLSTATE 42P05 unless the bouncer
// tracks statements itself:
//
//	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
//
// # Records
//
// Records are partitioned by week, so that old ones go by dropping tables. Append makes the table of a week and of
// the one after it when they are first needed; where the role may not, records go to a default partition, and all
// works but for the speed of Expire.
//
// Statistics are exact up to 50,000 calls. Above that counts are exact still; percentiles are read from a histogram,
// written together with the records, and are within 2 % (or a microsecond) of the exact ones. What a summary then
// reads is the histograms, one row for each hour and each combination of integration, action, connection and kind,
// and the records of the two hours that Since and Until cut; the number of records beyond that doesn't matter.
//
// Failures are an [*Error] where the class is known; others wrap pgx's own. A store that the program and its tables
// don't agree on says so with [waygate.ErrConfig].
package postgres
