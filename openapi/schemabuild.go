package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// maxSchemaDepth bounds how deep schemas stand in one another, references not followed. An engine takes 128 levels of
// JSON.
const maxSchemaDepth = 40

// builder writes one schema as 2020-12.
type builder struct {
	s    *schemas
	f    *file
	at   node
	dir  direction
	trim trim
	buf  []byte
	path []string
	out  *form
	seen map[*def]bool
	// stepped counts the members and items between the root and here: 0 is the same value.
	stepped int
	depth   int
}

func (b *builder) note(code Code, piece []byte, detail string) {
	pointer := b.pointer()
	b.out.notes = append(b.out.notes, Note{Pointer: pointer, Line: b.f.line(piece, pointer), Code: code, Detail: detail})
}

// pointer is the place of what is being written.
func (b *builder) pointer() string {
	pointer := b.at.pointer
	for _, token := range b.path {
		pointer += "/" + rawjson.Escape(token)
	}
	return pointer
}

// place is pointer where it decides what a reference means.
func (b *builder) place() string {
	if !b.s.d.identifies {
		return ""
	}
	return b.pointer()
}

// schema writes a schema. hidden are names that aren't required, although it may say so.
func (b *builder) schema(v []byte, o buildOptions, hidden []string) {
	switch rawjson.Kind(v) {
	case 't', 'f':
		b.buf = append(b.buf, v...)
		return
	case '{':
	default:
		b.note(NoteSchema, v, "a schema must be an object: what stands here accepts anything")
		b.buf = append(b.buf, "true"...)
		return
	}
	if b.depth++; b.depth > maxSchemaDepth {
		b.depth--
		b.note(NoteSchemaCut, v, "nested too deep: from here on anything is accepted")
		b.buf = append(b.buf, "true"...)
		return
	}
	defer func() { b.depth-- }()
	w := &schemaWriter{builder: b, members: b.f.list(v), raw: v, o: o}
	if b.stepped > b.trim.deepest() {
		w.members = slices.DeleteFunc(w.members, func(m rawjson.Member) bool { return !stubMember(m.Name) })
	}
	w.hidden = append(slices.Clone(hidden), b.hidden(v)...)
	w.write()
}

// under writes a schema below a keyword.
func (b *builder) under(step bool, v []byte, hidden []string, path ...string) {
	b.path = append(b.path, path...)
	if step {
		b.stepped++
	}
	b.schema(v, buildOptions{}, hidden)
	if step {
		b.stepped--
	}
	b.path = b.path[:len(b.path)-len(path)]
}

// ref writes where a reference leads to; false if it leads nowhere.
func (b *builder) ref(v []byte) bool {
	ref, _ := rawjson.Text(v)
	to, ok := b.s.d.resolve(node{b.f, v, b.place()}, ref)
	if !ok {
		b.note(NoteReference, v, "the reference has no target here: anything is accepted")
		return false
	}
	d := b.s.def(to)
	if !b.seen[d] {
		b.seen[d] = true
		b.out.refs = append(b.out.refs, d)
	}
	if b.stepped == 0 && !slices.Contains(b.out.inPlace, d) {
		b.out.inPlace = append(b.out.inPlace, d)
	}
	b.buf = append(append(append(b.buf, `"$ref":"#/$defs/`...), d.name...), '"')
	return true
}

// hidden are the members that aren't there in this direction, with those of what the schema is put together from.
func (b *builder) hidden(v []byte) []string {
	if !b.s.hidesAny(b.f, b.dir) {
		return nil
	}
	var names []string
	b.collect(node{b.f, v, b.place()}, 0, &names)
	return names
}

func (b *builder) collect(n node, depth int, names *[]string) {
	const deepest = 6
	if depth > deepest {
		return
	}
	if rawjson.Kind(n.member("$ref")) == '"' {
		to, ok := b.s.d.deref(n)
		if !ok {
			return
		}
		at := place{to.f, to.pointer}
		known, ok := b.s.names[b.dir][at]
		if !ok {
			b.s.names[b.dir][at] = nil // a circle
			b.collect(to, depth+1, &known)
			b.s.names[b.dir][at] = known
		}
		for _, name := range known {
			if !slices.Contains(*names, name) {
				*names = append(*names, name)
			}
		}
		return
	}
	for _, p := range n.f.list(n.member("properties")) {
		if b.hides(node{n.f, p.Value, n.pointer}) && !slices.Contains(*names, p.Name) {
			*names = append(*names, p.Name)
		}
	}
	for _, part := range rawjson.Array(n.member("allOf")) {
		b.collect(node{n.f, part, n.pointer}, depth+1, names)
	}
}

// hides says whether a member isn't there in this direction: its schema says so, or the one that it refers to.
func (b *builder) hides(n node) bool {
	word := b.dir.hides()
	if rawjson.True(n.member(word)) {
		return true
	}
	if rawjson.Kind(n.member("$ref")) != '"' {
		return false
	}
	to, ok := b.s.d.deref(n)
	if !ok {
		return false
	}
	at := place{to.f, to.pointer}
	known, ok := b.s.hidden[b.dir][at]
	if !ok {
		known = rawjson.True(to.member(word))
		b.s.hidden[b.dir][at] = known
	}
	return known
}

// compact writes a literal without its white space.
func (b *builder) compact(v []byte) {
	if rawjson.Kind(v) == '"' || !bytes.ContainsAny(v, " \n\t\r") {
		b.buf = append(b.buf, v...)
		return
	}
	var out bytes.Buffer
	if json.Compact(&out, v) != nil {
		b.buf = append(b.buf, "null"...)
		return
	}
	b.buf = append(b.buf, out.Bytes()...)
}

// reasonable says whether all numbers in a literal can be computed with.
func reasonable(v []byte) bool {
	switch rawjson.Kind(v) {
	case '0':
		_, exponent, _ := strings.Cut(strings.ToLower(string(v)), "e")
		return len(v) <= 200 && len(strings.TrimLeft(exponent, "+-0")) <= 2
	case '[':
		return !slices.ContainsFunc(rawjson.Array(v), func(x []byte) bool { return !reasonable(x) })
	case '{':
		return !slices.ContainsFunc(rawjson.Object(v), func(x rawjson.Member) bool { return !reasonable(x.Value) })
	}
	return true
}
