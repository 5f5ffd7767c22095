package waygatetest

import "strings"

// route is a pattern and its answers.
type route struct {
	pattern  string
	method   string // "*" for any
	segments []string
	open     int // how many segments, and methods, stand for any
	answers  []Answer
	given    int
}

func parseRoute(pattern string) (*route, bool) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || method == "" || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " ?#") {
		return nil, false
	}
	r := &route{pattern: pattern, method: method, segments: strings.Split(path, "/")}
	if method == "*" {
		r.open++
	}
	for _, s := range r.segments {
		if isOpen(s) {
			r.open++
		}
	}
	return r, true
}

func isOpen(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}

func (r *route) matches(method, path string) bool {
	segments := strings.Split(path, "/")
	if r.method != "*" && r.method != method || len(segments) != len(r.segments) {
		return false
	}
	for i, s := range r.segments {
		if s != segments[i] && !isOpen(s) {
			return false
		}
	}
	return true
}

// next is the answer whose turn it is; the provider's lock is held.
func (r *route) next() Answer {
	a := r.answers[min(r.given, len(r.answers)-1)]
	r.given++
	return a
}
