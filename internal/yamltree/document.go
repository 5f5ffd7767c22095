package yamltree

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a source that was read. It may be used by several goroutines at once.
type Document struct {
	root *yaml.Node
	json []byte
}

// Parse reads a source of one document. Any error is an [*Error].
func Parse(src []byte, lim Limits) (*Document, error) { return parse(src, lim, false) }

// ParseLoose is Parse for documents that others wrote. What Parse refuses although it can be told what is meant is read
// so: a key without quotes is its text (200, yes, null), a number in a form that JSON doesn't have is that number (0x1F,
// +1, .5), .nan and .inf are text, a tag is left out (!!str makes text), and a merge key adds the members that aren't
// there.
func ParseLoose(src []byte, lim Limits) (*Document, error) { return parse(src, lim, true) }

func parse(src []byte, lim Limits, loose bool) (*Document, error) {
	lim = lim.withDefaults()
	src = bytes.TrimPrefix(src, []byte("\uFEFF")) // the byte order mark
	root, err := read(src, lim)
	if err != nil {
		return nil, err
	}
	c := counter{lim: lim, at: cursor{src: src, line: 1, col: 1}}
	if err := c.count(root); err != nil {
		return nil, err
	}
	w := newWriter(len(src), lim, c.nodes)
	w.loose = loose
	if err := w.value(root, 0); err != nil {
		return nil, err
	}
	return &Document{root: root, json: w.out}, nil
}

// JSON is the document as compact JSON: members in the order of the source, numbers as they are written there. The
// caller doesn't change it.
func (d *Document) JSON() []byte { return d.json }

// Position gives the place of a value by its JSON pointer (RFC 6901), counted from 1, columns in characters: for a member
// that of its key, for an item and for the whole that of the value. What came by an alias stands where the alias points
// to. ok is false if there is no such value.
func (d *Document) Position(pointer string) (line, col int, ok bool) {
	at, depth := d.find(pointer)
	return at.Line, at.Column, depth == strings.Count(pointer, "/") && wellFormed(pointer)
}

// Nearest is Position for the deepest part of pointer that there is.
func (d *Document) Nearest(pointer string) (line, col int) {
	at, _ := d.find(pointer)
	return at.Line, at.Column
}

// find walks down a pointer and gives the node that marks the place, and how many of the pointer's tokens it found.
func (d *Document) find(pointer string) (at *yaml.Node, found int) {
	at = d.root
	if !wellFormed(pointer) || pointer == "" {
		return at, 0
	}
	value := followed(d.root)
	for token := range strings.SplitSeq(pointer[1:], "/") {
		mark, next := child(value, unescaped(token))
		if next == nil {
			break
		}
		at, value = mark, followed(next)
		found++
	}
	return at, found
}

func wellFormed(pointer string) bool { return pointer == "" || pointer[0] == '/' }

// child finds a member or an item, and the node that marks its place.
func child(parent *yaml.Node, token string) (mark, value *yaml.Node) {
	switch parent.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(parent.Content); i += 2 {
			if parent.Content[i].Value == token {
				return parent.Content[i], parent.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		i, err := strconv.Atoi(token)
		if err == nil && i >= 0 && i < len(parent.Content) && strconv.Itoa(i) == token {
			return parent.Content[i], parent.Content[i]
		}
	}
	return nil, nil
}

// followed is what an alias stands for. An alias never stands for another.
func followed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// escaped and unescaped write and read one token of a JSON pointer (RFC 6901, section 3).
func escaped(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

func unescaped(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
