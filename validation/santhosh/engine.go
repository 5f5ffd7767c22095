package santhosh

import (
	"context"
	"errors"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// Engine is a [validation.Engine] over santhosh-tekuri/jsonschema. The zero value
// is ready for use and has the limits named at the fields; a negative one is
// refused by Compile. What is not supported, and refused, is what
// [validation.Kaptinlin] refuses.
type Engine struct {
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
	// the keyword validation.KeywordLimit.
	MaxSubject int
	// MaxTreeNodes bounds the values of a tree. 0 means 500,000.
	MaxTreeNodes int
	// Instances bounds how many goroutines validate with one compiled schema
	// at the same moment; others wait for one of them. 0 means GOMAXPROCS.
	Instances int
	// Documents are other documents that a schema may refer to, by absolute
	// URI without fragment. Nothing else is ever read. The metaschemas of both
	// dialects are known without. Those that a schema uses count towards
	// MaxBytes and MaxNodes.
	Documents map[string][]byte
}

var _ validation.Vetter = Engine{}

// Compile checks schema and compiles it once. The error is a
// [*validation.SchemaError].
func (e Engine) Compile(schema []byte) (validation.Schema, error) {
	limits, err := front.Limits(e).WithDefaults("Engine")
	if err != nil {
		return nil, refused(err)
	}
	s, err := front.Compile(schema, limits, newInstance)
	if err != nil {
		return nil, refused(err)
	}
	return compiled{s}, nil
}

// Vet implements [validation.Vetter].
func (e Engine) Vet() func(schema []byte) error {
	limits, err := front.Limits(e).WithDefaults("Engine")
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
		return &validation.SchemaError{Pointer: e.Pointer, Reason: e.Reason}
	}
	return &validation.SchemaError{Reason: "the schema can't be checked"}
}

type compiled struct{ *front.Schema }

// Validate implements [validation.Schema].
func (s compiled) Validate(ctx context.Context, tree any) []validation.Violation {
	found := s.Schema.Validate(ctx, tree)
	if found == nil {
		return nil
	}
	list := make([]validation.Violation, len(found))
	for i, v := range found {
		list[i] = validation.Violation(v)
	}
	return list
}
