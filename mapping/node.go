package mapping

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// node is one step in the tree of all paths of a mapping. Sources and targets share it, so that one walk along it
// changes a document, copying each object and list at most once.
type node struct {
	key    string
	kids   []*node
	all    *node // each item of the list that stands here; nil if no path has a [*] here
	moves  []int // fields that take their value from here and don't keep it
	writes []int // fields whose target is this or below, if the last step was a [*]: they say how long the list is
	target int   // the field that writes here, or none
	below  int   // a field that writes here or deeper, or none
}

const none = -1

// place enters a field's paths and refuses a target that holds another or lies in one.
func (p *Program) place(i int, f field) error {
	n := &p.root
	for _, s := range f.to.steps {
		if other := n.otherwise(s); other != none {
			reason := fmt.Sprintf("%s writes to %s: the same place can't be a list for one and an object for the other",
				p.fields[other].label, p.fields[other].to.text(index{}))
			return &Error{Field: f.label + ".to", Path: f.to.text(index{}), Reason: reason}
		}
		n = n.step(s)
		if n.target != none {
			return p.conflict(f, n.target)
		}
	}
	if n.below != none {
		return p.conflict(f, n.below)
	}
	n.target = i
	n = &p.root
	n.below = i
	for _, s := range f.to.steps {
		n = n.step(s)
		n.below = i
		if s.Each && f.pairs > 0 {
			n.writes = append(n.writes, i)
		}
	}
	if f.hasConst || f.keep {
		return nil
	}
	n = &p.root
	for _, s := range f.from.steps {
		n = n.step(s)
	}
	n.moves = append(n.moves, i)
	return nil
}

func (p *Program) conflict(f field, other int) error {
	o := &p.fields[other]
	reason := fmt.Sprintf("%s writes to %s: one target can't be or hold another", o.label, o.to.text(index{}))
	return &Error{Field: f.label + ".to", Path: f.to.text(index{}), Reason: reason}
}

// otherwise is a field that writes below n by another sort of step than s; none if there is none.
func (n *node) otherwise(s jsonpath.Step) int {
	if !s.Each {
		if n.all != nil {
			return n.all.below
		}
		return none
	}
	for _, k := range n.kids {
		if k.below != none {
			return k.below
		}
	}
	return none
}

// step returns the node one step on, made if need be.
func (n *node) step(s jsonpath.Step) *node {
	if s.Each {
		if n.all == nil {
			n.all = &node{target: none, below: none}
		}
		return n.all
	}
	for _, k := range n.kids {
		if k.key == s.Name {
			return k
		}
	}
	k := &node{key: s.Name, target: none, below: none}
	n.kids = append(n.kids, k)
	return k
}
