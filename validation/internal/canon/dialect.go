package canon

import (
	"strings"
)

// dialect says which keywords mean something.
type dialect struct {
	legacy bool  // draft-07
	off    group // vocabularies of 2020-12 that are not in use
}

// group is a set of vocabularies that a metaschema can leave out (JSON Schema
// Core 2020-12, section 8.1.2). The others hold annotations, or are always there.
type group uint8

const (
	applicator group = 1 << iota
	unevaluated
	validation
)

const vocabularies = "https://json-schema.org/draft/2020-12/vocab/"

// dialectOf reads the value of a $schema.
func (c *compiler) dialectOf(at string, raw any) (dialect, error) {
	name, _ := raw.(string)
	name = strings.TrimSuffix(name, "#")
	switch strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://") {
	case "json-schema.org/draft/2020-12/schema":
		return dialect{}, nil
	case "json-schema.org/draft-07/schema":
		return dialect{legacy: true}, nil
	}
	if text, ok := c.document(name); ok {
		return c.ownDialect(at, name, text)
	}
	return dialect{}, &Error{at, "the dialect is not known: use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#"}
}

// ownDialect reads the vocabularies of a metaschema that the caller gave. The
// schema is not checked against it.
func (c *compiler) ownDialect(at, uri string, text []byte) (d dialect, err error) {
	tree, err := c.parse(uri+"#", text)
	if err != nil {
		return d, err
	}
	meta, _ := tree.(map[string]any)
	if base, _ := meta["$schema"].(string); strings.TrimSuffix(base, "#") != currentURI {
		return d, &Error{at, "a metaschema of your own must name https://json-schema.org/draft/2020-12/schema as its $schema"}
	}
	names, ok := meta["$vocabulary"].(map[string]any)
	if !ok {
		return d, nil
	}
	d.off = applicator | unevaluated | validation
	for name, raw := range names {
		required, isBool := raw.(bool)
		if !isBool {
			return d, &Error{at, "the metaschema's $vocabulary must hold true or false for each name"}
		}
		group, known := vocabulary(name)
		if required && !known {
			return d, &Error{at, "the metaschema requires a vocabulary that is not supported: make it false there"}
		}
		d.off &^= group
	}
	if _, ok := names[vocabularies+"core"]; !ok {
		return d, &Error{at, "the metaschema's $vocabulary lacks the core vocabulary: add it"}
	}
	return d, nil
}

// vocabulary gives the keywords that a vocabulary brings. format-assertion is not
// known.
func vocabulary(name string) (g group, known bool) {
	short, ok := strings.CutPrefix(name, vocabularies)
	if !ok {
		return 0, false
	}
	switch short {
	case "applicator":
		return applicator, true
	case "unevaluated":
		return unevaluated, true
	case "validation":
		return validation, true
	case "core", "meta-data", "format-annotation", "content":
		return 0, true
	}
	return 0, false
}

// reduced gives a schema without the keywords of vocabularies that are off.
func (d dialect) reduced(object map[string]any) map[string]any {
	if d.off == 0 {
		return object
	}
	out := make(map[string]any, len(object))
	for name, value := range object {
		if d.off&groupOf(name) == 0 {
			out[name] = value
		}
	}
	return out
}

func groupOf(name string) group {
	switch name {
	case "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "additionalProperties", "propertyNames", "contains",
		"properties", "patternProperties", "items", "prefixItems", "dependentSchemas":
		return applicator
	case "unevaluatedItems", "unevaluatedProperties":
		return unevaluated
	case "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
		"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "pattern", "uniqueItems",
		"required", "minContains", "maxContains", "dependentRequired":
		return validation
	}
	return 0
}
