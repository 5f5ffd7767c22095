package validation

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/kaptinlin/jsonschema"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// instance is one compiled copy of a schema, for one goroutine at a time:
// validating writes into it.
type instance struct {
	schema *jsonschema.Schema
	doc    *canon.Doc
	meter  *front.Meter
}

// newInstance compiles the quick form. The compiler serves this copy alone, so
// that nothing is shared with other schemas or goroutines.
func newInstance(doc *canon.Doc, m *front.Meter) (front.Runner, error) {
	form := front.NewQuick(doc, doc.Root)
	text, err := json.Marshal(form.Root)
	if err != nil {
		return nil, &canon.Error{Reason: "the checked schema can't be written"}
	}
	compiler := jsonschema.NewCompiler()
	compiler.Loaders = map[string]func(string) (io.ReadCloser, error){} // nothing is fetched
	compiler.SetAssertFormat(true)
	form.Formats(doc, m, func(name string, counted, native func(any) bool) {
		compiler.RegisterFormat(name, func(value any) bool { return counted(value) && native(value) })
	})
	schema, err := compiler.Compile(text)
	if err != nil {
		return nil, &canon.Error{Reason: "the engine does not compile it"}
	}
	if open := schema.UnresolvedReferenceURIs(); len(open) > 0 {
		return nil, &canon.Error{Reason: fmt.Sprintf("the engine left %d references unresolved", len(open))}
	}
	return &instance{schema: schema, doc: doc, meter: m}, nil
}

// Run implements [front.Runner].
func (in *instance) Run(tree any) (valid bool, found []front.Violation) {
	var result *jsonschema.EvaluationResult
	if object, ok := tree.(map[string]any); ok {
		result = in.schema.ValidateMap(object)
	} else {
		result = in.schema.ValidateStruct(tree) // whatever is not []byte or a map
	}
	if result.IsValid() {
		return true, nil
	}
	e := explainer{doc: in.doc, meter: in.meter}
	return false, e.explain(result, tree)
}
