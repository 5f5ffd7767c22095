package openapi

import (
	"slices"
	"strconv"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// schemasIn writes the keywords that hold schemas. What isn't known means nothing and is left out.
func (w *schemaWriter) schemasIn(name string, v []byte) {
	switch name {
	case "not", "if", "then", "else":
		w.single(name, v, false)
	case "additionalProperties", "propertyNames", "contains", "unevaluatedItems", "unevaluatedProperties":
		w.single(name, v, true)
	case "items":
		w.items(v)
	case "prefixItems":
		w.list(name, name, v, true)
	case "allOf", "anyOf", "oneOf":
		w.list(name, name, v, false)
	case "properties":
		w.properties(v)
	case "patternProperties":
		w.named(name, v, true, w.keepPattern)
	case "dependentSchemas":
		w.named(name, v, false, nil)
	case "dependentRequired":
		w.dependents(v)
	}
}

func (w *schemaWriter) single(name string, v []byte, step bool) {
	if !isSchema(v) {
		w.note(NoteSchema, v, "the value of "+name+" is no schema: left out")
		return
	}
	w.keyword(name)
	w.under(step, v, nil)
}

// items are a schema; a list of them, which stands for what prefixItems says today, is taken for that.
func (w *schemaWriter) items(v []byte) {
	if rawjson.Kind(v) != '[' {
		w.single("items", v, true)
		return
	}
	w.note(NoteSchema, v, "items must be one schema: a list is read as prefixItems")
	if len(rawjson.Array(v)) > 0 {
		w.list("items", "prefixItems", v, true)
	}
}

func (w *schemaWriter) list(name, as string, v []byte, step bool) {
	list := rawjson.Array(v)
	if len(list) == 0 {
		w.note(NoteSchema, v, "the value of "+name+" must be a list of schemas: left out")
		return
	}
	w.keyword(as)
	w.buf = append(w.buf, '[')
	for i, x := range list {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		var hidden []string
		if name == "allOf" {
			hidden = w.hidden
		}
		w.under(step, x, hidden, strconv.Itoa(i))
	}
	w.buf = append(w.buf, ']')
}

func (w *schemaWriter) properties(v []byte) {
	w.named("properties", v, true, func(name string, v []byte) bool {
		return !w.hides(node{w.f, v, w.place()})
	})
}

func (w *schemaWriter) keepPattern(text string, v []byte) bool {
	if !w.s.compiles(text) {
		w.note(NotePattern, v, "the pattern is no RE2 syntax, or too large: the members that it names aren't checked")
		return false
	}
	w.out.patterns++
	return true
}

// named writes an object of schemas, without those that aren't kept.
func (w *schemaWriter) named(name string, v []byte, step bool, keep func(name string, v []byte) bool) {
	if rawjson.Kind(v) != '{' {
		w.note(NoteSchema, v, "the value of "+name+" must be an object of schemas: left out")
		return
	}
	w.keyword(name)
	w.buf = append(w.buf, '{')
	first := true
	for _, m := range w.f.list(v) {
		if keep != nil && !keep(m.Name, m.Value) {
			continue
		}
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.buf = append(append(w.buf, jsonText(m.Name)...), ':')
		w.under(step, m.Value, nil, m.Name)
	}
	w.buf = append(w.buf, '}')
}

// dependents writes dependentRequired, whose lists hold no name twice.
func (w *schemaWriter) dependents(v []byte) {
	ok := rawjson.Kind(v) == '{'
	for _, m := range rawjson.Object(v) {
		ok = ok && rawjson.Kind(m.Value) == '['
		var names []string
		for _, x := range rawjson.Array(m.Value) {
			name, text := rawjson.Text(x)
			ok = ok && text && !slices.Contains(names, name)
			names = append(names, name)
		}
	}
	w.literalIf(ok, "dependentRequired", v)
}
