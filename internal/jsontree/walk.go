package jsontree

import (
	"encoding"
	"encoding/json"
	"reflect"
)

// maxPointers bounds pointers to pointers, which add no depth to the text.
const maxPointers = 100

// walk refuses a value that leads back to itself, before the library follows it:
// a pointer that holds itself overflows the stack there, which nobody can
// recover from. hops counts pointers and interfaces in a row.
func (m *maker) walk(v reflect.Value, depth, hops int) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if hops >= maxPointers {
			return &LimitError{What: "depth", Limit: maxPointers}
		}
		if v.IsNil() || writesItself(v.Type()) {
			return nil
		}
		return m.walk(v.Elem(), depth, hops+1)
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
	default:
		return nil
	}
	if writesItself(v.Type()) {
		return nil
	}
	if depth > m.lim.Depth {
		return &LimitError{What: "depth", Limit: m.lim.Depth}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if err := m.walk(v.Field(i), depth+1, 0); err != nil {
				return err
			}
		}
	case reflect.Map:
		if leadsNowhere(v.Type().Elem()) {
			return nil
		}
		for _, e := range v.Seq2() {
			if err := m.walk(e, depth+1, 0); err != nil {
				return err
			}
		}
	default:
		if leadsNowhere(v.Type().Elem()) {
			return nil
		}
		for i := range v.Len() {
			if err := m.walk(v.Index(i), depth+1, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// leadsNowhere says that values of a type lead nowhere.
func leadsNowhere(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		return false
	}
	return true
}

// writesItself says that a type has a text of its own, whatever it holds.
func writesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}
