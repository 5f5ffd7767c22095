package yamltree

import "fmt"

// Error says where a source can't be read, and why.
type Error struct {
	// Line and Column are counted from 1, columns in characters. Where the text isn't well-formed, Column is that of the
	// line's first character which isn't a space.
	Line, Column int
	// Pointer is the JSON pointer (RFC 6901) of the value or key that is refused; "" where the text isn't well-formed.
	Pointer string
	// Reason is what is wrong and what to do. It may name a key, never a value.
	Reason string
}

// Error gives the place and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("yaml: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}
