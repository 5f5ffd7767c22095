package canon

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxCost bounds how many schemas one value is checked against through
// references, allOf and the like.
const maxCost = 10_000

// maxChain bounds how deep such a nest is; an engine recurses that far.
const maxChain = 200

// resolve finds the target of every reference. Targets may lie where no
// keyword puts a schema; then they are walked now, which may bring more
// references.
func (c *compiler) resolve() error {
	for i := 0; i < len(c.order); i++ { // c.order grows
		n := c.order[i]
		object, ok := n.raw.(map[string]any)
		if !ok {
			continue
		}
		for _, keyword := range []string{"$ref", "$dynamicRef"} {
			raw, ok := object[keyword]
			if !ok || c.legacy && keyword != "$ref" {
				continue
			}
			if n.isRef {
				return &Error{child(n.pointer, keyword), "stands beside $ref: put one of them into allOf"}
			}
			if err := c.resolveOne(n, keyword, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compiler) resolveOne(n *node, keyword string, raw any) error {
	at := child(n.pointer, keyword)
	text, ok := raw.(string)
	if !ok {
		return &Error{at, "must be a string"}
	}
	rel, err := url.Parse(text)
	if err != nil {
		return &Error{at, "is not a URI reference (RFC 3986)"}
	}
	target, err := c.locate(n, at, rel)
	if err != nil {
		return err
	}
	if keyword == "$dynamicRef" && c.isDynamic(target, rel.Fragment) && len(c.dynamic[rel.Fragment]) > 1 {
		return &Error{at, "the dynamic anchor is defined more than once, which is not supported: use $ref and $anchor"}
	}
	n.ref, n.isRef = target, true
	n.inPlace = append(n.inPlace, target)
	if _, ok := c.targets[target]; !ok {
		c.targets[target] = "d" + strconv.Itoa(len(c.targets))
	}
	return nil
}

func (c *compiler) isDynamic(target, anchor string) bool {
	return slices.Contains(c.dynamic[anchor], target)
}

// locate gives the pointer of the schema that a reference means.
func (c *compiler) locate(n *node, at string, rel *url.URL) (string, error) {
	abs := n.base.ResolveReference(rel)
	fragment := abs.Fragment
	abs.Fragment, abs.RawFragment = "", ""
	resource, ok := c.resources[abs.String()]
	if !ok {
		return "", &Error{at, "the reference leads out of the document: put the schema under $defs and refer to it there"}
	}
	if fragment == "" {
		return resource, nil
	}
	if !strings.HasPrefix(fragment, "/") {
		if target, ok := c.anchors[abs.String()+"#"+fragment]; ok {
			return target, nil
		}
		return "", &Error{at, "the reference has no target: there is no such anchor"}
	}
	target := resource + fragment
	raw, ok := lookup(c.root, target)
	if !ok {
		return "", &Error{at, "the reference has no target: nothing is at that pointer"}
	}
	canonical := repoint(target)
	if err := c.walk(canonical, raw, c.baseOf(canonical)); err != nil {
		return "", err
	}
	return canonical, nil
}

// baseOf gives the base of the nearest schema around a pointer.
func (c *compiler) baseOf(pointer string) *url.URL {
	for {
		if n := c.nodes[pointer]; n != nil {
			return n.base
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return c.nodes[""].base
		}
		pointer = pointer[:i]
	}
}

// lookup follows a JSON pointer.
func lookup(tree any, pointer string) (any, bool) {
	for _, token := range tokens(pointer) {
		switch v := tree.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return nil, false
			}
			tree = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) || strconv.Itoa(i) != token {
				return nil, false
			}
			tree = v[i]
		default:
			return nil, false
		}
	}
	return tree, true
}

// tokens splits and unescapes a JSON pointer.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(pointer[1:], "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

// repoint brings a pointer into the one form that child writes.
func repoint(pointer string) string {
	out := ""
	for _, token := range tokens(pointer) {
		out = child(out, token)
	}
	return out
}

// States of a node in the search for cycles.
const (
	unseen uint8 = iota
	entered
	left
)

// checkCycles refuses references that come back without stepping into the
// value, and documents that multiply by reference.
func (c *compiler) checkCycles() error {
	for _, n := range c.order {
		if err := c.visit(n); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) visit(n *node) error {
	switch n.state {
	case left:
		return nil
	case entered:
		return &Error{n.pointer, "the reference comes back to this schema without stepping into a member or item: break the cycle"}
	}
	n.state = entered
	n.cost, n.chain = 1, 1
	for _, pointer := range n.inPlace {
		inner := c.nodes[pointer]
		if err := c.visit(inner); err != nil {
			return err
		}
		n.cost, n.chain = n.cost+inner.cost, max(n.chain, inner.chain+1)
		if n.cost > maxCost {
			return &Error{n.pointer, fmt.Sprintf("one value would be checked against more than %d schemas: simplify the references", maxCost)}
		}
		if n.chain > maxChain {
			return &Error{n.pointer, fmt.Sprintf("references and alternatives are nested more than %d deep: flatten them", maxChain)}
		}
	}
	n.state = left
	return nil
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
