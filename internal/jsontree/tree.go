package jsontree

import "encoding/json"

// Clone copies a tree: changing the copy leaves the original as it is.
func Clone(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		if v == nil {
			return nil
		}
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = Clone(e)
		}
		return m
	case []any:
		if v == nil {
			return nil
		}
		a := make([]any, len(v))
		for i, e := range v {
			a[i] = Clone(e)
		}
		return a
	}
	return tree
}

// TypeName gives the JSON type of a tree, in the words of JSON Schema:
// "object", "array", "string", "integer" (an int64, or a json.Number without
// fraction and exponent), "number", "boolean" or "null"; "unknown" for what is
// no tree.
func TypeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int64:
		return "integer"
	case float64:
		return "number"
	case json.Number:
		if isWhole(string(v)) {
			return "integer"
		}
		return "number"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return "unknown"
}
