package jsontree

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
)

// plan is how one Go type is decoded. Plans are built once per type, never
// changed after, and may refer to one another in circles, as types do.
type plan struct {
	typ    reflect.Type
	decode func(p *plan, v reflect.Value, tree any) error
	form   form           // how it is filled without a tree
	elem   *plan          // of pointer, slice, array, map
	fields []field        // of struct
	names  map[string]int // of the fields by name
}

// plans caches *plan by reflect.Type. It is a pure function of the program's
// types, so sharing it can't carry anything from one caller to another.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	b := planner{}
	p := b.plan(t)
	// Only now is every plan in the circle complete.
	for t, p := range b {
		plans.LoadOrStore(t, p)
	}
	return p
}

// planner holds the plans being built.
type planner map[reflect.Type]*plan

func (b planner) plan(t reflect.Type) *plan {
	if p, ok := b[t]; ok {
		return p
	}
	p := &plan{typ: t}
	b[t] = p
	if p.decode = ownDecoder(t); p.decode != nil {
		return p
	}
	p.form = formOf(t)
	switch t.Kind() {
	case reflect.Struct:
		p.decode, p.fields = decodeStruct, b.fields(t)
		p.names = make(map[string]int, len(p.fields))
		for i, f := range p.fields {
			p.names[f.name] = i
		}
	case reflect.Pointer:
		p.decode, p.elem = decodePointer, b.plan(t.Elem())
	case reflect.Slice:
		p.decode, p.elem = decodeSlice, b.plan(t.Elem())
		if t.Elem().Kind() == reflect.Uint8 {
			p.decode = decodeBytes
		}
	case reflect.Array:
		p.decode, p.elem = decodeArray, b.plan(t.Elem())
	case reflect.Map:
		p.decode, p.elem = decodeMap, b.plan(t.Elem())
		if !isKeyType(t.Key()) {
			p.decode = decodeNothing
		}
	default:
		p.decode = kindDecoder(t.Kind())
	}
	return p
}

// ownDecoder serves the types that say themselves how they are read.
func ownDecoder(t reflect.Type) func(*plan, reflect.Value, any) error {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return decodeRaw
	case t == reflect.TypeFor[json.Number]():
		return decodeNumber
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface:
		return nil
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return decodeUnmarshaler
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return decodeText
	}
	return nil
}

func kindDecoder(k reflect.Kind) func(*plan, reflect.Value, any) error {
	switch k {
	case reflect.Bool:
		return decodeBool
	case reflect.String:
		return decodeString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return decodeUint
	case reflect.Float32, reflect.Float64:
		return decodeFloat
	case reflect.Interface:
		return decodeInterface
	}
	return decodeNothing
}

func isKeyType(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
