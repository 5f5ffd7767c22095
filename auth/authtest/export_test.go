package authtest

import "github.com/waygate-go/waygate/auth"

// Failures runs the clauses of those names, all if none is given, and gives
// those that are broken.
func Failures(s auth.Scheme, o Options, names ...string) map[string]error {
	return contract().Failures(func() (subject, error) { return newSubject(s, o) }, names...)
}
