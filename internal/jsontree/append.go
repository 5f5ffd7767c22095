package jsontree

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Append appends a tree as compact JSON (RFC 8259) and gives the longer slice.
// Object keys are sorted by bytes, <, > and & stay as they are, a json.Number
// is written as it stands and each byte that is not UTF-8 becomes U+FFFD, so
// that equal trees give equal text. Floats are written as encoding/json does:
// 1.0 as 1.
//
// Something that no tree holds is made one by [FromValue] first; what has no
// JSON form (NaN, a func, a json.Number that is no number) becomes null.
func Append(dst []byte, tree any) []byte {
	switch v := tree.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendFloat(dst, v)
	case json.Number:
		if !isNumber(string(v)) {
			return append(dst, "null"...)
		}
		return append(dst, v...)
	case map[string]any:
		return appendObject(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, e)
		}
		return append(dst, ']')
	}
	own, _, err := FromValue(tree, Limits{})
	if err != nil {
		own = nil
	}
	return Append(dst, own)
}

// pair is a member of an object that is being sorted.
type pair struct {
	key   string
	value any
}

func appendObject(dst []byte, m map[string]any) []byte {
	var room [16]pair
	list := room[:0]
	for k, v := range m {
		list = append(list, pair{k, v})
	}
	slices.SortFunc(list, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	dst = append(dst, '{')
	for i, x := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, x.key), ':')
		dst = Append(dst, x.value)
	}
	return append(dst, '}')
}

// appendString writes the text as it stands, and again from where it can't stand so.
func appendString(dst []byte, s string) []byte {
	start := len(dst) + 1
	dst = append(append(dst, '"'), s...)
	n := plain(dst[start:])
	for n < len(s) && s[n] >= 0x20 && s[n] < utf8.RuneSelf && s[n] != '"' && s[n] != '\\' {
		n++
	}
	if n < len(s) {
		dst = appendEscaped(dst[:start+n], s[n:])
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

// appendFloat writes the shortest text that reads back as f, in the two forms
// of ECMAScript's Number.toString.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return appendFloatBits(dst, f, 64)
}

func appendFloatBits(dst []byte, f float64, bits int) []byte {
	abs := math.Abs(f)
	small, large := 1e-6, 1e21
	if bits == 32 {
		small, large = float64(float32(1e-6)), float64(float32(1e21))
	}
	if abs == 0 || small <= abs && abs < large {
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	// e-09 is written e-9.
	if n := len(dst); dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst
}
