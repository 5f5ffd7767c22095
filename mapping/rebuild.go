package mapping

import "maps"

// rebuild returns what stands at n after the run, whether anything does, and whether that is a change. Objects and
// lists are copied only where a part of them changes.
func (r *run) rebuild(n *node, v any, exists bool, x index) (out any, there, changed bool) {
	if n.target != none {
		if s := r.at(n.target, x); s != nil {
			switch s.do {
			case write:
				return s.value, true, true
			case omit:
				return nil, false, exists
			}
		}
	}
	if r.moved(n, x) {
		v, changed, exists = nil, exists, false
	}
	if n.all != nil {
		if list, differs := r.rebuildList(n.all, v, x); differs {
			return list, true, true
		}
	}
	if fresh := r.rebuildObject(n, v, x); fresh != nil {
		return fresh, true, true
	}
	return v, exists, changed
}

// rebuildObject returns the changed copy of an object, nil if nothing changes.
func (r *run) rebuildObject(n *node, v any, x index) (fresh map[string]any) {
	old, _ := v.(map[string]any)
	for _, kid := range n.kids {
		was, had := old[kid.key]
		now, has, differs := r.rebuild(kid, was, had, x)
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
	return fresh
}

// rebuildList does so for a list, whose items n is. Where fields write to it, it is as long as the list that they read;
// an item that nothing is written to is an empty one. An item that was moved away, with nothing in its place, is gone.
func (r *run) rebuildList(n *node, v any, x index) (fresh []any, changed bool) {
	old, isList := v.([]any)
	if v != nil && !isList {
		return nil, false
	}
	length := r.length(n, x)
	if v == nil && length < 0 {
		return nil, false
	}
	changed = v == nil
	for i := range max(len(old), length) {
		var was any
		had := i < len(old)
		if had {
			was = old[i]
		}
		now, has, differs := r.rebuild(n, was, had, x.with(i))
		if !had && !has {
			now, has, differs = n.blank(), true, true
		}
		if differs && !changed {
			changed = true
			fresh = append(make([]any, 0, max(len(old), length)), old[:i]...)
		}
		if changed && has {
			fresh = append(fresh, now)
		}
	}
	if changed && fresh == nil {
		fresh = []any{}
	}
	return fresh, changed
}

// blank is an item that nothing is written to.
func (n *node) blank() any {
	switch {
	case n.target != none:
		return nil
	case n.all != nil && n.all.below != none:
		return []any{}
	}
	return map[string]any{}
}
