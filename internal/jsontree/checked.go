package jsontree

import "reflect"

// Text is a JSON text that [Check] accepted, and of which no tree was made yet. It
// keeps the bytes that it was made of: they must not change. It is safe for
// concurrent use; the zero Text is none.
type Text struct {
	data     []byte
	awkward  bool // see scan
	repeats  bool // a key repeats another
	elements int
}

// Check is [Parse] without the tree: who may not need it makes it later, or never.
func Check(data []byte, lim Limits) (Text, Stats, error) {
	lim = lim.withDefaults()
	var s scanner
	s.data, s.maxDepth, s.maxNodes = data, lim.Depth, lim.Nodes
	if err := s.run(); err != nil {
		return Text{}, s.st, err
	}
	return Text{data, s.awkward, s.st.Duplicate != "", s.elements}, s.st, nil
}

// IsZero says that there is no text.
func (t Text) IsZero() bool { return t.data == nil }

// Elements is how many elements the text has, if it is an array; else 0.
func (t Text) Elements() int { return t.elements }

// Tree makes the tree, anew each time: it is the caller's own.
func (t Text) Tree() any {
	if t.IsZero() {
		return nil
	}
	return parseScanned(t.data, t.awkward)
}

// Decode does what [Decode] does with the tree of the text, down to the error, and
// makes no tree of what has a plain Go form: booleans, numbers, strings, and structs,
// slices and pointers of them. Strings are cut out of copies of up to 512 bytes, so that
// one which is kept keeps no more than that. The methods of a type that reads itself
// may be called twice if something doesn't fit.
func (t Text) Decode(dst any) error {
	if p, ok := dst.(*any); ok && p != nil {
		*p = t.Tree()
		return nil
	}
	v := reflect.ValueOf(dst)
	if t.IsZero() || t.repeats || v.Kind() != reflect.Pointer || v.IsNil() {
		return Decode(t.Tree(), dst)
	}
	r := reader{cursor: cursor{data: t.data}, elements: t.elements}
	if r.value(planOf(v.Type().Elem()), v.Elem()) == nil {
		return nil
	}
	// Which misfit is the first depends on the order: that of the fields, not of the
	// text.
	return Decode(t.Tree(), dst)
}
