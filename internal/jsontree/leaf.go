package jsontree

import (
	"crypto/rand"
	"reflect"
	"slices"
	"strconv"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/secret"
)

// Leaf is a Go type whose values go into a tree as they are: a file, a reader.
// Such a tree has no JSON text; [Decode] puts a leaf into a field of its type.
// The zero Leaf stands for no type.
type Leaf struct {
	match   func(any) bool
	marshal func(*maker) *jsonv2.Marshalers
}

// LeafOf is the Leaf of type T; of an interface it is of all types that
// implement it.
func LeafOf[T any]() Leaf {
	return Leaf{
		match: func(v any) bool {
			if _, ok := v.(T); !ok {
				return false
			}
			p := reflect.ValueOf(v)
			return p.Kind() != reflect.Pointer || !p.IsNil() // a nil pointer is null
		},
		marshal: func(m *maker) *jsonv2.Marshalers {
			return jsonv2.MarshalToFunc(func(enc *jsontext.Encoder, v T) error {
				return enc.WriteToken(jsontext.String(m.hold(v)))
			})
		},
	}
}

// FromValueWith is [FromValue] with leaves; found says that there were some.
func FromValueWith(v any, lim Limits, leaves ...Leaf) (tree any, found bool, secrets []secret.String, err error) {
	m := maker{lim: lim.withDefaults(), leaves: leaves}
	tree, err = m.value(v, 0)
	if err != nil {
		return nil, false, nil, err
	}
	return tree, m.found, m.secrets, nil
}

// leaf says whether v is one.
func (m *maker) leaf(v any) bool {
	ok := slices.ContainsFunc(m.leaves, func(l Leaf) bool { return l.match(v) })
	m.found = m.found || ok
	return ok
}

// hold keeps a leaf while its surroundings are text, and gives what stands for
// it there: something that nobody outside can guess, so that no text of an input
// is taken for a leaf.
func (m *maker) hold(v any) string {
	if m.mark == "" {
		m.mark = "leaf " + rand.Text() + " "
	}
	m.held = append(m.held, v)
	m.found = true
	return m.mark + strconv.Itoa(len(m.held)-1)
}

// restore puts the held leaves back into the tree of a text.
func (m *maker) restore(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = m.restore(e)
		}
	case []any:
		for i, e := range v {
			v[i] = m.restore(e)
		}
	case string:
		if len(v) > len(m.mark) && v[:len(m.mark)] == m.mark {
			if i, err := strconv.Atoi(v[len(m.mark):]); err == nil && i < len(m.held) {
				return m.held[i]
			}
		}
	}
	return tree
}

// setLeaf gives dst a leaf of its type.
func setLeaf(dst reflect.Value, tree any) bool {
	switch tree.(type) {
	case nil, map[string]any, []any, string, bool, int64, float64:
		return false
	}
	v := reflect.ValueOf(tree)
	if !v.Type().AssignableTo(dst.Type()) {
		return false
	}
	dst.Set(v)
	return true
}

// FindLeaf gives the place of a leaf in a tree as a JSON pointer.
func FindLeaf(tree any) (pointer string, found bool) {
	switch v := tree.(type) {
	case map[string]any:
		for k, e := range v {
			if p, ok := FindLeaf(e); ok {
				return pointerSegment(k) + p, true
			}
		}
	case []any:
		for i, e := range v {
			if p, ok := FindLeaf(e); ok {
				return pointerSegment(strconv.Itoa(i)) + p, true
			}
		}
	default:
		return "", TypeName(tree) == "unknown"
	}
	return "", false
}

// MapLeaves gives a tree with what f says in the place of each leaf; what holds
// none is shared.
func MapLeaves(tree any, f func(leaf any) any) any {
	if _, found := FindLeaf(tree); !found {
		return tree
	}
	switch v := tree.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = MapLeaves(e, f)
		}
		return m
	case []any:
		a := make([]any, len(v))
		for i, e := range v {
			a[i] = MapLeaves(e, f)
		}
		return a
	}
	return f(tree)
}
