package validation

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// typed converts a scalar to the first type of a list that works, unless its own
// is in it.
func (a *adjuster) typed(names, value any, at *trail) any {
	list, ok := names.([]any)
	if !ok {
		list = []any{names}
	}
	is := front.TypeName(value)
	if slices.Contains(list, any(is)) || is == "integer" && slices.Contains(list, any("number")) {
		return value
	}
	for _, name := range list {
		if next, ok := convert(value, name); ok {
			a.note(&a.changes, at, front.Violation{Keyword: "type",
				Expected: front.Expected("type", map[string]any{"type": names}), Received: is})
			return next
		}
	}
	return value
}

// convert gives a scalar as another type, if nothing is lost.
func convert(value, name any) (any, bool) {
	switch name {
	case "number":
		return toNumber(value)
	case "integer":
		number, ok := toNumber(value)
		if !ok || front.TypeName(number) != "integer" {
			return nil, false
		}
		if f, isFloat := number.(float64); isFloat && math.Abs(f) <= 1<<53 {
			return int64(f), true
		}
		return number, true
	case "boolean":
		switch value {
		case "true", int64(1), float64(1):
			return true, true
		case "false", int64(0), float64(0):
			return false, true
		}
	case "string":
		switch value.(type) {
		case bool, int64, float64, json.Number:
			return string(jsontree.Append(nil, value)), true
		}
	}
	return nil, false
}

// toNumber reads a string that is a JSON number and nothing else. A whole number
// keeps all its digits. One with a fraction is the nearest that there is, as a
// number of the body would be, but never a whole one.
func toNumber(value any) (any, bool) {
	text, ok := value.(string)
	if !ok || text == "" || strings.Trim(text[:1]+text[len(text)-1:], "-0123456789") != "" || canon.Outsized(text, 1000, 1000) {
		return nil, false
	}
	tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	switch number := tree.(type) {
	case int64, json.Number:
		return tree, err == nil
	case float64:
		exact, ok := new(big.Rat).SetString(text)
		if !ok || err != nil {
			return nil, false
		}
		near := new(big.Rat).SetFloat64(number)
		switch {
		case near == nil:
			return nil, false
		case exact.IsInt() && exact.Cmp(near) != 0 && exact.Num().IsInt64():
			return exact.Num().Int64(), true
		case exact.IsInt() && exact.Cmp(near) != 0:
			return json.Number(exact.Num().String()), true
		}
		return number, exact.IsInt() || !near.IsInt()
	}
	return nil, false
}

// identical says that nothing changed: the same scalar, or the same map or slice.
func identical(x, y any) bool {
	switch x := x.(type) {
	case map[string]any:
		other, ok := y.(map[string]any)
		return ok && sameMap(x, other)
	case []any:
		other, ok := y.([]any)
		return ok && len(x) == len(other) && (len(x) == 0 || &x[0] == &other[0])
	case nil, bool, string, int64, float64, json.Number:
		return x == y
	}
	return true // a leaf, which is never changed
}

func sameMap(x, y map[string]any) bool {
	return reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
}

// allowsNull says whether a schema lets null pass, as far as type, const, enum,
// references and alternatives tell.
func (a *adjuster) allowsNull(schema any) bool { return a.nullable(schema, 0) }

func (a *adjuster) nullable(schema any, depth int) bool {
	object, ok := schema.(map[string]any)
	if !ok {
		return schema != false
	}
	if depth > maxLevels || !a.step() {
		return true
	}
	if names, ok := object["type"]; ok && names != "null" {
		if list, _ := names.([]any); !slices.Contains(list, any("null")) {
			return false
		}
	}
	if value, ok := object["const"]; ok && value != nil {
		return false
	}
	if values, ok := object["enum"].([]any); ok && (!a.spend(len(values)/partsPerStep) || !slices.Contains(values, nil)) {
		return false
	}
	if ref, ok := object["$ref"]; ok && !a.nullable(a.follow(ref), depth+1) {
		return false
	}
	all, _ := object["allOf"].([]any)
	for _, inner := range all {
		if !a.nullable(inner, depth+1) {
			return false
		}
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		some, ok := object[keyword].([]any)
		if ok && !slices.ContainsFunc(some, func(inner any) bool { return a.nullable(inner, depth+1) }) {
			return false
		}
	}
	return true
}
