package validation

import (
	"fmt"
	"strings"

	"github.com/waygate-go/waygate/validation/internal/front"
)

// maxListed is how many violations Error.Error names.
const maxListed = 10

// Error says that a tree does not fit its schema. It holds no value of the
// tree, so it may be logged and shown.
type Error struct {
	// Violations are sorted by pointer and keyword; at most [MaxViolations].
	Violations []Violation
}

// Error names at most ten violations by pointer and keyword.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("validation failed")
	for i, v := range e.Violations {
		if i == maxListed {
			fmt.Fprintf(&b, " and %d more", len(e.Violations)-maxListed)
			break
		}
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s %s", sep, place(v.Pointer), v.Keyword)
	}
	return b.String()
}

// SchemaError says that a schema was refused.
type SchemaError struct {
	// Pointer is the JSON pointer (RFC 6901) of the place in the schema; ""
	// is the root, or the text as a whole.
	Pointer string
	// Reason says what is wrong there and what to do about it.
	Reason string
}

// Error names the place and the reason.
func (e *SchemaError) Error() string {
	return "schema refused at " + place(e.Pointer) + ": " + e.Reason
}

// place prints a pointer for people: quoted, because member names come from
// outside and may hold control characters, and shortened.
func place(pointer string) string {
	const most = 200
	if pointer == "" {
		return "the root"
	}
	return fmt.Sprintf("%+q", front.Shorten(pointer, most))
}
