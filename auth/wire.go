package auth

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/header"
)

// Limits of the names in a definition.
const maxPlaceName = 256

// checkPlace says what is wrong with a place that a definition names, "" if
// nothing is.
func checkPlace(p Place) string {
	switch {
	case p.Name == "":
		return "is missing; say which " + string(p.In.orHeader()) + " the provider reads"
	case len(p.Name) > maxPlaceName:
		return "is longer than 256 bytes; use a shorter one"
	case !utf8.ValidString(p.Name) || strings.ContainsFunc(p.Name, isControl):
		return "must be UTF-8 without control characters"
	}
	switch p.In.orHeader() {
	case InHeader:
		return checkHeaderName(p.Name)
	case InCookie:
		if !header.IsToken(p.Name) {
			return "is not a cookie name; use letters, digits, - and _"
		}
	}
	return ""
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// checkHeaderName refuses what is no header, and the headers that are net/http's
// or settled before a scheme signs.
func checkHeaderName(name string) string {
	if !header.IsToken(name) {
		return "is not a header name; use letters, digits and -"
	}
	if header.Fixed(name) {
		return "is a header that a scheme can't set; use another"
	}
	return ""
}

// unsafe says why value can't stand unchanged in that part of a request, "" if
// it can. What it says tells nothing of the value.
func unsafe(in In, value string) string {
	if in.orHeader() == InHeader && strings.Trim(value, " \t") != value {
		return "has a space at its start or end, which no header keeps; was it pasted?"
	}
	return unsafeBytes(in, value)
}

// unsafeBytes is unsafe without the look at both ends, for prefixes.
func unsafeBytes(in In, value string) string {
	for _, b := range []byte(value) {
		switch in.orHeader() {
		case InHeader:
			if b < 0x20 && b != '\t' || b == 0x7f {
				return "has a line break or another control character, which no header can carry; was it pasted with its line end?"
			}
		case InCookie:
			// cookie-octet, RFC 6265, section 4.1.1.
			if b <= 0x20 || b >= 0x7f || strings.IndexByte(`",;\`, b) >= 0 {
				return "has a character that no cookie can carry; percent-encode it if the provider expects that"
			}
		}
	}
	if in == InBody && !utf8.ValidString(value) {
		return "is not valid UTF-8, which no JSON body can carry"
	}
	return ""
}

// setHeader gives r the one header of that name, however those it replaces are
// spelled in the map.
func setHeader(r *http.Request, name, value string) {
	if r.Header == nil {
		r.Header = make(http.Header, 1)
	}
	for key := range r.Header {
		if strings.EqualFold(key, name) {
			delete(r.Header, key)
		}
	}
	r.Header.Set(name, value)
}

// setCookie gives r the one cookie of that name, and leaves the others as they
// are.
func setCookie(r *http.Request, name, value string) {
	var kept []string
	for key, lines := range r.Header {
		if !strings.EqualFold(key, "Cookie") {
			continue
		}
		for pair := range strings.SplitSeq(strings.Join(lines, ";"), ";") {
			pair = strings.TrimSpace(pair)
			if n, _, _ := strings.Cut(pair, "="); pair != "" && strings.TrimSpace(n) != name {
				kept = append(kept, pair)
			}
		}
	}
	setHeader(r, "Cookie", strings.Join(append(kept, name+"="+value), "; "))
}

// setQuery gives r a URL of its own with the one pair of that name at the end.
// The other pairs keep their order and their escapes.
func setQuery(r *http.Request, name, value string) {
	u := *r.URL
	u.RawQuery = setPair(u.RawQuery, name, value)
	r.URL = &u
}

// setPair replaces the pairs of that name in a query or a form.
func setPair(raw, name, value string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" || pairName(pair) == name {
			continue
		}
		b.WriteString(pair)
		b.WriteByte('&')
	}
	b.WriteString(escape(name))
	b.WriteByte('=')
	b.WriteString(escape(value))
	return b.String()
}

// pairName gives the name of a pair as a server would read it.
func pairName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}

// escape writes a space as %20, which every reader of queries and forms takes: all
// but unreserved characters are escaped, as RFC 5849, section 3.6, wants it too.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// basicValue is the header value of RFC 7617, in UTF-8.
func basicValue(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}
