package canon

import (
	"maps"
	"strings"
)

// maxInlined bounds how many schemas Inline copies; a definition's first copy takes its place and isn't counted.
const maxInlined = 100

// Inline gives the form of a document in which definitions stand where references alone stood, so that an engine looks
// at one schema where it looked at two. A definition that refers to itself stays one, and so does what would be nested
// too deep or copied too often.
func Inline(doc *Doc) *Doc {
	root, ok := doc.Root.(map[string]any)
	if !ok || len(doc.Defs) == 0 {
		return doc
	}
	in := inliner{defs: doc.Defs, sizes: map[string]extent{}, open: map[string]bool{}, placed: map[string]bool{}, known: map[string]bool{}, left: maxInlined}
	out := *doc
	out.Defs = map[string]any{}
	root = maps.Clone(root)
	delete(root, "$defs")
	plain := in.schema(root, 0)
	for i := 0; i < len(in.kept); i++ { // in.kept grows
		name := in.kept[i]
		in.open[name] = true
		out.Defs[name] = in.schema(doc.Defs[name], 0)
		in.open[name] = false
	}
	if object, ok := plain.(map[string]any); ok && len(out.Defs) > 0 {
		object["$defs"] = out.Defs
	}
	out.Root = plain
	return &out
}

type inliner struct {
	defs   map[string]any
	open   map[string]bool // definitions that are being written
	placed map[string]bool // those that stand somewhere already
	kept   []string        // those that are still referred to
	known  map[string]bool // the same
	sizes  map[string]extent
	left   int // of maxInlined
}

// schema gives a copy of a schema that stands so deep in others.
func (in *inliner) schema(raw any, depth int) any {
	object, ok := raw.(map[string]any)
	if !ok {
		return raw
	}
	if target, ok := in.target(object, depth); ok {
		return target
	}
	out := make(map[string]any, len(object))
	for _, keyword := range sortedKeys(object) {
		out[keyword] = Inside(keyword, object[keyword], func(inner any) any { return in.schema(inner, depth+1) })
	}
	if ref, ok := out["$ref"].(string); ok {
		in.keep(strings.TrimPrefix(ref, "#/$defs/"))
	}
	return out
}

// target is the definition to put in the place of a schema that is nothing but a reference.
func (in *inliner) target(object map[string]any, depth int) (any, bool) {
	ref, _ := object["$ref"].(string)
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	title, titled := object["title"]
	if more := len(object) - 2; !ok || object["format"] == nil || more > 1 || more == 1 && !titled {
		return nil, false
	}
	def, ok := in.defs[name].(map[string]any)
	if !ok || in.open[name] {
		return nil, false
	}
	e, ok := in.sizes[name]
	if !ok {
		e = measure(def)
		in.sizes[name] = e
	}
	if depth+e.height > maxNest || in.placed[name] && e.size > in.left {
		return nil, false
	}
	if in.placed[name] {
		in.left -= e.size
	}
	in.open[name], in.placed[name] = true, true
	defer func() { in.open[name] = false }()
	out, ok := in.schema(def, depth).(map[string]any)
	if ok && titled {
		out["title"] = title // it says which pattern, where the reference stood below one
	}
	return out, ok
}

func (in *inliner) keep(name string) {
	if _, ok := in.defs[name]; ok && !in.known[name] {
		in.known[name] = true
		in.kept = append(in.kept, name)
	}
}

// Inside gives the value of a keyword with other schemas in the place of those that stand in it, members in order of
// name. $defs is a keyword like others.
func Inside(keyword string, value any, rewrite func(schema any) any) any {
	if holdsSchema(keyword) {
		return rewrite(value)
	}
	switch v := value.(type) {
	case map[string]any:
		if holdsMembers(keyword) || keyword == "$defs" {
			out := make(map[string]any, len(v))
			for _, name := range sortedKeys(v) {
				out[name] = rewrite(v[name])
			}
			return out
		}
	case []any:
		if holdsList(keyword) {
			out := make([]any, len(v))
			for i, inner := range v {
				out[i] = rewrite(inner)
			}
			return out
		}
	}
	return value
}

// extent is how many schemas there are in one, and how deep they are nested.
type extent struct{ size, height int }

func measure(raw any) (e extent) {
	object, ok := raw.(map[string]any)
	if !ok {
		return e
	}
	add := func(inner any) {
		i := measure(inner)
		e.size, e.height = e.size+i.size, max(e.height, i.height)
	}
	for keyword, value := range object {
		switch v := value.(type) {
		case map[string]any:
			switch {
			case holdsSchema(keyword):
				add(v)
			case holdsMembers(keyword):
				for _, inner := range v {
					add(inner)
				}
			}
		case []any:
			if holdsList(keyword) {
				for _, inner := range v {
					add(inner)
				}
			}
		}
	}
	return extent{e.size + 1, e.height + 1}
}

// holdsSchema, holdsMembers and holdsList tell the keywords of the plain form in whose values schemas stand: one, by
// name, or in a list. $defs isn't among them.
func holdsSchema(keyword string) bool {
	switch keyword {
	case "not", "if", "then", "else", "additionalProperties", "propertyNames", "contains", "items", "unevaluatedItems", "unevaluatedProperties":
		return true
	}
	return false
}

func holdsMembers(keyword string) bool {
	switch keyword {
	case "properties", "patternProperties", "dependentSchemas":
		return true
	}
	return false
}

func holdsList(keyword string) bool {
	switch keyword {
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return true
	}
	return false
}
