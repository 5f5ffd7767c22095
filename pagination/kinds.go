package pagination

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a written strategy.
const (
	maxStrategyBytes = 64 << 10
	maxKind          = 64
)

// Decoder reads the written form of one kind of strategy: raw is the whole JSON
// object, its "kind" member included. A decoder is strict: a member it doesn't
// know is an error that names it. kinds is for a strategy that holds another. A
// decoder keeps neither raw nor kinds.
type Decoder func(raw []byte, kinds KindMap) (Strategy, error)

// KindMap holds the decoders by kind.
type KindMap map[string]Decoder

// Kinds gives a new map of the built-in kinds: cursor, link and none. Add to it
// what a host brings.
func Kinds() KindMap {
	return KindMap{
		"cursor": decodeAs[Cursor],
		"link":   decodeAs[Link],
		"none":   decodeAs[None],
	}
}

// Decode reads a written strategy with the decoder that kinds has for its
// "kind"; nil kinds means [Kinds]. At most 64 KiB of text. It checks the form
// alone: ask Validate or [Prepare] whether the definition makes sense. An
// unknown kind is an *Error that names it and those that are known.
func Decode(raw []byte, kinds KindMap) (Strategy, error) {
	if kinds == nil {
		kinds = Kinds()
	}
	if len(raw) > maxStrategyBytes {
		return nil, malformed("", "the strategy is longer than 64 KiB")
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if err := jsonv2.Unmarshal(raw, &head); err != nil {
		return nil, decodeError("", err)
	}
	if head.Kind == "" {
		return nil, malformed("kind", `is missing; a strategy is written as an object like {"kind":"link"}`)
	}
	decode := kinds[head.Kind]
	if decode == nil {
		known := strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
		return nil, malformed("kind", "there is no strategy "+quote(head.Kind)+"; known are "+known)
	}
	s, err := decode(raw, kinds)
	if err != nil {
		return nil, err
	}
	if isNil(s) {
		return nil, malformed("kind", "the decoder of "+quote(head.Kind)+" gave no strategy")
	}
	return s, nil
}

// isNil reports whether s is nil or a nil pointer, whose methods would panic.
func isNil(s Strategy) bool {
	if s == nil {
		return true
	}
	v := reflect.ValueOf(s)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// decodeAs reads all members but the kind into S, with exact names, none
// unknown, none twice.
func decodeAs[S Strategy](raw []byte, _ KindMap) (Strategy, error) {
	var s S
	var members map[string]jsontext.Value
	if err := jsonv2.Unmarshal(raw, &members); err != nil {
		return nil, decodeError(s.Kind(), err)
	}
	delete(members, "kind")
	rest, err := jsonv2.Marshal(members, jsonv2.Deterministic(true))
	if err != nil {
		return nil, decodeError(s.Kind(), err)
	}
	if err := jsonv2.Unmarshal(rest, &s, jsonv2.RejectUnknownMembers(true)); err != nil {
		return nil, decodeError(s.Kind(), err)
	}
	return s, nil
}

func malformed(field, reason string) *Error {
	return &Error{Op: opDecode, Field: field, Reason: reason}
}

// decodeError says where in a definition the reader stumbled.
func decodeError(kind string, err error) *Error {
	e := &Error{Op: opDecode, Strategy: kind}
	var sem *jsonv2.SemanticError
	if !errors.As(err, &sem) {
		// The reader quotes what it stumbled over, which may be a cursor.
		e.Reason = "is not well-formed JSON"
		return e
	}
	e.Field = strings.ReplaceAll(strings.TrimPrefix(string(sem.JSONPointer), "/"), "/", ".")
	if errors.Is(err, jsonv2.ErrUnknownName) {
		e.Reason = "there is no such member; check its spelling"
		return e
	}
	e.Reason = "can't be " + kindName(sem.JSONKind)
	return e
}

// kindName is a JSON type in words.
func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "a " + k.String()
}

// marshalKind writes a strategy as its kind and the members of its plain form.
func marshalKind(kind string, plain any) ([]byte, error) {
	rest, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	head := `{"kind":` + quote(kind)
	if string(rest) == "{}" {
		return []byte(head + "}"), nil
	}
	return append([]byte(head+","), rest[1:]...), nil
}

// quote shows a name from a definition, cut to a length fit for an error.
func quote(s string) string {
	if len(s) > maxKind {
		s = s[:maxKind] + "…"
	}
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
