package wire

import (
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// nesting is how a value inside a value gets its name. Its zero value is off.
type nesting struct {
	on         bool
	object     bool   // only objects may stand at the top
	flat       bool   // objects have no form
	open, shut string // around a key
	items      string // behind the name of an array: "" repeats it, "[]", "[0]" counts, "," joins the items
	number     bool   // an array of objects or arrays counts; without it there is none
}

// maxNames bounds the bytes of all names made for one value: a long key around a long array would otherwise make
// more of an input than fits in memory.
const maxNames = 16 << 20

// nester walks a value and makes a pair of each scalar.
type nester struct {
	nesting
	keys, value charset
	name        []byte // of the value at hand, not escaped
	names       int    // bytes of all names so far
	form        bool   // appends to dst, else to pairs
	dst         []byte
	pairs       []Pair
}

// walk writes what n.name names.
func (n *nester) walk(v any) *Error {
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		return n.members(v)
	case []any:
		return n.list(v)
	}
	text, e := textOf(v)
	if e != nil {
		return e
	}
	return n.put(text)
}

func (n *nester) put(text string) *Error {
	n.names += len(n.name)
	if n.names > maxNames {
		return &Error{Keyword: "maxLength", Expected: strconv.Itoa(maxNames) + " bytes of names", Received: "more",
			Reason: "the nested names are too long together: use shorter keys or fewer items"}
	}
	if !n.form {
		n.pairs = append(n.pairs, Pair{Name: n.keys.escape(string(n.name)), Value: n.value.escape(text)})
		return nil
	}
	if len(n.dst) > 0 {
		n.dst = append(n.dst, '&')
	}
	n.dst = append(n.keys.append(n.dst, string(n.name)), '=')
	n.dst = n.value.append(n.dst, text)
	return nil
}

func (n *nester) members(m map[string]any) *Error {
	if n.flat {
		return misfit(scalarTypes+" or array", "object", "objects can't be nested here: the form is flat")
	}
	var room [16]string
	for _, key := range sortedKeys(room[:0], m) {
		if m[key] == nil {
			continue
		}
		if key == "" || strings.ContainsAny(key, "[]"+n.open) {
			return malformed("a key that is not empty, without [ and ]",
				"a nested key can't be empty or hold what nested names are made with").under(key)
		}
		if e := n.step(m[key], n.open, key, n.shut); e != nil {
			return e.under(key)
		}
	}
	return nil
}

// step walks a value under a longer name.
func (n *nester) step(v any, open, key, shut string) *Error {
	before := len(n.name)
	n.name = append(append(append(n.name, open...), key...), shut...)
	e := n.walk(v)
	n.name = n.name[:before]
	return e
}

func (n *nester) list(items []any) *Error {
	if n.items == "," {
		return n.joined(items)
	}
	deep := holdsContainer(items)
	sent := 0
	for i, item := range items {
		if item == nil {
			continue
		}
		e := n.item(item, sent, deep)
		if e != nil {
			return e.under(strconv.Itoa(i))
		}
		sent++
	}
	return nil
}

func (n *nester) item(v any, at int, deep bool) *Error {
	switch {
	case deep && !n.number && isContainer(v):
		return misfit(scalarTypes, jsontree.TypeName(v), "there is no form for this in an array: use another style")
	case deep && n.number, n.items == "[0]":
		return n.step(v, "[", strconv.Itoa(at), "]")
	case n.items == "":
		return n.walk(v)
	}
	return n.step(v, n.items, "", "")
}

// joined writes an array as one text with commas, which are escaped like any other byte, so that an item can't hold
// one.
func (n *nester) joined(items []any) *Error {
	var text []byte
	sent := 0
	for i, item := range items {
		if item == nil {
			continue
		}
		s, e := textOf(item)
		if e == nil && strings.IndexByte(s, ',') >= 0 {
			e = divided(",")
		}
		if e != nil {
			return e.under(strconv.Itoa(i))
		}
		if sent > 0 {
			text = append(text, ',')
		}
		sent++
		text = append(text, s...)
	}
	if sent == 0 {
		return nil
	}
	return n.put(string(text))
}

func isContainer(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func holdsContainer(items []any) bool {
	for _, item := range items {
		if isContainer(item) {
			return true
		}
	}
	return false
}
