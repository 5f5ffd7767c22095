// Package e2e holds tests of gateways over PostgreSQL that need more than one module: a server that is killed under
// load, processes that change the same rows, and what can be read in a stolen database.
//
// Those that could go on for ever do so for ten seconds, or for a minute where WAYGATE_SOAK is 1, with the same
// assertions:
//
//	WAYGATE_SOAK=1 go test -race .
//
// The server and PgBouncer are started by internal/pgserver.
package e2e
