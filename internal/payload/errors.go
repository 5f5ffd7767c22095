package payload

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrOnce is what Open gives when a [Source] with Once is opened again. Give a reader that is an io.Seeker, or the
// bytes, to send a body more than once.
var ErrOnce = errors.New("payload: the body can be read only once and has been opened already")

// Error says what is wrong with a part, a boundary or a reader. Its text holds neither contents nor names; Err, the
// cause, may.
type Error struct {
	Part   int    // index of the part, from 0; -1 if none is at fault
	Field  string // what is at fault: "name", "file name", "type", "body", "boundary", "parts"
	Reason string // what is wrong and what to do
	Err    error  // the cause, for errors.Is and As; may be nil
}

// Error names the part, the field, the reason and the cause.
func (e *Error) Error() string {
	s := "payload: "
	if e.Part >= 0 {
		s += fmt.Sprintf("part %d: ", e.Part)
	}
	s += e.Field + ": " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CharsetError says that a text is in a charset that [UTF8] can't read.
type CharsetError struct {
	Charset string // as the server named it, at most 40 printable characters of it
}

// Error names the charset.
func (e *CharsetError) Error() string {
	return fmt.Sprintf("payload: charset %q is not known; read the body as bytes", e.Charset)
}

// EncodingError says that a content coding can't be undone.
type EncodingError struct {
	Encoding string // as the server named it, at most 40 printable characters of it
	Err      error  // what is wrong with the data; nil if the coding itself isn't supported
}

// Error names the coding and the cause.
func (e *EncodingError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("payload: content encoding %q can't be undone; gzip, deflate and identity can, one at a time",
			e.Encoding)
	}
	return fmt.Sprintf("payload: the body is not %s, or not all of it: %v", e.Encoding, e.Err)
}

// Unwrap gives what is wrong with the data.
func (e *EncodingError) Unwrap() error { return e.Err }

// clip makes what a server sent fit for a message: 40 characters, none of which a terminal or a log obeys.
func clip(s string) string {
	const most = 40
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
