package santhosh

import (
	"maps"

	"github.com/waygate-go/waygate/validation/internal/front"
)

// spread gives the form of a schema in which the keywords at which the engine
// stops stand apart, each in a schema of its own under allOf. So does
// propertyNames, of which the engine tells a place that may have been written
// over: that of the allOf around it is right.
func spread(schema any) any {
	object, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	out := make(map[string]any, len(object)+1)
	for keyword, value := range object {
		out[keyword] = spreadKeyword(keyword, value)
	}
	var apart []any
	for _, keyword := range []string{"type", "const", "enum", "format", "propertyNames"} {
		if value, ok := out[keyword]; ok {
			delete(out, keyword)
			apart = append(apart, map[string]any{keyword: value})
		}
	}
	if len(apart) == 1 && len(out) == 0 && object["propertyNames"] == nil {
		return maps.Clone(object)
	}
	if format, ok := object["format"]; ok {
		out[front.FormatCopy] = format
	}
	if len(apart) > 0 {
		list, _ := out["allOf"].([]any)
		out["allOf"] = append(list, apart...)
	}
	return out
}

// spreadKeyword spreads the schemas that stand in the value of a keyword.
func spreadKeyword(keyword string, value any) any {
	switch keyword {
	case "not", "if", "then", "else", "additionalProperties", "propertyNames", "contains", "items",
		"unevaluatedItems", "unevaluatedProperties":
		return spread(value)
	case "allOf", "anyOf", "oneOf", "prefixItems":
		list, _ := value.([]any)
		out := make([]any, len(list))
		for i, schema := range list {
			out[i] = spread(schema)
		}
		return out
	case "properties", "patternProperties", "dependentSchemas", "$defs":
		members, _ := value.(map[string]any)
		out := make(map[string]any, len(members))
		for name, schema := range members {
			out[name] = spread(schema)
		}
		return out
	}
	return value
}
