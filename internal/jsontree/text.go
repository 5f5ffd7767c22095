package jsontree

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnescaped appends the meaning of the inside of a valid JSON string.
// Half a surrogate pair becomes U+FFFD, as in encoding/json.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		if raw[i+1] != 'u' {
			dst = append(dst, unescapedByte(raw[i+1]))
			i += 2
			continue
		}
		r, _ := hex4(raw[i+2:])
		i += 6
		if isSurrogate(r) {
			r, i = surrogatePair(r, raw, i)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// surrogatePair joins first with the escape at raw[i:], if that is the other
// half, and gives the position after what it used.
func surrogatePair(first rune, raw []byte, i int) (rune, int) {
	if len(raw)-i >= 6 && raw[i] == '\\' && raw[i+1] == 'u' {
		second, _ := hex4(raw[i+2:])
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, i + 6
		}
	}
	return utf8.RuneError, i
}

func unescapedByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func isSurrogate(r rune) bool { return 0xD800 <= r && r <= 0xDFFF }

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// isWhole reports whether a valid JSON number has neither fraction nor exponent.
func isWhole(number string) bool { return !strings.ContainsAny(number, ".eE") }

// isNumber reports whether text is a JSON number and nothing else.
func isNumber(text string) bool {
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false
	}
	s := scanner{data: []byte(text)}
	return s.number() == nil && s.i == len(text)
}

// validText replaces each byte that is not UTF-8 by U+FFFD, as encoding/json does.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
