package written

import (
	"cmp"
	"errors"
	"reflect"
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
	e.Reason = misfit(sem)
	return e
}

// misfit says what stands in a place, and what belongs there. It repeats nothing of the value.
func misfit(sem *jsonv2.SemanticError) string {
	typ := sem.GoType
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	reason, want := "can't be "+typeName(sem.JSONKind), ""
	switch {
	case typ == nil:
	case typ.Name() == "Duration": // each room has one of its own, all written alike
		return `must be a duration such as "30s" or "1m30s"`
	case typ.Kind() == reflect.String:
		want = "a string"
	case typ.Kind() == reflect.Bool:
		want = "true or false"
	case typ.Kind() == reflect.Slice:
		want = "an array"
	case typ.Kind() == reflect.Map || typ.Kind() == reflect.Struct:
		want = "an object"
	case typ.Kind() == reflect.Float64:
		want = "a number"
	case reflect.Int <= typ.Kind() && typ.Kind() <= reflect.Uint64:
		want = "a whole number"
	}
	if want == "" {
		return reason
	}
	return reason + "; give " + want
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
