package yamltree

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// counter visits the nodes of a source in the order of the text, aliases not followed.
type counter struct {
	lim   Limits
	nodes int
	at    cursor
}

// count refuses a source that is too large by itself, and marks the nodes that have the tag "!", which the reader
// underneath forgets. It goes as deep as that reader did, which is 10,000 levels at most.
func (c *counter) count(n *yaml.Node) error {
	if c.nodes++; c.nodes > c.lim.Nodes {
		return fault(n, "", "more than %d values and keys: divide the text into several files", c.lim.Nodes)
	}
	if n.Kind == yaml.ScalarNode && n.Style == 0 && bytes.HasPrefix(afterAnchor(c.at.to(n)), []byte("!")) {
		n.Style |= yaml.TaggedStyle
	}
	for _, child := range n.Content {
		if err := c.count(child); err != nil {
			return err
		}
	}
	return nil
}

func tagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// afterAnchor leaves out an anchor at the beginning of a text.
func afterAnchor(text []byte) []byte {
	if len(text) == 0 || text[0] != '&' {
		return text
	}
	end := bytes.IndexAny(text, " \t\r\n")
	if end < 0 {
		return nil
	}
	return bytes.TrimLeft(text[end:], " \t\r\n")
}

// cursor finds the text of nodes, in the order of the text.
type cursor struct {
	src       []byte // what comes from line and col on
	line, col int
}

// to gives the text from a node on; nil if that lies behind.
func (c *cursor) to(n *yaml.Node) []byte {
	for c.line < n.Line || c.line == n.Line && c.col < n.Column {
		if len(c.src) == 0 {
			return nil
		}
		c.step()
	}
	if c.line != n.Line || c.col != n.Column {
		return nil
	}
	return c.src
}

// step goes on by a character. Lines end as the reader underneath has it, which is that of YAML 1.1.
func (c *cursor) step() {
	r, size := utf8.DecodeRune(c.src)
	if r == '\r' && len(c.src) > 1 && c.src[1] == '\n' {
		r, size = '\n', 2
	}
	c.src = c.src[size:]
	switch r {
	case '\n', '\r', '\u0085', '\u2028', '\u2029':
		c.line, c.col = c.line+1, 1
	default:
		c.col++
	}
}
