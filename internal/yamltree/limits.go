package yamltree

import "cmp"

// What the zero value of [Limits] means.
const (
	DefaultBytes     = 1 << 20
	DefaultDepth     = 512
	DefaultNodes     = 1_000_000
	DefaultExpansion = 10
)

// maxDepth keeps recursion over a document safe; the reader underneath has the same bound.
const maxDepth = 10_000

// smallest is what a source counts for at least where its expansion is bounded: a few lines may repeat one another more
// often than a long file.
const smallest = 1000

// Limits bounds one source. Zero, or less, means the default.
type Limits struct {
	Bytes int // of the source; 1 MiB
	Depth int // of nesting, aliases followed, a scalar alone being 0; 512, at most 10,000
	Nodes int // values and keys, aliases followed; 1,000,000
	// Expansion is how many times its own nodes, and its own bytes, a source may become where aliases are followed: 10. A
	// source counts for 1000 nodes and bytes at least.
	Expansion int
}

func (l Limits) withDefaults() Limits {
	l.Bytes = cmp.Or(max(l.Bytes, 0), DefaultBytes)
	l.Depth = min(cmp.Or(max(l.Depth, 0), DefaultDepth), maxDepth)
	l.Nodes = cmp.Or(max(l.Nodes, 0), DefaultNodes)
	l.Expansion = cmp.Or(max(l.Expansion, 0), DefaultExpansion)
	return l
}
