package jsontree

import (
	"encoding"
	"encoding/base64"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

func decodeBytes(p *plan, v reflect.Value, tree any) error {
	text, ok := tree.(string)
	if !ok {
		return decodeSlice(p, v, tree)
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return p.misfit(tree, "it is not base64 (RFC 4648, section 4)")
	}
	v.SetBytes(b)
	return nil
}

func decodeSlice(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return setNull(v)
	}
	list, ok := tree.([]any)
	if !ok {
		return p.misfit(tree, "")
	}
	v.Set(reflect.MakeSlice(p.typ, len(list), len(list)))
	return p.elements(v, list)
}

func decodeArray(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return nil
	}
	list, ok := tree.([]any)
	if !ok {
		return p.misfit(tree, "")
	}
	for i := len(list); i < v.Len(); i++ {
		v.Index(i).SetZero()
	}
	return p.elements(v, list[:min(len(list), v.Len())])
}

func (p *plan) elements(v reflect.Value, list []any) error {
	for i, e := range list {
		if err := p.elem.decode(p.elem, v.Index(i), e); err != nil {
			return under(err, strconv.Itoa(i), "["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

func decodeMap(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return setNull(v)
	}
	obj, ok := tree.(map[string]any)
	if !ok {
		return p.misfit(tree, "")
	}
	if v.IsNil() {
		if p.typ == reflect.TypeFor[map[string]any]() {
			v.Set(reflect.ValueOf(Clone(tree)))
			return nil
		}
		v.Set(reflect.MakeMapWithSize(p.typ, len(obj)))
	}
	elem := reflect.New(p.elem.typ).Elem()
	// Sorted, so that the same tree gives the same error, and the same winner
	// among keys that become one.
	for _, name := range slices.Sorted(maps.Keys(obj)) {
		elem.SetZero()
		if err := p.elem.decode(p.elem, elem, obj[name]); err != nil {
			return under(err, name, "["+strconv.Quote(name)+"]")
		}
		key, err := p.mapKey(name)
		if err != nil {
			return under(err, name, "["+strconv.Quote(name)+"]")
		}
		v.SetMapIndex(key, elem)
	}
	return nil
}

// mapKey makes a key of p's key type: by UnmarshalText, else as text or number.
func (p *plan) mapKey(name string) (reflect.Value, error) {
	t := p.typ.Key()
	key := reflect.New(t)
	if u, ok := key.Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(name)); err != nil {
			return key, &DecodeError{Want: t.String(), Got: "key", Reason: "its UnmarshalText refused it", Err: err}
		}
		return key.Elem(), nil
	}
	key = key.Elem()
	switch {
	case t.Kind() == reflect.String:
		key.SetString(name)
		return key, nil
	case key.CanInt():
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && !key.OverflowInt(n) {
			key.SetInt(n)
			return key, nil
		}
	case key.CanUint():
		if n, err := strconv.ParseUint(name, 10, 64); err == nil && !key.OverflowUint(n) {
			key.SetUint(n)
			return key, nil
		}
	}
	return key, &DecodeError{Want: t.String(), Got: "key", Reason: "it is not an integer in range"}
}
