package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// Program is a compiled mapping. It is immutable and safe for concurrent use; the zero value and nil change nothing.
type Program struct {
	mode   Mode
	fields []field
	root   node
	each   bool // some field goes through lists
}

// field is a checked Field.
type field struct {
	id, label string // label is its place in the mapping: "fields[2]"
	from, to  path
	reads     *jsonpath.Path // a source that from can't say; nil if there is none
	pairs     int            // [*] of the target, each of which stands for one of the source
	value     any            // the constant or default
	hasConst  bool
	hasDefault,
	keep, omitNull, omitEmpty, required bool

	plain   bool // none of what follows is asked for
	pick    Pick
	trim    bool
	letters Case
	words   map[string]any
	unknown Unknown
	typ     Type
	date    Date
}

// Compile checks a mapping. Every fault is an [*Error] that names the field: one without exactly one of from and const,
// options that don't go together, paths that can't be read or written, targets where one holds the other or takes for a
// list what another takes for an object, values that aren't JSON, an ID that is there twice, and sizes over the limits.
func Compile(m Mapping) (*Program, error) { return compile(m, nil) }

// compile does so; labels are the places of the fields where they don't come from one list.
func compile(m Mapping, labels []string) (*Program, error) {
	if m.Mode > Fail {
		return nil, modeError()
	}
	if len(m.Fields) > MaxFields {
		return nil, &Error{Field: "fields", Reason: fmt.Sprintf("a mapping has at most %d fields, this one %d", MaxFields, len(m.Fields))}
	}
	p := &Program{mode: m.Mode, fields: make([]field, len(m.Fields)), root: node{target: none, below: none}}
	size := 0
	ids := map[string]bool{}
	for i, f := range m.Fields {
		label := fmt.Sprintf("fields[%d]", i)
		if labels != nil {
			label = labels[i]
		}
		if size += f.size(); size > MaxValues {
			return nil, &Error{Field: label, Reason: fmt.Sprintf("constants, defaults and words have more than %d bytes together", MaxValues)}
		}
		if err := checkID(label, f.ID, ids); err != nil {
			return nil, err
		}
		c, err := compileField(label, f)
		if err != nil {
			return nil, err
		}
		p.fields[i] = c
		p.each = p.each || c.pairs > 0
		if err := p.place(i, c); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (f Field) size() int {
	n := len(f.Const) + len(f.Default)
	if f.Enum != nil {
		for k, v := range f.Enum.Words {
			n += len(k) + len(v)
		}
	}
	return n
}

// checkID accepts an ID of the form [a-z0-9](_?[a-z0-9-])* that isn't there yet, or none.
func checkID(label, id string, seen map[string]bool) error {
	if id == "" {
		return nil
	}
	ok := len(id) <= MaxID
	for i := range len(id) {
		c := id[i]
		edge := i == 0 || i == len(id)-1
		alnum := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		ok = ok && (alnum || c == '-' && i > 0 || c == '_' && !edge && id[i-1] != '_')
	}
	if !ok {
		return &Error{Field: label + ".id", Reason: fmt.Sprintf("want 1 to %d bytes of a-z, 0-9, - and single _, beginning with a letter or digit", MaxID)}
	}
	if seen[id] {
		return &Error{Field: label + ".id", Reason: "another field of the mapping has this ID: give each its own"}
	}
	seen[id] = true
	return nil
}

// compileField checks one field by itself.
func compileField(label string, f Field) (c field, err error) {
	if err := together(label, f); err != nil {
		return c, err
	}
	c = field{id: f.ID, label: label, hasConst: len(f.Const) > 0, hasDefault: len(f.Default) > 0, keep: f.Keep,
		omitNull: f.OmitNull, omitEmpty: f.OmitEmpty, required: f.Required,
		pick: f.Pick, trim: f.Trim, letters: f.Case, typ: f.Type}
	if err := c.compilePaths(f); err != nil {
		return c, err
	}
	switch {
	case c.hasConst:
		c.value, err = value(label+".const", f.Const)
	case c.hasDefault:
		c.value, err = value(label+".default", f.Default)
	}
	if err == nil && f.Enum != nil {
		err = c.compileEnum(*f.Enum)
	}
	if f.Date != nil {
		c.date = *f.Date
	}
	c.plain = f.Pick == "" && !f.Trim && f.Case == "" && f.Enum == nil && f.Type == ""
	return c, err
}

func (c *field) compileEnum(e Enum) (err error) {
	c.unknown, c.words = e.Unknown, make(map[string]any, len(e.Words))
	for _, key := range slices.Sorted(maps.Keys(e.Words)) {
		if c.words[key], err = value(c.label+".enum.words", e.Words[key]); err != nil {
			return err
		}
	}
	return nil
}

// compilePaths settles source and target, and how their [*] go together.
func (c *field) compilePaths(f Field) error {
	reads, steps, err := compilePath(c.label+".to", f.To)
	if err == nil && reads != nil {
		err = &Error{Field: c.label + ".to", Path: f.To, Reason: "a target has names and [*] only, no index, slice, list or '..'"}
	}
	if err == nil {
		c.to, err = newPath(c.label+".to", f.To, steps)
	}
	if err == nil && (f.OmitEmpty || f.OmitNull) && steps[len(steps)-1].Each {
		err = &Error{Field: c.label + ".to", Path: f.To, Reason: "an item of a list can't be left out: write to the list itself, or don't omit"}
	}
	if err != nil || c.hasConst {
		return err
	}
	if reads, steps, err = compilePath(c.label+".from", f.From); err != nil {
		return err
	}
	if reads != nil && !f.Keep {
		return &Error{Field: c.label + ".from", Path: f.From, Reason: "a source that is renamed has names and [*] only, no index, slice, list or '..': set keep, to copy"}
	}
	c.reads = reads
	if c.from, err = newPath(c.label+".from", f.From, steps); err != nil {
		return err
	}
	return c.compilePairs(f)
}

func (c *field) compilePairs(f Field) error {
	c.pairs = c.to.each
	reason := ""
	switch {
	case c.to.each > c.from.each:
		reason = fmt.Sprintf("the target has %d [*], the source %d: each [*] of the target stands for one of the source", c.to.each, c.from.each)
	case c.reads == nil && c.from.steps[0].Each != c.to.steps[0].Each:
		reason = "one of source and target begins with [*], the other with a name: the document can't be a list and an object"
	}
	if reason != "" {
		return &Error{Field: c.label + ".to", Path: f.To, Reason: reason}
	}
	return nil
}

// value parses a constant, a default or what a word means.
func value(label string, raw json.RawMessage) (any, error) {
	tree, st, err := jsontree.Parse(raw, jsontree.Limits{})
	if err != nil {
		return nil, &Error{Field: label, Reason: "not a JSON value", Err: err}
	}
	if st.Duplicate != "" {
		return nil, &Error{Field: label, Reason: "the key at " + st.Duplicate + " is there twice: remove one"}
	}
	return tree, nil
}
