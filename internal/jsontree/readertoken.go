package jsontree

import (
	"bytes"
	"reflect"
	"strconv"
)

// scalar fills a number or boolean whose spelling is plain; else it leaves all as it
// is.
func (r *reader) scalar(p *plan, v reflect.Value, first byte) bool {
	if p.form == formBool {
		switch first {
		case 't':
			r.i += len("true")
		case 'f':
			r.i += len("false")
		default:
			return false
		}
		v.SetBool(first == 't')
		return true
	}
	if first != '-' && (first < '0' || first > '9') {
		return false
	}
	start := r.i
	if setNumber(p.form, v, r.number()) {
		return true
	}
	r.i = start
	return false
}

// setNumber is false where the number has no plain way into the type.
func setNumber(to form, v reflect.Value, text []byte) bool {
	if to == formFloat {
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return false
		}
		v.SetFloat(f)
		return true
	}
	n, ok := shortInteger(text)
	switch {
	case !ok:
	case to == formInt && !v.OverflowInt(n):
		v.SetInt(n)
		return true
	case to == formUint && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
		return true
	}
	return false
}

// shortInteger reads up to 18 digits, which fit whatever they are.
func shortInteger(text []byte) (n int64, ok bool) {
	digits := bytes.TrimPrefix(text, []byte{'-'})
	if len(digits) > 18 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}

// text reads a string.
func (r *reader) text() string {
	start := r.i + 1
	raw, escaped := r.raw()
	if escaped {
		return string(appendUnescaped(make([]byte, 0, len(raw)), raw))
	}
	return r.cutter.cut(r.data, start, start+len(raw))
}
