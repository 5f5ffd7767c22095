// Package fullway measures the full way of a call beside the same chain by hand: a body that is validated and written, a
// request over a transport that answers at once, an answer that is read, parsed and validated, and eight of its values.
//
//	go test -run '^$' -bench FullWay ./fullway
//
// It holds tests only.
package fullway
