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
