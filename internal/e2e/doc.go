// Package e2e holds tests of gateways that need more than one module: over PostgreSQL, a server that is killed under
// load, processes that change the same rows, and what can be read in a stolen database; over authorization servers that
// are not of our making, tokens that rotate; over bad networks, a provider that fails in every way.
//
// Those that could go on for ever do so for ten seconds, or for a minute where WAYGATE_SOAK is 1, with the same
// assertions:
//
//	WAYGATE_SOAK=1 go test -race .
//
// The database and PgBouncer are started by internal/pgserver. The authorization servers stand in packages below this
// one, for these tests and for the examples; toxics puts bad networks in between. fositeserver detects reuse of refresh tokens, oidcserver has discovery and
// the device flow, tokenscript does what no server does on purpose, and loopback is what all of them listen by. They
// bring a graph of 500 modules, which is why they live in this module and not in the core's.
package e2e
