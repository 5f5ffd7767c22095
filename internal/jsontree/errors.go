package jsontree

import (
	"errors"
	"fmt"
	"strings"
)

// SyntaxError says where a text stops being JSON. It never holds the text.
type SyntaxError struct {
	Offset int    // bytes before the fault
	Line   int    // from 1
	Column int    // from 1, in bytes
	Reason string // what is wrong, in a few words
}

// Error names line, column and reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// LimitError says that a document or value is larger than [Limits] allows.
type LimitError struct {
	What    string // "depth" or "nodes"
	Limit   int    // the limit that was passed
	Pointer string // where, for [FromValue]; "" from [Scan] and [Parse]
}

// Error names the limit and, if known, the place.
func (e *LimitError) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("json: more than %d %s; send less or raise the limit", e.Limit, e.noun())
	}
	return fmt.Sprintf("json: at %s: more than %d %s; is the value cyclic?", shorten(e.Pointer), e.Limit, e.noun())
}

func (e *LimitError) noun() string {
	if e.What == "depth" {
		return "levels of nesting"
	}
	return "values and keys"
}

// ValueError says which part of a Go value has no place in a tree. Its text
// holds no value; Err, the cause, may.
type ValueError struct {
	Pointer string // JSON pointer of the part; "" is the whole value
	Type    string // its Go type, "" if unknown
	Reason  string // what is wrong and what to do
	Err     error  // the cause, for errors.Is and As; may be nil
}

// Error names the place, the Go type and the reason.
func (e *ValueError) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("json: at %s: %s", place(e.Pointer), e.Reason)
	}
	return fmt.Sprintf("json: at %s: Go type %s: %s", place(e.Pointer), e.Type, e.Reason)
}

// Unwrap gives the cause.
func (e *ValueError) Unwrap() error { return e.Err }

// DecodeError says which part of a tree does not fit the Go type that should
// receive it. Its text holds no value; Err, the cause, may.
type DecodeError struct {
	Pointer string // JSON pointer of the part; "" is the whole tree
	Path    string // the same place in Go, from the type decoded into: "[]main.Issue[3].User.Login"; "" at the top
	Want    string // the Go type that should receive it
	Got     string // the JSON type that is there, see [TypeName]
	Reason  string // more, if the two types do not say it: "out of range"
	Err     error  // what an UnmarshalJSON or UnmarshalText gave; may be nil
}

// Error names the place, both types and the reason.
func (e *DecodeError) Error() string {
	s := fmt.Sprintf("json: at %s: %s does not fit Go type %s", place(e.Pointer), e.Got, e.Want)
	if e.Path != "" {
		s += " of " + shorten(e.Path)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Unwrap gives the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

func place(pointer string) string {
	if pointer == "" {
		return "the top"
	}
	return shorten(pointer)
}

// shorten keeps an endless path of a cyclic value out of logs.
func shorten(pointer string) string {
	const most = 200
	if len(pointer) <= most {
		return pointer
	}
	return strings.ToValidUTF8(pointer[:most], "") + "…"
}

// pointerSegment writes one key as a step of a JSON pointer (RFC 6901, section 3).
func pointerSegment(key string) string {
	if strings.ContainsAny(key, "~/") {
		key = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	}
	return "/" + key
}

// under puts a step of Go before the path of a DecodeError, and its key before the
// place.
func under(err error, key, step string) error {
	var decode *DecodeError
	if errors.As(err, &decode) {
		decode.Path = step + decode.Path
	}
	return within(err, key)
}

// within puts a key before the place that an error of this package names.
func within(err error, key string) error {
	var value *ValueError
	var limit *LimitError
	var decode *DecodeError
	switch {
	case errors.As(err, &decode):
		decode.Pointer = pointerSegment(key) + decode.Pointer
	case errors.As(err, &value):
		value.Pointer = pointerSegment(key) + value.Pointer
	case errors.As(err, &limit):
		limit.Pointer = pointerSegment(key) + limit.Pointer
	}
	return err
}
