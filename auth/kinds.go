package auth

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a written scheme. Only All and Any nest, two levels of JSON for
// one of their own.
const (
	maxSchemeBytes = 64 << 10
	maxNesting     = 4
	maxJSONDepth   = 2*maxNesting + 8
)

// Decoder reads the written form of one kind of scheme: raw is the whole JSON
// object, its "kind" member included. A decoder is strict: a member it doesn't
// know is an error that names it. kinds is what nested schemes are decoded with.
// A decoder keeps neither raw nor kinds.
type Decoder func(raw []byte, kinds KindMap) (Scheme, error)

// KindMap holds the decoders by kind.
type KindMap map[string]Decoder

// Kinds gives a new map of the built-in kinds: all, any, basic, bearer, headers,
// key and none. Add to it what a host brings.
func Kinds() KindMap {
	return KindMap{
		"all":     decodeAll,
		"any":     decodeAny,
		"basic":   decodeAs[Basic],
		"bearer":  decodeAs[Bearer],
		"headers": decodeAs[Headers],
		"key":     decodeAs[Key],
		"none":    decodeAs[None],
	}
}

// Decode reads a written scheme with the decoder that kinds has for its "kind";
// nil kinds means [Kinds]. At most 64 KiB of text. It checks the form alone: ask
// the scheme's Validate whether the definition makes sense. An unknown kind is
// an *Error that names it and those that are known.
func Decode(raw []byte, kinds KindMap) (Scheme, error) {
	if kinds == nil {
		kinds = Kinds()
	}
	if len(raw) > maxSchemeBytes {
		return nil, malformed("", "the scheme is longer than 64 KiB")
	}
	if jsonDepth(raw) > maxJSONDepth {
		return nil, malformed("", "the scheme is nested too deep; put its members into one list")
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if err := jsonv2.Unmarshal(raw, &head); err != nil {
		return nil, decodeError("", err)
	}
	if head.Kind == "" {
		return nil, malformed("kind", `is missing; a scheme is written as an object like {"kind":"bearer"}`)
	}
	decode := kinds[head.Kind]
	if decode == nil {
		known := strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
		return nil, malformed("kind", "there is no scheme "+quote(head.Kind)+"; known are "+known)
	}
	s, err := decode(raw, kinds)
	if err != nil {
		return nil, err
	}
	if isNil(s) {
		return nil, malformed("kind", "the decoder of "+quote(head.Kind)+" gave no scheme")
	}
	return s, nil
}

// decodeAs reads the kinds whose struct is their written form.
func decodeAs[S Scheme](raw []byte, _ KindMap) (Scheme, error) {
	var s S
	if err := unmarshalMembers(raw, &s); err != nil {
		return nil, decodeError(s.Kind(), err)
	}
	return s, nil
}

// unmarshalMembers reads all members but the kind into a struct, strictly.
func unmarshalMembers(raw []byte, into any) error {
	var members map[string]jsontext.Value
	if err := jsonv2.Unmarshal(raw, &members); err != nil {
		return err
	}
	delete(members, "kind")
	rest, err := jsonv2.Marshal(members, jsonv2.Deterministic(true))
	if err != nil {
		return err
	}
	return unmarshalStrict(rest, into)
}

// unmarshalStrict reads JSON with exact member names, none unknown, none twice.
func unmarshalStrict(raw []byte, into any) error {
	return jsonv2.Unmarshal(raw, into, jsonv2.RejectUnknownMembers(true))
}

// decodeError says where in a definition the reader stumbled. A definition holds
// no secret, so the cause may be shown.
func decodeError(kind string, err error) *Error {
	e := &Error{Op: opDecode, Scheme: kind}
	var sem *jsonv2.SemanticError
	if !errors.As(err, &sem) {
		e.Reason, e.Err = "is not well-formed JSON", err
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

// jsonDepth counts how deep arrays and objects nest, without parsing: it stops
// a text that would nest readers too deep before any of them starts.
func jsonDepth(raw []byte) int {
	deepest, depth, inString := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case inString && b == '\\':
			i++
		case b == '"':
			inString = !inString
		case inString:
		case b == '{' || b == '[':
			depth++
			deepest = max(deepest, depth)
		case b == '}' || b == ']':
			depth--
		}
	}
	return deepest
}

// marshalKind writes a scheme as its kind and the members of its plain form.
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
	if len(s) > maxName {
		s = s[:maxName] + "…"
	}
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
