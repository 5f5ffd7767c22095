package canon

import (
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
// keyword puts a schema, or in another document; then they are walked now,
// which may bring more references.
func (c *compiler) resolve() error {
	for i := 0; i < len(c.order); i++ { // c.order grows
		n := c.order[i]
		object, ok := n.raw.(map[string]any)
		if !ok {
			continue
		}
		for _, keyword := range []string{"$ref", "$dynamicRef"} {
			raw, ok := object[keyword]
			if !ok || n.dialect.legacy && keyword != "$ref" {
				continue
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
	r := reference{pointer: target}
	if keyword == "$dynamicRef" && slices.Contains(c.dynamic[rel.Fragment], target) {
		r.dynamic = rel.Fragment
	}
	n.refs = append(n.refs, r)
	return nil
}

// locate gives the pointer of the schema that a reference means.
func (c *compiler) locate(n *node, at string, rel *url.URL) (string, error) {
	abs := n.base.ResolveReference(rel)
	fragment := abs.Fragment
	abs.Fragment, abs.RawFragment = "", ""
	resource, ok := c.resources[abs.String()]
	if !ok {
		var err error
		if resource, ok, err = c.load(at, abs.String()); err != nil {
			return "", err
		}
	}
	if !ok {
		return "", &Error{at, "the reference leads out of the document: put the schema under $defs and refer to it there, or give the engine that document"}
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
	raw, ok := c.lookup(target)
	if !ok {
		return "", &Error{at, "the reference has no target: nothing is at that pointer"}
	}
	canonical := repoint(target)
	if err := c.walk(canonical, raw, c.around(canonical)); err != nil {
		return "", err
	}
	return canonical, nil
}

// around gives the nearest schema around a pointer.
func (c *compiler) around(pointer string) *node {
	for {
		if n := c.nodes[pointer]; n != nil {
			return n
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return c.nodes[""]
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
	root := ""
	if pointer != "" && pointer[0] != '/' {
		uri, rest, _ := strings.Cut(pointer, "#")
		root, pointer = uri+"#", rest
	}
	for _, token := range tokens(pointer) {
		root = child(root, token)
	}
	return root
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
