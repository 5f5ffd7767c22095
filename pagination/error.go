package pagination

import (
	"errors"
	"strings"
)

// ErrRepeated is wrapped by the *Error of a [Guard] that saw the same next page
// twice.
var ErrRepeated = errors.New("the provider asks for a page that was read before")

// Error is the error of this package. It never holds a cursor, nor the query of
// a URL: providers put secrets there.
type Error struct {
	// Op is what failed: "validate", "next", "decode", "parse", "guard" or "apply".
	Op string
	// Strategy is the kind of the strategy, empty where none is involved.
	Strategy string
	// Field is the field at fault as it is written: "path", "limit_param".
	Field string
	// Reason says what is wrong and what to do about it.
	Reason string
	// Err is the cause, if there is one.
	Err error
}

// Error gives the parts that are set, in order, separated by colons.
func (e *Error) Error() string {
	parts := []string{"pagination"}
	for _, p := range []string{strings.TrimSpace(e.Op + " " + e.Strategy), e.Field, e.Reason} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// The operations that an [Error] can name.
const (
	opValidate = "validate"
	opNext     = "next"
	opDecode   = "decode"
	opParse    = "parse"
	opGuard    = "guard"
	opApply    = "apply"
)
