package jsonpath

import "fmt"

// Error says why a path was refused, or why its results were. No value of a document appears in it.
type Error struct {
	// Path is the source as given to [Compile], cut after 64 bytes if it was too long to be a path.
	Path string
	// Offset is the place in Path, in bytes from 0. It is 0 for errors of [Path.All].
	Offset int
	// Reason tells what is wrong and, where there is one, the way to write it.
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Offset > 0 {
		return fmt.Sprintf("jsonpath: %q at byte %d: %s", e.Path, e.Offset, e.Reason)
	}
	return fmt.Sprintf("jsonpath: %q: %s", e.Path, e.Reason)
}
