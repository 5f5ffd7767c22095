package jsontree

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

const outOfRange = "out of range"

func decodeBool(p *plan, v reflect.Value, tree any) error {
	switch b := tree.(type) {
	case nil:
	case bool:
		v.SetBool(b)
	default:
		return p.misfit(tree, "")
	}
	return nil
}

func decodeString(p *plan, v reflect.Value, tree any) error {
	switch s := tree.(type) {
	case nil:
	case string:
		v.SetString(s)
	default:
		return p.misfit(tree, "")
	}
	return nil
}

// integral gives the integer that a float stands for without doubt: up to 2^53
// every integer is a float of its own.
func integral(f float64) (int64, bool) {
	const most = 1 << 53
	if f != math.Trunc(f) || f < -most || f > most {
		return 0, false
	}
	return int64(f), true
}

func decodeInt(p *plan, v reflect.Value, tree any) error {
	var i int64
	switch n := tree.(type) {
	case nil:
		return nil
	case int64:
		i = n
	case float64:
		var ok bool
		if i, ok = integral(n); !ok {
			return p.misfit(tree, "it has a fraction or no exact integer value")
		}
	case json.Number:
		return p.misfit(tree, outOfRange)
	default:
		return p.misfit(tree, "")
	}
	if v.OverflowInt(i) {
		return p.misfit(tree, outOfRange)
	}
	v.SetInt(i)
	return nil
}

func decodeUint(p *plan, v reflect.Value, tree any) error {
	var u uint64
	switch n := tree.(type) {
	case nil:
		return nil
	case int64, float64:
		i, ok := n.(int64)
		if !ok {
			if i, ok = integral(n.(float64)); !ok {
				return p.misfit(tree, "it has a fraction or no exact integer value")
			}
		}
		if i < 0 {
			return p.misfit(tree, outOfRange)
		}
		u = uint64(i)
	case json.Number:
		var err error
		if u, err = strconv.ParseUint(string(n), 10, 64); err != nil {
			return p.misfit(tree, outOfRange)
		}
	default:
		return p.misfit(tree, "")
	}
	if v.OverflowUint(u) {
		return p.misfit(tree, outOfRange)
	}
	v.SetUint(u)
	return nil
}

func decodeFloat(p *plan, v reflect.Value, tree any) error {
	var f float64
	switch n := tree.(type) {
	case nil:
		return nil
	case float64:
		f = n
	case int64:
		if f = float64(n); p.typ.Bits() == 32 {
			f = float64(float32(n)) // rounded once
		}
	case json.Number:
		var err error
		if f, err = strconv.ParseFloat(string(n), p.typ.Bits()); err != nil {
			return p.misfit(tree, outOfRange)
		}
	default:
		return p.misfit(tree, "")
	}
	if v.OverflowFloat(f) {
		return p.misfit(tree, outOfRange)
	}
	v.SetFloat(f)
	return nil
}

// decodeNumber fills a json.Number, also from a string that holds a number.
func decodeNumber(p *plan, v reflect.Value, tree any) error {
	switch n := tree.(type) {
	case nil:
	case string:
		if !isNumber(n) {
			return p.misfit(tree, "it is not a number")
		}
		v.SetString(n)
	case int64, float64, json.Number:
		v.SetString(string(Append(nil, n)))
	default:
		return p.misfit(tree, "")
	}
	return nil
}

func decodeRaw(_ *plan, v reflect.Value, tree any) error {
	v.SetBytes(Append(nil, tree))
	return nil
}

func decodeUnmarshaler(p *plan, v reflect.Value, tree any) error {
	u := v.Addr().Interface().(json.Unmarshaler)
	if err := u.UnmarshalJSON(Append(nil, tree)); err != nil {
		return p.failed(tree, "UnmarshalJSON", err)
	}
	return nil
}

func decodeText(p *plan, v reflect.Value, tree any) error {
	if tree == nil {
		return setNull(v)
	}
	text, ok := tree.(string)
	if !ok {
		return p.misfit(tree, "it takes a string")
	}
	u := v.Addr().Interface().(encoding.TextUnmarshaler)
	if err := u.UnmarshalText([]byte(text)); err != nil {
		return p.failed(tree, "UnmarshalText", err)
	}
	return nil
}

func decodeNothing(p *plan, _ reflect.Value, tree any) error {
	if tree == nil {
		return nil
	}
	return p.misfit(tree, "no JSON fits this type")
}
