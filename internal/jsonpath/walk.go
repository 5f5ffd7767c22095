package jsonpath

import (
	"maps"
	"slices"
)

// maxDepth bounds the recursion under "..", so that a tree that nobody measured can't exhaust the stack.
const maxDepth = 10_000

// one follows a singular path. It is a loop over the tree itself, so that nothing is allocated.
func (p *Path) one(v any) (any, bool) {
	if p == nil {
		return v, true
	}
	for i := range p.segs {
		s := &p.segs[i]
		var ok bool
		if s.kind == member {
			v, ok = child(v, s.name)
		} else {
			v, ok = item(v, s.n)
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

func child(v any, name string) (any, bool) {
	obj, _ := v.(map[string]any)
	c, ok := obj[name]
	return c, ok
}

func item(v any, n int) (any, bool) {
	list, _ := v.([]any)
	if n < 0 {
		n += len(list)
	}
	if n < 0 || n >= len(list) {
		return nil, false
	}
	return list[n], true
}

// walk evaluates a path that can have many results. Its methods return false to stop everything.
type walk struct {
	segs   []segment
	max    int
	first  bool // end at the first result
	out    []any
	reason string // why it was given up
}

func (w *walk) step(i int, v any) bool {
	if i == len(w.segs) {
		return w.emit(v)
	}
	if w.segs[i].deep {
		return w.descend(i, v, 0)
	}
	return w.apply(i, &w.segs[i], v)
}

func (w *walk) emit(v any) bool {
	if len(w.out) == w.max {
		w.reason = "it names more places than allowed here: make the path narrower or raise the limit"
		return false
	}
	w.out = append(w.out, v)
	return !w.first
}

// descend applies step i to v and then to everything below it, parents first (RFC 9535 §2.5.2.2).
func (w *walk) descend(i int, v any, depth int) bool {
	if depth > maxDepth {
		w.reason = "the document is nested too deep for a search through all its levels: name the levels"
		return false
	}
	if !w.apply(i, &w.segs[i], v) {
		return false
	}
	return each(v, func(c any) bool { return w.descend(i, c, depth+1) })
}

// apply takes step i, which is s or has it in its list, from v, without the search below it.
func (w *walk) apply(i int, s *segment, v any) bool {
	switch s.kind {
	case member:
		if c, ok := child(v, s.name); ok {
			return w.step(i+1, c)
		}
	case index:
		if c, ok := item(v, s.n); ok {
			return w.step(i+1, c)
		}
	case wildcard:
		return each(v, func(c any) bool { return w.step(i+1, c) })
	case slice:
		list, _ := v.([]any)
		return s.cut.each(len(list), func(n int) bool { return w.step(i+1, list[n]) })
	case union:
		for k := range s.list {
			if !w.apply(i, &s.list[k], v) {
				return false
			}
		}
	}
	return true
}

// each visits the children of v: items in order, members by sorted name, so that the same document always gives the
// same order.
func each(v any, visit func(any) bool) bool {
	switch t := v.(type) {
	case []any:
		for _, c := range t {
			if !visit(c) {
				return false
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(t)) {
			if !visit(t[name]) {
				return false
			}
		}
	}
	return true
}

// bounds is [start:end:step]; a part that wasn't written is absent.
type bounds struct {
	start, end       int
	hasStart, hasEnd bool
	step             int // 1 unless written
}

// each visits the indexes of an array of n items that the slice selects, in its order (RFC 9535 §2.3.4.2.2).
func (b bounds) each(n int, visit func(int) bool) bool {
	if b.step > 0 {
		lo, hi := 0, n
		if b.hasStart {
			lo = clamp(b.start, n, 0, n)
		}
		if b.hasEnd {
			hi = clamp(b.end, n, 0, n)
		}
		for i := lo; i < hi; i += b.step {
			if !visit(i) {
				return false
			}
		}
		return true
	}
	hi, lo := n-1, -1
	if b.hasStart {
		hi = clamp(b.start, n, -1, n-1)
	}
	if b.hasEnd {
		lo = clamp(b.end, n, -1, n-1)
	}
	for i := hi; b.step < 0 && i > lo; i += b.step {
		if !visit(i) {
			return false
		}
	}
	return true
}

// clamp counts a negative bound from the end and keeps it within lo and hi.
func clamp(v, n, lo, hi int) int {
	if v < 0 {
		v += n
	}
	return min(max(v, lo), hi)
}
