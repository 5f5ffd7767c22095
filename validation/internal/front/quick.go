package front

import (
	"maps"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Quick is the form of a schema that engines are quick with: what is asked of types and of the size of numbers is judged
// behind the formats.
type Quick struct {
	Root    any
	formats map[string]quickFormat
}

// quickFormat is a format of the plain form, "" for none, with what is judged beside it.
type quickFormat struct {
	format string
	native *native
}

// NewQuick gives the quick form of a plain one, or of what an engine made of it.
func NewQuick(doc *canon.Doc, root any) *Quick {
	q := &Quick{formats: make(map[string]quickFormat, len(doc.Formats))}
	for name := range doc.Formats {
		q.formats[name] = quickFormat{format: name}
	}
	q.Root = q.schema(root)
	return q
}

func (q *Quick) schema(schema any) any {
	object, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	out := maps.Clone(object)
	for keyword, value := range object {
		out[keyword] = canon.Inside(keyword, value, q.schema)
	}
	n, name := takeNative(out)
	if n == nil {
		return out
	}
	format, _ := out["format"].(string)
	name = "#" + name + "|" + format // no other name begins so
	q.formats[name] = quickFormat{format, n}
	out["format"] = name
	return out
}

// Formats visits the formats of the form: their names, what counts the work and matches the pattern, which an engine is
// to call once for each evaluation unless it has found a fault before, and what judges types and numbers.
func (q *Quick) Formats(doc *canon.Doc, m *Meter, visit func(name string, counted, native func(any) bool)) {
	for name, f := range q.formats {
		counted, fits := anything, anything
		if f.format != "" {
			counted = m.Format(doc.Formats[f.format])
		}
		if f.native != nil {
			fits = f.native.fits
		}
		visit(name, counted, fits)
	}
}

func anything(any) bool { return true }

// Native gives the violations of what is judged beside a format, by a schema of the plain form.
func Native(pointer string, value any, schema map[string]any) (found []Violation) {
	n, _ := takeNative(maps.Clone(schema))
	if n == nil {
		return nil
	}
	n.each(value, func(keyword string) bool {
		found = append(found, Violation{Pointer: pointer, Keyword: keyword, Expected: Expected(keyword, schema), Received: TypeName(value)})
		return true
	})
	return found
}
