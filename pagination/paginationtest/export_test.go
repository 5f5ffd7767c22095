package paginationtest

import (
	"slices"

	"github.com/waygate-go/waygate/pagination"
)

// Failures runs the clauses of those names, all if none is given, and gives
// those that are broken.
func Failures(s pagination.Strategy, o Options, names ...string) map[string]error {
	out := make(map[string]error)
	for _, c := range clauses() {
		if len(names) > 0 && !slices.Contains(names, c.name) {
			continue
		}
		if err := c.run(s, o); err != nil {
			out[c.name] = err
		}
	}
	return out
}
