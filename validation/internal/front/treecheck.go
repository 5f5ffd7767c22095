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
	sorted bool // visit members in order, so that the first finding is stable
	nodes  int
	bytes  int // of strings
}

// run gives the budget for a tree, or the first reason not to check it.
func (t *treeCheck) run(tree any) (budget int, bad *Violation) {
	if bad, _ = t.visit(tree, 0); bad == nil {
		return min(baseBudget+budgetPerNode*t.nodes+t.bytes/bytesPerBudget, maxBudget), nil
	}
	again := treeCheck{names: t.names, limits: t.limits, sorted: true}
	first, path := again.visit(tree, 0)
	if first == nil {
		return 0, bad
	}
	slices.Reverse(path)
	first.Pointer = strings.Join(path, "")
	return 0, first
}

// visit returns the path from the finding up to here, innermost first.
func (t *treeCheck) visit(tree any, depth int) (bad *Violation, path []string) {
	if t.nodes++; t.nodes > t.limits.MaxTreeNodes {
		return t.limit(tree, "at most "+strconv.Itoa(t.limits.MaxTreeNodes)+" values"), nil
	}
	if depth > maxTreeDepth {
		return t.limit(tree, "at most "+strconv.Itoa(maxTreeDepth)+" levels"), nil
	}
	switch v := tree.(type) {
	case nil, bool, int64:
	case string:
		t.bytes += len(v)
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
		return t.visitMembers(v, depth)
	default:
		return &Violation{Keyword: KeywordInternal, Expected: "a value of a parsed tree", Received: "unknown"}, nil
	}
	return nil, nil
}

func (t *treeCheck) visitMembers(object map[string]any, depth int) (bad *Violation, path []string) {
	if t.sorted {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if bad, path = t.visitMember(object, name, depth); bad != nil {
				return bad, path
			}
		}
		return nil, nil
	}
	for name := range object {
		if bad, path = t.visitMember(object, name, depth); bad != nil {
			return bad, path
		}
	}
	return nil, nil
}

func (t *treeCheck) visitMember(object map[string]any, name string, depth int) (bad *Violation, path []string) {
	if t.names && len(name) > t.limits.MaxSubject {
		return t.limit(object, "member names of at most "+strconv.Itoa(t.limits.MaxSubject)+" bytes"), nil
	}
	if bad, path = t.visit(object[name], depth+1); bad != nil {
		return bad, append(path, Step(name))
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
