package mapping

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// read finds the values of a field. All are read from the document as given, before anything changes.
func (r *run) read(i int, tree any) slot {
	f := &r.program.fields[i]
	if reason := misfit(f, tree); reason != "" {
		return slot{do: failed, reason: reason, document: true}
	}
	switch {
	case f.hasConst:
		return slot{do: f.action(f.value), value: f.value}
	case f.reads != nil:
		return r.readAny(f, tree)
	case f.pairs == 0:
		v, found, gathered, fits := r.gather(f, tree, f.from.steps, MaxItems)
		if !fits {
			return tooMany()
		}
		return f.settle(v, found, gathered)
	}
	left := MaxItems
	g, fits := r.grid(f, tree, f.from.steps, f.pairs, &left)
	switch {
	case !fits:
		return tooMany()
	case g == nil && f.required:
		return slot{do: failed, reason: "the required list is absent: make the field optional"}
	}
	r.grids[i] = g
	return slot{do: skip}
}

func tooMany() slot {
	return slot{do: failed, found: true, reason: fmt.Sprintf(
		"its [*] lead through more than %d items, or those of all fields through more than %d: map fewer", MaxItems, MaxPlaces)}
}

// readAny reads a source that only jsonpath can.
func (r *run) readAny(f *field, tree any) slot {
	if f.reads.Singular() {
		v, found := f.reads.First(tree)
		return f.settle(v, found, false)
	}
	list, err := f.reads.All(tree, MaxItems)
	r.places += len(list)
	if err != nil || r.places > MaxPlaces {
		return tooMany()
	}
	return f.settle(list, len(list) > 0, len(list) > 0)
}

// grid reads a field through the lists whose [*] stand for those of its target. It is nil where there is no list.
func (r *run) grid(f *field, v any, steps []jsonpath.Step, pairs int, left *int) (_ *grid, fits bool) {
	list, rest := follow(v, steps)
	if list == nil {
		return nil, true
	}
	if *left -= len(list); *left < 0 || !r.take(len(list)) {
		return nil, false
	}
	g := &grid{}
	if pairs > 1 {
		g.rows = make([]*grid, len(list))
		for i, item := range list {
			if g.rows[i], fits = r.grid(f, item, rest, pairs-1, left); !fits {
				return nil, false
			}
		}
		return g, true
	}
	g.cells = make([]slot, len(list))
	for i, item := range list {
		v, found, gathered, fits := r.gather(f, item, rest, *left)
		if !fits {
			return nil, false
		}
		if l, ok := v.([]any); ok && gathered {
			*left -= len(l)
		}
		g.cells[i] = f.settle(v, found, gathered)
	}
	return g, true
}

func (r *run) take(n int) bool {
	r.places += n
	return r.places <= MaxPlaces
}

// follow walks to the first [*] and gives the list there, nil if there is none, and the steps behind.
func follow(v any, steps []jsonpath.Step) (list []any, rest []jsonpath.Step) {
	for i, s := range steps {
		if s.Each {
			list, _ = v.([]any)
			return list, steps[i+1:]
		}
		obj, _ := v.(map[string]any)
		v = obj[s.Name]
	}
	return nil, nil
}

// gather finds one value, or where [*] are left the list of all that they lead to, which is new. Such a list is there
// where the first [*] finds one, and holds only what is there.
func (r *run) gather(f *field, v any, steps []jsonpath.Step, most int) (_ any, found, gathered, fits bool) {
	if f.from.each == f.pairs {
		v, found = lookup(v, steps)
		return v, found, false, true
	}
	list, rest := follow(v, steps)
	if list == nil {
		return nil, false, false, true
	}
	out, fits := r.collect(make([]any, 0, len(list)), list, rest, &most)
	return out, true, true, fits
}

func (r *run) collect(out []any, list []any, rest []jsonpath.Step, left *int) ([]any, bool) {
	if *left -= len(list); *left < 0 || !r.take(len(list)) {
		return out, false
	}
	for _, item := range list {
		v, found, deeper := lookupEach(item, rest)
		if deeper != nil {
			inner, _ := v.([]any)
			var fits bool
			if out, fits = r.collect(out, inner, deeper, left); !fits {
				return out, false
			}
			continue
		}
		if found {
			out = append(out, v)
		}
	}
	return out, true
}

// lookupEach is lookup up to the next [*]: then deeper is what follows it, not nil.
func lookupEach(v any, steps []jsonpath.Step) (_ any, found bool, deeper []jsonpath.Step) {
	for i, s := range steps {
		if s.Each {
			return v, true, steps[i+1 : len(steps) : len(steps)]
		}
		obj, _ := v.(map[string]any)
		var ok bool
		if v, ok = obj[s.Name]; !ok {
			return nil, false, nil
		}
	}
	return v, true, nil
}

func lookup(v any, steps []jsonpath.Step) (any, bool) {
	v, found, _ := lookupEach(v, steps)
	return v, found
}

func (f *field) action(v any) action {
	if f.omitEmpty && empty(v) || f.omitNull && v == nil {
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
