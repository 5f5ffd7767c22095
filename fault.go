package waygate

import (
	"errors"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// fault is something wrong with a member of a definition. Its text names the
// member; so does its pointer, for programs that show where in a file it is.
type fault struct {
	field string // "path", "parameters[2]", `headers["X-Id"]`
	err   error
}

// at says which member an error is about. A field within is an at within.
func at(field string, err error) error { return &fault{field, err} }

func (f *fault) Error() string { return f.field + ": " + f.err.Error() }

func (f *fault) Unwrap() error { return f.err }

// faultPointer is the JSON pointer (RFC 6901), into the written form, of the
// deepest member that an error names; ok is false if it names none.
func faultPointer(err error) (pointer string, ok bool) {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		field := ""
		switch e := err.(type) {
		case *fault:
			field = e.field
		case *memberError:
			b.WriteString(e.pointer)
			ok = true
			continue
		case *auth.Error:
			field = e.Field
		case *pagination.Error:
			field = e.Field
		case *mapping.Error:
			field = e.Field
		case *resilience.Error:
			field = e.Field
		default:
			continue
		}
		if field != "" {
			writePointer(&b, field)
			ok = true
		}
	}
	return b.String(), ok
}

// writePointer appends a field's path, `a.b[2]["c"]`, as a JSON pointer.
func writePointer(b *strings.Builder, field string) {
	for field != "" {
		if rest, quoted := strings.CutPrefix(field, `["`); quoted {
			name, after, _ := strings.Cut(rest, `"]`)
			b.WriteString(pointerTo(name))
			field = after
			continue
		}
		field = strings.TrimLeft(field, ".[")
		end := strings.IndexAny(field, ".[]")
		if end < 0 {
			end = len(field)
		}
		if end > 0 {
			b.WriteString(pointerTo(field[:end]))
		}
		field = strings.TrimPrefix(field[end:], "]")
	}
}

// memberError is a member that the reader of the written form stumbled over.
type memberError struct {
	pointer string
	text    string
	err     error // the cause, if there is one; its text is in text already
}

func (e *memberError) Error() string { return e.text }

func (e *memberError) Unwrap() error { return e.err }
