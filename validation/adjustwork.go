package validation

import "github.com/waygate-go/waygate/validation/internal/front"

// step counts the work of one schema; false ends it.
func (a *adjuster) step() bool { return a.spend(1) }

// spend counts work before it is done; false ends it. What is not looked at any
// more is judged as it is, and then refused.
func (a *adjuster) spend(steps int) bool {
	if a.stopped != nil {
		return false
	}
	before := a.left / stepsPerLook
	a.left -= steps
	switch {
	case a.left < 0:
		a.stopped = &front.Violation{Keyword: KeywordLimit, Expected: "a value that takes less work to check", Received: "unknown"}
	case a.left/stepsPerLook != before && a.ctx.Err() != nil:
		a.stopped = &front.Violation{Keyword: KeywordLimit, Expected: "a check that ends before the caller's time is over", Received: "unknown"}
	}
	return a.stopped == nil
}

// matches says whether the pattern of a patternProperties fits a name. A name that
// is too long for patterns, or for the work that is left, counts as other says.
func (a *adjuster) matches(text, name string, other bool) bool {
	p := a.doc.NamePatterns[text]
	if len(name) > maxName || !a.spend(1+(len(name)+8)*p.Size/front.StepsPerMicro) {
		return other
	}
	return p.MatchString(name)
}

// pointer writes the way to a value, which is as long as the names on it.
func (a *adjuster) pointer(at *trail) (text string, ok bool) {
	size := 0
	for t := at; t != nil; t = t.outer {
		size += len(t.token)
	}
	if !a.spend(size / bytesPerStep) {
		return "", false
	}
	return at.pointer(), true
}

// note adds a violation at a place.
func (a *adjuster) note(list *[]front.Violation, at *trail, v front.Violation) {
	if len(*list) >= 10*MaxViolations {
		return
	}
	var ok bool
	if v.Pointer, ok = a.pointer(at); ok {
		*list = append(*list, v)
	}
}
