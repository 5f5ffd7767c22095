package openapi

import (
	"path"
	"slices"
	"strings"
)

// Matching makes a function for [ImportOptions].Select of patterns: an operation is taken if one of them matches, or all
// that are given begin with "!", and none that begins with "!" does. A pattern is
//
//	list_issues              an action's id, or an operationId; * stands for any characters but /
//	GET /repos/**            a method and a path; a segment ** stands for any number of segments
//	/repos/*/*/issues        a path, with any method; {owner} may be written as it stands, or as *
//	tag:issues               a tag
//
// A pattern that can't be read is [ErrOption].
func Matching(patterns ...string) (func(Operation) bool, error) {
	var yes, no []func(Operation) bool
	for _, p := range patterns {
		text, not := strings.CutPrefix(strings.TrimSpace(p), "!")
		m, err := matcher(text)
		if err != nil {
			return nil, optionError("Select", "pattern %.100q: want an id, a path with or without a method, or tag:name", p)
		}
		if not {
			no = append(no, m)
		} else {
			yes = append(yes, m)
		}
	}
	return func(op Operation) bool {
		matches := func(m func(Operation) bool) bool { return m(op) }
		return (len(yes) == 0 || slices.ContainsFunc(yes, matches)) && !slices.ContainsFunc(no, matches)
	}, nil
}

func matcher(p string) (func(Operation) bool, error) {
	if tag, ok := strings.CutPrefix(p, "tag:"); ok {
		_, err := path.Match(tag, "")
		return func(op Operation) bool {
			return slices.ContainsFunc(op.Tags, func(t string) bool { return globbed(tag, t) })
		}, err
	}
	if method, rest, ok := strings.Cut(p, " "); ok || strings.HasPrefix(p, "/") {
		if !ok {
			method, rest = "*", p
		}
		segments := strings.Split(strings.TrimSpace(rest), "/")
		for _, s := range append([]string{method}, segments...) {
			if _, err := path.Match(bracesToStars(s), ""); err != nil {
				return nil, err
			}
		}
		return func(op Operation) bool {
			return globbed(strings.ToUpper(method), op.Method) && segmentsMatch(segments, strings.Split(op.Path, "/"))
		}, nil
	}
	_, err := path.Match(p, "")
	if p == "" {
		err = path.ErrBadPattern
	}
	return func(op Operation) bool { return globbed(p, op.Action) || op.ID != "" && globbed(p, op.ID) }, err
}

func globbed(pattern, s string) bool {
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}

// bracesToStars lets a variable match whatever its name is.
func bracesToStars(segment string) string {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return "*"
	}
	return segment
}

func segmentsMatch(pattern, segments []string) bool {
	for i, p := range pattern {
		if p == "**" {
			for skip := range len(segments) - i + 1 {
				if segmentsMatch(pattern[i+1:], segments[i+skip:]) {
					return true
				}
			}
			return false
		}
		if i >= len(segments) || !globbed(bracesToStars(p), segments[i]) {
			return false
		}
	}
	return len(pattern) == len(segments)
}
