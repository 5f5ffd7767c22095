package written

import (
	"cmp"
	"errors"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Error says where a written form is wrong. A room makes an error of its own type of it.
type Error struct {
	Field  string // path of the member with dots, "values.a" or "kind"; "" if it is about the whole
	Reason string // what is wrong and what to do; no value stands in it
	Err    error  // the reader's, for text that isn't JSON; it may repeat a piece of the text. Otherwise nil
}

// Error gives the field and the reason.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func wrongKind(reason string) *Error { return &Error{Field: "kind", Reason: reason} }

// Explain says in words what the JSON reader stumbled over.
func Explain(err error) *Error {
	sem, ok := errors.AsType[*jsonv2.SemanticError](err)
	if !ok {
		return &Error{Reason: "is not well-formed JSON", Err: err}
	}
	e := &Error{Field: strings.ReplaceAll(strings.TrimPrefix(string(sem.JSONPointer), "/"), "/", ".")}
	if errors.Is(err, jsonv2.ErrUnknownName) {
		e.Reason = "there is no such member" + cmp.Or(Near(err), "; check its spelling")
		return e
	}
	e.Reason = "can't be " + typeName(sem.JSONKind)
	return e
}

// typeName is a JSON type in words.
func typeName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "a " + k.String()
}
