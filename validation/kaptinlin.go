package validation

import (
	"context"
	"errors"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// Kaptinlin is the default [Engine]: kaptinlin/jsonschema behind a front that
// checks the schema itself, gives the engine a plain form of it, and gives
// each goroutine its own compiled copy. The zero value is ready for use and
// has the limits named at the fields; a negative one is refused by Compile.
//
// Not supported, and refused: dialects other than 2020-12 and draft-07,
// references to documents that are neither metaschemas nor in Documents, schemas of
// two dialects in one document, metaschemas that require a vocabulary besides those
// of 2020-12 (format-assertion among them), and patterns that are not RE2 syntax
// (github.com/google/re2/wiki/Syntax): no look-around, no back-references.
//
// A check is given up with the keyword [KeywordLimit] when it takes too much work
// for the size of the tree: about 50 ms and 100 µs for each value of it, at most
// 2 s, on an idle machine; and in any case about 5 s after its start.
type Kaptinlin struct {
	// MaxBytes bounds the text of a schema. 0 means 1 MiB.
	MaxBytes int
	// MaxDepth bounds the nesting of its JSON. 0 means 128.
	MaxDepth int
	// MaxNodes bounds its values and keys. 0 means 100,000.
	MaxNodes int
	// MaxPatterns bounds its different patterns. 0 means 256.
	MaxPatterns int
	// MaxPattern bounds each pattern, in bytes. 0 means 1 KiB.
	MaxPattern int
	// MaxSubject bounds the strings and member names to which a pattern is
	// applied, in bytes. 0 means 64 KiB. A longer one is a violation with
	// the keyword KeywordLimit.
	MaxSubject int
	// MaxTreeNodes bounds the values of a tree. 0 means 500,000. The engine
	// keeps about 1.5 KB for each value that fails.
	MaxTreeNodes int
	// Instances bounds how many goroutines validate with one compiled schema
	// at the same moment; others wait for one of them. 0 means GOMAXPROCS.
	Instances int
	// Documents are other documents that a schema may refer to, by absolute
	// URI without fragment. Nothing else is ever read. The metaschemas of both
	// dialects are known without; a document that a $schema names is a
	// metaschema of your own, of which the $vocabulary counts. Those that a
	// schema uses count towards MaxBytes and MaxNodes.
	Documents map[string][]byte
}

var _ Vetter = Kaptinlin{}

// Compile checks schema and compiles it once. The error is a [*SchemaError].
func (k Kaptinlin) Compile(schema []byte) (Schema, error) {
	limits, err := front.Limits(k).WithDefaults("Kaptinlin")
	if err != nil {
		return nil, refused(err)
	}
	s, err := front.Compile(schema, limits, newInstance)
	if err != nil {
		return nil, refused(err)
	}
	return compiled{s}, nil
}

// Vet implements [Vetter]: its function gives the errors of Compile, at a small part of the price.
func (k Kaptinlin) Vet() func(schema []byte) error {
	limits, err := front.Limits(k).WithDefaults("Kaptinlin")
	if err != nil {
		return func([]byte) error { return refused(err) }
	}
	vet := front.Vet(limits)
	return func(schema []byte) error {
		if err := vet(schema); err != nil {
			return refused(err)
		}
		return nil
	}
}

func refused(err error) error {
	var e *canon.Error
	if errors.As(err, &e) {
		return &SchemaError{Pointer: e.Pointer, Reason: e.Reason}
	}
	return &SchemaError{Reason: "the schema can't be checked"}
}

// compiled is a schema that an engine of the front made.
type compiled struct{ *front.Schema }

// Validate implements [Schema].
func (s compiled) Validate(ctx context.Context, tree any) []Violation {
	return violations(s.Schema.Validate(ctx, tree))
}
