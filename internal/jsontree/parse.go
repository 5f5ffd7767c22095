package jsontree

import (
	"encoding/json"
	"math"
	"runtime"
	"strconv"

	"github.com/ohler55/ojg/oj"
)

// ojReadsFractions is false where oj computes 0.3 as 3 × 0.1 instead of
// rounding correctly.
const ojReadsFractions = runtime.GOARCH != "arm64"

// Parse checks a text as [Scan] does and makes the tree of it. Of a repeated
// key the last value wins. The tree shares no memory with data.
//
// A number without fraction and exponent is an int64 if it fits, else a
// json.Number; any other is a float64, rounded to the nearest, or a json.Number
// if it is beyond float64 (1e400). -0 is the float64 negative zero, because no
// int64 holds it.
//
// The parser is ojg's. Texts with something that it misreads (surrogate pairs
// in escapes, integers of 19 and fractions of 18 digits or more, exponents, -0)
// are read by a parser of our own.
func Parse(data []byte, lim Limits) (tree any, st Stats, err error) {
	lim = lim.withDefaults()
	st, awkward, err := scan(data, lim.Depth, lim.Nodes)
	if err != nil {
		return nil, st, err
	}
	return parseScanned(data, awkward), st, nil
}

// parseScanned makes the tree of a text that scan accepted.
func parseScanned(data []byte, awkward bool) any {
	if !awkward {
		var p oj.Parser
		if tree, err := p.Parse(data); err == nil {
			return tree
		}
	}
	b := builder{cursor{data: data}}
	return b.value()
}

// builder makes the tree of a text that scan accepted. Its recursion is as deep as
// the limit allowed.
type builder struct{ cursor }

func (b *builder) value() any {
	switch b.token() {
	case '{':
		return b.object()
	case '[':
		return b.array()
	case '"':
		return b.string()
	case 't':
		b.i += len("true")
		return true
	case 'f':
		b.i += len("false")
		return false
	case 'n':
		b.i += len("null")
		return nil
	}
	return numberOf(string(b.number()))
}

func (b *builder) object() any {
	m := map[string]any{}
	b.i++
	for b.next('}') {
		k := b.string()
		b.colon()
		m[k] = b.value()
	}
	return m
}

func (b *builder) array() any {
	a := []any{}
	b.i++
	for b.next(']') {
		a = append(a, b.value())
	}
	return a
}

func (b *builder) string() string {
	raw, escaped := b.raw()
	if escaped {
		return string(appendUnescaped(make([]byte, 0, len(raw)), raw))
	}
	return string(raw)
}

// numberOf gives the tree's form of a valid JSON number, as [Parse] says.
func numberOf(text string) any {
	if isWhole(text) {
		if text == "-0" {
			return math.Copysign(0, -1)
		}
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i
		}
		return json.Number(text)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return json.Number(text)
}
