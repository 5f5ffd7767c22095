package openapi

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
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
	if !described && w.o.description != "" {
		w.keyword("description")
		w.buf = append(w.buf, jsonText(w.o.description)...)
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
		if rawjson.Kind(v) == '"' {
			w.literal(name, v)
		}
	case "deprecated":
		if rawjson.True(v) {
			w.literal(name, v)
		}
	case "default", "discriminator":
		w.literal(name, v)
	case "example":
		w.keyword("examples")
		w.buf = append(w.buf, '[')
		w.compact(v)
		w.buf = append(w.buf, ']')
	case "examples":
		if rawjson.Kind(v) == '[' && w.get("example") == nil {
			w.literal(name, v)
		}
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

// enum writes the values, with null where that is allowed. Values none of which has the type would refuse everything.
func (w *schemaWriter) enum(v []byte) {
	list := rawjson.Array(v)
	if len(list) == 0 || !reasonable(v) {
		w.note(NoteSchema, v, "the value of enum has the wrong form: left out")
		return
	}
	if len(w.types) > 0 && !slices.ContainsFunc(list, w.fits) {
		w.note(NoteSchema, v, "none of the values has the type that the schema wants: they aren't enforced")
		return
	}
	if w.binary() {
		return
	}
	w.keyword("enum")
	w.buf = append(w.buf, '[')
	null := false
	for i, x := range list {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		null = null || rawjson.Kind(x) == 'n'
		w.compact(x)
	}
	if w.nullable && !w.wrapped && !null {
		w.buf = append(w.buf, ",null"...)
	}
	w.buf = append(w.buf, ']')
}

// fits says whether a literal has one of the types.
func (w *schemaWriter) fits(v []byte) bool {
	return slices.ContainsFunc(w.types, func(t string) bool {
		switch t {
		case "string", "file":
			return rawjson.Kind(v) == '"'
		case "integer":
			r, ok := new(big.Rat).SetString(string(v))
			return ok && r.IsInt()
		case "number":
			return rawjson.Kind(v) == '0'
		case "boolean":
			return rawjson.Kind(v) == 't' || rawjson.Kind(v) == 'f'
		case "array":
			return rawjson.Kind(v) == '['
		case "object":
			return rawjson.Kind(v) == '{'
		}
		return true
	})
}

// number writes a bound. Before 3.1 the exclusive ones are booleans beside the others.
func (w *schemaWriter) number(name string, v []byte) {
	plain, exclusive := "minimum", "exclusiveMinimum"
	if strings.HasSuffix(name, "aximum") {
		plain, exclusive = "maximum", "exclusiveMaximum"
	}
	switch {
	case name == exclusive && (rawjson.Kind(v) == 't' || rawjson.Kind(v) == 'f'):
		return // told of with the other
	case name == plain && rawjson.True(w.get(exclusive)):
		name = exclusive
	}
	ok := rawjson.Kind(v) == '0' && reasonable(v)
	if ok && name == "multipleOf" {
		r, read := new(big.Rat).SetString(string(v))
		ok = read && r.Sign() > 0
	}
	w.literalIf(ok, name, v)
}

func (w *schemaWriter) count(name string, v []byte) {
	n, err := strconv.ParseFloat(string(v), 64)
	w.literalIf(rawjson.Kind(v) == '0' && reasonable(v) && err == nil && n >= 0 && n == float64(int64(n)), name, v)
}

func (w *schemaWriter) pattern(v []byte) {
	text, ok := rawjson.Text(v)
	switch {
	case w.binary():
	case !ok:
		w.note(NotePattern, v, "a pattern must be text: it isn't enforced")
	case !w.s.compiles(text):
		w.note(NotePattern, v, "the pattern is no RE2 syntax, or too large: it isn't enforced")
	default:
		w.out.patterns++
		w.literal("pattern", v)
	}
}

// required leaves out the members that aren't there in this direction.
func (w *schemaWriter) required(v []byte) {
	if rawjson.Kind(v) != '[' {
		if k := rawjson.Kind(v); k != 't' && k != 'f' { // draft 3 had a boolean in the member's schema
			w.note(NoteSchema, v, "the value of required has the wrong form: left out")
		}
		return
	}
	var names []string
	for _, x := range rawjson.Array(v) {
		name, ok := rawjson.Text(x)
		if ok && !slices.Contains(names, name) && !slices.Contains(w.hidden, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	w.keyword("required")
	raw, err := json.Marshal(names)
	if err != nil {
		raw = []byte("[]")
	}
	w.buf = append(w.buf, raw...)
}

// isSchema says whether a value can be a schema.
func isSchema(v []byte) bool { return bytes.IndexByte([]byte("{tf"), rawjson.Kind(v)) >= 0 }
