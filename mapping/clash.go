package mapping

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// failure is one place of a field that failed.
type failure struct {
	field int
	at    index
}

// clash finds the places that can't be written. A field that fails keeps its source, which can be in the way of others:
// every such target overlaps the source, so protect finds them all and one round is enough. Which fields fail doesn't
// depend on their order. bad says that some have failed already.
func (r *run) clash(tree any, bad bool) {
	var list []failure
	if bad || r.grids != nil {
		list = r.failures()
	}
	blocked := r.blocked(nil, &r.program.root, tree, index{})
	for _, b := range blocked { // only now, so that every target was looked at with the same fields taking part
		r.at(b.field, b.at).do = failed
	}
	r.protect(append(list, blocked...))
}

// failures are those of the reading.
func (r *run) failures() (list []failure) {
	for i := range r.slots {
		r.each(i, index{}, func(s *slot, x index) bool {
			if s.do == failed {
				list = append(list, failure{i, x})
			}
			return true
		})
	}
	return list
}

// blocked appends the places of fields whose target would lie in something that is no object or list, as it has to be,
// and stays.
func (r *run) blocked(list []failure, n *node, v any, x index) []failure {
	if n.below == none {
		return list
	}
	if r.moved(n, x) {
		v = nil
	}
	obj, isObject := v.(map[string]any)
	for _, kid := range n.kids {
		if !isObject && v != nil {
			list = r.bar(list, kid, v, x)
			continue
		}
		list = r.blocked(list, kid, obj[kid.key], x)
	}
	if n.all == nil || n.all.below == none {
		return list
	}
	items, isList := v.([]any)
	if !isList && v != nil {
		return r.bar(list, n.all, v, x)
	}
	if n.all.target != none { // nothing lies in it
		return list
	}
	for i, item := range items {
		list = r.blocked(list, n.all, item, x.with(i))
	}
	return list
}

// bar fails what would be written at n or below it, because v is above.
func (r *run) bar(list []failure, n *node, v any, x index) []failure {
	if n.target != none {
		r.each(n.target, x, func(s *slot, at index) bool {
			if s.do == write {
				s.atTarget, s.reason = true, "it would lie in a value of type "+jsontree.TypeName(v)+
					", which can't hold it: move that value away or choose another target"
				list = append(list, failure{n.target, at})
			}
			return true
		})
	}
	for _, kid := range n.kids {
		list = r.bar(list, kid, v, x)
	}
	if n.all != nil {
		list = r.bar(list, n.all, v, x)
	}
	return list
}

// protect fails what would overwrite the source of a field that failed, until there is nothing more.
func (r *run) protect(list []failure) {
	for len(list) > 0 {
		bad := list[0]
		list = list[1:]
		f := &r.program.fields[bad.field]
		if f.hasConst || f.keep || !r.at(bad.field, bad.at).found {
			continue
		}
		reason := fmt.Sprintf("it would overwrite the source of %s, which can't be mapped", f.label)
		list = r.guard(list, &r.program.root, f.from.steps, bad.at, index{}, reason)
	}
}

// guard walks along a source and fails what is written on the way, at its end and below. want has the items of the
// first [*]; behind them every item is meant.
func (r *run) guard(list []failure, n *node, steps []jsonpath.Step, want, x index, reason string) []failure {
	list = r.overwrites(list, n, x, reason)
	if len(steps) == 0 {
		for _, kid := range n.kids {
			list = r.guard(list, kid, nil, want, x, reason)
		}
		if n.all != nil {
			list = r.guard(list, n.all, nil, want, x, reason)
		}
		return list
	}
	if steps[0].Each {
		if x.n < want.n {
			x = x.with(want.at[x.n])
		}
		return r.guard(list, n.all, steps[1:], want, x, reason)
	}
	return r.guard(list, n.step(steps[0]), steps[1:], want, x, reason) // it is there: the source was entered
}

func (r *run) overwrites(list []failure, n *node, x index, reason string) []failure {
	if n.target == none {
		return list
	}
	r.each(n.target, x, func(s *slot, at index) bool {
		if s.active() {
			s.do, s.reason, s.atTarget = failed, reason, true
			list = append(list, failure{n.target, at})
		}
		return true
	})
	return list
}

// moved tells whether the source at n goes away.
func (r *run) moved(n *node, x index) bool {
	for _, i := range n.moves {
		if s := r.at(i, x); s != nil && s.active() {
			return true
		}
	}
	return false
}
