package openapi

import (
	"errors"
	"fmt"
	"strings"
)

// The classes of an [Error], for errors.Is.
var (
	// ErrUnreadable is a source that can't be opened or read to its end.
	ErrUnreadable = errors.New("the document can't be read")
	// ErrMalformed is a text that is neither JSON nor YAML, has a member twice, or is no API document.
	ErrMalformed = errors.New("the document is malformed")
	// ErrVersion is a document of another version than 2.0, 3.0, 3.1 or 3.2.
	ErrVersion = errors.New("the version of the document is unknown")
	// ErrLimit is a document beyond a limit of [Options].
	ErrLimit = errors.New("the document is too large")
	// ErrOption is a member of [ImportOptions] that can't be used.
	ErrOption = errors.New("an option can't be used")
	// ErrStrict is an operation that would have been skipped, where [ImportOptions].Strict is set.
	ErrStrict = errors.New("an operation can't be imported")
)

// Error says what is wrong with a document, and where. Operations that can't be imported are no error, but for Strict:
// they are a [Skip] of the [Report].
type Error struct {
	// Source is the name of the text; empty where an option is meant.
	Source string
	// Line and Column are counted from 1; 0 where there is no text to point at.
	Line, Column int
	// Pointer is the place as a JSON pointer (RFC 6901).
	Pointer string
	// Reason says what is wrong and what to do.
	Reason string
	// Err is the class, one of this package's sentinels; a cause from outside is wrapped beside it.
	Err error
}

// Error gives source, line, column, pointer and reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("openapi: ")
	if e.Source != "" {
		b.WriteString(e.Source)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, max(e.Column, 1))
		}
		b.WriteString(": ")
	}
	if e.Pointer != "" {
		b.WriteString(e.Pointer + ": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Unwrap gives the class and the cause.
func (e *Error) Unwrap() error { return e.Err }

func optionError(field, reason string, args ...any) *Error {
	return &Error{Reason: field + ": " + fmt.Sprintf(reason, args...), Err: ErrOption}
}
