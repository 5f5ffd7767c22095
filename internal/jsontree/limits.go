package jsontree

import "cmp"

// Bounds of [Limits]: what its zero value means, and the deepest nesting that
// can be asked for.
const (
	DefaultDepth = 512
	DefaultNodes = 1_000_000
	MaxDepth     = 10_000
)

// Limits bounds one document before anything is built from it.
type Limits struct {
	// Depth is the deepest nesting of objects and arrays; a scalar alone has
	// depth 0, [] has depth 1. Zero or less means [DefaultDepth]; more than
	// [MaxDepth] means MaxDepth, so that recursion over a tree stays safe.
	Depth int
	// Nodes is the number of values and object keys together: {"a":1} has 3.
	// Zero or less means [DefaultNodes].
	Nodes int
}

// withDefaults makes both numbers positive.
func (l Limits) withDefaults() Limits {
	l.Depth = min(cmp.Or(max(l.Depth, 0), DefaultDepth), MaxDepth)
	l.Nodes = cmp.Or(max(l.Nodes, 0), DefaultNodes)
	return l
}

// Stats says what [Scan] saw.
type Stats struct {
	// Depth is the deepest nesting and Nodes the number of values and keys,
	// both counted as [Limits] says.
	Depth, Nodes int
	// Duplicate is the JSON pointer (RFC 6901) of the first key that repeats
	// an earlier one of the same object, compared after unescaping. It is ""
	// when there is none: the pointer of a key is never empty.
	Duplicate string
}
