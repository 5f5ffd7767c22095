package mapping

import "strings"

// Error says why a mapping was refused by [Compile] or by its decoder, or why [Program.Apply] failed in mode [Fail].
// No value of a document appears in it.
type Error struct {
	// Field is the part of the mapping: "fields[2].from", "mode", or "" for the mapping as a whole.
	Field string
	// Path is the path in question, in canonical form from Apply and as it was given from Compile; "" if there is none.
	Path string
	// Reason tells what is wrong and what to do.
	Reason string
	// Err is the cause where another package found it; may be nil.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	parts := make([]string, 0, 4)
	for _, s := range []string{"mapping", e.Field, e.Path, e.Reason} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Note reports one field that [Program.Apply] couldn't do. Like [Error] it never holds a value.
type Note struct {
	Field  int    // index in Mapping.Fields, as merged where there was an [Override]
	ID     string // the field's; "" if it has none
	Name   string // where the field is written: "fields[2]", of an override "replace[0]" or "add[1]"
	Path   string // the first path that failed, in canonical form; "$" for the document
	Reason string // what is wrong and what to do
	Places int    // at how many places it failed: more than 1 only where the path has [*]
}
