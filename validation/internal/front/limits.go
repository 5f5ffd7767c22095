package front

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Limits bound what an engine takes. Engines have the same fields, which
// explain them.
type Limits struct {
	MaxBytes     int
	MaxDepth     int
	MaxNodes     int
	MaxPatterns  int
	MaxPattern   int
	MaxSubject   int
	MaxTreeNodes int
	Instances    int
	Documents    map[string][]byte
}

// maxTreeDepth bounds the nesting of a tree. Engines recurse, and a stack that
// is full can't be recovered from.
const maxTreeDepth = 1000

// WithDefaults fills in what is zero. engine is the name for errors, which are
// *canon.Error.
func (l Limits) WithDefaults(engine string) (Limits, error) {
	for _, f := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"MaxBytes", &l.MaxBytes, 1 << 20},
		{"MaxDepth", &l.MaxDepth, 128},
		{"MaxNodes", &l.MaxNodes, 100_000},
		{"MaxPatterns", &l.MaxPatterns, 256},
		{"MaxPattern", &l.MaxPattern, 1 << 10},
		{"MaxSubject", &l.MaxSubject, 64 << 10},
		{"MaxTreeNodes", &l.MaxTreeNodes, 500_000},
		{"Instances", &l.Instances, runtime.GOMAXPROCS(0)},
	} {
		if *f.value < 0 {
			return l, &canon.Error{Reason: fmt.Sprintf("%s.%s is negative: use 0 for the default of %d", engine, f.name, f.fallback)}
		}
		*f.value = cmp.Or(*f.value, f.fallback)
	}
	return l, nil
}

// Canon gives the limits of a schema alone.
func (l Limits) Canon() canon.Limits {
	return canon.Limits{
		Bytes: l.MaxBytes, Depth: l.MaxDepth, Nodes: l.MaxNodes,
		Patterns: l.MaxPatterns, PatternBytes: l.MaxPattern, Documents: l.Documents,
	}
}
