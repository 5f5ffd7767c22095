package santhosh

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// explainer turns the engine's errors into violations. Of the engine it takes
// only which keyword failed where; every text comes from our own form of the
// schema, because the engine's errors hold values of the tree.
type explainer struct {
	doc   *canon.Doc
	meter *front.Meter
	root  any // the spread form
	tree  any
}

// spot is what an error says beneath another one.
type spot struct {
	place []string // of the value, as the error around it has it
	via   string   // keyword that put the schema there
}

// at is an error with what its places mean.
type at struct {
	pointer string // JSON pointer of the value
	value   any
	schema  map[string]any
	via     string
}

func (a at) violation(keyword, expected string) front.Violation {
	return front.Violation{Pointer: a.pointer, Keyword: keyword, Expected: expected, Received: front.TypeName(a.value)}
}

// walk adds the violations of one error and of those beneath it.
func (e *explainer) walk(out []front.Violation, err *jsonschema.ValidationError, outer spot) []front.Violation {
	place := err.InstanceLocation
	inner := spot{place, outer.via}
	switch err.ErrorKind.(type) {
	case *kind.Schema, *kind.Group:
		return e.each(out, err.Causes, spot{outer.place, outer.via})
	case *kind.PropertyNames:
		place = outer.place
	}
	here := at{pointer: pointer(place), value: follow(e.tree, place)}
	e.meter.Place(here.pointer)
	here.schema, here.via = e.locate(err.SchemaURL, outer.via)
	inner.via = here.via
	switch k := err.ErrorKind.(type) {
	case *kind.Reference, *kind.AllOf:
		return e.each(out, err.Causes, inner)
	case *kind.FalseSchema:
		return append(out, here.violation(here.via, "absent"))
	case *kind.Required:
		return e.meter.Missing(out, here.pointer, "required", k.Missing, here.value)
	case *kind.DependentRequired:
		return e.meter.Missing(out, here.pointer, front.Keyword(e.doc, "dependentRequired", here.schema), k.Missing, here.value)
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			out = append(out, e.member(place, name).violation("additionalProperties", "absent"))
		}
		return out
	case *kind.PropertyNames:
		return append(out, e.member(place, k.Property).violation("propertyNames", "a member name that is allowed"))
	case *kind.AnyOf:
		return append(append(out, e.closest(err, inner, here)...), here.violation("anyOf", front.Expected("anyOf", here.schema)))
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			out = append(out, e.closest(err, inner, here)...)
		}
		return append(out, here.violation("oneOf", front.Expected("oneOf", here.schema)))
	case *kind.Format:
		return append(out, e.meter.Pattern(here.pointer, here.value, here.schema))
	}
	return append(out, e.leaf(err, here))
}

func (e *explainer) each(out []front.Violation, causes []*jsonschema.ValidationError, outer spot) []front.Violation {
	for _, cause := range causes {
		out = e.walk(out, cause, outer)
	}
	return out
}

// leaf is the violation of a keyword that speaks of the value itself.
func (e *explainer) leaf(err *jsonschema.ValidationError, here at) front.Violation {
	keyword := front.KeywordInternal
	if _, ok := err.ErrorKind.(*kind.Not); ok {
		keyword = "not"
	} else if path := err.ErrorKind.KeywordPath(); len(path) > 0 {
		keyword = path[0]
	}
	if _, ok := here.schema[keyword]; !ok {
		return here.violation(front.KeywordInternal, "a value that the engine can check")
	}
	return here.violation(keyword, front.Expected(keyword, here.schema))
}

func (e *explainer) closest(err *jsonschema.ValidationError, inner spot, here at) []front.Violation {
	var alternatives [][]front.Violation
	for _, cause := range err.Causes {
		alternatives = append(alternatives, e.walk(nil, cause, inner))
	}
	return front.Closest(alternatives, here.pointer)
}

// member is a member of the object at a place.
func (e *explainer) member(place []string, name string) at {
	members, _ := follow(e.tree, place).(map[string]any)
	outer := pointer(place)
	e.meter.Place(outer)
	return at{pointer: outer + front.Step(name), value: members[name]}
}

// locate finds the schema that an error names, and the keyword that put it
// there; a definition stands where the reference to it does.
func (e *explainer) locate(location, via string) (schema map[string]any, keyword string) {
	_, fragment, _ := strings.Cut(location, "#")
	now, keyword := e.root, via
	tokens := split(fragment)
	for i := 0; i < len(tokens); i++ {
		object, _ := now.(map[string]any)
		name := tokens[i]
		now = object[name]
		switch name {
		case "$defs", "properties", "patternProperties", "dependentSchemas", "allOf", "anyOf", "oneOf", "prefixItems":
			if i++; i < len(tokens) {
				now = step(now, tokens[i])
			}
		}
		if keyword = via; name != "$defs" {
			keyword = front.Keyword(e.doc, name, object)
		}
	}
	schema, _ = now.(map[string]any)
	return schema, keyword
}

func step(value any, token string) any {
	switch v := value.(type) {
	case map[string]any:
		return v[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(v) {
			return v[i]
		}
	}
	return nil
}

func follow(tree any, place []string) any {
	for _, token := range place {
		tree = step(tree, token)
	}
	return tree
}

func pointer(place []string) string {
	var b strings.Builder
	for _, token := range place {
		b.WriteString(front.Step(token))
	}
	return b.String()
}

// split gives the tokens of a JSON pointer that stands in a URI's fragment.
func split(fragment string) []string {
	if fragment == "" {
		return nil
	}
	tokens := strings.Split(fragment[1:], "/")
	for i, token := range tokens {
		if text, err := url.PathUnescape(token); err == nil {
			token = text
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return tokens
}
