package openapi

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// maxFindings bounds the changes of one schema, maxSteps what is looked at to find them.
const (
	maxFindings = 100
	maxSteps    = 100_000
)

// comparison is one of two schemas while it lasts. A change makes a schema narrower, if something that was valid isn't
// any more, or wider, if something is that wasn't: the one breaks who sends, the other who receives.
type comparison struct {
	side     Side
	old, now any // the roots
	seen     map[[2]string]bool
	steps    int
	cut      bool // one of the schemas is, somewhere
	out      []Change
}

func diffSchemas(side Side, before, after []byte) []Change {
	if bytes.Equal(before, after) {
		return nil
	}
	c := &comparison{side: side, old: treeOf(before), now: treeOf(after), seen: map[[2]string]bool{}}
	c.schema("", c.old, c.now)
	return c.out
}

// treeOf parses a schema; without one anything is valid.
func treeOf(text []byte) any {
	tree, _, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		return true
	}
	return tree
}

func (c *comparison) found(pointer string, narrower, wider bool, reason string) {
	if len(c.out) < maxFindings {
		breaking := narrower && c.side == SideInput || wider && c.side == SideOutput
		c.out = append(c.out, Change{c.side, breaking, pointer, reason})
	}
}

// unknown tells, once, that something was too large for an import, so that it can't be compared.
func (c *comparison) unknown(pointer string) {
	if !c.cut {
		c.cut = true
		c.found(pointer, false, false, "one of the imports cut the schema here, or nearby, for its size: what it cut isn't compared")
	}
}

// resolved follows references to $defs of the root.
func resolved(root, s any) (schema any, name string) {
	for range maxHops {
		m, ok := s.(map[string]any)
		if !ok {
			break
		}
		ref, ok := m["$ref"].(string)
		if !ok || len(m) > 1 && !annotated(m) {
			break
		}
		defs, _ := root.(map[string]any)
		all, _ := defs["$defs"].(map[string]any)
		name = strings.TrimPrefix(ref, "#/$defs/")
		s = all[name]
	}
	return s, name
}

// annotated says that nothing beside a reference accepts or rejects anything.
func annotated(m map[string]any) bool {
	for k := range m {
		if k != "$ref" && k != "$defs" && assertion(k) {
			return false
		}
	}
	return true
}

// schema compares what stands in the same place.
func (c *comparison) schema(pointer string, old, now any) {
	old, oldName := resolved(c.old, old)
	now, nowName := resolved(c.now, now)
	if c.steps++; c.steps >= maxSteps {
		if c.steps == maxSteps {
			c.found(pointer, true, true, "the schemas are too large to be compared further")
		}
		return
	}
	if (oldName != "" || nowName != "") && (old == true) != (now == true) {
		c.unknown(pointer)
		return
	}
	if oldName != "" || nowName != "" {
		pair := [2]string{oldName, nowName}
		if c.seen[pair] {
			return
		}
		c.seen[pair] = true
	}
	a, aOK := object(old)
	b, bOK := object(now)
	if len(a) == 0 && len(b) == 0 && aOK == bOK {
		return
	}
	if !aOK || !bOK { // false
		if !reflect.DeepEqual(old, now) {
			c.found(pointer, aOK, bOK, "the schema changed between something and nothing")
		}
		return
	}
	c.types(pointer, a, b)
	c.values(pointer, a, b)
	c.bounds(pointer, a, b)
	c.members(pointer, a, b)
	c.nested(pointer, a, b)
	c.combined(pointer, a, b)
}

// object is a schema's members; true has none, false isn't one.
func object(s any) (map[string]any, bool) {
	switch s := s.(type) {
	case map[string]any:
		return s, true
	case bool:
		return nil, s
	}
	return nil, true
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		slices.Sort(out)
		return out
	}
	return nil
}

// types compares the names of types; a number takes integers too.
func (c *comparison) types(pointer string, a, b map[string]any) {
	old, now := texts(a["type"]), texts(b["type"])
	if slices.Equal(old, now) {
		return
	}
	takes := func(list []string, t string) bool {
		return len(list) == 0 || slices.Contains(list, t) || t == "integer" && slices.Contains(list, "number")
	}
	narrower := len(old) == 0 || slices.ContainsFunc(old, func(t string) bool { return !takes(now, t) })
	wider := len(now) == 0 || slices.ContainsFunc(now, func(t string) bool { return !takes(old, t) })
	c.found(pointer, narrower, wider, "the type was "+orAny(old)+" and is "+orAny(now))
}

func orAny(types []string) string {
	if len(types) == 0 {
		return "any"
	}
	return strings.Join(types, " or ")
}

// values compares enum and const.
func (c *comparison) values(pointer string, a, b map[string]any) {
	old, hasOld := choices(a)
	now, hasNow := choices(b)
	in := func(list []any) func(any) bool {
		return func(v any) bool {
			return !slices.ContainsFunc(list, func(x any) bool { return reflect.DeepEqual(x, v) })
		}
	}
	switch {
	case !hasOld && !hasNow:
	case !hasOld:
		c.found(pointer, true, false, "only certain values are valid now")
	case !hasNow:
		c.found(pointer, false, true, "no longer only certain values are valid")
	default:
		gone, added := slices.ContainsFunc(old, in(now)), slices.ContainsFunc(now, in(old))
		switch {
		case gone && added:
			c.found(pointer, true, true, "some of the values are others now")
		case gone:
			c.found(pointer, true, false, "some of the values are gone")
		case added:
			c.found(pointer, false, true, "there are more values")
		}
	}
}

func choices(s map[string]any) ([]any, bool) {
	if v, ok := s["const"]; ok {
		return []any{v}, true
	}
	list, ok := s["enum"].([]any)
	return list, ok
}

// bounds compares numbers, lengths and patterns.
func (c *comparison) bounds(pointer string, a, b map[string]any) {
	for _, k := range []string{"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"} {
		old, hasOld := float(a[k])
		now, hasNow := float(b[k])
		upper := strings.Contains(k, "ax")
		switch {
		case !hasOld && !hasNow, hasOld && hasNow && old == now:
		case !hasNow:
			c.found(pointer, false, true, k+" is gone")
		case !hasOld:
			c.found(pointer, true, false, k+" is new")
		default:
			tighter := now < old == upper
			c.found(pointer, tighter, !tighter, k+" is another")
		}
	}
	for _, k := range []string{"pattern", "multipleOf", "uniqueItems", "patternProperties", "propertyNames", "not", "if", "then", "else", "contains", "dependentRequired", "dependentSchemas", "unevaluatedProperties"} {
		if conditional(k) && c.optionalBody(pointer, k, a, b) {
			continue
		}
		if old, now := a[k], b[k]; !reflect.DeepEqual(old, now) {
			c.found(pointer, now != nil, old != nil, k+" changed")
		}
	}
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
