package canon

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// view is a schema as it is met in one dynamic scope: what a $dynamicRef beneath
// it means depends on the resources that were entered before (JSON Schema Core
// 2020-12, section 8.2.3.2). Where no dynamic anchor is defined twice there is
// one view of each schema.
type view struct {
	n       *node
	scope   scope
	refs    []*view // of $ref and $dynamicRef
	inPlace []*view // applied to the same value
	target  bool    // of a reference that can be reached from the root
	name    string  // of a target, after "#/$defs/"
	state   uint8   // of the search for cycles
	cost    int     // schemas applied to one value through this one
	chain   int     // the longest nest of them
}

// scope says which schema each ambiguous dynamic anchor means: the one of the
// resource that was entered first. It is an index of compiler.scopes.
type scope int

// enter gives the scope inside a schema of a resource.
func (c *compiler) enter(outer scope, resource string) scope {
	key := entry{outer, resource}
	s, known := c.entries[key]
	if !known {
		s = c.entered(outer, resource)
		c.entries[key] = s
	}
	return s
}

// entry is the way from a scope into a resource.
type entry struct {
	outer    scope
	resource string
}

// entered is enter, at its first time.
func (c *compiler) entered(outer scope, resource string) scope {
	own := c.dynamicIn[resource]
	c.scopeWork += len(own)
	known := c.scopes[outer]
	var more map[string]string
	for anchor, pointer := range own {
		if len(c.dynamic[anchor]) < 2 || known[anchor] != "" {
			continue
		}
		if more == nil {
			more = map[string]string{}
			maps.Copy(more, known)
			c.scopeWork += 10 * len(known) // with the key
		}
		more[anchor] = mark(pointer)
	}
	if more == nil {
		return outer
	}
	var key strings.Builder
	for _, anchor := range sortedNames(more) {
		key.WriteString(anchor + "=" + more[anchor] + "\n")
	}
	if s, ok := c.scopeKeys[key.String()]; ok {
		return s
	}
	s := scope(len(c.scopes))
	c.scopes = append(c.scopes, more)
	c.scopeKeys[key.String()] = s
	return s
}

// mark tells the pointer of the root, which is empty, from none.
func mark(pointer string) string { return "@" + pointer }

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// maxScopeWork bounds how many anchors are looked at to tell scopes apart.
const maxScopeWork = 200_000

// viewKey names a view.
type viewKey struct {
	pointer string
	scope   scope
}

// view finds or makes the view of a schema that is reached from an outer scope.
func (c *compiler) view(pointer string, outer scope) *view {
	n := c.nodes[pointer]
	key := viewKey{pointer, c.enter(outer, n.res)}
	v := c.views[key]
	if v == nil {
		v = &view{n: n, scope: key.scope}
		c.views[key] = v
		c.queue = append(c.queue, v)
	}
	return v
}

// expand makes all views: first those that are reached from the root, which
// decides what gets a name, then those of schemas that nothing uses, which are
// only checked.
func (c *compiler) expand() error {
	c.view("", 0)
	done := 0
	if err := c.link(&done, true); err != nil {
		return err
	}
	reached := make(map[string]bool, len(c.queue))
	for _, v := range c.queue {
		reached[v.n.pointer] = true
	}
	for _, n := range c.order {
		if !reached[n.pointer] {
			c.view(n.pointer, 0)
		}
	}
	return c.link(&done, false)
}

// link follows the views from *done on.
func (c *compiler) link(done *int, naming bool) error {
	for ; *done < len(c.queue); *done++ {
		if len(c.queue) > c.lim.Nodes {
			return &Error{"", fmt.Sprintf("dynamic references make more than %d schemas of it: use $ref where that says the same", c.lim.Nodes)}
		}
		if c.scopeWork > maxScopeWork {
			return &Error{"", "dynamic anchors are defined too often, and met in too many orders: use $anchor where that says the same"}
		}
		v := c.queue[*done]
		for _, s := range v.n.subs {
			if inner := c.view(s.pointer, v.scope); s.inPlace {
				v.inPlace = append(v.inPlace, inner)
			}
		}
		for _, r := range v.n.refs {
			pointer := r.pointer
			if marked := c.scopes[v.scope][r.dynamic]; r.dynamic != "" && marked != "" {
				pointer = marked[1:]
			}
			target := c.view(pointer, v.scope)
			v.refs = append(v.refs, target)
			v.inPlace = append(v.inPlace, target)
			if naming {
				c.nameTarget(target)
			}
		}
	}
	return nil
}

func (c *compiler) nameTarget(v *view) {
	if !v.target {
		v.target, v.name = true, "d"+strconv.Itoa(c.named)
		c.named++
	}
}

// States of a view in the search for cycles.
const (
	unseen uint8 = iota
	entered
	left
)

// checkCycles refuses references that come back without stepping into the
// value, and documents that multiply by reference.
func (c *compiler) checkCycles() error {
	for _, v := range c.queue {
		if err := c.visit(v); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) visit(v *view) error {
	switch v.state {
	case left:
		return nil
	case entered:
		return &Error{v.n.pointer, "the reference comes back to this schema without stepping into a member or item: break the cycle"}
	}
	v.state = entered
	v.cost, v.chain = 1, 1
	for _, inner := range v.inPlace {
		if err := c.visit(inner); err != nil {
			return err
		}
		v.cost, v.chain = v.cost+inner.cost, max(v.chain, inner.chain+1)
		if v.cost > maxCost {
			return &Error{v.n.pointer, fmt.Sprintf("one value would be checked against more than %d schemas: simplify the references", maxCost)}
		}
		if v.chain > maxChain {
			return &Error{v.n.pointer, fmt.Sprintf("references and alternatives are nested more than %d deep: flatten them", maxChain)}
		}
	}
	v.state = left
	return nil
}
