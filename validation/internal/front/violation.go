package front

import (
	"cmp"
	"slices"
)

// MaxViolations is how many violations one call of Validate reports.
const MaxViolations = 100

// Keywords of violations that no JSON Schema keyword stands for.
const (
	KeywordInternal = "internal"
	KeywordLimit    = "limit"
	KeywordFalse    = "false"
)

// Violation has the fields of validation.Violation, to which it is converted.
type Violation struct {
	Pointer  string
	Keyword  string
	Expected string
	Received string
}

// Compare orders by pointer, keyword and then the rest, in byte order.
func (v Violation) Compare(w Violation) int {
	return cmp.Or(
		cmp.Compare(v.Pointer, w.Pointer),
		cmp.Compare(v.Keyword, w.Keyword),
		cmp.Compare(v.Expected, w.Expected),
		cmp.Compare(v.Received, w.Received),
	)
}

// Finish puts violations into the order the contract promises, without
// doubles, and cuts the list at MaxViolations.
func Finish(list []Violation) []Violation {
	slices.SortFunc(list, Violation.Compare)
	list = slices.Compact(list)
	if len(list) > MaxViolations {
		list = slices.Clone(list[:MaxViolations]) // let go of the rest
	}
	return list
}

// Internal is the violation that fails closed.
func Internal(tree any, expected string) Violation {
	return Violation{Keyword: KeywordInternal, Expected: expected, Received: TypeName(tree)}
}

func limit(tree any, expected string) Violation {
	return Violation{Keyword: KeywordLimit, Expected: expected, Received: TypeName(tree)}
}

// Missing adds a violation for every name that is not a member of value.
func (m *Meter) Missing(out []Violation, pointer, keyword string, names []string, value any) []Violation {
	members, _ := value.(map[string]any)
	for _, name := range names {
		if _, ok := members[name]; !ok {
			m.Place(pointer)
			out = append(out, Violation{Pointer: pointer + Step(name), Keyword: keyword, Expected: "present", Received: "absent"})
		}
	}
	return out
}
