package resilience

import (
	"strings"
	"time"
)

// maxField bounds what is read of one header field, in bytes.
const maxField = 4 << 10

// nothingLeft says whether one of the values is less than 1, or says that all is used, as in "40/40".
func nothingLeft(values []string) bool {
	for _, value := range values {
		if value = strings.TrimSpace(value); len(value) > longestText {
			continue
		}
		used, whole, both := strings.Cut(value, "/")
		n, _, ok := decimal(strings.TrimSpace(used))
		if !both {
			if ok && n == 0 {
				return true
			}
			continue
		}
		if all, _, known := decimal(strings.TrimSpace(whole)); ok && known && n >= all {
			return true
		}
	}
	return false
}

// rateLimitFields reads RateLimit: a list of items with the parameters r (what is left) and t (seconds), one for each
// quota, or a dictionary with the members remaining and reset. It returns the longest time of a quota of which nothing is
// left. What can't be read is passed over.
func rateLimitFields(values []string) (wait time.Duration, found bool) {
	var left, reset string // of a dictionary, which may come in several lines
	for _, value := range values {
		for item := range split(value[:min(len(value), maxField)], ',') {
			r, t := parameters(item, &left, &reset)
			if d, ok := exhaustedUntil(r, t); ok {
				wait, found = max(wait, d), true
			}
		}
	}
	if d, ok := exhaustedUntil(left, reset); ok {
		wait, found = max(wait, d), true
	}
	return wait, found
}

// parameters are r and t of one item. A member of a dictionary is left in left or reset.
func parameters(item string, left, reset *string) (r, t string) {
	first := true
	for part := range split(item, ';') {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case first && name == "remaining":
			*left = value
		case first && name == "reset":
			*reset = value
		case !first && name == "r":
			r = value
		case !first && name == "t":
			t = value
		}
		first = false
	}
	return r, t
}

func exhaustedUntil(left, reset string) (time.Duration, bool) {
	if left == "" || !nothingLeft([]string{left}) {
		return 0, false
	}
	return FormSeconds.read(reset, time.Time{})
}

// split yields the parts between separators that don't stand in quotes (RFC 9651, section 3.3.3).
func split(s string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		begin, quoted := 0, false
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case c == separator && !quoted:
				if !yield(s[begin:i]) {
					return
				}
				begin = i + 1
			}
		}
		yield(s[begin:])
	}
}
