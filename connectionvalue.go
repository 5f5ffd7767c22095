package waygate

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/template"
)

// check tests a value against the parameter's rules; the value isn't shown.
func (p compiledParameter) check(value string) error {
	bare := p.bare(value)
	switch {
	case len(value) > maxParameter:
		return badParameter(p.Name, "maxLength", fmt.Sprintf("has more than %d bytes", maxParameter))
	case p.pattern != nil && !p.pattern.MatchString(bare):
		return badParameter(p.Name, "pattern", "does not match the pattern "+p.Pattern)
	case !hasFormat(p.Format, bare):
		return badParameter(p.Name, "format", "is not "+formatNeeds(p.Format))
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, bare):
		return badParameter(p.Name, "enum", "is none of "+choices(p.Enum))
	case len(p.Domains) > 0 && !p.inDomains(p.full(value)):
		return badParameter(p.Name, "format", "is not a host at or below "+choices(p.Domains))
	}
	return nil
}

// bare is a value without prefix and suffix.
func (p compiledParameter) bare(value string) string {
	if n := len(p.Prefix); len(value) >= n && p.same(value[:n], p.Prefix) {
		value = value[n:]
	}
	if n := len(value) - len(p.Suffix); n >= 0 && p.same(value[n:], p.Suffix) {
		value = value[:n]
	}
	return value
}

func (p compiledParameter) same(a, b string) bool {
	return a == b || p.Format == formatHostname && strings.EqualFold(a, b)
}

// full is a value as templates get it.
func (p compiledParameter) full(value string) string {
	if value == "" {
		return ""
	}
	return p.Prefix + p.bare(value) + p.Suffix
}

// inDomains says whether a host, or a uri's host, is at or below one of the
// domains.
func (p compiledParameter) inDomains(value string) bool {
	host := value
	if p.Format == formatURI {
		u, err := url.Parse(value)
		if err != nil {
			return false
		}
		host = u.Hostname()
	}
	host = strings.ToLower(host)
	return isHostname(host) && slices.ContainsFunc(p.Domains, func(d string) bool {
		d = strings.ToLower(d)
		return host == d || strings.HasSuffix(host, "."+d)
	})
}

const (
	formatHostname = "hostname"
	formatUUID     = "uuid"
	formatURI      = "uri"
)

func formatNeeds(format string) string {
	switch format {
	case formatHostname:
		return "a host name: letters, digits and inner hyphens, joined by dots (RFC 1123)"
	case formatUUID:
		return "a UUID like 123e4567-e89b-42d3-a456-426614174000 (RFC 9562)"
	}
	return "an absolute URL like https://eu.example.com/v1, without user and fragment (RFC 3986)"
}

func hasFormat(format, v string) bool {
	switch format {
	case formatHostname:
		return isHostname(v)
	case formatUUID:
		return isUUID(v)
	case formatURI:
		return isHTTPS(v)
	}
	return true
}

// isHostname is RFC 1123, section 2.1. A name whose last label is a number would
// be read as an IP address; a label alone may still get a suffix.
func isHostname(v string) bool {
	if _, err := template.Escape(template.Authority, v); err != nil {
		return false
	}
	dot := strings.LastIndexByte(v, '.')
	return dot < 0 || strings.Trim(v[dot+1:], "0123456789") != ""
}

// isUUID is the text form of RFC 9562, section 4.
func isUUID(v string) bool {
	if len(v) != 36 {
		return false
	}
	for i, b := range []byte(v) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (b == '-') || !hyphen && strings.IndexByte("0123456789abcdefABCDEF", b) < 0 {
			return false
		}
	}
	return true
}

// isHTTPS is an absolute-URI (RFC 3986, section 4.3) of https, with a host and
// without user. A template of a URL holds to the same characters; braces, which
// it would read as its own, stand in no URL.
func isHTTPS(v string) bool {
	t, err := template.CompileURL(v)
	if err != nil {
		return false
	}
	text, plain := t.Literal()
	return plain && strings.HasPrefix(text, "https:")
}

// choices lists what there is, for an error.
func choices(list []string) string {
	const most = 10
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

// badParameter is a connection parameter that breaks a rule, as a field.
func badParameter(name, keyword, what string) error {
	e := errorf(KindInvalidInput, "", "parameter %q of the connection %s", clip(name), what)
	e.Fields = []FieldError{{Pointer: "/parameters" + pointerTo(name), Keyword: keyword}}
	return e
}
