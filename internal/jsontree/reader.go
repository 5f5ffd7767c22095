package jsontree

import (
	"encoding"
	"reflect"
)

// form is how a reader fills a type.
type form uint8

const (
	formTree form = iota // by Decode, from the tree of the part
	formAny
	formBool
	formInt
	formUint
	formFloat
	formString
	formPointer
	formSlice
	formMap // with keys that are texts
	formStruct
)

// formOf is the form of a type that doesn't say itself how it is read.
func formOf(t reflect.Type) form {
	switch t.Kind() {
	case reflect.Bool:
		return formBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return formInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return formUint
	case reflect.Float64: // one of 32 bits is rounded twice from a tree
		return formFloat
	case reflect.String:
		return formString
	case reflect.Pointer:
		return formPointer
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // base64
			return formTree
		}
		return formSlice
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !reflect.PointerTo(t.Key()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			return formMap
		}
	case reflect.Struct:
		return formStruct
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return formAny
		}
	}
	return formTree
}

// reader fills Go values from a text that scan accepted, as Decode does from its tree.
// It checks nothing again; its recursion is as deep as the limit allowed. It has no
// errors of its own: what may not fit is left to Decode.
type reader struct {
	cursor
	elements int // of the array that the text is
	cutter   cutter
}

func (r *reader) value(p *plan, v reflect.Value) error {
	c := r.token()
	if c == 'n' {
		r.i += len("null")
		return p.decode(p, v, nil)
	}
	switch p.form {
	case formString:
		if c == '"' {
			v.SetString(r.text())
			return nil
		}
	case formInt, formUint, formFloat, formBool:
		if r.scalar(p, v, c) {
			return nil
		}
	case formStruct:
		if c == '{' {
			return r.object(p, v)
		}
	case formSlice:
		if c == '[' {
			return r.array(p, v)
		}
	case formMap:
		if c == '{' {
			return r.entries(p, v)
		}
	case formPointer:
		if v.IsNil() {
			v.Set(reflect.New(p.elem.typ))
		}
		return r.value(p.elem, v.Elem())
	case formAny:
		v.Set(reflect.ValueOf(r.tree()))
		return nil
	}
	return p.decode(p, v, r.tree())
}

// tree makes the tree of the value that stands here.
func (r *reader) tree() any {
	start := r.i
	r.skip()
	return parseScanned(r.data[start:r.i], true)
}

func (r *reader) object(p *plan, v reflect.Value) error {
	r.i++
	next := 0 // the field after the last one: members come in order, mostly
	for r.next('}') {
		raw, escaped := r.raw()
		if escaped {
			raw = appendUnescaped(nil, raw)
		}
		r.colon()
		n, ok := p.field(raw, next)
		if !ok {
			r.skip()
			continue
		}
		next = n + 1
		if err := r.member(p, v, &p.fields[n]); err != nil {
			return err
		}
	}
	return nil
}

// field finds the field of a member; it looks at guess first.
func (p *plan) field(name []byte, guess int) (n int, ok bool) {
	if guess < len(p.fields) && p.fields[guess].name == string(name) {
		return guess, true
	}
	n, ok = p.names[string(name)]
	return n, ok
}

func (r *reader) member(p *plan, v reflect.Value, f *field) error {
	to, err := p.reach(v, f, nil)
	if err != nil {
		return err
	}
	if f.quoted {
		r.token()
		return f.decode(to, r.tree())
	}
	return r.value(f.plan, to)
}

func (r *reader) array(p *plan, v reflect.Value) error {
	v.SetZero() // a slice is always new
	known := 0
	if r.i == 0 {
		known = r.elements
	}
	r.i++
	n := 0
	for ; r.next(']'); n++ {
		if n == v.Cap() {
			v.Grow(max(known, n, 4))
		}
		v.SetLen(n + 1)
		if err := r.value(p.elem, v.Index(n)); err != nil {
			return err
		}
	}
	if n == 0 { // empty, but there
		v.Set(reflect.MakeSlice(p.typ, 0, 0))
	}
	return nil
}

func (r *reader) entries(p *plan, v reflect.Value) error {
	if v.IsNil() {
		v.Set(reflect.MakeMap(p.typ))
	}
	key, elem := reflect.New(p.typ.Key()).Elem(), reflect.New(p.elem.typ).Elem()
	r.i++
	for r.next('}') {
		key.SetString(r.text())
		r.colon()
		elem.SetZero()
		if err := r.value(p.elem, elem); err != nil {
			return err
		}
		v.SetMapIndex(key, elem)
	}
	return nil
}
