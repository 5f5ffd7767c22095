package santhosh

import (
	"cmp"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// numbers is what a schema asks of a number, compared as it is: the engine prints each number and reads it as a
// fraction, for each keyword. It is exact, and so gives the engine's own verdict.
type numbers struct {
	integer bool
	edges   []edge
}

// edge is one of minimum, maximum and their exclusive forms.
type edge struct {
	keyword string
	bound   bound
}

// takeNumbers takes those keywords out of a schema, and gives what they ask for with a name for it; nil if there are
// none.
func takeNumbers(schema map[string]any) (n *numbers, name string) {
	n = &numbers{integer: takeInteger(schema)}
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
	if n.integer {
		name += " integer"
	}
	if name == "" {
		return nil, ""
	}
	return n, name
}

// takeInteger asks for any number where a schema asks for an integer alone.
func takeInteger(schema map[string]any) bool {
	switch v := schema["type"].(type) {
	case string:
		if v == "integer" {
			schema["type"] = "number"
		}
		return v == "integer"
	case []any:
		at := slices.Index(v, any("integer"))
		if at < 0 || slices.Contains(v, any("number")) {
			return false
		}
		v = slices.Clone(v)
		v[at] = "number"
		schema["type"] = v
		return true
	}
	return false
}

// fit says whether a value is what they ask for; what is no number is.
func (n *numbers) fit(value any) bool {
	var exact *big.Rat
	whole := true
	switch v := value.(type) {
	case int64:
	case float64:
		whole = v == math.Trunc(v)
	case json.Number:
		var ok bool
		if exact, ok = new(big.Rat).SetString(string(v)); !ok {
			return false
		}
		whole = exact.IsInt()
	default:
		return true
	}
	if n.integer && !whole {
		return false
	}
	for i := range n.edges {
		if e := &n.edges[i]; !e.holds(e.bound.compare(value, exact)) {
			return false
		}
	}
	return true
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
