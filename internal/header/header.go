package header

import "strings"

// IsToken reports whether s can be the name of a header field: a token of RFC 9110, section 5.6.2, which isn't empty.
func IsToken(s string) bool {
	for _, b := range []byte(s) {
		alnum := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !alnum && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return false
		}
	}
	return s != ""
}

// Reserved reports whether only the transport may set the field of that name, a token in any case: the fields that
// frame or route a message (RFC 9110, sections 7 and 10; RFC 9112), those of proxies (RFC 7239), and the one that would
// turn the method into another.
func Reserved(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
		"expect", "accept-encoding", "x-http-method-override", "forwarded":
		return true
	}
	return strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "x-forwarded-")
}

// Fixed reports whether the field of that name, a token in any case, is reserved or settled before a request is signed.
func Fixed(name string) bool {
	switch strings.ToLower(name) {
	case "content-type", "content-encoding", "keep-alive":
		return true
	}
	return Reserved(name)
}
