package template

import (
	"net/url"
	"strconv"
	"strings"
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
	}
	return "", "there is no such place"
}

func indexControl(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

func escapePath(v string) (text, reason string) {
	if v == "" {
		return "", "a value in a path can't be empty"
	}
	if strings.IndexByte(v, '\\') >= 0 {
		return "", `a value in a path can't hold a backslash`
	}
	for segment := range strings.SplitSeq(v, "/") {
		if segment == "." || segment == ".." {
			return "", "a value in a path can't be or hold a segment . or .."
		}
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
