package written

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"reflect"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/waygate-go/waygate/internal/nearest"
)

// Near is the end of a text about an unknown member that [Strict] found, `: did you mean "name"?`; empty where no member
// of that name is near, and for any other error.
func Near(err error) string {
	sem, ok := errors.AsType[*jsonv2.SemanticError](err)
	if !ok || sem.Err != jsonv2.ErrUnknownName {
		return ""
	}
	return nearest.DidYouMean(sem.JSONPointer.LastToken(), MemberNames(sem.GoType))
}

// MemberNames are the names that the members of a struct have in its written form, in order; none for any other type.
func MemberNames(t reflect.Type) iter.Seq[string] {
	return func(yield func(string) bool) {
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == nil || t.Kind() != reflect.Struct {
			return
		}
		for _, f := range reflect.VisibleFields(t) { // those of embedded structs, too
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" && !yield(name) {
				return
			}
		}
	}
}

// KindAsText is the kind that a text stands for where an object with a kind is wanted, `"bearer"` for
// {"kind":"bearer"}: a known one, which may be the nearest to it. It is example for a text that is near none; ok is false
// where raw is no text at all.
func KindAsText[D any](raw []byte, kinds map[string]D, example string) (kind string, ok bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil || strings.TrimSpace(string(raw)) == "null" {
		return "", false
	}
	if _, known := kinds[text]; known {
		return text, true
	}
	if names := nearest.Names(text, maps.Keys(kinds)); len(names) > 0 {
		return names[0], true
	}
	return example, true
}
