package front

import (
	"strings"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// FormatCopy is a keyword without meaning under which an engine may keep the
// format of a schema from which it moved that away.
const FormatCopy = "x-format"

// Keyword gives a keyword of the plain form as the schema's own dialect spells
// it.
func Keyword(doc *canon.Doc, keyword string, schema map[string]any) string {
	name, ok := schema["format"].(string)
	if !ok {
		name, _ = schema[FormatCopy].(string)
	}
	if !doc.Formats[name].Legacy {
		return keyword
	}
	switch keyword {
	case "dependentRequired", "dependentSchemas":
		return "dependencies"
	case "prefixItems":
		return "items"
	case "items":
		if _, ok := schema["prefixItems"]; ok {
			return "additionalItems"
		}
	}
	return keyword
}

// Mismatch says that a value doesn't match the pattern of a schema.
func (m *Meter) Mismatch(value any, schema map[string]any) bool {
	name, _ := schema["format"].(string)
	f := m.doc.Formats[name]
	text, ok := value.(string)
	return ok && f.Pattern != nil && !m.match(f, text)
}

// Pattern explains a failed format: the pattern that it stands for, or the
// bound on what it is applied to.
func (m *Meter) Pattern(pointer string, value any, schema map[string]any) Violation {
	v := Violation{Pointer: pointer, Keyword: "pattern", Expected: "a match", Received: TypeName(value)}
	if text, ok := value.(string); ok && len(text) > m.maxSubject {
		v.Keyword, v.Expected = KeywordLimit, SubjectLimit(m.maxSubject)
		return v
	}
	name, _ := schema["format"].(string)
	if re := m.doc.Formats[name].Pattern; re != nil {
		v.Expected = Shorten("a match of "+re.String(), maxExpected)
	}
	return v
}

// Closest gives the alternative of an anyOf or oneOf that came closest, if there
// is one: it accepts the type, then fewer constants differ, then fewer keywords
// fail. With several equally close it would be a guess, so none is given.
func Closest(alternatives [][]Violation, pointer string) []Violation {
	var best []Violation
	bestScore, tie := -1, true
	for _, found := range alternatives {
		score, ok := distance(found, pointer)
		switch {
		case !ok:
		case bestScore < 0 || score < bestScore:
			best, bestScore, tie = found, score, false
		case score == bestScore:
			tie = true
		}
	}
	if tie {
		return nil
	}
	return best
}

// distance scores an alternative; false if it is of another kind altogether.
func distance(found []Violation, pointer string) (int, bool) {
	const constant = 1000 // a discriminator weighs more than other keywords
	score := 0
	for _, v := range found {
		score++
		self := v.Pointer == pointer
		switch v.Keyword {
		case "type", "const", "enum", "anyOf", KeywordFalse, "oneOf":
			if self {
				return 0, false
			}
		}
		inner := strings.TrimPrefix(v.Pointer, pointer)
		if (v.Keyword == "const" || v.Keyword == "enum") && strings.Count(inner, "/") == 1 {
			score += constant
		}
	}
	return score, true
}
