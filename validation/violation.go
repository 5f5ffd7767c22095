package validation

import "github.com/waygate-go/waygate/validation/internal/front"

// MaxViolations is how many violations one call of Validate reports.
const MaxViolations = front.MaxViolations

// Keywords of violations that no JSON Schema keyword stands for.
const (
	// KeywordInternal marks a failure of the engine or a tree that is not one.
	KeywordInternal = front.KeywordInternal
	// KeywordLimit marks a tree beyond what the engine is willing to check.
	KeywordLimit = front.KeywordLimit
	// KeywordFalse marks a value for which the whole schema is false.
	KeywordFalse = front.KeywordFalse
)

// Violation is one way in which a tree does not fit its schema. It never holds
// the value itself.
type Violation struct {
	// Pointer is the JSON pointer (RFC 6901) of the value; "" is the root.
	Pointer string `json:"pointer"`
	// Keyword is the JSON Schema keyword that was not met, or one of the
	// Keyword constants.
	Keyword string `json:"keyword"`
	// Expected says in a few words what the schema asks for. It is built from
	// the schema alone and cut at about 200 bytes.
	Expected string `json:"expected"`
	// Received is the JSON type of the value: object, array, string, integer,
	// number, boolean, null; "absent" if there is none, "unknown" if the Go
	// type is not one of a parsed tree.
	Received string `json:"received"`
}

// violations converts what the front found.
func violations(found []front.Violation) []Violation {
	if found == nil {
		return nil
	}
	list := make([]Violation, len(found))
	for i, v := range found {
		list[i] = Violation(v)
	}
	return list
}
