package canon

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// walk registers the schema at pointer and all schemas inside it. outer is the
// schema around it.
func (c *compiler) walk(pointer string, raw any, outer *node) error {
	if c.nodes[pointer] != nil {
		return nil
	}
	n := &node{pointer: pointer, raw: raw, base: outer.base, res: outer.res, dialect: outer.dialect}
	object, ok := raw.(map[string]any)
	if _, isBool := raw.(bool); !ok && !isBool {
		return &Error{pointer, "a schema is an object, true or false"}
	}
	c.nodes[pointer] = n
	c.order = append(c.order, n)
	if !ok {
		return nil
	}
	object = n.dialect.reduced(object)
	n.raw = object
	if n.dialect.legacy && object["$ref"] != nil {
		return nil // draft-07: everything beside $ref is ignored
	}
	if err := c.identify(n, object); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		check, known := keyword(name, n.dialect.legacy)
		if !known {
			continue
		}
		if err := check(c, n, child(pointer, name), object[name]); err != nil {
			return err
		}
	}
	return nil
}

// identify reads $schema, $id and the anchors.
func (c *compiler) identify(n *node, object map[string]any) error {
	if raw, ok := object["$schema"]; ok {
		if d, err := c.dialectOf("", raw); err != nil || d != n.dialect {
			return &Error{child(n.pointer, "$schema"), "an embedded schema has another dialect than the root: use one dialect, or a document of its own"}
		}
	}
	if raw, ok := object["$id"]; ok {
		if err := c.setID(n, raw); err != nil {
			return err
		}
	}
	if n.dialect.legacy {
		return nil
	}
	for _, name := range []string{"$anchor", "$dynamicAnchor"} {
		raw, ok := object[name]
		if !ok {
			continue
		}
		anchor, _ := raw.(string)
		if !isAnchor(anchor) {
			return &Error{child(n.pointer, name), "an anchor is a letter or underscore followed by letters, digits, '-', '_' or '.'"}
		}
		if err := c.setAnchor(n, name, anchor); err != nil {
			return err
		}
		if name == "$dynamicAnchor" {
			c.setDynamic(n, anchor)
		}
	}
	return nil
}

func (c *compiler) setDynamic(n *node, anchor string) {
	c.dynamic[anchor] = append(c.dynamic[anchor], n.pointer)
	if c.dynamicIn[n.res] == nil {
		c.dynamicIn[n.res] = map[string]string{}
	}
	c.dynamicIn[n.res][anchor] = n.pointer
}

func (c *compiler) setID(n *node, raw any) error {
	at := child(n.pointer, "$id")
	text, ok := raw.(string)
	if !ok {
		return &Error{at, "$id must be a string"}
	}
	rel, err := url.Parse(text)
	if err != nil {
		return &Error{at, "$id is not a URI reference (RFC 3986)"}
	}
	fragment := rel.Fragment
	if fragment != "" && !n.dialect.legacy {
		return &Error{at, "$id must have no fragment: use $anchor"}
	}
	if strings.HasPrefix(text, "#") {
		if fragment == "" {
			return nil // an empty reference changes nothing
		}
		return c.setAnchor(n, "$id", fragment)
	}
	abs := n.base.ResolveReference(rel)
	abs.Fragment, abs.RawFragment = "", ""
	if other, ok := c.resources[abs.String()]; ok && other != n.pointer {
		return &Error{at, "$id is used twice in the document: give each schema its own"}
	}
	c.resources[abs.String()] = n.pointer
	n.base, n.res = abs, n.pointer
	if fragment != "" {
		return c.setAnchor(n, "$id", fragment)
	}
	return nil
}

func (c *compiler) setAnchor(n *node, keyword, anchor string) error {
	key := n.base.String() + "#" + anchor
	if other, ok := c.anchors[key]; ok && other != n.pointer {
		return &Error{child(n.pointer, keyword), "the anchor is used twice: give each schema its own"}
	}
	c.anchors[key] = n.pointer
	return nil
}

func isAnchor(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// sub walks a schema inside n, which may be applied to the same value.
func (c *compiler) sub(n *node, pointer string, raw any, samePlace bool) error {
	n.subs = append(n.subs, subschema{pointer, samePlace})
	return c.walk(pointer, raw, n)
}

func (c *compiler) list(n *node, at string, raw any, samePlace bool) error {
	items, ok := raw.([]any)
	if !ok || len(items) == 0 {
		return &Error{at, "must be an array of at least one schema"}
	}
	for i, item := range items {
		if err := c.sub(n, child(at, strconv.Itoa(i)), item, samePlace); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) object(n *node, at string, raw any, samePlace bool) error {
	members, ok := raw.(map[string]any)
	if !ok {
		return &Error{at, "must be an object of schemas"}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := c.sub(n, child(at, name), members[name], samePlace); err != nil {
			return err
		}
	}
	return nil
}

// addPattern compiles a regular expression once per document.
func (c *compiler) addPattern(at, text string) error {
	if c.patterns[text].re != nil {
		return nil
	}
	if len(text) <= c.lim.PatternBytes && len(c.patterns) >= c.lim.Patterns {
		return &Error{at, fmt.Sprintf("there are more than %d patterns: use fewer", c.lim.Patterns)}
	}
	p, err := compilePattern(at, text, c.lim.PatternBytes)
	if err == nil {
		c.patterns[text] = p
	}
	return err
}

// compilePattern compiles a regular expression of at most most bytes.
func compilePattern(at, text string, most int) (pattern, error) {
	if len(text) > most {
		return pattern{}, &Error{at, fmt.Sprintf("the pattern has %d bytes, more than the %d allowed: shorten it", len(text), most)}
	}
	size, err := programSize(text)
	if err != nil {
		return pattern{}, &Error{at, "the pattern is not RE2 syntax (no look-around, no back-references): " + syntaxCode(err)}
	}
	if size > maxProgram {
		return pattern{}, &Error{at, fmt.Sprintf("the pattern compiles to %d instructions, more than the %d allowed: use smaller repeat counts", size, maxProgram)}
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return pattern{}, &Error{at, "the pattern is not RE2 syntax (no look-around, no back-references): " + syntaxCode(err)}
	}
	return pattern{re, size}, nil
}
