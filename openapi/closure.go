package openapi

// maxPatterns bounds the patterns of one schema with its $defs. An engine takes 256.
const maxPatterns = 200

// maxChain bounds how many schemas in a row are applied to one value. An engine takes 200.
const maxChain = 60

// closure is a schema with everything that it refers to.
type closure struct {
	text []byte
	cut  bool // not all of it: it was too large
	defs []*def
}

// close adds $defs to a schema's text, an object. Of what would make it larger than most bytes, the nearest is kept; the
// rest accepts anything.
func (s *schemas) close(root *form, dir direction, most int) closure {
	c := closure{}
	size, patterns := len(root.text), root.patterns
	queue := root.refs
	known := map[*def]bool{}
	for _, d := range queue {
		known[d] = true
	}
	kept := map[*def]bool{}
	for i := 0; i < len(queue); i++ {
		d := queue[i]
		c.defs = append(c.defs, d)
		f := s.form(d, dir)
		if size+len(f.text) > most || patterns+f.patterns > maxPatterns {
			c.cut = true
			continue
		}
		size += len(f.text) + len(d.name) + 4
		patterns += f.patterns
		kept[d] = true
		for _, next := range f.refs {
			if !known[next] {
				known[next] = true
				queue = append(queue[:len(queue):len(queue)], next)
			}
		}
	}
	s.breakCycles(c.defs, kept, dir)
	c.write(s, root, dir, kept, size)
	return c
}

// write puts the $defs behind the root's own members. What isn't kept accepts anything.
func (c *closure) write(s *schemas, root *form, dir direction, kept map[*def]bool, size int) {
	if len(c.defs) == 0 {
		c.text = root.text
		return
	}
	c.text = make([]byte, 0, size+16*len(c.defs))
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
		if kept[d] {
			c.text = append(c.text, s.form(d, dir).text...)
		} else {
			c.text = append(c.text, "true"...)
		}
	}
	c.text = append(c.text, '}', '}')
}

// breakCycles leaves out the defs that come back to themselves without a step into a member or an item: they would
// accept nothing, or be looked at for ever.
func (s *schemas) breakCycles(defs []*def, kept map[*def]bool, dir direction) {
	const (
		open = iota + 1
		done
	)
	state := map[*def]int{}
	var visit func(d *def, depth int)
	visit = func(d *def, depth int) {
		if state[d] = open; depth > maxChain {
			kept[d] = false
		}
		f := s.form(d, dir)
		for _, next := range f.inPlace {
			switch {
			case !kept[next]:
			case state[next] == 0:
				visit(next, depth+1)
			case state[next] == open:
				kept[next] = false
				nf := s.form(next, dir)
				if !hasCode(nf.notes, NoteCycle) {
					nf.notes = append(nf.notes, Note{Pointer: next.pointer, Line: next.line(), Code: NoteCycle,
						Detail: "the schema refers to itself without a step into a member or an item: it accepts anything"})
				}
			}
		}
		state[d] = done
	}
	for _, d := range defs {
		if kept[d] && state[d] == 0 {
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
