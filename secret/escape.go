package secret

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescapeOne appends to dst what the escape at the start of s stands for, and tells its length; 0 if there is none.
func unescapeOne(dst []byte, s string) ([]byte, int) {
	switch s[0] {
	case '%':
		if c, ok := hexValue(s, 1, 2); ok {
			return append(dst, byte(c)), 3
		}
	case '\\':
		return unescapeBackslash(dst, s)
	case '&':
		return unescapeEntity(dst, s)
	}
	return dst, 0
}

// unescapeBackslash reads the escapes of JSON, and those that Go and JavaScript have besides (\x41, \U0001f600, \').
func unescapeBackslash(dst []byte, s string) ([]byte, int) {
	if len(s) < 2 {
		return dst, 0
	}
	const letters, meant = `"\/'bfnrtav`, "\"\\/'\b\f\n\r\t\a\v"
	if i := strings.IndexByte(letters, s[1]); i >= 0 {
		return append(dst, meant[i]), 2
	}
	switch s[1] {
	case 'x':
		if c, ok := hexValue(s, 2, 2); ok {
			return append(dst, byte(c)), 4
		}
	case 'u':
		return unescapeUnicode(dst, s)
	case 'U':
		if c, ok := hexValue(s, 2, 8); ok {
			return utf8.AppendRune(dst, rune(c&0x7fffffff)), 10
		}
	}
	return dst, 0
}

// unescapeUnicode reads \u00e9, and \ud83d\ude00 as one.
func unescapeUnicode(dst []byte, s string) ([]byte, int) {
	c, ok := hexValue(s, 2, 4)
	if !ok {
		return dst, 0
	}
	if utf16.IsSurrogate(rune(c)) && strings.HasPrefix(s[6:], `\u`) {
		if low, ok := hexValue(s, 8, 4); ok {
			if r := utf16.DecodeRune(rune(c), rune(low)); r != utf8.RuneError {
				return utf8.AppendRune(dst, r), 12
			}
		}
	}
	return utf8.AppendRune(dst, rune(c)), 6
}

// maxEntity is longer than any entity, in bytes.
const maxEntity = 36

// unescapeEntity reads &amp;, &#38; and &#x26;. The semicolon must be there: every writer puts it, and in a URL the next
// parameter's name may look like an entity without one.
func unescapeEntity(dst []byte, s string) ([]byte, int) {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 2 {
		return dst, 0
	}
	if s[1] != '#' {
		return unescapeName(dst, s[:end+1])
	}
	digits, base := s[2:end], 10
	if digits != "" && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	c, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return dst, 0
	}
	return utf8.AppendRune(dst, rune(c)), end + 1
}

func unescapeName(dst []byte, entity string) ([]byte, int) {
	for _, c := range []byte(entity[1 : len(entity)-1]) {
		if !isBase64(c) { // letters and digits, roughly: the table below decides
			return dst, 0
		}
	}
	plain := html.UnescapeString(entity)
	if plain == entity {
		return dst, 0
	}
	return append(dst, plain...), len(entity)
}

// hexValue reads n hex digits of s from at on.
func hexValue(s string, at, n int) (uint32, bool) {
	if len(s) < at+n {
		return 0, false
	}
	var v uint32
	for i := at; i < at+n; i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}
