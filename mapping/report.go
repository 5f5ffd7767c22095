package mapping

// Outcome says what one field did in a [Program.Preview]: at how many places it did what. A field whose path has no [*]
// has one place. It holds no value.
type Outcome struct {
	Field int    `json:"field"`          // index in Mapping.Fields, as merged where there was an [Override]
	ID    string `json:"id,omitempty"`   // the field's own, empty if it has none
	Name  string `json:"name"`           // where the field is written: "fields[2]", of an override "replace[0]" or "add[1]"
	From  string `json:"from,omitempty"` // the path that was read
	To    string `json:"to"`             // the path that was written

	Applied   int `json:"applied,omitempty"`   // the value that was read, or the constant, was written
	Defaulted int `json:"defaulted,omitempty"` // the default was written
	Kept      int `json:"kept,omitempty"`      // a word that the enum doesn't know was written as it is
	Absent    int `json:"absent,omitempty"`    // there was nothing to read, and nothing was done
	Omitted   int `json:"omitted,omitempty"`   // null or empty, and left out
	Failed    int `json:"failed,omitempty"`    // and left as it was

	// Path and Reason are those of the first place that failed.
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Preview is [Program.Apply] that tells of each field what it did, in the order of the fields. It is slower.
func (p *Program) Preview(tree any) (any, []Outcome, error) {
	if p == nil || len(p.fields) == 0 {
		return tree, nil, nil
	}
	r := run{program: p}
	out, notes := r.apply(tree)
	list := make([]Outcome, len(p.fields))
	for i := range p.fields {
		list[i] = r.outcome(i)
	}
	for _, n := range notes {
		list[n.Field].Path, list[n.Field].Reason = n.Path, n.Reason
	}
	if len(notes) > 0 && p.mode == Fail {
		return nil, list, notes[0].error(p)
	}
	return out, list, nil
}

func (r *run) outcome(i int) Outcome {
	f := &r.program.fields[i]
	o := Outcome{Field: i, ID: f.id, Name: f.label, To: f.to.text(index{})}
	switch {
	case f.reads != nil:
		o.From = f.reads.String()
	case !f.hasConst:
		o.From = f.from.text(index{})
	}
	r.each(i, index{}, func(s *slot, _ index) bool {
		o.count(s)
		return true
	})
	if f.pairs > 0 && r.slots[i].do == skip && r.grids[i] == nil { // there is no list
		o.Absent++
	}
	return o
}

func (o *Outcome) count(s *slot) {
	switch {
	case s.do == skip:
		o.Absent++
	case s.do == failed:
		o.Failed++
	case s.do == omit:
		o.Omitted++
	case s.how == byDefault:
		o.Defaulted++
	case s.how == asUnknown:
		o.Kept++
	default:
		o.Applied++
	}
}
