package mapping

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// convert makes a scalar one of the type; reason is why it can't be one. null stays.
func (f *field) convert(v any) (_ any, reason string) {
	if v == nil || f.typ == "" {
		return v, ""
	}
	switch v.(type) {
	case []any, map[string]any:
		return nil, "a value of type " + jsontree.TypeName(v) + " can't be made a " + string(f.typ) + compoundHint(v)
	}
	switch f.typ {
	case TypeString:
		return toText(v)
	case TypeNumber:
		return toNumber(v)
	case TypeInteger:
		return toInteger(v)
	case TypeBoolean:
		return toBoolean(v)
	case TypeDate:
		return f.date.convert(v)
	}
	return v, ""
}

// compoundHint says how the inside of a list or object is reached.
func compoundHint(v any) string {
	switch v.(type) {
	case []any:
		return ": end the source with [*] to reach each item, or pick one"
	case map[string]any:
		return ": name one of its members"
	}
	return ""
}

func toText(v any) (any, string) {
	if s, ok := v.(string); ok {
		return s, ""
	}
	switch v.(type) {
	case bool, int64, float64, json.Number:
		return string(jsontree.Append(nil, v)), ""
	}
	return nil, notScalar(v)
}

// notScalar is the reason for what is no JSON value, like a file in an input.
func notScalar(v any) string {
	return "a value of type " + jsontree.TypeName(v) + " can't be converted"
}

func toNumber(v any) (any, string) {
	switch v := v.(type) {
	case int64, float64, json.Number:
		return v, ""
	case string:
		if n, ok := numberOf(v); ok {
			return n, ""
		}
		return nil, "the text is no number: want one like 12 or -1.5e3"
	}
	return nil, "a value of type " + jsontree.TypeName(v) + " is no number"
}

// numberOf reads a text as JSON reads a number (RFC 8259 §6), leading zeros aside.
func numberOf(text string) (any, bool) {
	const most = 400 // digits that any number of use has
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(text) > most || digits[0] < '0' || digits[0] > '9' {
		return nil, false
	}
	for len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9' {
		digits = digits[1:]
	}
	for i := range len(digits) { // nothing but one number
		if c := digits[i]; (c < '0' || c > '9') && strings.IndexByte("+-.eE", c) < 0 {
			return nil, false
		}
	}
	if text[0] == '-' {
		digits = "-" + digits
	}
	n, _, err := jsontree.Parse([]byte(digits), jsontree.Limits{})
	return n, err == nil
}

func toInteger(v any) (any, string) {
	n, reason := toNumber(v)
	if reason != "" {
		return nil, strings.Replace(reason, "number", "integer", 1)
	}
	const fraction = "the number has a fraction: nothing is rounded"
	switch n := n.(type) {
	case float64:
		if n != math.Trunc(n) {
			return nil, fraction
		}
		if math.Abs(n) < 1<<63 {
			return int64(n), ""
		}
		return json.Number(strconv.FormatFloat(n, 'f', 0, 64)), ""
	case json.Number:
		if strings.ContainsAny(string(n), ".eE") {
			return nil, "the number is too large to be written as an integer"
		}
	}
	return n, ""
}

func toBoolean(v any) (any, string) {
	const reason = "it is no boolean: want true, yes, on or 1, or false, no, off or 0"
	word := ""
	switch v := v.(type) {
	case bool:
		return v, ""
	case string:
		word = strings.ToLower(strings.TrimSpace(v))
	case int64:
		word = strconv.FormatInt(v, 10)
	case float64:
		word = strconv.FormatFloat(v, 'f', -1, 64)
	}
	switch word {
	case "true", "yes", "on", "1":
		return true, ""
	case "false", "no", "off", "0":
		return false, ""
	}
	return nil, reason
}
