package canon

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
)

// maxCount is the largest count that an engine gets to see. Nothing in memory
// is longer, and it fits a float64.
const maxCount = 1 << 53

// maxNest is how deep schemas stand inside one another in the plain form.
// Engines that decode level by level read a text once per level.
const maxNest = 12

// emit writes the plain form of the root and of all targets.
func (c *compiler) emit() *Doc {
	c.doc = &Doc{Defs: map[string]any{}, Formats: map[string]Format{}, NamePatterns: map[string]NamePattern{}}
	root := c.queue[0]
	for _, v := range c.queue {
		if v.target && v != root {
			c.doc.Defs[v.name] = c.body(v)
		}
	}
	c.doc.Root = c.body(root)
	if object, ok := c.doc.Root.(map[string]any); ok && len(c.doc.Defs) > 0 {
		object["$defs"] = c.doc.Defs
	}
	return c.doc
}

// at gives the plain form of a schema inside outer: itself, or a reference if
// others refer to it or it is nested too deep.
func (c *compiler) at(outer *view, pointer string) any {
	v := c.views[viewKey{pointer, c.enter(outer.scope, c.nodes[pointer].res)}]
	if v.target {
		return map[string]any{"$ref": c.reference(v)}
	}
	if _, ok := v.n.raw.(bool); ok {
		return v.n.raw
	}
	if c.depth++; c.depth <= maxNest {
		defer func() { c.depth-- }()
		return c.body(v)
	}
	before := c.depth - 1
	c.depth = 0
	defer func() { c.depth = before }()
	c.nameTarget(v)
	c.doc.Defs[v.name] = c.body(v)
	return map[string]any{"$ref": c.reference(v)}
}

func (c *compiler) reference(v *view) string {
	if v == c.queue[0] {
		return "#"
	}
	return "#/$defs/" + v.name
}

// body gives the plain form of one schema.
func (c *compiler) body(v *view) any {
	object, ok := v.n.raw.(map[string]any)
	if !ok {
		return v.n.raw
	}
	out := make(map[string]any, len(object)+1)
	legacy := v.n.dialect.legacy
	if !legacy || len(v.refs) == 0 {
		copyAssertions(out, object, legacy)
		c.copySchemas(out, v, object)
		if legacy {
			c.translate(out, v, object)
		}
		c.copyConditions(out, v, object)
	}
	c.copyReferences(out, v)
	c.setFormat(out, v, object)
	return out
}

// copyReferences writes one reference as $ref; a second one, $dynamicRef beside
// $ref, becomes part of allOf.
func (c *compiler) copyReferences(out map[string]any, v *view) {
	for i, target := range v.refs {
		ref := c.reference(target)
		if i == 0 {
			out["$ref"] = ref
			continue
		}
		list, _ := out["allOf"].([]any)
		out["allOf"] = append(list, map[string]any{"$ref": ref})
	}
}

// copyAssertions copies the keywords that hold no schema.
func copyAssertions(out, object map[string]any, legacy bool) {
	for _, name := range []string{
		"type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum",
		"minimum", "exclusiveMinimum", "uniqueItems", "required", "default",
	} {
		if v, ok := object[name]; ok {
			out[name] = v
		}
	}
	counts := []string{"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"}
	if !legacy {
		counts = append(counts, "minContains", "maxContains")
		if v, ok := object["dependentRequired"]; ok {
			out["dependentRequired"] = v
		}
	}
	for _, name := range counts {
		if v, ok := object[name]; ok {
			out[name] = clampCount(v)
		}
	}
}

// clampCount writes a count as a plain integer; the check has seen that it is
// one.
func clampCount(raw any) any {
	text, _ := raw.(json.Number)
	value, ok := new(big.Rat).SetString(string(text))
	if !ok || !value.Num().IsInt64() || value.Num().Int64() > maxCount {
		return json.Number(strconv.Itoa(maxCount))
	}
	return json.Number(value.Num().String())
}

// copySchemas copies the keywords that hold schemas and mean the same in both
// dialects, and those of 2020-12 alone.
func (c *compiler) copySchemas(out map[string]any, v *view, object map[string]any) {
	single := []string{"not", "additionalProperties", "propertyNames", "contains"}
	lists := []string{"allOf", "anyOf", "oneOf"}
	objects := []string{"properties", "patternProperties"}
	if !v.n.dialect.legacy {
		single = append(single, "items", "unevaluatedItems", "unevaluatedProperties")
		lists = append(lists, "prefixItems")
		objects = append(objects, "dependentSchemas")
	}
	for _, name := range single {
		if _, ok := object[name]; ok {
			out[name] = c.at(v, child(v.n.pointer, name))
		}
	}
	for _, name := range lists {
		if items, ok := object[name].([]any); ok {
			out[name] = c.atEach(v, child(v.n.pointer, name), len(items))
		}
	}
	for _, name := range objects {
		if members, ok := object[name].(map[string]any); ok {
			out[name] = c.atMembers(v, child(v.n.pointer, name), members)
		}
	}
	c.nameByPattern(out)
}

func (c *compiler) atEach(outer *view, pointer string, count int) []any {
	list := make([]any, count)
	for i := range list {
		list[i] = c.at(outer, child(pointer, strconv.Itoa(i)))
	}
	return list
}

func (c *compiler) atMembers(outer *view, pointer string, members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name := range members {
		out[name] = c.at(outer, child(pointer, name))
	}
	return out
}

// nameByPattern gives each schema of patternProperties its pattern as title:
// an engine's result names the member, not the pattern that matched it.
func (c *compiler) nameByPattern(out map[string]any) {
	members, ok := out["patternProperties"].(map[string]any)
	if !ok {
		return
	}
	c.doc.HasNamePatterns = true
	for text, schema := range members {
		c.doc.NamePatterns[text] = NamePattern{c.patterns[text].re, c.patterns[text].size}
		if object, ok := schema.(map[string]any); ok {
			object["title"] = text
		}
	}
}

// copyConditions copies if, then and else. Without if the others mean nothing.
func (c *compiler) copyConditions(out map[string]any, v *view, object map[string]any) {
	if _, ok := object["if"]; !ok {
		return
	}
	for _, name := range []string{"if", "then", "else"} {
		if _, ok := object[name]; ok {
			out[name] = c.at(v, child(v.n.pointer, name))
		}
	}
}

// translate writes draft-07's items and dependencies in the words of 2020-12.
func (c *compiler) translate(out map[string]any, v *view, object map[string]any) {
	if items, ok := object["items"].([]any); ok {
		out["prefixItems"] = c.atEach(v, child(v.n.pointer, "items"), len(items))
		if _, ok := object["additionalItems"]; ok {
			out["items"] = c.at(v, child(v.n.pointer, "additionalItems"))
		}
	} else if _, ok := object["items"]; ok {
		out["items"] = c.at(v, child(v.n.pointer, "items"))
	}
	members, _ := object["dependencies"].(map[string]any)
	required, schemas := map[string]any{}, map[string]any{}
	for name, member := range members {
		if _, ok := member.([]any); ok {
			required[name] = member
		} else {
			schemas[name] = c.at(v, child(child(v.n.pointer, "dependencies"), name))
		}
	}
	if len(required) > 0 {
		out["dependentRequired"] = required
	}
	if len(schemas) > 0 {
		out["dependentSchemas"] = schemas
	}
}

// setFormat stores what evaluating the schema costs, and its pattern, under a
// format name. Weights are powers of two, so that there are few names.
func (c *compiler) setFormat(out map[string]any, v *view, object map[string]any) {
	f := Format{Weight: c.weight(out), Legacy: v.n.dialect.legacy}
	name := fmt.Sprintf("w%d", f.Weight)
	if f.Legacy {
		name = "l" + name
	}
	if text, ok := object["pattern"].(string); ok && !(f.Legacy && len(v.refs) > 0) {
		f.Pattern, f.Size = c.patterns[text].re, c.patterns[text].size
		name += " " + text
	}
	if patterns, ok := out["patternProperties"].(map[string]any); ok {
		for text := range patterns {
			f.Names += c.patterns[text].size
		}
		name = fmt.Sprintf("n%d%s", f.Names, name)
	}
	out["format"] = name
	c.doc.Formats[name] = f
}

// literalSize estimates the work of comparing with a value of the schema, in
// eighths of a microsecond: what is nested is also printed.
func literalSize(value any) int {
	size := 1
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			size += literalSize(item)
		}
	case map[string]any:
		for _, member := range v {
			size += 8 + literalSize(member)
		}
	}
	return size
}

// weight estimates the time of one evaluation in microseconds, without that of
// the schemas inside. The engine compiles the patterns of patternProperties
// each time.
func (c *compiler) weight(out map[string]any) int {
	props, _ := out["properties"].(map[string]any)
	required, _ := out["required"].([]any)
	micros := 3 + (len(props)+len(required)+len(props)*len(required)/8)/8
	for _, name := range []string{"allOf", "anyOf", "oneOf"} {
		alternatives, _ := out[name].([]any) // one that fails at once counts nothing itself
		micros += len(alternatives) / 2
	}
	micros += (literalSize(out["enum"]) + literalSize(out["const"])) / 8
	patterns, _ := out["patternProperties"].(map[string]any)
	for text := range patterns {
		micros += 10 + c.patterns[text].size/2
	}
	return 1 << bits.Len(uint(micros-1))
}
