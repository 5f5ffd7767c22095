package santhosh

import (
	"maps"

	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// heavy is what a comparison costs, in microseconds, from which on it has to be
// counted before it is made.
const heavy = 32

// guarded gives the form of a schema in which costly values to compare with stand
// behind the format that counts the work. The engine would stop at them first.
func guarded(doc *canon.Doc, schema any) any {
	object, ok := schema.(map[string]any)
	if !ok {
		return schema
	}
	out := make(map[string]any, len(object))
	for keyword, value := range object {
		out[keyword] = canon.Inside(keyword, value, func(inner any) any { return guarded(doc, inner) })
	}
	format, _ := out["format"].(string)
	if doc.Formats[format].Weight < heavy || out["enum"] == nil && object["const"] == nil {
		return out
	}
	list, _ := out["allOf"].([]any)
	for _, keyword := range []string{"format", "enum", "const"} {
		if value, ok := out[keyword]; ok {
			delete(out, keyword)
			list = append(list, map[string]any{keyword: value})
		}
	}
	out["allOf"] = list
	return out
}

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
		out[keyword] = canon.Inside(keyword, value, spread)
	}
	var apart []any
	for _, keyword := range []string{"format", "type", "const", "enum", "propertyNames"} {
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
