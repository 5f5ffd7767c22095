package validation

import (
	"strconv"
	"strings"

	"github.com/kaptinlin/jsonschema"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// explainer turns the engine's result into violations. Of the engine it takes
// only which keyword failed where; every text comes from our own form of the
// schema, because the engine's messages hold values of the tree.
type explainer struct {
	doc   *canon.Doc
	meter *front.Meter
}

// spot is a value under a schema.
type spot struct {
	schema  any // bool, map[string]any, or nil if not known
	value   any
	pointer string
	via     string // keyword that put the schema there
}

func (s spot) keywords() map[string]any {
	m, _ := s.schema.(map[string]any)
	return m
}

func (s spot) violation(keyword, expected string) front.Violation {
	return front.Violation{Pointer: s.pointer, Keyword: keyword, Expected: expected, Received: front.TypeName(s.value)}
}

func (e *explainer) explain(result *jsonschema.EvaluationResult, tree any) []front.Violation {
	return e.walk(nil, result, spot{schema: e.doc.Root, value: tree, via: front.KeywordFalse})
}

// walk adds the violations of one result and of those beneath it.
func (e *explainer) walk(out []front.Violation, r *jsonschema.EvaluationResult, at spot) []front.Violation {
	if r.IsValid() {
		return out
	}
	e.meter.Place(at.pointer)
	before := len(out)
	for i, inner := range r.Details {
		if inner == nil || inner.IsValid() {
			continue
		}
		if next, ok := e.descend(i, inner, at); ok {
			out = e.walk(out, inner, next)
		}
	}
	for keyword := range r.Errors {
		out = e.leaf(out, keyword, r, at)
	}
	if len(out) == before {
		out = append(out, at.violation(front.KeywordInternal, "a value that fits the schema"))
	}
	return out
}

// descend says where a failed inner result stands. Results whose failure is no
// violation by itself (if, not, one of several alternatives) are left out.
func (e *explainer) descend(i int, inner *jsonschema.EvaluationResult, at spot) (spot, bool) {
	keyword, name, _ := strings.Cut(strings.TrimPrefix(inner.EvaluationPath, "/"), "/")
	schema := at.keywords()
	next := spot{value: at.value, pointer: at.pointer, via: front.Keyword(e.doc, keyword, schema)}
	switch keyword {
	case "": // the engine gives no path to $ref and else; $ref comes first
		if ref, ok := schema["$ref"].(string); ok && i == 0 {
			next.schema, next.via = e.target(ref), at.via
		} else {
			next.schema, next.via = schema["else"], "else"
		}
	case "then":
		next.schema = schema[keyword]
	case "allOf":
		next.schema = index(schema[keyword], name)
	case "dependentSchemas":
		next.schema = member(schema[keyword], name)
	case "items", "unevaluatedItems":
		next.schema = schema[keyword]
		return next.item(at, name)
	case "prefixItems":
		next.schema = index(schema[keyword], name)
		return next.item(at, name)
	case "properties":
		next.schema = member(schema[keyword], name)
		return next.member(at, name)
	case "patternProperties":
		next.schema = member(schema[keyword], title(inner))
		return next.member(at, name)
	case "additionalProperties":
		next.schema = schema[keyword]
		return next.member(at, name)
	case "unevaluatedProperties":
		next.schema = schema[keyword]
		return next.member(at, strings.TrimPrefix(inner.InstanceLocation, "/"))
	default:
		return next, false
	}
	return next, true
}

// item moves to an item of the array at; false if there is none.
func (s spot) item(at spot, position string) (spot, bool) {
	items, _ := at.value.([]any)
	i, err := strconv.Atoi(position)
	if err != nil || i < 0 || i >= len(items) {
		return s, false
	}
	s.value, s.pointer = items[i], at.pointer+front.Step(position)
	return s, true
}

// member moves to a member of the object at; false if there is none: the
// engine also checks null in place of a required member that is missing.
func (s spot) member(at spot, name string) (spot, bool) {
	members, _ := at.value.(map[string]any)
	value, ok := members[name]
	s.value, s.pointer = value, at.pointer+front.Step(name)
	return s, ok
}

// leaf adds what one keyword of a result says about the value itself.
func (e *explainer) leaf(out []front.Violation, keyword string, r *jsonschema.EvaluationResult, at spot) []front.Violation {
	schema := at.keywords()
	switch keyword {
	case "$ref", "allOf", "then", "else", "items", "prefixItems", "properties",
		"additionalProperties", "dependentSchemas":
		return out // walk has been there
	case "schema": // the schema is false
		return append(out, at.violation(at.via, "absent"))
	case "required":
		return e.missing(out, keyword, schema[keyword], at)
	case "dependentRequired":
		members, _ := at.value.(map[string]any)
		rules, _ := schema[keyword].(map[string]any)
		for name, names := range rules {
			if _, ok := members[name]; ok {
				out = e.missing(out, front.Keyword(e.doc, keyword, schema), names, at)
			}
		}
		return out
	case "propertyNames":
		return e.names(out, r, at)
	case "unevaluatedItems":
		return e.unevaluated(out, r, at)
	case "minContains":
		if _, ok := schema[keyword]; !ok {
			keyword = "contains"
		}
	case "format":
		found := front.Native(at.pointer, at.value, schema)
		if len(found) == 0 || e.meter.Mismatch(at.value, schema) {
			found = append(found, e.meter.Pattern(at.pointer, at.value, schema))
		}
		return append(out, found...)
	case "anyOf", "oneOf":
		out = append(out, e.closest(keyword, r, at)...)
	}
	return append(out, at.violation(keyword, front.Expected(keyword, schema)))
}

// missing adds a violation for every name that is not a member.
func (e *explainer) missing(out []front.Violation, keyword string, names any, at spot) []front.Violation {
	list, _ := names.([]any)
	words := make([]string, len(list))
	for i, raw := range list {
		words[i], _ = raw.(string)
	}
	return e.meter.Missing(out, at.pointer, keyword, words, at.value)
}

func (e *explainer) names(out []front.Violation, r *jsonschema.EvaluationResult, at spot) []front.Violation {
	for _, inner := range r.Details {
		if name, ok := strings.CutPrefix(inner.EvaluationPath, "/propertyNames/"); ok && !inner.IsValid() {
			e.meter.Place(at.pointer)
			if s, ok := (spot{}).member(at, name); ok {
				out = append(out, s.violation("propertyNames", "a member name that is allowed"))
			}
		}
	}
	return out
}

// unevaluated adds the items that unevaluatedItems: false forbids. The engine
// gives no inner results for them, only their positions.
func (e *explainer) unevaluated(out []front.Violation, r *jsonschema.EvaluationResult, at spot) []front.Violation {
	if allowed, ok := at.keywords()["unevaluatedItems"].(bool); !ok || allowed {
		return out // walk has been there
	}
	positions, _ := r.Errors["unevaluatedItems"].Params["indexes"].(string)
	for position := range strings.SplitSeq(positions, ", ") {
		e.meter.Place(at.pointer)
		if s, ok := (spot{}).item(at, position); ok {
			out = append(out, s.violation("unevaluatedItems", "absent"))
		}
	}
	return out
}

// closest explains the alternative that came closest, if there is one.
func (e *explainer) closest(keyword string, r *jsonschema.EvaluationResult, at spot) []front.Violation {
	var alternatives [][]front.Violation
	for _, inner := range r.Details {
		position, ok := strings.CutPrefix(inner.EvaluationPath, "/"+keyword+"/")
		if !ok {
			continue
		}
		if inner.IsValid() {
			return nil // several of oneOf fit
		}
		next := at
		next.schema, next.via = index(at.keywords()[keyword], position), keyword
		alternatives = append(alternatives, e.walk(nil, inner, next))
	}
	return front.Closest(alternatives, at.pointer)
}

// target gives the schema behind a reference of the plain form.
func (e *explainer) target(ref string) any {
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok {
		return e.doc.Defs[name]
	}
	return e.doc.Root
}

// title is how the plain form marks the schemas of patternProperties.
func title(r *jsonschema.EvaluationResult) string {
	if s, ok := r.Annotations["title"].(*string); ok && s != nil {
		return *s
	}
	return ""
}

func member(schemas any, name string) any {
	m, _ := schemas.(map[string]any)
	return m[name]
}

func index(schemas any, position string) any {
	list, _ := schemas.([]any)
	i, err := strconv.Atoi(position)
	if err != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}
