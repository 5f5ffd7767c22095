package jsontree

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/waygate-go/waygate/secret"
)

// FromValue makes a tree of a Go value: nil, maps, slices, structs with json
// tags, json.RawMessage, and whatever has MarshalJSON or MarshalText. The tree
// is the one that [Parse] would make of encoding/json's text for the value
// (tags, omitempty, embedding, base64 and all), with one exception: a
// [secret.String] stands in it in clear (null if unset), and is listed in secrets so that the
// caller can redact it. A secret that a type's own MarshalJSON writes is out of
// reach: it stays redacted.
//
// Numbers take the tree's forms: a float64 of 3 is the int64 3, an integer
// beyond int64 a json.Number. The tree shares no memory with v that could
// change.
//
// A value that has no JSON form (NaN, func, chan), is not valid JSON where it
// claims to be, or repeats a key gives a [*ValueError] with the place; a cyclic,
// too deep or too large one a [*LimitError].
func FromValue(v any, lim Limits) (tree any, secrets []secret.String, err error) {
	tree, _, secrets, err = FromValueWith(v, lim)
	return tree, secrets, err
}

// maker makes one tree. Plain data is copied by type switch; the rest goes
// through its JSON text.
type maker struct {
	lim     Limits
	nodes   int
	secrets []secret.String
	options jsonv2.Options // made on first use
	leaves  []Leaf
	found   bool   // a leaf
	held    []any  // leaves within text
	mark    string // what stands for them begins with it
}

func (m *maker) value(v any, depth int) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if v != nil {
			return m.object(v, depth+1)
		}
		return m.scalar(nil)
	case []any:
		if v != nil {
			return m.array(v, depth+1)
		}
		return m.scalar(nil)
	case float64:
		return m.float(v, 64)
	case float32:
		return m.float(float64(v), 32)
	case json.Number:
		return m.number(v)
	case secret.String:
		return m.scalar(m.secret(v))
	case *secret.String:
		if v == nil {
			return m.scalar(nil)
		}
		return m.scalar(m.secret(*v))
	}
	if s, ok := v.(string); ok && utf8.ValidString(s) {
		return m.scalar(v) // as it is, in the interface that it came in
	}
	if s, ok := scalar(v); ok {
		return m.scalar(s)
	}
	if m.leaf(v) {
		return m.scalar(v)
	}
	return m.other(v, depth)
}

// scalar gives the tree's form of Go's own booleans, strings and integers.
func scalar(v any) (any, bool) {
	if s, ok := v.(string); ok {
		if utf8.ValidString(s) {
			return v, true
		}
		return validText(s), true
	}
	switch v := v.(type) {
	case nil, bool, int64:
		return v, true
	case int:
		return int64(v), true
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case uint:
		return fromUint(uint64(v)), true
	case uint8:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return fromUint(v), true
	}
	return nil, false
}

func fromUint(u uint64) any {
	if u > math.MaxInt64 {
		return json.Number(strconv.FormatUint(u, 10))
	}
	return int64(u)
}

func (m *maker) count() error {
	if m.nodes >= m.lim.Nodes {
		return &LimitError{What: "nodes", Limit: m.lim.Nodes}
	}
	m.nodes++
	return nil
}

func (m *maker) scalar(v any) (any, error) { return v, m.count() }

// secret gives the clear text, null if unset, and lists it; an empty secret
// hides nothing.
func (m *maker) secret(s secret.String) any {
	if s.IsZero() {
		return nil
	}
	if s.Reveal() != "" {
		m.secrets = append(m.secrets, s)
	}
	return validText(s.Reveal())
}

func (m *maker) number(n json.Number) (any, error) {
	text, err := numberText(n)
	if err != nil {
		return nil, err
	}
	return m.scalar(numberOf(text))
}

// numberText gives a number's text; the zero value is 0, as in encoding/json.
func numberText(n json.Number) (string, error) {
	switch {
	case n == "":
		return "0", nil
	case !isNumber(string(n)):
		return "", &ValueError{Type: "json.Number", Reason: "is not a number"}
	}
	return string(n), nil
}

func (m *maker) float(f float64, bits int) (any, error) {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil, &ValueError{Type: "float" + strconv.Itoa(bits), Reason: "NaN and infinity have no JSON form"}
	case bits == 64 && f != math.Trunc(f):
		return m.scalar(f)
	case f != 0 && math.Abs(f) < 1<<24 && f == math.Trunc(f), bits == 64 && f != 0 && math.Abs(f) < 1<<53:
		return m.scalar(int64(f)) // what the text would say
	}
	// What the text says decides the form, as for all other values.
	var room [32]byte
	return m.scalar(numberOf(string(appendFloatBits(room[:0], f, bits))))
}

func (m *maker) object(v map[string]any, depth int) (any, error) {
	if err := m.enter(depth); err != nil {
		return nil, err
	}
	tree := make(map[string]any, len(v))
	for k, e := range v {
		key := validText(k)
		if err := m.count(); err != nil {
			return nil, within(err, key)
		}
		t, err := m.value(e, depth)
		if err != nil {
			return nil, within(err, key)
		}
		tree[key] = t
	}
	if len(tree) < len(v) {
		return nil, &ValueError{Pointer: pointerSegment(repeated(v)), Reason: "the key repeats an earlier one"}
	}
	return tree, nil
}

// repeated is the first key that is another one's once what isn't UTF-8 in it has
// been replaced.
func repeated(v map[string]any) string {
	seen := ""
	for i, key := range slices.Sorted(func(yield func(string) bool) {
		for k := range v {
			if !yield(validText(k)) {
				return
			}
		}
	}) {
		if i > 0 && key == seen {
			return key
		}
		seen = key
	}
	return ""
}

func (m *maker) array(v []any, depth int) (any, error) {
	if err := m.enter(depth); err != nil {
		return nil, err
	}
	tree := make([]any, len(v))
	for i, e := range v {
		t, err := m.value(e, depth)
		if err != nil {
			return nil, within(err, strconv.Itoa(i))
		}
		tree[i] = t
	}
	return tree, nil
}

// enter counts a container and its nesting.
func (m *maker) enter(depth int) error {
	if depth > m.lim.Depth {
		return &LimitError{What: "depth", Limit: m.lim.Depth}
	}
	return m.count()
}

// typeName names a Go type for an error; nil has none.
func typeName(t reflect.Type) string {
	if t == nil {
		return ""
	}
	return t.String()
}
