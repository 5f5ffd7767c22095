package payload

import (
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkPart refuses what can't be written in a part's header, or can't be read.
func checkPart(i int, p Part) error {
	for _, c := range []struct{ field, reason string }{
		{"name", checkName(p.Name)},
		{"file name", checkName(p.FileName)},
		{"type", checkType(p.Type)},
		{"body", checkBody(p.Body)},
	} {
		if c.reason != "" {
			return &Error{Part: i, Field: c.field, Reason: c.reason}
		}
	}
	return nil
}

// checkName says what is wrong with a name; "" if nothing is. The two separators end a line for some parsers.
func checkName(s string) string {
	separator := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch {
	case !utf8.ValidString(s):
		return "not UTF-8: convert it"
	case strings.ContainsFunc(s, separator):
		return "holds a line break or another control character: take it out"
	}
	return ""
}

// checkType says what is wrong with a media type and its parameters; "" if nothing is, or none is set.
func checkType(s string) string {
	const want = `not a media type: want one like text/csv or text/csv; charset="utf-8"`
	if s == "" {
		return ""
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "holds a character that isn't printable ASCII: take it out"
	}
	if _, _, ok := splitType(s); !ok {
		return want
	}
	if _, _, err := mime.ParseMediaType(s); err != nil {
		return want
	}
	return ""
}

func checkBody(s Source) string {
	switch {
	case s.Open == nil:
		return "no Open: set Body, for an empty one to Bytes(nil)"
	case s.Size < -1:
		return "a Size below -1: want the number of bytes, or -1 if it isn't known"
	}
	return ""
}

// checkBoundary says what is wrong with a boundary (RFC 2046, section 5.1.1); "" if nothing is.
func checkBoundary(s string) string {
	switch {
	case s == "" || len(s) > 70:
		return "want 1 to 70 characters"
	case strings.HasSuffix(s, " "):
		return "ends with a space: take it off"
	}
	for _, b := range []byte(s) {
		alnum := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !alnum && strings.IndexByte("'()+_,-./:=? ", b) < 0 {
			return "want letters, digits and '()+_,-./:=? only"
		}
	}
	return ""
}
