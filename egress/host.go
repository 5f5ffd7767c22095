package egress

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// host is the host of a URL, read once: either a literal address or a name that is fit for a resolver.
type host struct {
	name string     // lower case, ASCII, without trailing dot; empty for a literal
	addr netip.Addr // with its zone; the zero Addr for a name
}

// String is the normal form of the host, without brackets.
func (h host) String() string {
	if h.addr.IsValid() {
		return h.addr.String()
	}
	return h.name
}

// parseHost reads what URL.Hostname gives. It follows net/http in turning names into ASCII (RFC 5891, look-up
// profile), so that what is checked is what would be dialled. reason is empty when the host is usable.
func parseHost(raw string) (h host, reason string) {
	if raw == "" {
		return host{}, "the URL names no host; write one"
	}
	if !isASCII(raw) {
		ascii, err := idna.Lookup.ToASCII(raw)
		if err != nil || !utf8.ValidString(raw) {
			return host{}, "the name is not a valid internationalised name; write it in its ASCII form"
		}
		raw = ascii
	}
	if mayBeAddr(raw) {
		if addr, err := netip.ParseAddr(raw); err == nil {
			return host{addr: addr}, ""
		}
	}
	name := strings.ToLower(strings.TrimSuffix(raw, "."))
	if endsInNumber(name) {
		return host{}, "it looks like an address in a form other than dotted decimal or IPv6; write it that way"
	}
	if !validName(name) {
		return host{}, "it is not a host name (RFC 1123); write letters, digits, hyphens and single dots"
	}
	return host{name: name}, ""
}

// mayBeAddr sorts out what can be no literal address, which has a colon or nothing but digits and dots.
func mayBeAddr(raw string) bool {
	return strings.IndexByte(raw, ':') >= 0 || strings.Trim(raw, "0123456789.") == ""
}

// endsInNumber tells names from the forms of IPv4 address that inet_aton and browsers accept and netip does not:
// 127.1, 0x7f.1, 0177.0.0.1, 2130706433. No top-level domain is a number (RFC 3696 §2), so the last label decides.
func endsInNumber(name string) bool {
	label := name[strings.LastIndexByte(name, '.')+1:]
	if label == "" {
		return false
	}
	if rest, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// validName admits the characters of a host name and the underscore, which occurs in practice. Everything else (%, @,
// :, brackets, spaces, backslashes) is a sign that two readers of the URL would see two different hosts.
func validName(name string) bool {
	if len(name) > maxQuotedHost {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			if !nameByte(label[i]) {
				return false
			}
		}
	}
	return true
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// parsePort reads the port of a URL, or gives the one its scheme stands for.
func parsePort(u *url.URL) (port uint16, ok bool) {
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		return uint16(n), err == nil && n != 0
	}
	switch strings.ToLower(u.Scheme) {
	case "https":
		return 443, true
	case "http":
		return 80, true
	}
	return 0, false
}

// Origin is the normal form of u's origin (RFC 6454): "https://api.example.com:443", in lower case, with the port
// always present, names in ASCII and without a trailing dot, user, path and query left out. It is empty where u has no
// origin to speak of: nil, neither http nor https, or with a host or port that cannot be read. To compare two URLs use
// [SameOrigin], to which empty never equals empty.
func Origin(u *url.URL) string {
	if u == nil {
		return ""
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return ""
	}
	h, reason := parseHost(u.Hostname())
	port, ok := parsePort(u)
	if reason != "" || !ok {
		return ""
	}
	return scheme + "://" + net.JoinHostPort(h.String(), strconv.Itoa(int(port)))
}

// SameOrigin reports whether a and b have an origin, and the same one. What goes to one may then go to the other.
func SameOrigin(a, b *url.URL) bool {
	origin := Origin(a)
	return origin != "" && origin == Origin(b)
}
