package template

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Escape writes a value as it may stand in place, or refuses it with an
// [*Error]; see the constants of [Place] for the rules.
func Escape(place Place, v string) (string, error) {
	p := part{place: place}
	text, reason := p.escape(v)
	if reason != "" {
		return "", &Error{Reason: reason}
	}
	return text, nil
}

// escape is Escape with a reason in place of an error, "" if there is none.
func (p *part) escape(v string) (text, reason string) {
	switch p.place {
	case Text:
		return v, ""
	case Path:
		return escapePath(v)
	case Query:
		return url.QueryEscape(v), ""
	case Header:
		if i := indexControl(v); i >= 0 {
			return "", "a value in a header can't hold a control character such as a line break"
		}
		return v, ""
	case Authority:
		if p.port {
			return v, portFault(v)
		}
		return v, hostFault(v)
	case XML:
		return escapeXML(v)
	}
	return "", "there is no such place"
}

// escapeXML writes what could be read as markup, or be normalised, as references.
func escapeXML(v string) (text, reason string) {
	var b strings.Builder
	for i, r := range v {
		switch {
		case strings.ContainsRune("&<>\"'\t\n\r", r):
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		case r < 0x20 || r == 0xfffe || r == 0xffff || r == utf8.RuneError && !strings.HasPrefix(v[i:], "\ufffd"):
			return "", "a value in XML must be valid UTF-8 without control characters"
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), ""
}

func indexControl(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

func escapePath(v string) (text, reason string) {
	if reason := segmentsFault(v); reason != "" {
		return "", reason
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(v) {
		if c := v[i]; isUnreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String(), ""
}

// segmentsFault says why a value can't stand in a path, however it is escaped.
func segmentsFault(v string) string {
	if v == "" {
		return "a value in a path can't be empty"
	}
	if strings.IndexByte(v, '\\') >= 0 {
		return `a value in a path can't hold a backslash`
	}
	for segment := range strings.SplitSeq(v, "/") {
		if segment == "." || segment == ".." {
			return "a value in a path can't be or hold a segment . or .."
		}
	}
	return ""
}

// escapedFault says why text that claims to be escaped can't stand in p.
func (p *part) escapedFault(text string) string {
	if p.place != Path {
		return "a value that is escaped already can stand in a path only"
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%' && len(text)-i > 2 && isHex(text[i+1]) && isHex(text[i+2]):
			i += 2
		case !isPathByte(c):
			return "a value that is said to be escaped has a character that must be percent-escaped in a path, or a broken escape"
		}
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return "a value that is said to be escaped has a broken escape"
	}
	return segmentsFault(plain)
}

// pathFault finds what no path may be: one that begins with two slashes, or has
// a segment that URL readers take for . or .. — also one that only shows when
// dots and slashes are unescaped, or that goes on behind a semicolon.
func pathFault(path string) (from, to int, reason string) {
	if strings.HasPrefix(path, "//") {
		return 0, 2, "path begins with //: what follows would be read as a host"
	}
	for from <= len(path) {
		to, width := segmentEnd(path, from)
		if isDots(path[from:to]) {
			return from, to, "path has a segment . or .."
		}
		from = to + width
	}
	return 0, 0, ""
}

// segmentEnd finds the slash, escaped slash or escaped backslash behind a
// segment, and how many bytes it takes.
func segmentEnd(path string, from int) (end, width int) {
	for i := from; i < len(path); i++ {
		switch {
		case path[i] == '/':
			return i, 1
		case path[i] == '%' && len(path)-i > 2:
			if code := strings.ToUpper(path[i+1 : i+3]); code == "2F" || code == "5C" {
				return i, 3
			}
		}
	}
	return len(path), 1
}

// isDots reports a segment that is read as . or .., whatever parameters follow
// it behind a semicolon.
func isDots(segment string) bool {
	segment, _, _ = strings.Cut(segment, ";")
	if len(segment) > len("%2e%2e") || segment == "" {
		return false
	}
	if strings.Contains(segment, "%") {
		segment = strings.NewReplacer("%2e", ".", "%2E", ".").Replace(segment)
	}
	return segment == "." || segment == ".."
}

// isUnreserved is RFC 3986, section 2.3.
func isUnreserved(c byte) bool {
	return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

// hostFault says what is wrong with labels joined by dots (RFC 1123, section
// 2.1: letters, digits, inner hyphens; 63 bytes each, 253 together).
func hostFault(host string) string {
	if len(host) > 253 {
		return "host name is longer than 253 bytes"
	}
	for label := range strings.SplitSeq(host, ".") {
		switch {
		case label == "":
			return "host name has an empty label: write names joined by single dots"
		case len(label) > 63:
			return "host name has a label longer than 63 bytes"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "host name has a label that begins or ends with a hyphen"
		}
		for i := range len(label) {
			if !isAlnum(label[i]) && label[i] != '-' {
				return "host name may hold only letters, digits, hyphens and dots"
			}
		}
	}
	return ""
}

func portFault(port string) string {
	const reason = "port must be a number from 1 to 65535"
	if len(port) > 5 || port == "" || port[0] == '0' {
		return reason
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return reason
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n > 65535 {
		return reason
	}
	return ""
}
