package canon

import (
	"bytes"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// partWalk looks at one part. Its methods say whether what they see is known to be fine.
type partWalk struct {
	v    *Vetter
	p    *part
	root bool // $defs and $schema may stand here
}

func (w *partWalk) whole(text []byte) bool { return w.value(text, &w.p.own, 1) && w.count(&w.p.own) }

// count adds what was found at a position to what the part has at most.
func (w *partWalk) count(pos *position) bool {
	w.p.mostCost = max(w.p.mostCost, pos.cost)
	w.p.mostChain = max(w.p.mostChain, pos.chain)
	w.p.mostRefs = max(w.p.mostRefs, len(pos.refs))
	return true
}

// value looks at a schema that is applied at a position, depth schemas deep.
func (w *partWalk) value(text []byte, pos *position, depth int) bool {
	pos.cost, pos.chain = pos.cost+1, max(pos.chain, depth)
	switch rawjson.Kind(text) {
	case 't', 'f':
		return true
	case '{':
	default:
		return false
	}
	top := w.root
	w.root = false
	ok := true
	rawjson.Each(text, func(name, value []byte) bool {
		if ok = simple(name); ok {
			word := name[1 : len(name)-1]
			if !top || !atRoot(word, value) {
				ok = w.keyword(word, value, pos, depth)
			}
		}
		return ok
	})
	return ok
}

// atRoot says whether a keyword was dealt with, or means nothing new, at the root of a document.
func atRoot(word, value []byte) bool {
	switch string(word) {
	case "$defs":
		return true
	case "$schema":
		return string(value) == `"`+currentURI+`"`
	}
	return false
}

// apart looks at a schema that is applied to a value of its own.
func (w *partWalk) apart(text []byte) bool {
	var pos position
	return w.value(text, &pos, 1) && w.count(&pos)
}

func (w *partWalk) keyword(word, v []byte, pos *position, depth int) bool {
	within := func(v []byte) bool { return w.value(v, pos, depth+1) }
	switch string(word) {
	case "$ref":
		return w.ref(v, pos, depth)
	case "$schema", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$defs", "definitions":
		return false
	case "allOf", "anyOf", "oneOf":
		return items(v, within)
	case "not", "if", "then", "else":
		return within(v)
	case "dependentSchemas":
		return members(v, within)
	case "additionalProperties", "propertyNames", "contains", "items", "unevaluatedItems", "unevaluatedProperties", "contentSchema":
		return w.apart(v)
	case "prefixItems":
		return items(v, w.apart)
	case "properties":
		return members(v, w.apart)
	case "patternProperties":
		return members(v, w.apart) && w.namePatterns(v)
	case "pattern":
		return w.pattern(v)
	}
	return assertion(word, v)
}

// assertion looks at a keyword that holds no schema. What isn't known means nothing.
func assertion(word, v []byte) bool {
	switch string(word) {
	case "type":
		return isTypes(v)
	case "enum":
		return items(v, isLiteral)
	case "const", "default":
		return isLiteral(v)
	case "multipleOf":
		return isNumber(v) && v[0] != '-' && bytes.ContainsAny(v, "123456789")
	case "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum":
		return isNumber(v)
	case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "minContains", "maxContains":
		return isNumber(v) && v[0] != '-' && bytes.IndexByte(v, '.') < 0
	case "uniqueItems":
		return rawjson.Kind(v) == 't' || rawjson.Kind(v) == 'f'
	case "required":
		return isNames(v)
	case "dependentRequired":
		return members(v, isNames)
	}
	return true
}

// ref notes a reference to a part.
func (w *partWalk) ref(v []byte, pos *position, depth int) bool {
	name, ok := bytes.CutPrefix(v, []byte(`"#/$defs/`))
	if !ok || len(name) < 2 {
		return false
	}
	text := string(name[:len(name)-1])
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("._-", c) < 0 {
			return false
		}
	}
	if i := slices.Index(w.p.refs, text); i >= 0 {
		text = w.p.refs[i]
	} else {
		w.p.refs = append(w.p.refs, text)
	}
	pos.refs = append(pos.refs, placedRef{text, depth})
	return true
}

func (w *partWalk) pattern(v []byte) bool {
	text, ok := rawjson.Text(v)
	w.p.patterns++
	return ok && w.v.compiles(text)
}

func (w *partWalk) namePatterns(v []byte) bool {
	ok := true
	rawjson.Each(v, func(name, _ []byte) bool {
		ok = w.pattern(name)
		return ok
	})
	return ok
}

// items wants an array of at least one value, all of which hold.
func items(v []byte, holds func([]byte) bool) bool {
	some, ok := false, rawjson.Kind(v) == '['
	rawjson.Each(v, func(_, value []byte) bool {
		some, ok = true, ok && holds(value)
		return ok
	})
	return ok && some
}

// members wants an object with simple names, all of whose members hold.
func members(v []byte, holds func([]byte) bool) bool {
	ok := rawjson.Kind(v) == '{'
	rawjson.Each(v, func(name, value []byte) bool {
		ok = ok && simple(name) && holds(value)
		return ok
	})
	return ok
}

// simple says of a string that it means what it says.
func simple(raw []byte) bool { return len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 }

func isTypes(v []byte) bool {
	if rawjson.Kind(v) != '[' {
		return isType(v)
	}
	var seen [][]byte
	return items(v, func(one []byte) bool {
		twice := slices.ContainsFunc(seen, func(s []byte) bool { return bytes.Equal(s, one) })
		seen = append(seen, one)
		return isType(one) && !twice
	})
}

func isType(v []byte) bool {
	switch string(v) {
	case `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"`:
		return true
	}
	return false
}

// isNumber wants a number that is far from all bounds.
func isNumber(v []byte) bool {
	const long = 30
	return rawjson.Kind(v) == '0' && len(v) <= long && !bytes.ContainsAny(v, "eE")
}

// isLiteral wants a value whose numbers are.
func isLiteral(v []byte) bool {
	ok := rawjson.Kind(v) != '0' || isNumber(v)
	rawjson.Each(v, func(_, value []byte) bool {
		ok = isLiteral(value)
		return ok
	})
	return ok
}

// isNames wants an array of simple names that all differ. It may be empty.
func isNames(v []byte) bool {
	ok := rawjson.Kind(v) == '['
	var few [16]string
	seen := few[:0]
	var many map[string]bool
	rawjson.Each(v, func(_, value []byte) bool {
		name := string(value)
		if ok = ok && rawjson.Kind(value) == '"' && simple(value) && !slices.Contains(seen, name) && !many[name]; !ok {
			return false
		}
		if len(seen) < cap(seen) {
			seen = append(seen, name)
			return true
		}
		if many == nil {
			many = map[string]bool{}
		}
		many[name] = true
		return true
	})
	return ok
}
