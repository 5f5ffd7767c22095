package mapping

import (
	"fmt"
	"slices"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// Apply returns the mapped tree. The given one isn't changed, and what the mapping doesn't touch is shared with it:
// treat both as read-only. Constants and defaults are shared by all results.
//
// In mode [Passthrough] the error is nil and each field that failed is in the notes, by index, its source left as it
// was. In mode [Fail] a field that fails gives a nil tree, all notes, and an [*Error] about the first.
func (p *Program) Apply(tree any) (any, []Note, error) {
	if p == nil || len(p.fields) == 0 {
		return tree, nil, nil
	}
	switch tree.(type) {
	case nil, map[string]any:
	default:
		return p.result(tree, p.notObject(tree))
	}
	var few [16]slot // the usual mapping needs no memory of its own
	r := run{program: p, slots: few[:0]}
	if len(p.fields) > len(few) {
		r.slots = make([]slot, 0, len(p.fields))
	}
	for i := range p.fields {
		r.slots = append(r.slots, p.fields[i].read(tree))
	}
	r.settle(tree)
	notes := r.notes()
	if len(notes) > 0 && p.mode == Fail {
		return p.result(tree, notes)
	}
	out, _, _ := r.rebuild(&p.root, tree, true)
	return out, notes, nil
}

// result ends an Apply whose tree stays as it is.
func (p *Program) result(tree any, notes []Note) (any, []Note, error) {
	if p.mode != Fail {
		return tree, notes, nil
	}
	n := notes[0]
	return nil, notes, fieldError(n.Field, "", n.Path, n.Reason, nil)
}

// notObject reports every field: none can be read or written.
func (p *Program) notObject(tree any) []Note {
	reason := fmt.Sprintf("the document is of type %s, not an object: fields name the members of one object, there is no "+
		"mapping per item", jsontree.TypeName(tree))
	notes := make([]Note, len(p.fields))
	for i := range notes {
		notes[i] = Note{Field: i, Path: "$", Reason: reason}
	}
	return notes
}

// run is one Apply.
type run struct {
	program *Program
	slots   []slot // by field
}

// slot is what one field has to do in this run.
type slot struct {
	do     action
	found  bool // the source is there
	value  any  // to write
	reason string
}

type action uint8

const (
	skip   action = iota // nothing: an optional source is absent
	write                // set the target
	omit                 // remove the target
	absent               // failed: a required source is absent
	barred               // failed: the target can't be written
)

// active tells whether the field is done in this run, so that its source goes.
func (s *slot) active() bool { return s.do == write || s.do == omit }

// read finds the value of a field. All are read from the document as given, before anything changes.
func (f *field) read(tree any) slot {
	if f.hasConst {
		return slot{do: f.action(f.value), value: f.value}
	}
	v, found := lookup(tree, f.from)
	switch {
	case v == nil && f.hasDefault:
		v = f.value
	case !found && f.required:
		return slot{do: absent, reason: "the required member is absent: make the field optional or give it a default"}
	case !found:
		return slot{do: skip}
	}
	return slot{do: f.action(v), found: found, value: v}
}

func (f *field) action(v any) action {
	if f.omit && empty(v) {
		return omit
	}
	return write
}

func empty(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == ""
	case []any:
		return len(t) == 0
	case map[string]any:
		return len(t) == 0
	}
	return false
}

func lookup(v any, keys []string) (any, bool) {
	for _, key := range keys {
		obj, _ := v.(map[string]any)
		var ok bool
		if v, ok = obj[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// notes lists the fields that failed.
func (r *run) notes() (notes []Note) {
	for i := range r.slots {
		f := &r.program.fields[i]
		switch s := &r.slots[i]; s.do {
		case absent:
			notes = append(notes, Note{Field: i, Path: f.fromText, Reason: s.reason})
		case barred:
			notes = append(notes, Note{Field: i, Path: f.toText, Reason: s.reason})
		}
	}
	return notes
}

// settle finds the fields that can't be written. One that fails keeps its source, which can be in the way of others:
// every such target overlaps the source, so protect finds them all and one round is enough. Which fields fail doesn't
// depend on their order.
func (r *run) settle(tree any) {
	failed := r.blocked(nil, &r.program.root, tree)
	for _, i := range failed { // only now, so that every target was looked at with the same fields taking part
		r.slots[i].do = barred
	}
	r.protect(failed)
}

// blocked appends to failed the fields whose target would lie in something that is no object and stays.
func (r *run) blocked(failed []int, n *node, v any) []int {
	if r.moved(n) {
		v = nil
	}
	obj, ok := v.(map[string]any)
	for _, kid := range n.kids {
		if !ok && v != nil {
			failed = r.bar(failed, kid, v)
			continue
		}
		failed = r.blocked(failed, kid, obj[kid.key])
	}
	return failed
}

// bar fails what would be written at n or below it, because v is above.
func (r *run) bar(failed []int, n *node, v any) []int {
	if n.target != none && r.slots[n.target].do == write {
		r.slots[n.target].reason = "it would lie in a value of type " + jsontree.TypeName(v) +
			", which is no object: move that value away or choose another target"
		failed = append(failed, n.target)
	}
	for _, kid := range n.kids {
		failed = r.bar(failed, kid, v)
	}
	return failed
}

// protect fails the fields that would overwrite the source of a field that failed, until there are none.
func (r *run) protect(failed []int) {
	for len(failed) > 0 {
		i := failed[0]
		failed = failed[1:]
		f := &r.program.fields[i]
		if f.keep || !r.slots[i].found {
			continue
		}
		for j := range r.slots {
			if r.slots[j].active() && overlap(r.program.fields[j].to, f.from) {
				r.slots[j].do = barred
				r.slots[j].reason = fmt.Sprintf("it would overwrite the source of fields[%d], which can't be mapped", i)
				failed = append(failed, j)
			}
		}
	}
}

// overlap tells whether one path is or holds the other.
func overlap(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// moved tells whether the source at n goes away.
func (r *run) moved(n *node) bool {
	for _, i := range n.moves {
		if r.slots[i].active() {
			return true
		}
	}
	return false
}
