package written

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/nearest"
)

// maxQuoted is how much of a name [Quote] shows, in bytes.
const maxQuoted = 64

// Strict reads one JSON value: member names are exact, none is unknown, none stands twice. The error is the JSON
// reader's, and may repeat the text.
func Strict(raw []byte, into any) error {
	return jsonv2.Unmarshal(raw, into, jsonv2.RejectUnknownMembers(true))
}

// Kind reads the member "kind" of a JSON object; "" if there is none.
func Kind(raw []byte) (string, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	err := jsonv2.Unmarshal(raw, &head)
	return head.Kind, err
}

// Members reads all members of a JSON object but the kind, as [Strict] does.
func Members(raw []byte, into any) error {
	var members map[string]jsontext.Value
	if err := jsonv2.Unmarshal(raw, &members); err != nil {
		return err
	}
	delete(members, "kind")
	rest, err := jsonv2.Marshal(members, jsonv2.Deterministic(true))
	if err != nil {
		return err
	}
	return Strict(rest, into)
}

// Decode reads a written part with the decoder that kinds has for its kind. noun is what the errors call the part, and
// example a kind for them to show. Its own errors are an *[Error]; a decoder's come back unchanged.
func Decode[T any, D ~func([]byte, M) (T, error), M ~map[string]D](raw []byte, kinds M, noun, example string) (T, error) {
	var none T
	if kind, text := KindAsText(raw, kinds, example); text {
		return none, &Error{Reason: "is a text, but wants an object with its kind: write {\"kind\":" + Quote(kind) + "}"}
	}
	kind, err := Kind(raw)
	if err != nil {
		return none, Explain(err)
	}
	if kind == "" {
		return none, wrongKind("is missing; a " + noun + ` is written as an object like {"kind":` + Quote(example) + "}")
	}
	decode := kinds[kind]
	if decode == nil {
		return none, wrongKind("there is no " + noun + " " + Quote(kind) + "; known are " + Known(kinds) + nearest.DidYouMean(kind, maps.Keys(kinds)))
	}
	part, err := decode(raw, kinds)
	if err != nil {
		return none, err
	}
	if IsNil(part) {
		return none, wrongKind("the decoder of " + Quote(kind) + " gave no " + noun)
	}
	return part, nil
}

// Known lists the kinds of a map, in order, for an error.
func Known[D any](kinds map[string]D) string {
	if len(kinds) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
}

// IsNil reports whether a part is nil or a nil pointer, whose methods would panic.
func IsNil(part any) bool {
	v := reflect.ValueOf(part)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// Marshal writes a part as its kind and the members of plain, which is a struct without the method MarshalJSON.
func Marshal(kind string, plain any) ([]byte, error) {
	rest, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	head := `{"kind":` + Quote(kind)
	if string(rest) == "{}" {
		return []byte(head + "}"), nil
	}
	return append([]byte(head+","), rest[1:]...), nil
}

// Quote shows a name as JSON text, cut to 64 bytes, which is fit for an error.
func Quote(name string) string {
	if len(name) > maxQuoted {
		name = name[:maxQuoted] + "…"
	}
	b, err := json.Marshal(name)
	if err != nil {
		return `""`
	}
	return string(b)
}
