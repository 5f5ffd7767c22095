package santhosh

import (
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// location is the name of the plain form within a compiler.
const location = "schema://document/"

// instance is one compiled copy of a schema, for one goroutine at a time, since
// its formats count into one meter.
type instance struct {
	doc     *canon.Doc
	meter   *front.Meter
	quick   *jsonschema.Schema
	explain *explaining // made when the first tree fails
}

// explaining is the form of a schema of which the engine tells all that fails:
// it stops at the first of type, const, enum and format otherwise.
type explaining struct {
	root   any
	schema *jsonschema.Schema
}

func newInstance(doc *canon.Doc, m *front.Meter) (front.Runner, error) {
	form := front.NewQuick(doc, guarded(doc, doc.Root))
	formats := map[string]func(any) bool{}
	form.Formats(doc, m, func(name string, counted, native func(any) bool) {
		formats[name] = func(value any) bool { return native(value) && counted(value) } // in the engine's own order
	})
	quick, err := compile(form.Root, formats)
	if err != nil {
		return nil, err
	}
	return &instance{doc: doc, meter: m, quick: quick}, nil
}

// closed refuses to load anything: a reference to the network or to a file.
type closed struct{}

func (closed) Load(string) (any, error) { return nil, errors.New("nothing is loaded") }

// errFormat says that a pattern did not match. It holds no value.
var errFormat = errors.New("no match")

func compile(root any, formats map[string]func(any) bool) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for name, fits := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(value any) error {
			if fits(value) {
				return nil
			}
			return errFormat
		}})
	}
	if err := c.AddResource(location, root); err != nil {
		return nil, &canon.Error{Reason: "the engine does not take it"}
	}
	schema, err := c.Compile(location)
	if err != nil {
		return nil, &canon.Error{Reason: fmt.Sprintf("the engine does not compile it (%T)", err)}
	}
	return schema, nil
}

// Run implements [front.Runner].
func (in *instance) Run(tree any) (valid bool, found []front.Violation) {
	if in.quick.Validate(tree) == nil {
		return true, nil
	}
	if in.explain == nil {
		root := spread(in.doc.Root)
		formats := map[string]func(any) bool{}
		for name, format := range in.doc.Formats {
			formats[name] = in.meter.Format(format)
		}
		schema, err := compile(root, formats)
		if err != nil {
			return false, nil
		}
		in.explain = &explaining{root, schema}
	}
	var failed *jsonschema.ValidationError
	if !errors.As(in.explain.schema.Validate(tree), &failed) {
		return false, nil
	}
	e := explainer{doc: in.doc, meter: in.meter, root: in.explain.root, tree: tree}
	return false, e.walk(nil, failed, spot{via: front.KeywordFalse})
}
