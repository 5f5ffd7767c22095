package validation

import (
	"maps"
	"slices"
	"strconv"

	"github.com/waygate-go/waygate/validation/internal/front"
)

// members takes out, or notes, the extra members of a value and of what is
// beneath it. schemas are all those that may apply to it.
func (a *adjuster) members(schemas []any, value any, at *trail) any {
	switch value.(type) {
	case map[string]any, []any:
	default:
		return value
	}
	if at.tooDeep() {
		return value
	}
	flat := a.flatten(nil, schemas, 0)
	if len(flat) == 0 {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		return a.stripObject(flat, v, at)
	case []any:
		out := v
		for i, item := range v {
			next := a.members(itemSchemas(flat, i), item, at.to(strconv.Itoa(i)))
			if identical(next, item) {
				continue
			}
			if &out[0] == &v[0] {
				out = slices.Clone(v)
			}
			out[i] = next
		}
		return out
	}
	return value
}

// flatten lists schemas with all that may apply to the same value through them.
func (a *adjuster) flatten(out []map[string]any, schemas []any, depth int) []map[string]any {
	for _, schema := range schemas {
		object, ok := schema.(map[string]any)
		if !ok || depth > maxLevels || !a.step() {
			continue
		}
		out = append(out, object)
		if ref, ok := object["$ref"]; ok {
			out = a.flatten(out, []any{a.follow(ref)}, depth+1)
		}
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			if list, ok := object[keyword].([]any); ok {
				out = a.flatten(out, list, depth+1)
			}
		}
		for _, keyword := range []string{"if", "then", "else"} {
			if inner, ok := object[keyword]; ok {
				out = a.flatten(out, []any{inner}, depth+1)
			}
		}
		if members, ok := object["dependentSchemas"].(map[string]any); ok {
			out = a.flatten(out, slices.Collect(maps.Values(members)), depth+1)
		}
	}
	return out
}

func (a *adjuster) stripObject(flat []map[string]any, members map[string]any, at *trail) map[string]any {
	out := members
	change := func() {
		if sameMap(out, members) {
			out = maps.Clone(members)
		}
	}
	closed := declares(flat)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		inner, declared := a.memberSchemas(flat, name)
		if declared || !closed {
			if next := a.members(inner, members[name], at.to(name)); !identical(next, members[name]) {
				change()
				out[name] = next
			}
			continue
		}
		v := front.Violation{Keyword: "additionalProperties", Expected: "absent", Received: front.TypeName(members[name])}
		if a.rules.Extra == ExtraError {
			a.note(&a.extra, at.to(name), v)
			continue
		}
		a.note(&a.changes, at.to(name), v)
		change()
		delete(out, name)
	}
	return out
}

// declares says that the schemas name members of an object.
func declares(flat []map[string]any) bool {
	return slices.ContainsFunc(flat, func(schema map[string]any) bool {
		return schema["properties"] != nil || schema["patternProperties"] != nil
	})
}

// memberSchemas gives the schemas of a member, and whether one speaks of it.
func (a *adjuster) memberSchemas(flat []map[string]any, name string) (schemas []any, declared bool) {
	for _, schema := range flat {
		if !a.step() {
			return schemas, true
		}
		properties, _ := schema["properties"].(map[string]any)
		inner, own := properties[name]
		if own {
			schemas = append(schemas, inner)
		}
		patterns, _ := schema["patternProperties"].(map[string]any)
		for text, inner := range patterns {
			if a.matches(text, name, true) {
				own = true
				schemas = append(schemas, inner)
			}
		}
		for _, keyword := range []string{"additionalProperties", "unevaluatedProperties"} {
			if rest, ok := schema[keyword]; ok && rest != false && !own {
				own = true
				schemas = append(schemas, rest)
			}
		}
		declared = declared || own
	}
	return schemas, declared
}

func itemSchemas(flat []map[string]any, i int) []any {
	var schemas []any
	for _, schema := range flat {
		if inner, ok := schema["contains"]; ok {
			schemas = append(schemas, inner)
		}
		prefix, _ := schema["prefixItems"].([]any)
		if i < len(prefix) {
			schemas = append(schemas, prefix[i])
			continue
		}
		for _, keyword := range []string{"items", "unevaluatedItems"} {
			if inner, ok := schema[keyword]; ok {
				schemas = append(schemas, inner)
			}
		}
	}
	return schemas
}
