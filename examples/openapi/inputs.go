package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

type object = map[string]any

// maker makes up values that fit a schema. It knows what Stripe's schemas use.
type maker struct {
	rand *rand.Rand
	defs object // where references lead
}

// input makes up an input of an action; what may be expanded is told by the schema of its answer.
func input(r *rand.Rand, act waygate.HTTPAction) (object, error) {
	var schema, answer object
	if err := json.Unmarshal(act.InputSchema, &schema); err != nil {
		return nil, fmt.Errorf("input schema of %s: %w", act.ID, err)
	}
	if len(act.OutputSchema) > 0 { // a PDF has none
		if err := json.Unmarshal(act.OutputSchema, &answer); err != nil {
			return nil, fmt.Errorf("output schema of %s: %w", act.ID, err)
		}
	}
	m := maker{rand: r, defs: of[object](schema["$defs"])}
	expandable := maker{defs: of[object](answer["$defs"])}.expandable(answer)
	if act.Layout != waygate.LayoutGrouped {
		return m.fields(schema, act, expandable), nil
	}
	in := object{}
	for _, group := range []string{"path", "query", "body"} {
		if s := m.resolve(of[object](of[object](schema["properties"])[group])); s != nil {
			in[group] = m.fields(s, act, expandable)
		}
	}
	return in, nil
}

// fields are those of an input, or of a group of it.
func (m maker) fields(schema object, act waygate.HTTPAction, expandable []any) object {
	in := m.object(schema, 0)
	for name := range in {
		if inPath(act, name) {
			in[name] = m.one([]any{"id_1", "a+b,c", "d;e=f", "x@y:z"}) // what stripe-mock takes for an id
		}
	}
	delete(in, "expand")
	if _, ok := of[object](schema["properties"])["expand"]; ok && len(expandable) > 0 {
		in["expand"] = []any{m.one(expandable)}
	}
	return in
}

// parts are what goes into the path, and what stripe-mock reads beside it.
func parts(act waygate.HTTPAction, in object) (path, rest object) {
	path, rest = object{}, object{}
	groups := []any{in}
	if act.Layout == waygate.LayoutGrouped {
		groups = []any{in["path"], in["query"], in["body"]}
	}
	for _, g := range groups {
		for name, v := range of[object](g) {
			if inPath(act, name) {
				path[name] = v
			} else {
				rest[name] = v
			}
		}
	}
	return path, rest
}

// inPath holds for what stands in the path: Stripe has no other field of the same name.
func inPath(act waygate.HTTPAction, name string) bool {
	return strings.Contains(act.Path, "{"+name+"}")
}

// expandable are the members of an answer, or of the items of a list, that are an id or the object with that id.
func (m maker) expandable(answer object) []any {
	answer = m.resolve(answer)
	prefix, properties := "", of[object](answer["properties"])
	if data := m.resolve(of[object](properties["data"])); data["items"] != nil {
		prefix, properties = "data.", of[object](m.resolve(of[object](data["items"]))["properties"])
	}
	var fields []string
	for name, p := range properties {
		text, other := false, false
		for _, s := range of[[]any](of[object](p)["anyOf"]) {
			ref := of[object](s)["$ref"] != nil
			text, other = text || m.resolve(of[object](s))["type"] == "string", other || ref
		}
		if text && other {
			fields = append(fields, prefix+name)
		}
	}
	slices.Sort(fields)
	return anys(fields)
}

func (m maker) resolve(schema object) object {
	for range 10 {
		ref, ok := schema["$ref"].(string)
		if !ok {
			break
		}
		schema = of[object](m.defs[strings.TrimPrefix(ref, "#/$defs/")])
	}
	return schema
}

// value may be nil: there is nothing to be sent that would mean anything.
func (m maker) value(schema object, depth int) any {
	schema = m.resolve(schema)
	if list := of[[]any](schema["enum"]); len(list) > 0 {
		return m.one(slices.DeleteFunc(slices.Clone(list), func(v any) bool { return v == nil || v == "" }))
	}
	if list := slices.Clone(of[[]any](schema["anyOf"])); len(list) > 0 {
		m.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, s := range list {
			if v := m.value(of[object](s), depth); v != nil {
				return v
			}
		}
		return nil
	}
	switch kind(schema) {
	case "object":
		if in := m.object(schema, depth); len(in) > 0 {
			return in
		}
	case "array":
		return m.list(schema, depth)
	case "boolean":
		return m.rand.IntN(2) == 0
	case "integer":
		return 1 + m.rand.IntN(1000)
	case "number":
		return float64(1+m.rand.IntN(1000)) / 4
	case "string":
		return m.text(schema)
	}
	return nil
}

func kind(schema object) string {
	if list := of[[]any](schema["type"]); len(list) > 0 {
		return of[string](list[0])
	}
	return of[string](schema["type"])
}

// object has what is required, and of the rest less the deeper it is.
func (m maker) object(schema object, depth int) object {
	in := object{}
	properties := of[object](schema["properties"])
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names) // the same seed makes the same values
	m.rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	wanted := max(1, 6-2*depth)
	for _, name := range names {
		required := slices.Contains(of[[]any](schema["required"]), any(name))
		if !required && len(in) >= wanted {
			continue
		}
		if v := m.value(of[object](properties[name]), depth+1); v != nil {
			in[name] = v
		}
	}
	if more := of[object](schema["additionalProperties"]); len(properties) == 0 && more != nil {
		for _, name := range []string{"order", "färbung"}[:1+m.rand.IntN(2)] {
			if v := m.value(more, depth+1); v != nil {
				in[name] = v
			}
		}
	}
	return in
}

func (m maker) list(schema object, depth int) any {
	var list []any
	for range 1 + m.rand.IntN(2) {
		if v := m.value(of[object](schema["items"]), depth+1); v != nil {
			list = append(list, v)
		}
	}
	if list == nil {
		return nil
	}
	return list
}

func (m maker) text(schema object) any {
	if schema["maxLength"] == 0.0 {
		return nil // Stripe's way to unset something
	}
	if schema["format"] == "decimal" {
		return fmt.Sprintf("%d.%02d", m.rand.IntN(100), m.rand.IntN(100))
	}
	text := m.one([]any{"Ada", "Zürich & Söhne", "50% = half", "a/b?c#d", "[x] {y}", "1+1", "tea, pot; cup"}).(string)
	if most, ok := schema["maxLength"].(float64); ok && len(text) > int(most) {
		return strings.Repeat("x", int(most))
	}
	return text
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func (m maker) one(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[m.rand.IntN(len(list))]
}

// of is v, or nothing if that is something else.
func of[T any](v any) T {
	t, _ := v.(T)
	return t
}
