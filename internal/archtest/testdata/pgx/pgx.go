// Package pgx stands in for a foreign client.
package pgx

// Conn is a connection.
type Conn struct{}
