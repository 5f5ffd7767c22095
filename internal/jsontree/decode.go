package jsontree

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Decode puts a tree into *dst, straight from the tree: no text is made, except
// for types with an UnmarshalJSON of their own. It does what encoding/json's
// Unmarshal does with json tags (embedding, "string", base64 for []byte,
// UnmarshalJSON and UnmarshalText, null leaving scalars as they are, unknown
// members ignored), but for these:
//
//   - A member goes only to the field of exactly its name: AMOUNT is not amount.
//   - A float64 without fraction up to 2^53 is accepted by integer types: 1.0 and 1e3.
//   - What the tag option "string" unwraps must be JSON: "007" is no number.
//   - A slice is always new, and an interface is overwritten with a [Clone];
//     neither is merged into what dst held.
//   - json.RawMessage and json.Number receive the tree's spelling (see [Append]),
//     not the sender's.
//   - The first misfit ends the work, with a [*DecodeError]; dst may be half filled.
//
// dst must be a non-nil pointer. Nothing in dst shares memory with the tree.
func Decode(tree any, dst any) error {
	if p, ok := dst.(*any); ok && p != nil {
		*p = Clone(tree)
		return nil
	}
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return &DecodeError{Want: fmt.Sprintf("%T", dst), Got: TypeName(tree), Reason: "decode into a non-nil pointer"}
	}
	p := planOf(v.Type().Elem())
	err := p.decode(p, v.Elem(), tree)
	var misfit *DecodeError
	if errors.As(err, &misfit) && misfit.Path != "" {
		misfit.Path = label(p.typ) + misfit.Path
	}
	return err
}

// label names a type; a struct without a name is only a struct.
func label(t reflect.Type) string {
	switch {
	case t.Name() != "":
		return t.String()
	case t.Kind() == reflect.Struct:
		return "struct"
	case t.Kind() == reflect.Pointer:
		return "*" + label(t.Elem())
	case t.Kind() == reflect.Slice:
		return "[]" + label(t.Elem())
	case t.Kind() == reflect.Map:
		return "map[" + t.Key().String() + "]" + label(t.Elem())
	}
	return t.String()
}

// goName is how a field is reached in Go, through the structs it is embedded in.
func (p *plan) goName(f *field) string {
	name, t := "", p.typ
	for _, i := range f.index {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name += "." + t.Field(i).Name
		t = t.Field(i).Type
	}
	return name
}

// misfit is the error for a tree that p's type can't receive.
func (p *plan) misfit(tree any, reason string) error {
	return &DecodeError{Want: p.typ.String(), Got: TypeName(tree), Reason: reason}
}

// failed is the error of a type's own method; its text may hold the value, so
// it is only wrapped.
func (p *plan) failed(tree any, method string, err error) error {
	reason := "its " + method + " refused it"
	var inner *json.UnmarshalTypeError // its Value may be the value, Field and Type are not
	if errors.As(err, &inner) && inner.Type != nil {
		reason += " for Go type " + inner.Type.String()
		if inner.Field != "" {
			reason += " at " + shorten(inner.Field)
		}
	}
	return &DecodeError{Want: p.typ.String(), Got: TypeName(tree), Reason: reason, Err: err}
}

// setNull does what null does in encoding/json.
func setNull(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		v.SetZero()
	}
	return nil
}

func decodePointer(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return setNull(v)
	}
	if v.IsNil() {
		v.Set(reflect.New(p.elem.typ))
	}
	return p.elem.decode(p.elem, v.Elem(), tree)
}

func decodeInterface(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return setNull(v)
	}
	if p.typ.NumMethod() > 0 {
		if setLeaf(v, tree) {
			return nil
		}
		return p.misfit(tree, "an interface with methods can't be made from JSON")
	}
	v.Set(reflect.ValueOf(Clone(tree)))
	return nil
}

func decodeStruct(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return nil
	}
	obj, ok := tree.(map[string]any)
	if !ok {
		if setLeaf(v, tree) {
			return nil
		}
		return p.misfit(tree, "")
	}
	for i := range p.fields {
		f := &p.fields[i]
		member, ok := obj[f.name]
		if !ok {
			continue
		}
		to, err := p.reach(v, f, member)
		if err == nil {
			err = f.decode(to, member)
		}
		if err != nil {
			return under(err, f.name, p.goName(f))
		}
	}
	return nil
}

// reach finds a field, making embedded structs on the way.
func (p *plan) reach(v reflect.Value, f *field, member any) (reflect.Value, error) {
	for n, i := range f.index {
		if n > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, p.misfit(member, "it lies in a nil embedded pointer to an unexported struct; export it or set it")
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if !v.CanSet() && f.plan.fields == nil {
		return v, p.misfit(member, "the field is unexported; export it")
	}
	return v, nil
}

func (f *field) decode(v reflect.Value, tree any) error {
	if !f.quoted || tree == nil {
		return f.plan.decode(f.plan, v, tree)
	}
	const reason = `the tag option "string" asks for a JSON scalar inside a string`
	text, ok := tree.(string)
	if !ok {
		return f.plan.misfit(tree, reason)
	}
	inner, ok := scalarText(text)
	if !ok {
		return f.plan.misfit(tree, reason)
	}
	return f.plan.decode(f.plan, v, inner)
}

// scalarText reads a JSON scalar with nothing around it.
func scalarText(text string) (any, bool) {
	if text == "" || text[0] <= ' ' || text[len(text)-1] <= ' ' {
		return nil, false
	}
	data := []byte(text)
	if _, _, err := scan(data, 0, 1); err != nil {
		return nil, false
	}
	return parseScanned(data, true), true
}
