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
	root, formats := newQuick(doc)
	quick, err := compile(doc, root, formats, m)
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

func compile(doc *canon.Doc, root any, formats map[string]quickFormat, m *front.Meter) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for name, f := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: f.validator(doc, m)})
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

// validator is the function that the engine calls for a format.
func (f quickFormat) validator(doc *canon.Doc, m *front.Meter) func(any) error {
	matches := func(any) bool { return true }
	if f.format != "" {
		matches = m.Format(doc.Formats[f.format])
	}
	return func(value any) error {
		if matches(value) && (f.numbers == nil || f.numbers.fit(value)) {
			return nil
		}
		return errFormat
	}
}

// Run implements [front.Runner].
func (in *instance) Run(tree any) (valid bool, found []front.Violation) {
	if in.quick.Validate(tree) == nil {
		return true, nil
	}
	if in.explain == nil {
		root := spread(in.doc.Root)
		schema, err := compile(in.doc, root, plainFormats(in.doc), in.meter)
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
