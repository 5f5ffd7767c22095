package readers_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

// schemaOf is a JSON schema with what it refers to in its place, to a depth that is enough to compare.
func schemaOf(raw []byte) map[string]any {
	var s map[string]any
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	defs, _ := s["$defs"].(map[string]any)
	return resolved(s, defs, 0)
}

// resolved puts references and the parts of an allOf together.
func resolved(s map[string]any, defs map[string]any, depth int) map[string]any {
	out := maps.Clone(s)
	delete(out, "$defs")
	if depth > 12 {
		return out
	}
	if ref, ok := s["$ref"].(string); ok {
		to, _ := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		delete(out, "$ref")
		merge(out, resolved(to, defs, depth+1))
	}
	if parts, ok := s["anyOf"].([]any); ok && len(parts) == 2 && types(of(parts[1])["type"]) == "null" { // a reference that is nullable
		delete(out, "anyOf")
		merge(out, resolved(of(parts[0]), defs, depth+1))
		if out["type"] != nil {
			out["type"] = []any{out["type"], "null"}
		}
	}
	if parts, ok := s["allOf"].([]any); ok {
		delete(out, "allOf")
		for _, p := range parts {
			if p, ok := p.(map[string]any); ok {
				merge(out, resolved(p, defs, depth+1))
			}
		}
	}
	if list, ok := out["properties"].(map[string]any); ok {
		own := map[string]any{}
		for name, p := range list {
			if s, isObject := p.(map[string]any); isObject {
				own[name] = resolved(s, defs, depth+3)
			} else {
				own[name] = map[string]any{} // true or false
			}
		}
		out["properties"] = own
	}
	if items, ok := out["items"].(map[string]any); ok {
		out["items"] = resolved(items, defs, depth+3)
	}
	return out
}

// of is an object, or none.
func of(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// merge adds what a part of an allOf says; what is there already stays.
func merge(into, part map[string]any) {
	for name, v := range part {
		switch name {
		case "properties":
			own, _ := into[name].(map[string]any)
			all := maps.Clone(v.(map[string]any))
			maps.Copy(all, own)
			into[name] = all
		case "required":
			own, _ := into[name].([]any)
			into[name] = slices.Concat(own, v.([]any))
		default:
			if _, there := into[name]; !there {
				into[name] = v
			}
		}
	}
}

// member is the schema of a member of the input.
func member(input map[string]any, name string, layout waygate.Layout, group string) map[string]any {
	if layout == waygate.LayoutGrouped {
		input = property(input, group)
	}
	return property(input, name)
}

func property(s map[string]any, name string) map[string]any {
	list, _ := s["properties"].(map[string]any)
	p, _ := list[name].(map[string]any)
	return p
}

// schema compares what a value may be: type, enum, format and bounds, of it and of its items.
func (c *comparison) schema(what string, ours map[string]any, theirs *openapi3.Schema, items bool) {
	if ours == nil {
		if c.action.InputSchema != nil {
			c.differ(what+" schema", "none", "one")
		} else if !c.noted(openapi.NoteSchemaCut, "") {
			c.differ(what+" schema", "no schema at all, and no note", "one")
		}
		return
	}
	s := whole(theirs, 0)
	if len(ours) <= 1 && c.noted(openapi.NoteSchemaCut, "") {
		return
	}
	c.same(what+" type", types(ours["type"]), theirTypes(s))
	c.same(what+" format", text(ours["format"]), s.Format)
	if ours["enum"] != nil || !c.everNoted("enum", "none of the values") {
		c.same(what+" enum", enum(ours["enum"]), enum(s.Enum))
	}
	for keyword, v := range map[string]any{"maxLength": optional(s.MaxLength), "minLength": positive(s.MinLength), "maxItems": optional(s.MaxItems), "minItems": positive(s.MinItems)} {
		own := text(ours[keyword])
		if own == "0" && v == nil { // the default, in full
			own = ""
		}
		c.same(what+" "+keyword, own, text(v))
	}
	for keyword, v := range map[string]*float64{"minimum": s.Min, "maximum": s.Max} {
		exclusive := "exclusive" + strings.ToUpper(keyword[:1]) + keyword[1:]
		bound := ours[keyword]
		if bound == nil {
			bound = ours[exclusive]
		}
		if v == nil {
			c.same(what+" "+keyword, text(bound), "")
			continue
		}
		c.same(what+" "+keyword, text(bound), text(*v))
	}
	if pattern := text(ours["pattern"]); pattern != s.Pattern && !c.pattern() {
		c.differ(what+" pattern", pattern, s.Pattern)
	}
	if inner, ok := ours["items"].(map[string]any); ok && s.Items != nil && !items {
		c.schema(what+" items", inner, s.Items.Value, true)
	}
}

// everNoted says whether the report tells of a keyword in some schema that was left out.
func (c *comparison) everNoted(details ...string) bool {
	return slices.ContainsFunc(c.ours.Report.Notes, func(n openapi.Note) bool {
		return n.Code == openapi.NoteSchema && slices.ContainsFunc(details, func(d string) bool { return strings.Contains(n.Detail, d) })
	})
}

// pattern says whether the report tells of a pattern that isn't enforced.
func (c *comparison) pattern() bool {
	return slices.ContainsFunc(c.ours.Report.Notes, func(n openapi.Note) bool { return n.Code == openapi.NotePattern })
}

// types lists types in order, null apart.
func types(v any) string {
	var list []string
	switch v := v.(type) {
	case string:
		list = []string{v}
	case []any:
		for _, t := range v {
			list = append(list, strings.Fields(types(t))...)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

func theirTypes(s *openapi3.Schema) string {
	list := slices.Clone(s.Type.Slice())
	if (s.Nullable || s.Extensions["x-nullable"] == true) && len(list) > 0 && !slices.Contains(list, "null") {
		list = append(list, "null")
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// enum lists what is allowed, null apart: nullable adds it.
func enum(v any) string {
	var list []string
	values, _ := v.([]any)
	for _, x := range values {
		if t := text(x); x != nil && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return strings.Join(list, "|")
}

// text is a value as JSON, a text as it is.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func optional(n *uint64) any {
	if n == nil {
		return nil
	}
	return *n
}

func positive(n uint64) any {
	if n == 0 {
		return nil
	}
	return n
}
