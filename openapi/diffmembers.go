package openapi

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// members compares an object's.
func (c *comparison) members(pointer string, a, b map[string]any) {
	old, _ := a["properties"].(map[string]any)
	now, _ := b["properties"].(map[string]any)
	oldRequired, nowRequired := texts(a["required"]), texts(b["required"])
	for _, name := range slices.Sorted(maps.Keys(old)) {
		at := pointer + "/properties/" + rawjson.Escape(name)
		if v, ok := now[name]; ok {
			c.schema(at, old[name], v)
		} else {
			c.found(at, true, true, "the member is gone")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := old[name]; !ok {
			c.found(pointer+"/properties/"+rawjson.Escape(name), false, false, "the member is new")
		}
	}
	for _, name := range nowRequired {
		if !slices.Contains(oldRequired, name) {
			c.found(pointer+"/properties/"+rawjson.Escape(name), true, false, "the member is required now")
		}
	}
	for _, name := range oldRequired {
		if _, still := now[name]; still && !slices.Contains(nowRequired, name) {
			c.found(pointer+"/properties/"+rawjson.Escape(name), false, true, "the member is no longer required")
		}
	}
	oldMore, nowMore := rest(a), rest(b)
	closedOld, closedNow := oldMore == false, nowMore == false
	switch {
	case closedOld != closedNow:
		c.found(pointer, closedNow, false, map[bool]string{true: "other members are refused now", false: "other members are no longer refused"}[closedNow])
	case !closedOld:
		c.schema(pointer+"/additionalProperties", oldMore, nowMore)
	}
}

// rest is the schema of members that aren't named.
func rest(s map[string]any) any {
	if v, ok := s["additionalProperties"]; ok {
		return v
	}
	return true
}

// nested compares the items of arrays.
func (c *comparison) nested(pointer string, a, b map[string]any) {
	old, hasOld := a["items"]
	now, hasNow := b["items"]
	if hasOld || hasNow {
		if !hasOld {
			old = true
		}
		if !hasNow {
			now = true
		}
		c.schema(pointer+"/items", old, now)
	}
	if !reflect.DeepEqual(a["prefixItems"], b["prefixItems"]) {
		c.found(pointer, true, true, "prefixItems changed")
	}
}

// beside is the reference of a schema that has more to say; nil if there is none.
func beside(s map[string]any) any {
	ref, ok := s["$ref"].(string)
	if !ok {
		return nil
	}
	return map[string]any{"$ref": ref}
}

// combined compares alternatives and parts, in their order.
func (c *comparison) combined(pointer string, a, b map[string]any) {
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		old, _ := a[k].([]any)
		now, _ := b[k].([]any)
		for i := range min(len(old), len(now)) {
			c.schema(pointer+"/"+k+"/"+strconv.Itoa(i), old[i], now[i])
		}
		more, fewer := len(now) > len(old), len(now) < len(old)
		switch {
		case !more && !fewer:
		case k == "allOf", len(old) == 0:
			c.found(pointer, more, fewer, k+" has more or fewer parts")
		case len(now) == 0:
			c.found(pointer, false, true, k+" is gone")
		default:
			c.found(pointer, fewer, more, k+" has more or fewer alternatives")
		}
	}
	old, now := beside(a), beside(b)
	if old != nil || now != nil { // a reference with more beside it
		c.schema(pointer, old, now)
	}
}

// conditional holds for the keywords by which a flat input says what a body needs that may be left out.
func conditional(keyword string) bool {
	return keyword == "if" || keyword == "then" || keyword == "else"
}

// optionalBody compares what two flat inputs say of a body that may be left out; false if one of them says something else
// with those keywords.
func (c *comparison) optionalBody(pointer, keyword string, a, b map[string]any) bool {
	old, okOld := needed(a)
	now, okNow := needed(b)
	if !okOld || !okNow {
		return false
	}
	if keyword != "if" { // once
		return true
	}
	at := func(name string) string { return pointer + "/properties/" + rawjson.Escape(name) }
	for _, name := range now {
		if !slices.Contains(old, name) && !slices.Contains(texts(a["required"]), name) {
			c.found(at(name), true, false, "the member is required now where there is a body")
		}
	}
	for _, name := range old {
		if !slices.Contains(now, name) && !slices.Contains(texts(b["required"]), name) {
			c.found(at(name), false, true, "the member is no longer required where there is a body")
		}
	}
	return true
}

// needed are the members that a body needs, if there is one: what then requires. ok is false if the schema has conditions of
// another kind.
func needed(s map[string]any) (names []string, ok bool) {
	_, hasElse := s["else"]
	condition, isIf := s["if"].(map[string]any)
	then, isThen := s["then"].(map[string]any)
	if s["if"] == nil && s["then"] == nil && !hasElse {
		return nil, true
	}
	list, isList := condition["anyOf"].([]any)
	if !isIf || !isThen || hasElse || !isList || len(condition) != 1 || len(then) != 1 {
		return nil, false
	}
	for _, x := range list {
		m, _ := x.(map[string]any)
		if len(m) != 1 || len(texts(m["required"])) != 1 {
			return nil, false
		}
	}
	return texts(then["required"]), true
}
