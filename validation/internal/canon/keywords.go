package canon

import (
	"encoding/json"
	"slices"
	"strconv"
)

// checker checks the value of one keyword and walks into its schemas.
type checker func(c *compiler, n *node, at string, raw any) error

// keyword finds the check of a keyword. Annotations have none: their form does
// not change what a schema accepts.
func keyword(name string, legacy bool) (checker, bool) {
	switch name {
	case "$ref":
		return checkString, true
	case "allOf", "anyOf", "oneOf":
		return checkList(true), true
	case "not", "if", "then", "else":
		return checkSub(true), true
	case "additionalProperties", "propertyNames", "contains":
		return checkSub(false), true
	case "$defs", "definitions", "properties":
		return checkObject(false), true
	case "patternProperties":
		return checkPatternProperties, true
	case "type":
		return checkType, true
	case "enum":
		return checkEnum, true
	case "const", "default":
		return checkConst, true
	case "multipleOf":
		return checkMultipleOf, true
	case "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum":
		return checkNumber, true
	case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties":
		return checkCount, true
	case "pattern":
		return checkPattern, true
	case "uniqueItems":
		return checkBool, true
	case "required":
		return checkStrings, true
	}
	if legacy {
		return legacyKeyword(name)
	}
	return currentKeyword(name)
}

func legacyKeyword(name string) (checker, bool) {
	switch name {
	case "items":
		return checkLegacyItems, true
	case "additionalItems":
		return checkSub(false), true
	case "dependencies":
		return checkDependencies, true
	}
	return nil, false
}

func currentKeyword(name string) (checker, bool) {
	switch name {
	case "$dynamicRef":
		return checkString, true
	case "items":
		return checkItems, true
	case "prefixItems":
		return checkList(false), true
	case "unevaluatedItems", "unevaluatedProperties", "contentSchema":
		return checkSub(false), true
	case "dependentSchemas":
		return checkObject(true), true
	case "dependentRequired":
		return checkDependentRequired, true
	case "minContains", "maxContains":
		return checkCount, true
	}
	return nil, false
}

func checkSub(samePlace bool) checker {
	return func(c *compiler, n *node, at string, raw any) error { return c.sub(n, at, raw, samePlace) }
}

func checkList(samePlace bool) checker {
	return func(c *compiler, n *node, at string, raw any) error { return c.list(n, at, raw, samePlace) }
}

func checkObject(samePlace bool) checker {
	return func(c *compiler, n *node, at string, raw any) error { return c.object(n, at, raw, samePlace) }
}

func checkItems(c *compiler, n *node, at string, raw any) error {
	if _, ok := raw.([]any); ok {
		return &Error{at, "items must be one schema: use prefixItems for a list"}
	}
	return c.sub(n, at, raw, false)
}

func checkLegacyItems(c *compiler, n *node, at string, raw any) error {
	if _, ok := raw.([]any); ok {
		return c.list(n, at, raw, false)
	}
	return c.sub(n, at, raw, false)
}

func checkPatternProperties(c *compiler, n *node, at string, raw any) error {
	if err := c.object(n, at, raw, false); err != nil {
		return err
	}
	members, _ := raw.(map[string]any)
	for _, text := range sortedKeys(members) {
		if err := c.addPattern(child(at, text), text); err != nil {
			return err
		}
	}
	return nil
}

func checkDependencies(c *compiler, n *node, at string, raw any) error {
	members, ok := raw.(map[string]any)
	if !ok {
		return &Error{at, "must be an object of schemas or arrays of member names"}
	}
	for _, name := range sortedKeys(members) {
		var err error
		if _, isList := members[name].([]any); isList {
			err = checkStrings(c, n, child(at, name), members[name])
		} else {
			err = c.sub(n, child(at, name), members[name], true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkDependentRequired(c *compiler, n *node, at string, raw any) error {
	members, ok := raw.(map[string]any)
	if !ok {
		return &Error{at, "must be an object of arrays of member names"}
	}
	for _, name := range sortedKeys(members) {
		if err := checkStrings(c, n, child(at, name), members[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkString(_ *compiler, _ *node, at string, raw any) error {
	if _, ok := raw.(string); !ok {
		return &Error{at, "must be a string"}
	}
	return nil
}

func checkBool(_ *compiler, _ *node, at string, raw any) error {
	if _, ok := raw.(bool); !ok {
		return &Error{at, "must be true or false"}
	}
	return nil
}

func checkStrings(_ *compiler, _ *node, at string, raw any) error {
	items, ok := raw.([]any)
	if !ok {
		return &Error{at, "must be an array of member names"}
	}
	seen := make(map[string]bool, len(items))
	for i, item := range items {
		name, ok := item.(string)
		if !ok {
			return &Error{child(at, strconv.Itoa(i)), "must be a string, the name of a member"}
		}
		if seen[name] {
			return &Error{child(at, strconv.Itoa(i)), "the name is there twice: remove one"}
		}
		seen[name] = true
	}
	return nil
}

func checkType(_ *compiler, _ *node, at string, raw any) error {
	items, ok := raw.([]any)
	if !ok {
		return checkTypeName(at, raw)
	}
	if len(items) == 0 {
		return &Error{at, "must name at least one type"}
	}
	for i, item := range items {
		if err := checkTypeName(child(at, strconv.Itoa(i)), item); err != nil {
			return err
		}
		if slices.Contains(items[:i], item) {
			return &Error{child(at, strconv.Itoa(i)), "the type is there twice: remove one"}
		}
	}
	return nil
}

func checkTypeName(at string, raw any) error {
	name, _ := raw.(string)
	switch name {
	case "array", "boolean", "integer", "null", "number", "object", "string":
		return nil
	}
	return &Error{at, "unknown type: use array, boolean, integer, null, number, object or string"}
}

func checkEnum(_ *compiler, _ *node, at string, raw any) error {
	items, ok := raw.([]any)
	if !ok || len(items) == 0 {
		return &Error{at, "must be an array of at least one value"}
	}
	return checkLiteral(at, raw)
}

func checkConst(_ *compiler, _ *node, at string, raw any) error { return checkLiteral(at, raw) }

// checkLiteral looks for numbers that would be too dear to compare.
func checkLiteral(at string, raw any) error {
	switch v := raw.(type) {
	case json.Number:
		_, err := number(at, v)
		return err
	case []any:
		for i, item := range v {
			if err := checkLiteral(child(at, strconv.Itoa(i)), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if err := checkLiteral(child(at, name), v[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkNumber(_ *compiler, _ *node, at string, raw any) error {
	_, err := number(at, raw)
	return err
}

func checkMultipleOf(_ *compiler, _ *node, at string, raw any) error {
	value, err := number(at, raw)
	if err != nil {
		return err
	}
	if value.Sign() <= 0 {
		return &Error{at, "must be greater than 0"}
	}
	return nil
}

func checkCount(_ *compiler, _ *node, at string, raw any) error {
	value, err := number(at, raw)
	if err != nil {
		return err
	}
	if value.Sign() < 0 || !value.IsInt() {
		return &Error{at, "must be a whole number, 0 or more"}
	}
	return nil
}

func checkPattern(c *compiler, _ *node, at string, raw any) error {
	text, ok := raw.(string)
	if !ok {
		return &Error{at, "must be a string, a regular expression"}
	}
	return c.addPattern(at, text)
}
