package openapi

import "math"

// trim says what of a schema is left out for want of room. Each step leaves out more than the one before.
type trim int

const (
	untrimmed  trim = iota
	shortTexts      // descriptions are cut, examples and titles left out
	noTexts         // no descriptions
	// beyond, there are no texts, and what is nested deep has its type alone
)

// shortText is how much of a description stays, in bytes.
const shortText = 100

// depths are how deep members and items may be nested, in the steps after noTexts; -1 leaves the type of the schema itself.
func depths() []int { return []int{8, 6, 5, 4, 3, 2, 1, 0, -1} }

// mostTrimmed is the last step.
func mostTrimmed() trim { return noTexts + trim(len(depths())) }

// deepest is how many members and items may lie between the root and a schema that is written with all its keywords.
func (t trim) deepest() int {
	if t <= noTexts {
		return math.MaxInt
	}
	return depths()[t-noTexts-1]
}

// text gives what stays of a description; "" if it is left out.
func (t trim) text(s string) string {
	switch {
	case t == untrimmed:
		return s
	case t == shortTexts:
		return cut(s, shortText)
	}
	return ""
}

// trimmed is the form with less in it. What has been made of nothing in the document stays as it is.
func (f *form) trimmed(t trim) *form {
	if t == untrimmed || f.again == nil {
		return f
	}
	return f.again(t)
}

// fitting is the form, as little trimmed as makes its text, without what it refers to, at most most bytes long. ok is false
// if nothing does.
func (f *form) fitting(most int) (fits *form, ok bool) {
	for t := untrimmed; t <= mostTrimmed(); t++ {
		if fits := f.trimmed(t); len(fits.text) <= most {
			return fits, true
		}
	}
	return f, false
}

// stubMember says which keywords stay of a schema of which only the type is written.
func stubMember(name string) bool {
	switch name {
	case "$ref", "type", "nullable", "x-nullable":
		return true
	}
	return false
}
