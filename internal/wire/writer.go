package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// writer makes the parts of one value, by the row of the table that its style has.
type writer struct {
	rule
	in      places // where the value goes, one place
	name    string // escaped
	explode bool
	keyed   bool    // the parts are named by the keys of an object
	keys    charset // what stays in a name
	value   charset // what stays in a value
}

// place names the place, for an error.
func (w *writer) place() string {
	switch w.in {
	case header:
		return "header"
	case cookie:
		return "cookie"
	}
	return "path"
}

// parts writes a value: a scalar is one part, an array or an object one per member if it is exploded, else one.
func (w *writer) parts(p *Param, v any) ([]Pair, *Error) {
	switch {
	case v == nil:
		return nil, nil
	case w.whole:
		v = string(jsontree.Append(nil, v))
	case w.nest.on:
		return w.nested(p.Name, v)
	}
	switch v := v.(type) {
	case []any:
		return w.list(v)
	case map[string]any:
		return w.object(v)
	}
	text, e := w.scalar(v, "")
	if e != nil {
		return nil, e
	}
	return []Pair{{Name: w.name, Value: text}}, nil
}

func (w *writer) nested(name string, v any) ([]Pair, *Error) {
	if _, ok := v.(map[string]any); w.nest.object && !ok {
		return nil, misfit("object", jsontree.TypeName(v), "the style "+string(w.style)+" writes objects only")
	}
	n := nester{nesting: w.nest, keys: w.keys, value: w.value, name: []byte(name)}
	e := n.walk(v)
	return n.pairs, e
}

// scalar writes one value, and refuses what would be read as more than one: a text that holds delim, if that is not
// told from a delimiter.
func (w *writer) scalar(v any, delim string) (string, *Error) {
	text, e := textOf(v)
	if e != nil {
		return "", e
	}
	if e := w.fault(text); e != nil {
		return "", e
	}
	if delim != "" && strings.Contains(text, delim) {
		return "", divided(delim)
	}
	return w.value.escape(text), nil
}

// divided is an item that a reader would take for two.
func divided(delim string) *Error {
	return malformed("a text without "+strconv.Quote(delim),
		"an item can't hold "+strconv.Quote(delim)+": that stands between items here and would make two of it")
}

func (w *writer) list(items []any) ([]Pair, *Error) {
	delim, unsafe := w.delimiter()
	var parts []Pair
	var joined []byte
	sent := 0
	if w.explode {
		parts = make([]Pair, 0, len(items))
	}
	for i, item := range items {
		if item == nil {
			continue
		}
		text, e := w.scalar(item, unsafe)
		if e != nil {
			return nil, e.under(strconv.Itoa(i))
		}
		if w.explode {
			parts = append(parts, Pair{Name: w.name, Value: text})
			continue
		}
		if sent > 0 {
			joined = append(joined, delim...)
		}
		joined = append(joined, text...)
		sent++
	}
	if sent > 0 {
		parts = []Pair{{Name: w.name, Value: string(joined)}}
	}
	return parts, nil
}

func (w *writer) object(m map[string]any) ([]Pair, *Error) {
	delim, unsafe := w.delimiter()
	var parts []Pair
	var joined []byte
	w.keyed = w.explode
	var room [16]string
	for _, key := range sortedKeys(room[:0], m) {
		if m[key] == nil {
			continue
		}
		name, e := w.key(key, unsafe)
		if e != nil {
			return nil, e.under(key)
		}
		text, e := w.scalar(m[key], unsafe)
		if e != nil {
			return nil, e.under(key)
		}
		if w.explode {
			parts = append(parts, Pair{Name: name, Value: text})
			continue
		}
		if joined != nil {
			joined = append(joined, delim...)
		}
		joined = append(append(append(joined, name...), delim...), text...)
	}
	if joined != nil {
		parts = []Pair{{Name: w.name, Value: string(joined)}}
	}
	return parts, nil
}

// key writes the name of a member: an exploded one stands before "=", any other is text like its value.
func (w *writer) key(key, unsafe string) (string, *Error) {
	if !w.explode {
		return w.scalar(key, unsafe)
	}
	switch {
	case key == "":
		return "", malformed("a key that is not empty", "a part needs a name")
	case w.keys == everything && strings.IndexByte(key, '=') >= 0:
		return "", malformed(`a key without "="`, `a key can't hold "=": that ends it`)
	case w.in == cookie && !token.only(key):
		return "", malformed("a token", "the name of a cookie must be a token (RFC 6265)")
	case unsafe != "" && strings.Contains(key, unsafe):
		return "", divided(unsafe)
	}
	return w.keys.escape(key), w.fault(key)
}

// delimiter gives what stands between items, and the same unescaped if an item may not hold it. Where the delimiter
// may stand as it is, an item's own is escaped and told from it; where it must be escaped itself (a space in a
// query), nothing is ever escaped (a header), or who reads it may decode first (a cookie), it isn't. RFC 6570 asks for such a text all
// the same in two cases: the dot of a label, and what AllowReserved lets pass.
func (w *writer) delimiter() (delim, unsafe string) {
	b := w.join
	if w.explode {
		b = w.sep
	}
	if b == '&' {
		return "", "" // pairs of their own
	}
	raw := string(rune(b))
	delim = w.legal().escape(raw)
	asked := w.loose || w.value == reserved && reserved.keeps(b)
	if (delim == w.value.escape(raw) || w.in == cookie) && !asked {
		unsafe = raw
	}
	return delim, unsafe
}

// legal is what may stand unescaped where the value goes.
func (w *writer) legal() charset {
	switch w.in {
	case header:
		return everything
	case cookie:
		return everything // RFC 6265 has no comma there, OpenAPI has, and those who read arrays in cookies look for it
	}
	return plain
}

// text joins parts to one text.
func (w *writer) text(parts []Pair) string {
	named := w.named || w.keyed
	if len(parts) == 1 && w.first == "" && !named {
		return parts[0].Value
	}
	var b strings.Builder
	for i, p := range parts {
		if i == 0 {
			b.WriteString(w.first)
		} else {
			b.WriteString(w.legal().escape(string(rune(w.sep))))
		}
		if named {
			b.WriteString(p.Name)
			if p.Value != "" || !w.bare {
				b.WriteByte('=')
			}
		}
		b.WriteString(p.Value)
	}
	return b.String()
}

// sortedKeys appends the keys of m to room, in the order of their bytes.
func sortedKeys(room []string, m map[string]any) []string {
	for key := range m {
		room = append(room, key)
	}
	slices.Sort(room)
	return room
}
