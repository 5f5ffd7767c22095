package santhosh

import (
	"maps"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// quick makes the form of a schema of which only the verdict matters: numbers are judged behind the format that stands
// for it, and so are what they are compared with where that is costly.
type quick struct {
	formats map[string]quickFormat
}

// quickFormat is a format of the plain form, "" for none, with what is asked of numbers beside it.
type quickFormat struct {
	format  string
	numbers *numbers
}

// newQuick gives the form and its formats, those of the plain form among them.
func newQuick(doc *canon.Doc) (root any, formats map[string]quickFormat) {
	q := quick{formats: plainFormats(doc)}
	return q.schema(guarded(doc, doc.Root)), q.formats
}

// plainFormats are those of the plain form.
func plainFormats(doc *canon.Doc) map[string]quickFormat {
	formats := make(map[string]quickFormat, len(doc.Formats))
	for name := range doc.Formats {
		formats[name] = quickFormat{format: name}
	}
	return formats
}

func (q *quick) schema(schema any) any {
	object, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	out := maps.Clone(object)
	for keyword, value := range object {
		out[keyword] = inside(keyword, value, q.schema)
	}
	n, name := takeNumbers(out)
	if n == nil {
		return out
	}
	format, _ := out["format"].(string)
	name = "#" + name + "|" + format // no other name begins so
	q.formats[name] = quickFormat{format, n}
	out["format"] = name
	return out
}
