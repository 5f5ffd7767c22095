package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// schemaWriter writes the keywords of one schema object.
type schemaWriter struct {
	*builder
	members []rawjson.Member
	raw     []byte
	o       buildOptions
	hidden  []string
	nullable,
	wrapped bool // a null beside it is an alternative of anyOf
	types []string
	open  int // where the object began
}

func (w *schemaWriter) get(name string) []byte {
	for _, m := range w.members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

func (w *schemaWriter) write() {
	w.nullable = rawjson.True(w.get("nullable")) || rawjson.True(w.get("x-nullable"))
	isRef := rawjson.Kind(w.get("$ref")) == '"'
	if w.nullable {
		for _, name := range []string{"$ref", "allOf", "anyOf", "oneOf", "not", "const", "if"} {
			w.wrapped = w.wrapped || w.get(name) != nil
		}
	}
	if w.wrapped {
		w.buf = append(w.buf, `{"anyOf":[`...)
	}
	if v := w.get("$ref"); v != nil && !isRef {
		w.path = append(w.path, "$ref")
		w.note(NoteSchema, v, "a reference is a text: left out")
		w.path = w.path[:len(w.path)-1]
	}
	w.open = len(w.buf)
	w.buf = append(w.buf, '{')
	if !isRef || w.ref(w.get("$ref")) {
		w.keywords(isRef)
	}
	w.buf = append(w.buf, '}')
	if w.wrapped {
		w.buf = append(w.buf, `,{"type":"null"}]}`...)
	}
}

// keyword begins a keyword.
func (w *schemaWriter) keyword(name string) {
	if len(w.buf) > w.open+1 {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(append(append(w.buf, '"'), name...), '"', ':')
}

func (w *schemaWriter) keywords(isRef bool) {
	w.readTypes()
	described := false
	for _, m := range w.members {
		switch {
		case m.Name == "$ref" && isRef, w.o.parameter && parameterMember(m.Name):
		case isRef && (w.s.d.version == v20 || w.s.d.version == v30) && assertion(m.Name):
			w.path = append(w.path, m.Name)
			w.note(NoteSchema, m.Value, "a keyword beside $ref means nothing in this version: left out")
			w.path = w.path[:len(w.path)-1]
		default:
			described = described || m.Name == "description"
			w.path = append(w.path, m.Name)
			w.one(m.Name, m.Value)
			w.path = w.path[:len(w.path)-1]
		}
	}
	if text := w.trim.text(w.o.description); !described && text != "" {
		w.keyword("description")
		w.buf = append(w.buf, jsonText(text)...)
	}
}

// parameterMember says that a member is the parameter's and not its schema's, in Swagger 2.0.
func parameterMember(name string) bool {
	return slices.Contains([]string{"name", "in", "required", "collectionFormat", "allowEmptyValue", "description"}, name)
}

// assertion says whether a keyword accepts or rejects something.
func assertion(name string) bool {
	switch name {
	case "title", "description", "default", "example", "examples", "deprecated", "nullable", "readOnly", "writeOnly",
		"xml", "externalDocs", "discriminator", "$comment", "summary":
		return false
	}
	return !strings.HasPrefix(name, "x-")
}

// readTypes learns which types the schema names.
func (w *schemaWriter) readTypes() {
	v := w.get("type")
	if t, ok := rawjson.Text(v); ok {
		w.types = []string{t}
	}
	for _, x := range rawjson.Array(v) {
		if t, ok := rawjson.Text(x); ok {
			w.types = append(w.types, t)
		}
	}
}

// one writes a keyword, or leaves it out.
func (w *schemaWriter) one(name string, v []byte) {
	switch name {
	case "title", "description", "format", "contentEncoding", "contentMediaType":
		w.text(name, v)
	case "deprecated":
		if rawjson.True(v) {
			w.literal(name, v)
		}
	case "default", "discriminator", "example", "examples":
		w.annotation(name, v)
	case "type":
		w.writeTypes(v)
	case "enum":
		w.enum(v)
	case "const":
		w.literalIf(reasonable(v), name, v)
	case "multipleOf", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum":
		w.number(name, v)
	case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "minContains", "maxContains":
		if w.binary() {
			return
		}
		w.count(name, v)
	case "uniqueItems":
		w.literalIf(rawjson.Kind(v) == 't' || rawjson.Kind(v) == 'f', name, v)
	case "pattern":
		w.pattern(v)
	case "required":
		w.required(v)
	case "dependencies", "$dynamicRef", "$recursiveRef", "id", "extends", "disallow":
		if name != "id" {
			w.note(NoteSchema, v, name+" isn't read: left out")
		}
	default:
		w.schemasIn(name, v)
	}
}

// text writes a keyword whose value is text; of a title or a description, what stays of it.
func (w *schemaWriter) text(name string, v []byte) {
	text, ok := rawjson.Text(v)
	forPeople := name == "title" || name == "description"
	switch {
	case !ok, forPeople && w.trim >= noTexts, name == "title" && w.trim == shortTexts:
	case forPeople && w.trim == shortTexts && len(text) > shortText:
		w.keyword(name)
		w.buf = append(w.buf, jsonText(w.trim.text(text))...)
	default:
		w.literal(name, v)
	}
}

// annotation writes what accepts and rejects nothing.
func (w *schemaWriter) annotation(name string, v []byte) {
	switch {
	case w.trim != untrimmed && name != "default":
	case name == "example":
		w.keyword("examples")
		w.buf = append(w.buf, '[')
		w.compact(v)
		w.buf = append(w.buf, ']')
	case name != "examples", rawjson.Kind(v) == '[' && w.get("example") == nil:
		w.literal(name, v)
	}
}

func (w *schemaWriter) literal(name string, v []byte) {
	w.keyword(name)
	w.compact(v)
}

func (w *schemaWriter) literalIf(ok bool, name string, v []byte) {
	if !ok {
		w.note(NoteSchema, v, "the value of "+name+" has the wrong form: left out")
		return
	}
	w.literal(name, v)
}

// binary says that the value is a file's content: to the gateway's validation a file is a text.
func (w *schemaWriter) binary() bool {
	format, _ := rawjson.Text(w.get("format"))
	return format == "binary" || slices.Contains(w.types, "file")
}

func (w *schemaWriter) writeTypes(v []byte) {
	var known []string
	for _, t := range w.types {
		if t == "file" {
			t = "string"
		}
		if !slices.Contains([]string{"array", "boolean", "integer", "null", "number", "object", "string"}, t) {
			w.note(NoteSchema, v, "there is no such type: it isn't enforced")
			return
		}
		if !slices.Contains(known, t) {
			known = append(known, t)
		}
	}
	if len(known) == 0 {
		w.note(NoteSchema, v, "the value of type has the wrong form: left out")
		return
	}
	if w.nullable && !w.wrapped && !slices.Contains(known, "null") {
		known = append(known, "null")
	}
	w.keyword("type")
	if len(known) == 1 {
		w.buf = append(append(append(w.buf, '"'), known[0]...), '"')
		return
	}
	w.buf = append(w.buf, `["`+strings.Join(known, `","`)+`"]`...)
}
