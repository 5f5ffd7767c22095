package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/waygate-go/waygate/internal/nearest"
	"github.com/waygate-go/waygate/internal/written"
)

// Override changes a mapping that it inherits, field by field: what it doesn't name stays as it is. It is data, with a
// strict written form; the zero value changes nothing.
type Override struct {
	// Mode replaces the mode. nil inherits it.
	Mode *Mode `json:"mode,omitempty"`
	// Replace holds fields each of which takes the place of the one with its ID, whole.
	Replace []Field `json:"replace,omitempty"`
	// Add holds fields with IDs that the mapping doesn't have.
	Add []Field `json:"add,omitempty"`
	// Suppress names the IDs of fields to leave out.
	Suppress []string `json:"suppress,omitempty"`
}

// UnmarshalJSON reads the written form as strictly as a [Mapping]'s.
func (o *Override) UnmarshalJSON(raw []byte) error {
	type plain Override // without this method
	var p plain
	if err := written.Strict(raw, &p); err != nil {
		return explain(err)
	}
	*o = Override(p)
	return nil
}

// Clone returns an override that shares nothing with o.
func (o Override) Clone() Override {
	if o.Mode != nil {
		mode := *o.Mode
		o.Mode = &mode
	}
	o.Replace, o.Add, o.Suppress = cloneFields(o.Replace), cloneFields(o.Add), slices.Clone(o.Suppress)
	return o
}

func cloneFields(list []Field) []Field {
	list = slices.Clone(list)
	for i, f := range list {
		f.Const, f.Default = slices.Clone(f.Const), slices.Clone(f.Default)
		if f.Date != nil {
			date := *f.Date
			f.Date = &date
		}
		if f.Enum != nil {
			enum := Enum{Words: maps.Clone(f.Enum.Words), Unknown: f.Enum.Unknown}
			for word, value := range enum.Words {
				enum.Words[word] = slices.Clone(value)
			}
			f.Enum = &enum
		}
		list[i] = f
	}
	return list
}

// CompileOver is [Compile] of the mapping base as o changes it. base may be nil, for a mapping without fields. An ID
// that base doesn't have, or has already, is an [*Error] that names its place in o ("replace[0].id"), and so is every
// fault of one of o's fields.
func CompileOver(base *Mapping, o Override) (*Program, error) {
	m, labels, err := o.over(base)
	if err != nil {
		return nil, err
	}
	return compile(m, labels)
}

// Over is base as o changes it: the fields of base in their order, then those that were added. Neither is changed.
func (o Override) Over(base *Mapping) (Mapping, error) {
	m, _, err := o.over(base)
	if err != nil {
		return Mapping{}, err
	}
	return m, nil
}

// merged is a mapping with the places where its fields are written.
type merged struct {
	mapping Mapping
	labels  []string
	named   map[string]int // fields by ID
}

func (o Override) over(base *Mapping) (m Mapping, labels []string, err error) {
	w := merged{named: map[string]int{}}
	if base != nil {
		w.mapping = Mapping{Mode: base.Mode, Fields: slices.Clone(base.Fields)}
	}
	if o.Mode != nil {
		w.mapping.Mode = *o.Mode
	}
	for i, f := range w.mapping.Fields {
		w.labels = append(w.labels, fmt.Sprintf("fields[%d]", i))
		if f.ID != "" {
			w.named[f.ID] = i
		}
	}
	if err := w.change(o); err != nil {
		return Mapping{}, nil, err
	}
	return w.mapping, w.labels, w.add(o.Add)
}

// change replaces and suppresses.
func (w *merged) change(o Override) error {
	touched := map[string]bool{}
	for i, f := range o.Replace {
		label := fmt.Sprintf("replace[%d]", i)
		if err := inherited(label+".id", f.ID, w.named, touched); err != nil {
			return err
		}
		w.mapping.Fields[w.named[f.ID]], w.labels[w.named[f.ID]] = f, label
	}
	gone := map[int]bool{}
	for i, id := range o.Suppress {
		if err := inherited(fmt.Sprintf("suppress[%d]", i), id, w.named, touched); err != nil {
			return err
		}
		gone[w.named[id]] = true
	}
	w.mapping.Fields, w.labels = without(w.mapping.Fields, gone), without(w.labels, gone)
	return nil
}

func (w *merged) add(fields []Field) error {
	for i, f := range fields {
		label := fmt.Sprintf("add[%d]", i)
		_, there := w.named[f.ID]
		switch {
		case f.ID == "":
			return &Error{Field: label + ".id", Reason: "a field that is added needs an ID: give it one"}
		case there:
			return &Error{Field: label + ".id", Reason: "the mapping has a field of this ID: put it under replace, or choose another"}
		}
		w.mapping.Fields, w.labels = append(w.mapping.Fields, f), append(w.labels, label)
	}
	return nil
}

// inherited refuses an ID that the mapping doesn't have, or that was named before.
func inherited(label, id string, named map[string]int, touched map[string]bool) error {
	_, there := named[id]
	switch {
	case id == "":
		return &Error{Field: label, Reason: "the ID is missing: name a field of the mapping"}
	case !there:
		return &Error{Field: label, Reason: "the mapping has no field of this ID" + nearest.DidYouMean(id, maps.Keys(named))}
	case touched[id]:
		return &Error{Field: label, Reason: "this ID is named twice: replace a field or suppress it, once"}
	}
	touched[id] = true
	return nil
}

func without[T any](list []T, gone map[int]bool) (rest []T) {
	for i, v := range list {
		if !gone[i] {
			rest = append(rest, v)
		}
	}
	return rest
}
