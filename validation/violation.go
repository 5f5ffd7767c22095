package validation

import "github.com/waygate-go/waygate/validation/internal/front"

// MaxViolations is the most violations that one call of Validate reports: 100.
const MaxViolations = front.MaxViolations

// Keywords of violations that no JSON Schema keyword stands for.
const (
	// KeywordInternal ("internal") marks a failure of the engine, or a tree with a Go type that parsed JSON has not.
	KeywordInternal = front.KeywordInternal
	// KeywordLimit ("limit") marks a tree that costs more to check than the engine's bounds allow, such as those of
	// [Kaptinlin].
	KeywordLimit = front.KeywordLimit
	// KeywordFalse ("false") marks a value for which the schema is false itself.
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
