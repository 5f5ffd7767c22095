package mapping

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// Apply returns the mapped tree. The given one isn't changed, and what the mapping doesn't touch is shared with it:
// treat both as read-only. Constants, defaults and words are shared by all results.
//
// In mode [Passthrough] the error is nil and each field that failed is in the notes, by index, its source left as it
// was. In mode [Fail] a field that fails gives a nil tree, all notes, and an [*Error] about the first.
func (p *Program) Apply(tree any) (any, []Note, error) {
	if p == nil || len(p.fields) == 0 {
		return tree, nil, nil
	}
	var few [16]slot // the usual mapping needs no memory of its own
	r := run{program: p, slots: few[:0]}
	out, notes := r.apply(tree)
	if len(notes) > 0 && p.mode == Fail {
		return nil, notes, notes[0].error(p)
	}
	return out, notes, nil
}

func (n Note) error(p *Program) *Error {
	return &Error{Field: p.fields[n.Field].label, Path: n.Path, Reason: n.Reason}
}

// run is one Apply.
type run struct {
	program *Program
	slots   []slot  // by field
	grids   []*grid // by field, nil for those that have one place
	places  int     // that were read through [*]
}

// slot is what one field has to do in this run, at one of its places.
type slot struct {
	value    any    // to write
	reason   string // why it failed
	do       action
	how      how
	found    bool // the source is there
	atTarget bool // the failure is about the target, not the source
	document bool // it is about the document as a whole
}

type action uint8

const (
	skip   action = iota // nothing: an optional source is absent
	write                // set the target
	omit                 // remove the target
	failed               // nothing, and the source stays
)

// active tells whether the field is done in this run, so that its source goes.
func (s *slot) active() bool { return s.do == write || s.do == omit }

// grid holds the slots of a field that goes through lists: one for each item, or a grid for each where more [*] follow.
type grid struct {
	cells []slot
	rows  []*grid
}

// apply does the fields; the notes tell of those that failed, in which case nothing of them is in the tree.
func (r *run) apply(tree any) (any, []Note) {
	p := r.program
	if len(p.fields) > cap(r.slots) {
		r.slots = make([]slot, 0, len(p.fields))
	}
	if p.each {
		r.grids = make([]*grid, len(p.fields))
	}
	bad := false
	for i := range p.fields {
		r.slots = append(r.slots, r.read(i, tree))
		bad = bad || r.slots[i].do == failed
	}
	r.clash(tree, bad)
	notes := r.notes()
	if len(notes) > 0 && p.mode == Fail {
		return nil, notes
	}
	out, _, _ := r.rebuild(&p.root, tree, true, index{})
	return out, notes
}

// at is a field's slot at a place; nil if it has none there. A field with one place has it everywhere.
func (r *run) at(field int, x index) *slot {
	pairs := r.program.fields[field].pairs
	if pairs == 0 || r.slots[field].do == failed {
		return &r.slots[field]
	}
	g := r.grids[field]
	for k := range pairs - 1 {
		if g == nil || x.at[k] >= len(g.rows) {
			return nil
		}
		g = g.rows[x.at[k]]
	}
	if g == nil || x.at[pairs-1] >= len(g.cells) {
		return nil
	}
	return &g.cells[x.at[pairs-1]]
}

// each visits the slots of a field at and below a place, until visit returns false.
func (r *run) each(field int, x index, visit func(*slot, index) bool) {
	pairs := r.program.fields[field].pairs
	if pairs <= x.n || r.slots[field].do == failed {
		if s := r.at(field, x); s != nil {
			x.n = min(x.n, pairs)
			visit(s, x)
		}
		return
	}
	g := r.grids[field]
	for k := range x.n {
		if g == nil || x.at[k] >= len(g.rows) {
			return
		}
		g = g.rows[x.at[k]]
	}
	g.each(x, visit)
}

func (g *grid) each(x index, visit func(*slot, index) bool) bool {
	if g == nil {
		return true
	}
	for i := range g.cells {
		if !visit(&g.cells[i], x.with(i)) {
			return false
		}
	}
	for i, row := range g.rows {
		if !row.each(x.with(i), visit) {
			return false
		}
	}
	return true
}

// length is how long the list at a [*] has to be for the fields that write there, -1 if no list was read for them.
func (r *run) length(n *node, x index) int {
	most := -1
	for _, field := range n.writes {
		if r.slots[field].do == failed {
			continue
		}
		g := r.grids[field]
		for k := 0; k < x.n && g != nil; k++ {
			if x.at[k] >= len(g.rows) {
				g = nil
				break
			}
			g = g.rows[x.at[k]]
		}
		if g == nil {
			continue
		}
		size, useful := max(len(g.cells), len(g.rows)), false
		g.each(index{}, func(s *slot, _ index) bool {
			useful = s.do != failed
			return !useful
		})
		if useful || size == 0 {
			most = max(most, size)
		}
	}
	return most
}

// notes lists the fields that failed, with their first place.
func (r *run) notes() (notes []Note) {
	for i := range r.slots {
		note := Note{Field: i}
		f := &r.program.fields[i]
		r.each(i, index{}, func(s *slot, x index) bool {
			if s.do != failed {
				return true
			}
			if note.Places++; note.Places == 1 {
				note.Path, note.Reason = r.where(f, s, x), s.reason
			}
			return true
		})
		if note.Places > 0 {
			note.ID, note.Name = f.id, f.label
			notes = append(notes, note)
		}
	}
	return notes
}

// where is the path that a failure is about.
func (r *run) where(f *field, s *slot, x index) string {
	switch {
	case s.document:
		return "$"
	case s.atTarget:
		return f.to.text(x)
	case f.reads != nil:
		return f.reads.String()
	}
	return f.from.text(x)
}

// misfit is the reason why a document suits no path of a field; empty if it does.
func misfit(f *field, tree any) string {
	first := f.to.steps[0].Each
	switch tree.(type) {
	case nil:
		return ""
	case map[string]any:
		if !first {
			return ""
		}
		return "the document is of type object, not an array: begin with a name, not with [*]"
	case []any:
		if first {
			return ""
		}
		return "the document is of type array, not an object: begin with [*] to map it per item"
	}
	return fmt.Sprintf("the document is of type %s: fields name the members of an object, or the items of a list", jsontree.TypeName(tree))
}
