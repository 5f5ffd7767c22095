package validation

import (
	"strings"

	"github.com/kaptinlin/jsonschema"
)

// closest adds the violations of the alternative that came closest, if there is
// one: it accepts the type, then fewer constants differ, then fewer keywords
// fail. With several equally close it would be a guess, so none is shown.
func (e *explainer) closest(out []Violation, keyword string, r *jsonschema.EvaluationResult, at spot) []Violation {
	var best []Violation
	bestScore, tie := -1, true
	for _, inner := range r.Details {
		position, ok := strings.CutPrefix(inner.EvaluationPath, "/"+keyword+"/")
		if !ok {
			continue
		}
		if inner.IsValid() {
			return out // several of oneOf fit
		}
		next := at
		next.schema, next.via = index(at.keywords()[keyword], position), keyword
		found := e.walk(nil, inner, next)
		score, ok := distance(found, at.pointer)
		switch {
		case !ok:
		case bestScore < 0 || score < bestScore:
			best, bestScore, tie = found, score, false
		case score == bestScore:
			tie = true
		}
	}
	if tie {
		return out
	}
	return append(out, best...)
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
