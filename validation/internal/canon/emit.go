package canon

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/bits"
	"slices"
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
	c.doc = &Doc{Defs: map[string]any{}, Formats: map[string]Format{}, Legacy: c.legacy}
	for _, pointer := range slices.Sorted(maps.Keys(c.targets)) {
		if pointer != "" {
			c.doc.Defs[c.targets[pointer]] = c.body(c.nodes[pointer])
		}
	}
	c.doc.Root = c.body(c.nodes[""])
	if object, ok := c.doc.Root.(map[string]any); ok && len(c.doc.Defs) > 0 {
		object["$defs"] = c.doc.Defs
	}
	return c.doc
}

// at gives the plain form of the schema at a pointer: itself, or a reference
// if others refer to it or it is nested too deep.
func (c *compiler) at(pointer string) any {
	if _, ok := c.targets[pointer]; ok {
		return map[string]any{"$ref": c.reference(pointer)}
	}
	n := c.nodes[pointer]
	if _, ok := n.raw.(bool); ok {
		return n.raw
	}
	if c.depth++; c.depth <= maxNest {
		defer func() { c.depth-- }()
		return c.body(n)
	}
	outer := c.depth - 1
	c.depth = 0
	defer func() { c.depth = outer }()
	c.targets[pointer] = "d" + strconv.Itoa(len(c.targets))
	c.doc.Defs[c.targets[pointer]] = c.body(n)
	return map[string]any{"$ref": c.reference(pointer)}
}

func (c *compiler) reference(pointer string) string {
	if pointer == "" {
		return "#"
	}
	return "#/$defs/" + c.targets[pointer]
}

// body gives the plain form of one schema.
func (c *compiler) body(n *node) any {
	object, ok := n.raw.(map[string]any)
	if !ok {
		return n.raw
	}
	out := make(map[string]any, len(object)+1)
	if n.isRef {
		out["$ref"] = c.reference(n.ref)
	}
	if !c.legacy || !n.isRef {
		c.copyAssertions(out, object)
		c.copySchemas(out, n, object)
		if c.legacy {
			c.translate(out, n, object)
		}
		c.copyConditions(out, n, object)
	}
	c.setFormat(out, object)
	return out
}

// copyAssertions copies the keywords that hold no schema.
func (c *compiler) copyAssertions(out, object map[string]any) {
	for _, name := range []string{
		"type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum",
		"minimum", "exclusiveMinimum", "uniqueItems", "required",
	} {
		if v, ok := object[name]; ok {
			out[name] = v
		}
	}
	counts := []string{"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"}
	if !c.legacy {
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
func (c *compiler) copySchemas(out map[string]any, n *node, object map[string]any) {
	single := []string{"not", "additionalProperties", "propertyNames", "contains"}
	lists := []string{"allOf", "anyOf", "oneOf"}
	objects := []string{"properties", "patternProperties"}
	if !c.legacy {
		single = append(single, "items", "unevaluatedItems", "unevaluatedProperties")
		lists = append(lists, "prefixItems")
		objects = append(objects, "dependentSchemas")
	}
	for _, name := range single {
		if _, ok := object[name]; ok {
			out[name] = c.at(child(n.pointer, name))
		}
	}
	for _, name := range lists {
		if items, ok := object[name].([]any); ok {
			out[name] = c.atEach(child(n.pointer, name), len(items))
		}
	}
	for _, name := range objects {
		if members, ok := object[name].(map[string]any); ok {
			out[name] = c.atMembers(child(n.pointer, name), members)
		}
	}
	c.nameByPattern(out)
}

func (c *compiler) atEach(pointer string, count int) []any {
	list := make([]any, count)
	for i := range list {
		list[i] = c.at(child(pointer, strconv.Itoa(i)))
	}
	return list
}

func (c *compiler) atMembers(pointer string, members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name := range members {
		out[name] = c.at(child(pointer, name))
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
		if object, ok := schema.(map[string]any); ok {
			object["title"] = text
		}
	}
}

// copyConditions copies if, then and else. Without if the others mean nothing.
func (c *compiler) copyConditions(out map[string]any, n *node, object map[string]any) {
	if _, ok := object["if"]; !ok {
		return
	}
	for _, name := range []string{"if", "then", "else"} {
		if _, ok := object[name]; ok {
			out[name] = c.at(child(n.pointer, name))
		}
	}
}

// translate writes draft-07's items and dependencies in the words of 2020-12.
func (c *compiler) translate(out map[string]any, n *node, object map[string]any) {
	if items, ok := object["items"].([]any); ok {
		out["prefixItems"] = c.atEach(child(n.pointer, "items"), len(items))
		if _, ok := object["additionalItems"]; ok {
			out["items"] = c.at(child(n.pointer, "additionalItems"))
		}
	} else if _, ok := object["items"]; ok {
		out["items"] = c.at(child(n.pointer, "items"))
	}
	members, _ := object["dependencies"].(map[string]any)
	required, schemas := map[string]any{}, map[string]any{}
	for name, member := range members {
		if _, ok := member.([]any); ok {
			required[name] = member
		} else {
			schemas[name] = c.at(child(child(n.pointer, "dependencies"), name))
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
func (c *compiler) setFormat(out, object map[string]any) {
	f := Format{Weight: c.weight(out)}
	name := fmt.Sprintf("w%d", f.Weight)
	if text, ok := object["pattern"].(string); ok && !(c.legacy && out["$ref"] != nil) {
		f.Pattern = c.patterns[text].re
		name += " " + text
	}
	out["format"] = name
	c.doc.Formats[name] = f
}

// weight estimates the time of one evaluation in microseconds, without that of
// the schemas inside. The engine compiles the patterns of patternProperties
// each time.
func (c *compiler) weight(out map[string]any) int {
	props, _ := out["properties"].(map[string]any)
	required, _ := out["required"].([]any)
	enum, _ := out["enum"].([]any)
	micros := 3 + (len(props)+len(required)+len(enum)+len(props)*len(required)/8)/8
	patterns, _ := out["patternProperties"].(map[string]any)
	for text := range patterns {
		micros += 10 + c.patterns[text].size/2
	}
	return 1 << bits.Len(uint(micros-1))
}
