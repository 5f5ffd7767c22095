package front

import (
	"cmp"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// native is what a schema asks of types and of the size of numbers, judged on values as they are: engines print each
// number and read it as a fraction, for each keyword. It is exact, and so gives the engine's own verdict.
type native struct {
	types kinds // 0: any
	edges []edge
}

// kinds is a set of types.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBoolean
	isString
	isArray
	isObject
	isInteger
	isFraction
)

// kindOf reads a type's name; 0 is none of them.
func kindOf(name any) kinds {
	switch name {
	case "null":
		return isNull
	case "boolean":
		return isBoolean
	case "string":
		return isString
	case "array":
		return isArray
	case "object":
		return isObject
	case "integer":
		return isInteger
	case "number":
		return isInteger | isFraction
	}
	return 0
}

// edge is one of minimum, maximum and their exclusive forms.
type edge struct {
	keyword string
	bound   bound
}

// takeNative takes those keywords out of a schema, and gives what they ask for with a name for it; nil if there are
// none.
func takeNative(schema map[string]any) (n *native, name string) {
	n = &native{types: kindOf(schema["type"])}
	if list, ok := schema["type"].([]any); ok {
		for _, one := range list {
			n.types |= kindOf(one)
		}
	}
	if n.types != 0 {
		delete(schema, "type")
		name = "type " + strconv.Itoa(int(n.types))
	}
	for _, keyword := range []string{"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"} {
		text, ok := schema[keyword].(json.Number)
		if !ok {
			continue
		}
		if b, ok := newBound(text); ok {
			n.edges = append(n.edges, edge{keyword, b})
			name += " " + keyword + " " + string(text)
			delete(schema, keyword)
		}
	}
	if name == "" {
		return nil, ""
	}
	return n, strings.TrimSpace(name)
}

// fits says whether a value is what they ask for.
func (n *native) fits(value any) bool {
	ok := true
	n.each(value, func(string) bool {
		ok = false
		return false
	})
	return ok
}

// each visits the keywords that fail, until visit returns false.
func (n *native) each(value any, visit func(keyword string) bool) {
	kind, exact := kindOfValue(value)
	if n.types != 0 && n.types&kind == 0 && !visit("type") {
		return
	}
	if kind&(isInteger|isFraction) == 0 {
		return
	}
	for i := range n.edges {
		if e := &n.edges[i]; !e.holds(e.bound.compare(value, exact)) && !visit(e.keyword) {
			return
		}
	}
}

// kindOfValue is the type of a tree's value, and what a json.Number is exactly.
func kindOfValue(value any) (kind kinds, exact *big.Rat) {
	whole := true
	switch v := value.(type) {
	case nil:
		return isNull, nil
	case bool:
		return isBoolean, nil
	case string:
		return isString, nil
	case []any:
		return isArray, nil
	case map[string]any:
		return isObject, nil
	case int64:
	case float64:
		whole = v == math.Trunc(v)
	case json.Number:
		var ok bool
		if exact, ok = new(big.Rat).SetString(string(v)); !ok {
			return 0, nil
		}
		whole = exact.IsInt()
	default:
		return 0, nil
	}
	if whole {
		return isInteger, exact
	}
	return isFraction, exact
}

// holds judges how a value compares with the bound.
func (e *edge) holds(order int) bool {
	switch e.keyword {
	case "minimum":
		return order >= 0
	case "exclusiveMinimum":
		return order > 0
	case "maximum":
		return order <= 0
	}
	return order < 0
}

// bound is a number of a schema, ready to be compared with.
type bound struct {
	exact *big.Rat
	floor int64   // the largest integer that isn't above it
	whole bool    // floor is all of it
	far   int     // where it is if beyond int64: -1 below, 1 above
	near  float64 // the nearest float64
	tie   int     // how near, as it is printed, compares with it
}

func newBound(text json.Number) (b bound, ok bool) {
	if b.exact, ok = new(big.Rat).SetString(string(text)); !ok {
		return b, false
	}
	b.whole = b.exact.IsInt()
	floor := new(big.Int).Div(b.exact.Num(), b.exact.Denom())
	if floor.IsInt64() {
		b.floor = floor.Int64()
	} else {
		b.far = floor.Sign()
	}
	b.near, _ = b.exact.Float64()
	if !math.IsInf(b.near, 0) {
		printed, _ := new(big.Rat).SetString(strconv.FormatFloat(b.near, 'g', -1, 64))
		b.tie = printed.Cmp(b.exact)
	}
	return b, true
}

// compare compares a number with the bound; exact is a json.Number's. A float64 stands for the shortest decimal that
// rounds to it: where it isn't the nearest one of the bound, that lies on the same side as it does.
func (b *bound) compare(value any, exact *big.Rat) int {
	switch v := value.(type) {
	case int64:
		if b.far != 0 {
			return -b.far
		}
		if order := cmp.Compare(v, b.floor); order != 0 || b.whole {
			return order
		}
		return -1 // the bound is a fraction above
	case float64:
		switch {
		case v < b.near:
			return -1
		case v > b.near:
			return 1
		}
		return b.tie
	}
	return exact.Cmp(b.exact)
}
