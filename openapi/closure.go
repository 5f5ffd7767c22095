package openapi

import "slices"

// maxPatterns bounds the patterns of one schema with its $defs. An engine takes 256.
const maxPatterns = 200

// maxChain bounds how many schemas in a row are applied to one value. An engine takes 200.
const maxChain = 60

// closure is a schema with everything that it refers to.
type closure struct {
	text  []byte
	cut   bool // not all of it: it was too large
	short bool // not all texts of it
	defs  []*def
}

// reach is how much of what a schema refers to fits beside it.
type reach struct {
	size, patterns int
	order          []*def
	kept           map[*def]trim // those that fit, and how
	cut            bool          // there are others: of what would be too much
	spoilt         bool          // or with too many patterns
}

// close adds $defs to a schema's text, an object, so that all has at most most bytes. Where there is no room, texts go first,
// those of what is farthest away before the others, and the root's own last. Then of what it refers to the nearest is kept,
// and the rest accepts anything; a root that is too large itself loses what is nested deepest.
func (s *schemas) close(root *form, dir direction, most int) closure {
	c := closure{}
	used, r := root, s.reach(root, dir, most, untrimmed)
	for _, try := range [][2]trim{{untrimmed, shortTexts}, {untrimmed, noTexts}, {shortTexts, noTexts}, {noTexts, noTexts}} {
		if !r.cut {
			break
		}
		used = root.trimmed(try[0])
		r, c.short = s.reach(used, dir, most, try[1]), true
	}
	if len(used.text) > most*3/4 && r.cut {
		fits, ok := root.fitting(most * 3 / 4) // so that there is room for the types of its members
		if !ok {
			fits, ok = root.fitting(most)
		}
		if !ok {
			return closure{cut: true}
		}
		used, r = fits, s.reach(fits, dir, most, noTexts)
		r.cut = true
	}
	s.breakCycles(r, dir)
	c.defs, c.cut = r.order, r.cut || r.spoilt
	s.retold(&r, dir, most)
	c.write(s, used, dir, r)
	return c
}

// reach follows references, the nearest first, and keeps what there is room for.
func (s *schemas) reach(root *form, dir direction, most int, t trim) reach {
	r := reach{size: len(root.text), patterns: root.patterns, kept: map[*def]trim{}, order: slices.Clone(root.refs)}
	r.cut = r.size > most
	known := map[*def]bool{}
	for _, d := range r.order {
		known[d] = true
	}
	for i := 0; i < len(r.order); i++ {
		d := r.order[i]
		f := s.form(d, dir, t)
		switch {
		case r.size+len(f.text) > most:
			r.cut = true
			continue
		case r.patterns+f.patterns > maxPatterns:
			r.spoilt = true
			continue
		}
		r.size += len(f.text) + len(d.name) + 4
		r.patterns += f.patterns
		r.kept[d] = t
		for _, next := range f.refs {
			if !known[next] {
				known[next] = true
				r.order = append(r.order, next)
			}
		}
	}
	return r
}

// retold gives texts back to the nearest, while there is room.
func (s *schemas) retold(r *reach, dir direction, most int) {
	for _, d := range r.order {
		t, kept := r.kept[d]
		if !kept {
			continue
		}
		for better := untrimmed; better < t; better++ {
			if more := len(s.form(d, dir, better).text) - len(s.form(d, dir, t).text); r.size+more <= most {
				r.size += more
				r.kept[d] = better
				break
			}
		}
	}
}

// write puts the $defs behind the root's own members. What isn't kept accepts anything.
func (c *closure) write(s *schemas, root *form, dir direction, r reach) {
	if len(c.defs) == 0 {
		c.text = root.text
		return
	}
	c.text = make([]byte, 0, r.size+16*len(c.defs))
	c.text = append(c.text, root.text[:len(root.text)-1]...)
	if len(root.text) > 2 {
		c.text = append(c.text, ',')
	}
	c.text = append(c.text, `"$defs":{`...)
	for i, d := range c.defs {
		if i > 0 {
			c.text = append(c.text, ',')
		}
		c.text = append(append(append(c.text, '"'), d.name...), `":`...)
		if t, kept := r.kept[d]; kept {
			c.text = append(c.text, s.form(d, dir, t).text...)
		} else {
			c.text = append(c.text, "true"...)
		}
	}
	c.text = append(c.text, '}', '}')
}

// breakCycles leaves out the defs that come back to themselves without a step into a member or an item: they would
// accept nothing, or be looked at for ever.
func (s *schemas) breakCycles(r reach, dir direction) {
	const (
		open = iota + 1
		done
	)
	state := map[*def]int{}
	var visit func(d *def, depth int)
	visit = func(d *def, depth int) {
		f := s.form(d, dir, r.kept[d])
		if state[d] = open; depth > maxChain {
			delete(r.kept, d)
		}
		for _, next := range f.inPlace {
			t, kept := r.kept[next]
			switch {
			case !kept:
			case state[next] == 0:
				visit(next, depth+1)
			case state[next] == open:
				delete(r.kept, next)
				nf := s.form(next, dir, t)
				if !hasCode(nf.notes, NoteCycle) {
					nf.notes = append(nf.notes, Note{Pointer: next.pointer, Line: next.line(), Code: NoteCycle,
						Detail: "the schema refers to itself without a step into a member or an item: it accepts anything"})
				}
			}
		}
		state[d] = done
	}
	for _, d := range r.order {
		if _, kept := r.kept[d]; kept && state[d] == 0 {
			visit(d, 0)
		}
	}
}

func hasCode(notes []Note, code Code) bool {
	for _, n := range notes {
		if n.Code == code {
			return true
		}
	}
	return false
}
