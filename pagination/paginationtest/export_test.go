package paginationtest

import "github.com/waygate-go/waygate/pagination"

// Failures runs the clauses of those names, all if none is given, and gives
// those that are broken.
func Failures(s pagination.Strategy, o Options, names ...string) map[string]error {
	return contract().Failures(func() (subject, error) { return newSubject(s, o) }, names...)
}
