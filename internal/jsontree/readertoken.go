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
	end := r.i
	for end < len(r.data) && numeric(r.data[end]) {
		end++
	}
	text := r.data[r.i:end]
	if p.form == formFloat {
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return false
		}
		v.SetFloat(f)
		r.i = end
		return true
	}
	n, ok := shortInteger(text)
	switch {
	case !ok:
	case p.form == formInt && !v.OverflowInt(n):
		v.SetInt(n)
		r.i = end
		return true
	case p.form == formUint && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
		r.i = end
		return true
	}
	return false
}

func numeric(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c|0x20 == 'e'
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

// raw reads a string: what stands between its quotes.
func (r *reader) raw() (raw []byte, escaped bool) {
	r.i++
	for start := r.i; ; {
		r.i += plain(r.data[r.i:])
		switch r.data[r.i] {
		case '"':
			r.i++
			return r.data[start : r.i-1], escaped
		case '\\':
			escaped = true
			r.i += 2 // never the closing quote
		default:
			r.i++
		}
	}
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

// skip reads past a value.
func (r *reader) skip() {
	for depth := 0; ; {
		switch c := r.token(); c {
		case '{', '[':
			depth++
			r.i++
		case '}', ']':
			depth--
			r.i++
		case '"':
			r.raw()
		case ',', ':':
			r.i++
		default:
			for r.i < len(r.data) && (numeric(r.data[r.i]) || 'a' <= r.data[r.i] && r.data[r.i] <= 'z') {
				r.i++
			}
		}
		if depth == 0 {
			return
		}
	}
}
