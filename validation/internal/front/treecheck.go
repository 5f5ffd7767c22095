package front

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Bounds of a json.Number in a tree: engines compute exactly, and 1e999999 has
// a million digits.
const (
	maxNumberLength   = 1000
	maxNumberExponent = 1000
)

// treeCheck looks over a tree before an engine sees it.
type treeCheck struct {
	names  bool // whether member names meet patterns
	limits Limits
	nodes  int
	bytes  int // of strings
}

// run gives the budget for a tree, or the first reason not to check it.
func (t *treeCheck) run(tree any) (budget int, bad *Violation) {
	if t.fits(tree, 0) {
		return min(baseBudget+budgetPerNode*t.nodes+t.bytes/bytesPerBudget, maxBudget), nil
	}
	t.nodes = 0
	bad, path := t.visit(tree, 0)
	if bad == nil {
		return 0, &Violation{Keyword: KeywordInternal, Expected: "a value of a parsed tree", Received: TypeName(tree)}
	}
	slices.Reverse(path)
	bad.Pointer = strings.Join(path, "")
	return 0, bad
}

// fits is visit where only the verdict matters, in whatever order.
func (t *treeCheck) fits(tree any, depth int) bool {
	if t.nodes++; t.nodes > t.limits.MaxTreeNodes || depth > maxTreeDepth {
		return false
	}
	switch v := tree.(type) {
	case nil, bool, int64:
	case string:
		t.bytes += len(v)
	case float64:
		return v-v == 0 // not for NaN and infinity
	case json.Number:
		return !canon.Outsized(string(v), maxNumberLength, maxNumberExponent)
	case []any:
		for _, item := range v {
			if !t.fits(item, depth+1) {
				return false
			}
		}
	case map[string]any:
		for name, member := range v {
			if t.longName(name) || !t.fits(member, depth+1) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// longName says that a name is too long for the patterns that it meets.
func (t *treeCheck) longName(name string) bool { return t.names && len(name) > t.limits.MaxSubject }

// visit finds what doesn't fit, members in order so that the same tree gives the same finding, and returns the path
// from there up to here, innermost first.
func (t *treeCheck) visit(tree any, depth int) (bad *Violation, path []string) {
	if t.nodes++; t.nodes > t.limits.MaxTreeNodes {
		return t.limit(tree, "at most "+strconv.Itoa(t.limits.MaxTreeNodes)+" values"), nil
	}
	if depth > maxTreeDepth {
		return t.limit(tree, "at most "+strconv.Itoa(maxTreeDepth)+" levels"), nil
	}
	switch v := tree.(type) {
	case nil, bool, int64, string:
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &Violation{Keyword: KeywordInternal, Expected: "a JSON number", Received: "unknown"}, nil
		}
	case json.Number:
		if canon.Outsized(string(v), maxNumberLength, maxNumberExponent) {
			return t.limit(tree, "a number of at most 1000 digits with an exponent within ±1000"), nil
		}
	case []any:
		for i, item := range v {
			if bad, path = t.visit(item, depth+1); bad != nil {
				return bad, append(path, Step(strconv.Itoa(i)))
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if t.longName(name) {
				return t.limit(v, "member names of at most "+strconv.Itoa(t.limits.MaxSubject)+" bytes"), nil
			}
			if bad, path = t.visit(v[name], depth+1); bad != nil {
				return bad, append(path, Step(name))
			}
		}
	default:
		return &Violation{Keyword: KeywordInternal, Expected: "a value of a parsed tree", Received: "unknown"}, nil
	}
	return nil, nil
}

func (t *treeCheck) limit(value any, expected string) *Violation {
	return &Violation{Keyword: KeywordLimit, Expected: expected, Received: TypeName(value)}
}

// Step writes one token of a JSON pointer.
func Step(token string) string {
	if strings.ContainsAny(token, "~/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
	}
	return "/" + token
}

// TypeName gives the JSON type of a tree's value. A number without fraction is
// an integer, as JSON Schema has it.
func TypeName(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int64:
		return "integer"
	case float64:
		if v == math.Trunc(v) && !math.IsInf(v, 0) {
			return "integer"
		}
		return "number"
	case json.Number:
		return numberName(string(v))
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "unknown"
}

func numberName(text string) string {
	if canon.Outsized(text, maxNumberLength, maxNumberExponent) {
		return "number"
	}
	if value, ok := new(big.Rat).SetString(text); ok && value.IsInt() {
		return "integer"
	}
	return "number"
}
