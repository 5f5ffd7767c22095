package validation

import (
	"fmt"
	"io"
	"slices"

	"github.com/kaptinlin/jsonschema"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Work that one Validate may cost, in microseconds of an idle machine, roughly.
// It is proportional to the size of the tree, so that a schema that multiplies
// along the depth of a tree is stopped.
const (
	baseBudget    = 300_000
	budgetPerNode = 300
	maxBudget     = 10_000_000
	// bytesPerMicro is how fast the engine looks at a string: at each
	// evaluation it prints it, to tell values apart.
	bytesPerMicro = 16
)

// instance is one compiled copy of a schema, for one goroutine at a time.
type instance struct {
	schema     *jsonschema.Schema
	doc        *canon.Doc
	maxSubject int
	left       int  // budget
	oversized  bool // a pattern met a subject that is too long
	broken     bool // the engine panicked
}

// overBudget is what the engine is stopped with.
type overBudget struct{}

// newInstance compiles the plain form. The compiler serves this copy alone, so
// that nothing is shared with other schemas or goroutines.
func newInstance(text []byte, doc *canon.Doc, maxSubject int) (inst *instance, err error) {
	defer func() {
		if recover() != nil {
			inst, err = nil, &SchemaError{Reason: "the engine panicked while compiling"}
		}
	}()
	inst = &instance{doc: doc, maxSubject: maxSubject}
	compiler := jsonschema.NewCompiler()
	compiler.Loaders = map[string]func(string) (io.ReadCloser, error){} // nothing is fetched
	compiler.SetAssertFormat(true)
	for name, format := range doc.Formats {
		compiler.RegisterFormat(name, inst.format(format))
	}
	if inst.schema, err = compiler.Compile(text); err != nil {
		return nil, &SchemaError{Reason: "the engine does not compile it"}
	}
	if open := inst.schema.UnresolvedReferenceURIs(); len(open) > 0 {
		return nil, &SchemaError{Reason: fmt.Sprintf("the engine left %d references unresolved", len(open))}
	}
	return inst, nil
}

// format makes the function that the engine calls once for each evaluation of
// a schema object: it counts the work and matches the pattern.
func (in *instance) format(f canon.Format) func(any) bool {
	return func(value any) bool {
		text, ok := value.(string)
		if in.left -= f.Weight + len(text)/bytesPerMicro; in.left < 0 {
			panic(overBudget{})
		}
		if f.Pattern == nil || !ok {
			return true
		}
		if len(text) > in.maxSubject {
			in.oversized = true
			return false
		}
		return f.Pattern.MatchString(text)
	}
}

// validate runs the engine and reads its answer.
func (in *instance) validate(tree any, budget int) (found []Violation) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case overBudget:
			in.broken = true
			found = []Violation{{Keyword: KeywordLimit, Expected: "a value that takes less work to check", Received: typeName(tree)}}
		default:
			in.broken = true
			found = []Violation{internal(tree, "a value that the engine can check")}
		}
	}()
	in.left = budget
	in.oversized = false
	var result *jsonschema.EvaluationResult
	if object, ok := tree.(map[string]any); ok {
		result = in.schema.ValidateMap(object)
	} else {
		result = in.schema.ValidateStruct(tree) // whatever is not []byte or a map
	}
	if result.IsValid() && !in.oversized {
		return nil
	}
	e := explainer{doc: in.doc, maxSubject: in.maxSubject}
	if !result.IsValid() {
		found = e.explain(result, tree)
	}
	if in.oversized && !slices.ContainsFunc(found, func(v Violation) bool { return v.Keyword == KeywordLimit }) {
		// The long subject stood where its failure was turned around or
		// overruled (not, anyOf): the answer can't be trusted.
		found = append(found, Violation{Keyword: KeywordLimit, Expected: subjectLimit(in.maxSubject), Received: typeName(tree)})
	}
	if len(found) == 0 {
		return []Violation{internal(tree, "a value that fits the schema")}
	}
	return finish(found)
}
