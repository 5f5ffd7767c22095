package template

import (
	"net/netip"
	"strings"
)

// literalFault says why literal text can't stand in place, "" if it can.
func literalFault(place Place, text string) string {
	switch place {
	case Header:
		if indexControl(text) >= 0 {
			return "a header can't hold a control character such as a line break"
		}
	case Path:
		return uriFault(text, "")
	case Query:
		return uriFault(text, "?[]")
	case Authority:
		for i := range len(text) {
			if c := text[i]; !isAlnum(c) && strings.IndexByte("-.:[]", c) < 0 {
				return "an authority is a host name and an optional port, without user information"
			}
		}
	}
	return ""
}

// uriFault checks the characters of a path or query: pchar of RFC 3986, section
// 3.3, and extra.
func uriFault(text, extra string) string {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			if len(text)-i < 3 || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return "a % must be followed by two hexadecimal digits; for the character itself write %25"
			}
			i += 2
		case isPathByte(c), strings.IndexByte(extra, c) >= 0:
		case c == '?' || c == '#':
			return "a path ends before ? and #, and fragments are not sent: leave them out"
		default:
			return "a character here must be percent-escaped in a URL"
		}
	}
	return ""
}

// isPathByte is pchar and the slash, without the percent sign of an escape.
func isPathByte(c byte) bool {
	return isUnreserved(c) || strings.IndexByte("!$&'()*+,;=:@/", c) >= 0
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// ipFault checks an authority with an IPv6 address, which takes no values.
func ipFault(authority string) string {
	const reason = "after [ an IPv6 address, ] and an optional port are expected, without values"
	address, port, ok := strings.Cut(authority[1:], "]")
	if ip, err := netip.ParseAddr(address); !ok || err != nil || !ip.Is6() {
		return reason
	}
	if port == "" {
		return ""
	}
	if port[0] != ':' || portFault(port[1:]) != "" {
		return reason
	}
	return ""
}
