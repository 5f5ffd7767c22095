package pagination

import (
	"strings"
	"unicode/utf8"
)

// The limits of a Link header.
const (
	maxLinkBytes  = 64 << 10
	maxLinks      = 256
	maxLinkParams = 32
)

// LinkValue is one link of a Link header, RFC 8288, section 3.
type LinkValue struct {
	// URI is what stands between the angle brackets, unchanged: absolute or
	// relative, maybe empty.
	URI string
	// Params are the target attributes by lower-case name, unquoted; the first of
	// each name. An extended one such as title* is kept as it is written.
	Params map[string]string
}

// ParseLink reads the values of all Link headers of a response, in order. Empty
// elements and attributes without a value are let pass; anything else that is
// not in the form of RFC 8288 is an *Error. At most 64 KiB, 256 links and 32
// attributes for each.
func ParseLink(values []string) ([]LinkValue, error) {
	var links []LinkValue
	size := 0
	for _, v := range values {
		if size += len(v); size > maxLinkBytes {
			return nil, linkError("is longer than 64 KiB")
		}
		p := linkParser{rest: v}
		for p.element() {
			if len(links) == maxLinks {
				return nil, linkError("has more than 256 links")
			}
			link, why := p.link()
			if why != "" {
				return nil, linkError(why)
			}
			links = append(links, link)
		}
	}
	return links, nil
}

func linkError(reason string) *Error {
	return &Error{Op: opParse, Field: "header Link", Reason: reason}
}

// linkParser works from left to right; rest is what it has not read.
type linkParser struct{ rest string }

func (p *linkParser) space() { p.rest = strings.TrimLeft(p.rest, " \t") }

// take reads one byte if it comes next, after any space.
func (p *linkParser) take(b byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != b {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// element goes to the next element of the list, over empty ones.
func (p *linkParser) element() bool {
	for p.take(',') {
	}
	return p.rest != ""
}

func (p *linkParser) link() (LinkValue, string) {
	link := LinkValue{Params: map[string]string{}}
	if !p.take('<') {
		return link, "must have its URL in angle brackets"
	}
	uri, rest, closed := strings.Cut(p.rest, ">")
	if !closed || !utf8.ValidString(uri) {
		return link, "has a URL that is not closed by an angle bracket, or is not UTF-8"
	}
	link.URI, p.rest = strings.TrimSpace(uri), rest
	for count := 0; p.take(';'); count++ {
		if count == maxLinkParams {
			return link, "has more than 32 attributes for one link"
		}
		if why := p.param(link.Params); why != "" {
			return link, why
		}
	}
	p.space()
	if p.rest != "" && p.rest[0] != ',' {
		return link, "has text between two links"
	}
	return link, ""
}

// param reads one attribute. A lone semicolon counts as none.
func (p *linkParser) param(into map[string]string) string {
	p.space()
	name := p.until("=;, \t\"<>")
	if name == "" {
		if p.rest == "" || p.rest[0] == ';' || p.rest[0] == ',' {
			return ""
		}
		return "has an attribute without a name"
	}
	name = strings.ToLower(name)
	value := ""
	if p.take('=') {
		p.space()
		if strings.HasPrefix(p.rest, `"`) {
			var closed bool
			if value, closed = p.quoted(); !closed {
				return "has an attribute whose quotes are not closed"
			}
		} else {
			value = p.until(";, \t\"<>")
		}
	}
	if _, again := into[name]; !again {
		into[name] = value
	}
	return ""
}

// until reads up to one of the stop bytes.
func (p *linkParser) until(stop string) string {
	end := strings.IndexAny(p.rest, stop)
	if end < 0 {
		end = len(p.rest)
	}
	text := p.rest[:end]
	p.rest = p.rest[end:]
	return text
}

// quoted reads a quoted-string, RFC 9110, section 5.6.4.
func (p *linkParser) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i == len(p.rest) {
				return "", false
			}
		}
		b.WriteByte(p.rest[i])
	}
	return "", false
}
