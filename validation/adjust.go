package validation

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

const (
	// baseSteps and stepsPerNode bound the schemas that are looked at for one
	// tree, and maxSteps for any. A step takes about a microsecond.
	baseSteps    = 50_000
	stepsPerNode = 20
	maxSteps     = 2_000_000
	// stepsPerLook is after how many steps the caller's time is looked at.
	stepsPerLook = 4096
	// partsPerStep is how many alternatives and values of a list are looked at in
	// one step, bytesPerStep how many bytes of a place are written.
	partsPerStep = 16
	bytesPerStep = 64
	// maxTree is as many values as a tree may have that is adjusted.
	maxTree = 500_000
	// maxLevels is as deep as a tree may be that a schema is asked about.
	maxLevels = 1000
	// maxName bounds the member names that patterns are applied to, in bytes.
	maxName = 64 << 10
)

// adjuster applies rules to one tree. It reads the plain form of the schema.
type adjuster struct {
	rules Rules
	doc   *canon.Doc
	ctx   context.Context
	left  int // steps

	changes []front.Violation
	extra   []front.Violation
	passed  map[string]bool  // pointers of nulls that the schema is not asked about
	stopped *front.Violation // why the work was given up
}

// trail is the way to a value, from the inside out.
type trail struct {
	outer *trail
	token string
	depth int
}

func (t *trail) to(token string) *trail {
	if t == nil {
		return &trail{token: token, depth: 1}
	}
	return &trail{outer: t, token: token, depth: t.depth + 1}
}

func (t *trail) pointer() string {
	if t == nil {
		return ""
	}
	return t.outer.pointer() + front.Step(t.token)
}

func (t *trail) tooDeep() bool { return t != nil && t.depth > maxLevels }

// run gives the adjusted tree.
func (a *adjuster) run(tree any) any {
	nodes := count(tree, maxTree, 0)
	a.left = min(baseSteps+stepsPerNode*nodes, maxSteps)
	if nodes > maxTree {
		a.left = 0
	}
	if a.rules.Extra == ExtraStrip || a.rules.Extra == ExtraError {
		tree = a.members([]any{a.doc.Root}, tree, nil)
	}
	return a.value(a.doc.Root, tree, nil)
}

// count gives the number of values of a tree, or more than most.
func count(tree any, most, depth int) int {
	n := 1
	if depth > maxLevels {
		return n
	}
	switch v := tree.(type) {
	case map[string]any:
		for _, member := range v {
			if n += count(member, most-n, depth+1); n > most {
				return n
			}
		}
	case []any:
		for _, item := range v {
			if n += count(item, most-n, depth+1); n > most {
				return n
			}
		}
	}
	return n
}

// follow gives the schema behind a reference of the plain form.
func (a *adjuster) follow(ref any) any {
	name, _ := ref.(string)
	if len(name) > len("#/$defs/") {
		return a.doc.Defs[name[len("#/$defs/"):]]
	}
	return a.doc.Root
}

// value adjusts a value to a schema. Both it and what is beneath it are shared
// with the original until they change.
func (a *adjuster) value(schema, value any, at *trail) any {
	object, ok := schema.(map[string]any)
	if !ok || at.tooDeep() || !a.step() {
		return value
	}
	if value == nil && a.rules.Nulls == NullsDefault && !a.allowsNull(schema) {
		if def, ok := a.defaultOf(schema); ok {
			value = def
			a.note(&a.changes, at, front.Violation{Keyword: "default", Expected: "the default", Received: "null"})
		}
	}
	if ref, ok := object["$ref"]; ok {
		value = a.value(a.follow(ref), value, at)
	}
	list, _ := object["allOf"].([]any)
	for _, inner := range list {
		value = a.value(inner, value, at)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if only, ok := a.theOne(object[keyword]); ok && value != nil {
			value = a.value(only, value, at)
		}
	}
	if names, ok := object["type"]; ok && a.rules.Mode == Coerce {
		value = a.typed(names, value, at)
	}
	switch v := value.(type) {
	case map[string]any:
		return a.object(object, v, at)
	case []any:
		return a.array(object, v, at)
	}
	return value
}

// theOne gives the one alternative of a list that is not null.
func (a *adjuster) theOne(raw any) (any, bool) {
	list, _ := raw.([]any)
	if !a.spend(len(list) / partsPerStep) {
		return nil, false
	}
	var only any
	found := 0
	for _, schema := range list {
		object, _ := schema.(map[string]any)
		if object["type"] == "null" {
			continue
		}
		only = schema
		found++
	}
	return only, found == 1
}

func (a *adjuster) object(schema, members map[string]any, at *trail) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	patterns, _ := schema["patternProperties"].(map[string]any)
	additional, rest := schema["additionalProperties"]
	out := members
	set := func(name string, value any) {
		if len(out) == len(members) && sameMap(out, members) {
			out = maps.Clone(members)
		}
		if out == nil {
			out = map[string]any{}
		}
		out[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		declared := false
		if schema, ok := properties[name]; ok {
			declared = true
			a.member(schema, out[name], name, at, set)
		}
		for text, schema := range patterns {
			if a.matches(text, name, false) {
				declared = true
				a.member(schema, out[name], name, at, set)
			}
		}
		if !declared && rest {
			a.member(additional, out[name], name, at, set)
		}
	}
	if a.rules.Mode == Coerce {
		a.absent(properties, out, at, set)
	}
	return out
}

// member adjusts one member and sets it if it changed.
func (a *adjuster) member(schema, value any, name string, at *trail, set func(string, any)) {
	here := at.to(name)
	if value == nil && a.rules.Nulls == NullsPass && !a.allowsNull(schema) {
		if a.passed == nil {
			a.passed = map[string]bool{}
		}
		if pointer, ok := a.pointer(here); ok {
			a.passed[pointer] = true
		}
		return
	}
	if next := a.value(schema, value, here); !identical(next, value) {
		set(name, next)
	}
}

// absent puts in the defaults of members that are not there.
func (a *adjuster) absent(properties, members map[string]any, at *trail, set func(string, any)) {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if _, ok := members[name]; ok || !a.step() {
			continue
		}
		if def, ok := a.defaultOf(properties[name]); ok {
			set(name, def)
			a.note(&a.changes, at.to(name), front.Violation{Keyword: "default", Expected: "the default", Received: "absent"})
		}
	}
}

func (a *adjuster) array(schema map[string]any, items []any, at *trail) []any {
	prefix, _ := schema["prefixItems"].([]any)
	rest, ok := schema["items"]
	if !ok && len(prefix) == 0 {
		return items
	}
	out := items
	for i, item := range items {
		inner := rest
		if i < len(prefix) {
			inner = prefix[i]
		}
		next := a.value(inner, item, at.to(strconv.Itoa(i)))
		if identical(next, item) {
			continue
		}
		if &out[0] == &items[0] {
			out = slices.Clone(items)
		}
		out[i] = next
	}
	return out
}

// defaultOf finds the default of a schema: its own, else that of what it refers
// to. The value is a copy.
func (a *adjuster) defaultOf(schema any) (any, bool) {
	for range maxLevels {
		object, _ := schema.(map[string]any)
		if def, ok := object["default"]; ok {
			tree, _, err := jsontree.FromValue(def, jsontree.Limits{})
			return tree, err == nil
		}
		ref, ok := object["$ref"]
		if !ok || !a.step() {
			return nil, false
		}
		schema = a.follow(ref)
	}
	return nil, false
}
