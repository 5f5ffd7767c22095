package wire

import "strings"

// Error says why a value can't be written, or why a [Param] or [FormOptions] can't be used. It never holds a value;
// a key of an object stands in Pointer.
type Error struct {
	// Pointer is the place inside the value, a JSON pointer (RFC 6901); "" is the whole value, or the Param itself.
	Pointer string
	// Keyword is the rule that is broken, in JSON Schema's words where there is one: "type", "format", "required"
	// (a path without text), "maxLength"; or the field at fault: "in", "name", "style", "allow_slash",
	// "allow_reserved", "objects", "arrays".
	Keyword string
	// Expected and Received say what would do and, as a JSON type or a setting, what is there.
	Expected, Received string
	// Reason says what is wrong and what to do.
	Reason string
}

// Error gives the place, cut after 200 bytes, and the reason.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "wire: " + e.Reason
	}
	place := e.Pointer
	if len(place) > 200 {
		place = place[:200] + "..."
	}
	return "wire: at " + place + ": " + e.Reason
}

// under puts the place of a fault below a member of that name.
func (e *Error) under(key string) *Error {
	e.Pointer = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key) + e.Pointer
	return e
}

// misfit is a value of a type that has no form where it stands.
func misfit(expected, received, reason string) *Error {
	return &Error{Keyword: "type", Expected: expected, Received: received, Reason: reason}
}

// malformed is a text that may not stand where it should.
func malformed(expected, reason string) *Error {
	return &Error{Keyword: "format", Expected: expected, Received: "string", Reason: reason}
}
