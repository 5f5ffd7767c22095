package validation

import (
	"cmp"
	"slices"
)

// MaxViolations is how many violations one call of Validate reports.
const MaxViolations = 100

// Keywords of violations that no JSON Schema keyword stands for.
const (
	// KeywordInternal marks a failure of the engine or a tree that is not one.
	KeywordInternal = "internal"
	// KeywordLimit marks a tree beyond what the engine is willing to check.
	KeywordLimit = "limit"
	// KeywordFalse marks a value for which the whole schema is false.
	KeywordFalse = "false"
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

// compare orders by pointer, keyword and then the rest, in byte order.
func (v Violation) compare(w Violation) int {
	return cmp.Or(
		cmp.Compare(v.Pointer, w.Pointer),
		cmp.Compare(v.Keyword, w.Keyword),
		cmp.Compare(v.Expected, w.Expected),
		cmp.Compare(v.Received, w.Received),
	)
}

// finish puts violations into the order the contract promises, without
// doubles, and cuts the list at MaxViolations.
func finish(list []Violation) []Violation {
	slices.SortFunc(list, Violation.compare)
	list = slices.Compact(list)
	if len(list) > MaxViolations {
		list = slices.Clone(list[:MaxViolations]) // let go of the rest
	}
	return list
}
