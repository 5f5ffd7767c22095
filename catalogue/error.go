package catalogue

import (
	"errors"
	"fmt"
	"strings"

	"github.com/waygate-go/waygate"
)

// ErrEmpty is a catalogue without a file: none below the root ends in .yaml, .yml or .json, or their names begin with a
// dot or an underscore.
var ErrEmpty = errors.New("the catalogue is empty: no file below its root ends in .yaml, .yml or .json: " +
	"look whether the directory is the one that was meant")

// Error says which file of a catalogue is bad, where, and why. Of a catalogue with several bad files, [Parse] and
// [Register] join one Error for each: [errors.As] finds the first, and each stands on a line of its own in the text.
type Error struct {
	// File is the path below the root of the file system; empty where the catalogue as a whole can't be read.
	File string
	// Line and Column are counted from 1, columns in characters: of the member at fault, or of the one around it where
	// it is missing. Both are 0 where there is no text to point at, as for a file that can't be opened.
	Line, Column int
	// Field is the faulty member as a JSON pointer (RFC 6901) into the written form of the integration, for an action
	// from a file of its own, too: "/actions/0/method". It is empty where the whole is meant, or where the text isn't
	// well-formed.
	Field string
	// Err is the cause: the gateway's *[waygate.Error] for a definition that is wrong.
	Err error
}

// Error gives file, line, column, field and cause, as in
//
//	crm.yaml:12:5: /actions/0/method: actions[0]: action list: method "FETCH": want GET, …
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	if e.Err != nil {
		b.WriteString(": " + strings.TrimPrefix(cause(e.Err).Error(), e.Field+": "))
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// cause is what is left to say of an error whose place is known: a gateway's error of a definition names the operation
// and the place again.
func cause(err error) error {
	var e *waygate.Error
	if errors.As(err, &e) && e.Kind == waygate.KindConfig && e.Err != nil {
		return e.Err
	}
	return err
}
