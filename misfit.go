package waygate

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// misfit explains an answer that doesn't fit the Go type that should receive it:
// where, what stands there, what the type wants, and what to change.
func (r *Result) misfit(err error, typ reflect.Type) *Error {
	var d *jsontree.DecodeError
	if !errors.As(err, &d) {
		e := newError(KindInvalidResponse, "decode", err)
		e.Status, e.Attempts = r.Status, r.Meta.Attempts
		return e.of(r.place)
	}
	if hint := r.misfitHint(d, typ); hint != "" {
		err = fmt.Errorf("%w: %s", err, hint)
	}
	e := newError(KindInvalidResponse, "decode", err)
	e.Status, e.Attempts, e.placed = r.Status, r.Meta.Attempts, true
	e.Fields = []FieldError{{Pointer: d.Pointer, Keyword: "type", Expected: d.Want, Received: d.Got}}
	return e.of(r.place)
}

// misfitHint says what to change; empty where the types say it all.
func (r *Result) misfitHint(d *jsontree.DecodeError, typ reflect.Type) string {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case d.Pointer == "" && d.Got == "object" && (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array):
		return r.notAList() + ", or read it into a struct"
	case d.Pointer == "" && d.Got == "array" && r.place.records != "":
		return fmt.Sprintf("the action's Records are %s, so that the list there is given: read it into []%s; the whole answer is Result.Body", r.place.records, d.Want)
	case d.Pointer == "" && d.Got == "array":
		return fmt.Sprintf("the answer is a list: read it into []%s, or item by item with Items", d.Want)
	case d.Got == "string" && isNumberType(d.Want) && d.Reason == "":
		return `the provider writes it as text: give the field the tag option ",string", or make it a string`
	case (d.Got == "integer" || d.Got == "number") && d.Want == "string":
		return "the provider writes it as a number: make the field a json.Number, or a number"
	case (d.Got == "object" || d.Got == "array") && d.Want == "string":
		return "make the field a struct, map or slice, or a json.RawMessage"
	}
	return ""
}

// notAList says what to do where a list of records is wanted and an object came.
func (r *Result) notAList() string {
	if r.place.records != "" {
		return fmt.Sprintf("the action's Records are %s, where no list stands: correct that path", r.place.records)
	}
	const advice = "set the action's Records to the path of the list in the answer"
	if lists := listsIn(r.tree()); lists != "" {
		return advice + " (" + lists + ")"
	}
	return advice
}

// listsIn names the members of an answer that are lists; empty if there are none,
// or many.
func listsIn(tree any) string {
	const most, longest = 3, 40
	members, _ := tree.(map[string]any)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if _, list := members[name].([]any); list && len(name) <= longest && checkVariableName(name) == nil {
			names = append(names, name)
		}
	}
	if len(names) == 0 || len(names) > most {
		return ""
	}
	return strings.Join(names, ", ")
}

func isNumberType(name string) bool {
	switch strings.TrimRight(name, "0123456789") {
	case "int", "uint", "float":
		return true
	}
	return false
}
