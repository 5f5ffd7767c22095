package yamltree

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/waygate-go/waygate/internal/jsontree"
)

func fault(n *yaml.Node, pointer, reason string, args ...any) *Error {
	return &Error{Line: n.Line, Column: n.Column, Pointer: pointer, Reason: fmt.Sprintf(reason, args...)}
}

// writer makes JSON of nodes.
type writer struct {
	lim   Limits
	out   []byte
	path  []string            // tokens of the pointer to the value that is being written
	open  map[*yaml.Node]bool // collections that have an anchor and are being written
	nodes int                 // what may still be written
	bytes int                 // of scalars, the same
	loose bool
}

func newWriter(size int, lim Limits, nodes int) *writer {
	return &writer{
		lim:   lim,
		open:  map[*yaml.Node]bool{},
		nodes: min(lim.Nodes, product(nodes, lim.Expansion)),
		bytes: product(size, lim.Expansion),
	}
}

// product is how much a source may become.
func product(own, factor int) int {
	own = max(own, smallest)
	if most := int(^uint(0)>>1) / own; factor > most {
		factor = most
	}
	return own * factor
}

func (w *writer) pointer() string {
	p := ""
	for _, token := range w.path {
		p += "/" + escaped(token)
	}
	return p
}

// fault is about the value at the path.
func (w *writer) fault(n *yaml.Node, reason string, args ...any) *Error {
	return fault(n, w.pointer(), reason, args...)
}

// value writes one value. at is where the source mentions it.
func (w *writer) value(at *yaml.Node, depth int) error {
	n := followed(at)
	if err := w.spend(at, n); err != nil {
		return err
	}
	if tagged(n) && !w.loose {
		return w.fault(n, "tags aren't read: leave the tag out, and put text into quotes")
	}
	if n.Kind == yaml.ScalarNode {
		return w.scalar(n)
	}
	if depth >= w.lim.Depth {
		return w.fault(at, "nested more than %d levels deep: flatten it", w.lim.Depth)
	}
	if n.Anchor != "" {
		if w.open[n] {
			return w.fault(at, "the alias stands within its own anchor: it would never end")
		}
		w.open[n] = true
		defer delete(w.open, n)
	}
	if n.Kind == yaml.MappingNode {
		return w.object(n, depth)
	}
	return w.array(n, depth)
}

// spend takes a value or a key off what may still be written.
func (w *writer) spend(at, n *yaml.Node) error {
	w.nodes--
	w.bytes -= len(n.Value)
	if w.nodes < 0 || w.bytes < 0 {
		return w.fault(at, "aliases make more than %d times the text, or more than %d values and keys, of it: repeat less", w.lim.Expansion, w.lim.Nodes)
	}
	return nil
}

func (w *writer) array(n *yaml.Node, depth int) error {
	w.out = append(w.out, '[')
	for i, item := range n.Content {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.path = append(w.path, strconv.Itoa(i))
		if err := w.value(item, depth+1); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *writer) object(n *yaml.Node, depth int) error {
	w.out = append(w.out, '{')
	content := n.Content
	if w.loose {
		var err error
		if content, err = w.merged(n); err != nil {
			return err
		}
	}
	lines := make(map[string]int, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		key := content[i]
		if err := w.key(key); err != nil {
			return err
		}
		w.path = append(w.path, key.Value)
		if line, twice := lines[key.Value]; twice {
			return w.fault(key, "the key stands on line %d already: keep one of them", line)
		}
		lines[key.Value] = key.Line
		w.out = append(jsontree.Append(w.out, key.Value), ':')
		if err := w.value(content[i+1], depth+1); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.out = append(w.out, '}')
	return nil
}

// key checks that a key is text.
func (w *writer) key(k *yaml.Node) error {
	if err := w.spend(k, k); err != nil {
		return err
	}
	switch {
	case k.Kind != yaml.ScalarNode:
		return w.fault(k, "a key must be text: write it out")
	case w.loose:
		return nil
	case tagged(k):
		return w.fault(k, "tags aren't read: leave the tag out, and put text into quotes")
	case k.Style != 0:
		return nil
	case k.Value == "<<":
		return w.fault(k, "merge keys aren't part of YAML 1.2: write the members out, or put the key into quotes")
	case k.Value == "":
		return w.fault(k, "the key is missing: write one before the colon")
	case plain(k.Value) != isText:
		return w.fault(k, "a key must be text: put it into quotes")
	}
	return nil
}

func (w *writer) scalar(n *yaml.Node) error {
	if w.loose {
		w.looseScalar(n)
		return nil
	}
	if n.Style != 0 {
		w.out = jsontree.Append(w.out, n.Value)
		return nil
	}
	switch plain(n.Value) {
	case isNull:
		w.out = append(w.out, "null"...)
	case isTrue:
		w.out = append(w.out, "true"...)
	case isFalse:
		w.out = append(w.out, "false"...)
	case isNumber:
		w.out = append(w.out, n.Value...)
	case isOddForm:
		return w.fault(n, "JSON has no such form of a number: write it in plain digits, as 31 or 0.5, or put it into quotes if it is text")
	case isNoJSON:
		return w.fault(n, "JSON has neither .nan nor .inf: put it into quotes if it is text")
	default:
		w.out = jsontree.Append(w.out, n.Value)
	}
	return nil
}
