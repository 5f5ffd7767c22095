package mapping

import "maps"

// rebuild returns what stands at n after the run, whether anything does, and whether that is a change. Objects are
// copied only where a member changes.
func (r *run) rebuild(n *node, v any, exists bool) (out any, there, changed bool) {
	if n.target != none {
		switch s := &r.slots[n.target]; s.do {
		case write:
			return s.value, true, true
		case omit:
			return nil, false, exists
		}
	}
	if r.moved(n) {
		v, changed, exists = nil, exists, false
	}
	old, _ := v.(map[string]any)
	var fresh map[string]any
	for _, kid := range n.kids {
		was, had := old[kid.key]
		now, has, differs := r.rebuild(kid, was, had)
		if !differs {
			continue
		}
		if fresh == nil {
			if fresh = maps.Clone(old); fresh == nil {
				fresh = make(map[string]any)
			}
		}
		if has {
			fresh[kid.key] = now
		} else {
			delete(fresh, kid.key)
		}
	}
	if fresh == nil {
		return v, exists, changed
	}
	return fresh, true, true
}
