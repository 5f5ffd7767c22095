package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

const scalarTypes = "string, number or boolean"

// Text writes a scalar as it stands in a path, a query, a header, a cookie or a form, before anything is escaped: a
// string as it is, true or false, an integer in decimal digits, another number in digits with a point. A float64
// from 1e21 up or below 1e-18 has an exponent, as in JSON; a json.Number stays as it was written.
//
// Anything else, null, NaN and a json.Number that is no number among it, is an [*Error].
func Text(v any) (string, error) {
	text, e := textOf(v)
	if e != nil {
		return "", e
	}
	return text, nil
}

func textOf(v any) (string, *Error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return textOfFloat(v)
	case json.Number:
		return textOfNumber(string(v))
	}
	return "", misfit(scalarTypes, jsontree.TypeName(v), "only a string, a number or a boolean can stand here")
}

func textOfFloat(f float64) (string, *Error) {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "", misfit(scalarTypes, "number", "a number must be finite")
	case abs >= 1e21 || abs < 1e-18 && abs != 0:
		return string(jsontree.Append(nil, f)), nil
	}
	return strconv.FormatFloat(f, 'f', -1, 64), nil
}

// textOfNumber trusts no json.Number: it is a string that anyone can convert to.
func textOfNumber(s string) (string, *Error) {
	if strings.Trim(s, "0123456789+-.eE") != "" || !json.Valid([]byte(s)) {
		return "", misfit(scalarTypes, "number", "a json.Number must be a number as JSON writes one")
	}
	return s, nil
}

// fault says why a text may not stand in a place, nil if it may. Names and keys are judged as values are.
func (w *writer) fault(s string) *Error {
	if w.in == query {
		return nil // all that could do harm is escaped
	}
	for i := range len(s) {
		control := s[i] < 0x20 || s[i] == 0x7f
		if w.in == cookie { // the others are escaped
			control = s[i] == 0 || s[i] == '\r' || s[i] == '\n'
		}
		if w.in != path && control {
			return malformed("a text without control characters", "a value in a "+w.place()+
				" can't hold a control character such as a line break")
		}
		if s[i] == '\\' && w.in == path {
			return malformed("a text without backslashes", `a value in a path can't hold a backslash`)
		}
	}
	if w.value == slashed && strings.IndexByte(s, '/') >= 0 && dotSegment(s) {
		return malformed(noDots, dotsReason)
	}
	return nil
}

const (
	noDots     = "a path without segments . and .."
	dotsReason = "a value in a path can't be or hold a segment . or .."
)

// dotSegment reports whether a segment of a path would be removed or climb (RFC 3986, section 5.2.4).
func dotSegment(s string) bool {
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
