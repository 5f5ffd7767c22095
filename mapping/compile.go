package mapping

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// Program is a compiled mapping. It is immutable and safe for concurrent use; the zero value and nil change nothing.
type Program struct {
	mode   Mode
	fields []field
	root   node
}

// field is a checked Field.
type field struct {
	from, to         []string
	fromText, toText string // canonical
	value            any    // the constant or default
	hasConst         bool
	hasDefault       bool
	keep             bool
	omit             bool
	required         bool
}

// node is one member name in the tree of all paths of a mapping. Sources and targets share it, so that one walk along
// it changes a document, copying each object at most once.
type node struct {
	key    string
	kids   []*node
	moves  []int // fields that take their value from here and don't keep it
	target int   // the field that writes here, or none
	below  int   // a field that writes here or deeper, or none
}

const none = -1

// Compile checks a mapping. Every fault is an [*Error] that names the field: one without exactly one of from and const,
// options that don't go together, paths that aren't member names, targets where one holds the other, values that aren't
// JSON, and sizes over the limits.
func Compile(m Mapping) (*Program, error) {
	if m.Mode > Fail {
		return nil, modeError()
	}
	if len(m.Fields) > MaxFields {
		return nil, &Error{Field: "fields", Reason: fmt.Sprintf("a mapping has at most %d fields, this one %d", MaxFields, len(m.Fields))}
	}
	p := &Program{mode: m.Mode, fields: make([]field, len(m.Fields)), root: node{target: none, below: none}}
	size := 0
	for i, f := range m.Fields {
		size += len(f.Const) + len(f.Default)
		if size > MaxValues {
			return nil, fieldError(i, "", "", fmt.Sprintf("constants and defaults have more than %d bytes together", MaxValues), nil)
		}
		if err := p.compile(i, f); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// compile checks field i and puts it in its place.
func (p *Program) compile(i int, f Field) (err error) {
	if err := together(i, f); err != nil {
		return err
	}
	c := field{hasConst: len(f.Const) > 0, hasDefault: len(f.Default) > 0, keep: f.Keep, omit: f.OmitEmpty, required: f.Required}
	if c.to, c.toText, err = names(i, "to", f.To); err != nil {
		return err
	}
	if !c.hasConst {
		if c.from, c.fromText, err = names(i, "from", f.From); err != nil {
			return err
		}
	}
	switch {
	case c.hasConst:
		c.value, err = value(i, "const", f.Const)
	case c.hasDefault:
		c.value, err = value(i, "default", f.Default)
	}
	if err != nil {
		return err
	}
	p.fields[i] = c
	return p.place(i, c)
}

// together refuses options that don't go together.
func together(i int, f Field) error {
	isConst := len(f.Const) > 0
	switch {
	case isConst && f.From != "":
		return fieldError(i, "", "", "from and const exclude each other: remove one", nil)
	case !isConst && f.From == "":
		return fieldError(i, "from", "", "a field needs from or const", nil)
	case isConst && len(f.Default) > 0:
		return fieldError(i, "default", "", "a constant has no default: remove it", nil)
	case isConst && f.Keep:
		return fieldError(i, "keep", "", "a constant has no source to keep: remove keep", nil)
	case isConst && f.Required:
		return fieldError(i, "required", "", "a constant is never absent: remove required", nil)
	case f.Required && len(f.Default) > 0:
		return fieldError(i, "required", "", "a field with a default is never absent: remove one", nil)
	}
	return nil
}

// names compiles a path that is made of names only.
func names(i int, member, src string) (keys []string, canonical string, err error) {
	path, err := jsonpath.Compile(src)
	var fault *jsonpath.Error
	if errors.As(err, &fault) {
		reason := fmt.Sprintf("at byte %d: %s", fault.Offset, fault.Reason)
		return nil, "", fieldError(i, member, fault.Path, reason, err)
	}
	if err != nil {
		return nil, "", fieldError(i, member, src, "not a path", err)
	}
	keys, ok := path.Keys()
	switch {
	case !ok:
		err = fieldError(i, member, src, "a path here has names only, no index, slice, wildcard or '..'", nil)
	case len(keys) == 0:
		err = fieldError(i, member, src, "the path names no member: write one like user.login", nil)
	case len(keys) > MaxDepth:
		err = fieldError(i, member, src, fmt.Sprintf("a path here has at most %d names, this one %d", MaxDepth, len(keys)), nil)
	}
	return keys, path.String(), err
}

// value parses a constant or default.
func value(i int, member string, raw json.RawMessage) (any, error) {
	tree, st, err := jsontree.Parse(raw, jsontree.Limits{})
	if err != nil {
		return nil, fieldError(i, member, "", "not a JSON value", err)
	}
	if st.Duplicate != "" {
		return nil, fieldError(i, member, "", "the key at "+st.Duplicate+" is there twice: remove one", nil)
	}
	return tree, nil
}

// place enters a field's paths and refuses a target that holds another or lies in one.
func (p *Program) place(i int, f field) error {
	n := &p.root
	for _, key := range f.to {
		n = n.kid(key)
		if n.target != none {
			return p.conflict(i, n.target)
		}
	}
	if n.below != none {
		return p.conflict(i, n.below)
	}
	n.target = i
	n = &p.root
	for _, key := range f.to {
		n = n.kid(key)
		n.below = i
	}
	if f.hasConst || f.keep {
		return nil
	}
	n = &p.root
	for _, key := range f.from {
		n = n.kid(key)
	}
	n.moves = append(n.moves, i)
	return nil
}

func (p *Program) conflict(i, other int) error {
	reason := fmt.Sprintf("fields[%d] writes to %s: one target can't be or hold another", other, p.fields[other].toText)
	return fieldError(i, "to", p.fields[i].toText, reason, nil)
}

// kid returns the child of that name, made if need be.
func (n *node) kid(key string) *node {
	for _, k := range n.kids {
		if k.key == key {
			return k
		}
	}
	k := &node{key: key, target: none, below: none}
	n.kids = append(n.kids, k)
	return k
}

func fieldError(i int, member, path, reason string, err error) *Error {
	name := fmt.Sprintf("fields[%d]", i)
	if member != "" {
		name += "." + member
	}
	return &Error{Field: name, Path: path, Reason: reason, Err: err}
}
