package yamltree

import "strings"

// scalar is what a plain scalar says.
type scalar int

const (
	isText scalar = iota
	isNull
	isTrue
	isFalse
	isNumber  // that JSON writes in the same way
	isOddForm // a number that JSON writes in another way
	isNoJSON  // .nan and .inf
)

// plain tells what a scalar without quotes is, by the core schema (YAML 1.2.2, section 10.3.2).
func plain(s string) scalar {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return isNull
	case "true", "True", "TRUE":
		return isTrue
	case "false", "False", "FALSE":
		return isFalse
	case ".nan", ".NaN", ".NAN":
		return isNoJSON
	}
	if digits, ok := strings.CutPrefix(s, "0o"); ok && only(digits, "01234567") {
		return isOddForm
	}
	if digits, ok := strings.CutPrefix(s, "0x"); ok && only(digits, "0123456789abcdefABCDEF") {
		return isOddForm
	}
	return number(s)
}

const decimal = "0123456789"

// number tells the numbers of base ten from text.
func number(s string) scalar {
	form := isNumber
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		s, form = rest, isOddForm
	} else {
		s = strings.TrimPrefix(s, "-")
	}
	switch s {
	case ".inf", ".Inf", ".INF":
		return isNoJSON
	}
	whole := leading(s)
	s = s[len(whole):]
	if len(whole) > 1 && whole[0] == '0' || whole == "" {
		form = isOddForm
	}
	fraction := ""
	if rest, ok := strings.CutPrefix(s, "."); ok {
		fraction = leading(rest)
		if s = rest[len(fraction):]; fraction == "" {
			form = isOddForm
		}
	}
	if whole == "" && fraction == "" {
		return isText
	}
	if s == "" {
		return form
	}
	if s[0]|0x20 != 'e' {
		return isText
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	if !only(s, decimal) {
		return isText
	}
	return form
}

// leading are the digits that s begins with.
func leading(s string) string { return s[:len(s)-len(strings.TrimLeft(s, decimal))] }

// only reports whether s has characters, and no others than these.
func only(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }
