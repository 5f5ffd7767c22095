package template

import "fmt"

// Error says what is wrong with a template or with a value for it. It holds
// neither the template's text nor a value: both may be secret.
type Error struct {
	// Offset is the place in the template's source, in bytes; 0 from [Escape].
	Offset int
	// Ref is what the value was for; the zero Ref if the template is at fault.
	Ref Ref
	// Reason says what is wrong and what to do.
	Reason string
}

// Error names the place, the Ref if there is one, and the reason.
func (e *Error) Error() string {
	if e.Ref == (Ref{}) {
		return fmt.Sprintf("template: byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("template: byte %d, %s: %s", e.Offset, e.Ref, e.Reason)
}
