// Package pgserver starts PostgreSQL and PgBouncer for tests and examples, and stops them.
//
// [Start] makes a cluster of its own in a temporary directory and starts it on 127.0.0.1 and a free port, in about a
// second; [Server.Stop] ends it and removes the directory. [Server.Kill] is a crash, [Server.Restart] the recovery
// from it:
//
//	s, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{"fsync": "on"}})
//	defer s.Stop()
//	dsn, err := s.NewDatabase(ctx)
//	…
//	err = s.Kill()
//	err = s.Restart(ctx) // the same port, and what was committed
//
// [StartBouncer] puts PgBouncer in front, pooling by transaction. Tests that need no server of their own share one for
// the whole test process:
//
//	func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }
//
//	func TestStore(t *testing.T) {
//		dsn, err := pgserver.Shared(t).NewDatabase(t.Context())
//
// WAYGATE_TEST_DATABASE_URL, a postgres:// URL of a superuser, makes [Shared] use that server in place of starting
// one; it can't be killed or restarted then ([ErrExternal]).
//
// Whoever runs as root needs the user postgres, as which the programs run: they refuse root. A test process that dies,
// however it dies, takes its servers with it: each runs below a shell that waits for the end of a pipe. Everybody who
// can connect to the loopback address is a superuser of such a server, so nothing of value belongs in it.
package pgserver
