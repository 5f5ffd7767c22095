package rawjson

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is a member of an object.
type Member struct {
	Name string
	// Value is a piece of the text, without white space around it.
	Value []byte
}

// Kind tells what a value is by its first byte: '{', '[', '"', 't', 'f', 'n', '0' for any number, 0 for no value.
func Kind(v []byte) byte {
	v = v[space(v, 0):]
	if len(v) == 0 {
		return 0
	}
	switch c := v[0]; {
	case c == '-' || '0' <= c && c <= '9':
		return '0'
	case strings.IndexByte(`{["tfn`, c) >= 0:
		return c
	}
	return 0
}

// Object lists the members of an object in their order; nil of anything else.
func Object(v []byte) []Member {
	if Kind(v) != '{' {
		return nil
	}
	list := make([]Member, 0, 4)
	Each(v, func(name, value []byte) bool {
		list = append(list, Member{Name: unquoted(name), Value: value})
		return true
	})
	return list
}

// Array lists the items of an array; nil of anything else.
func Array(v []byte) [][]byte {
	if Kind(v) != '[' {
		return nil
	}
	var list [][]byte
	Each(v, func(_, value []byte) bool {
		list = append(list, value)
		return true
	})
	return list
}

// Get gives the first member of that name of an object; nil if there is none.
func Get(v []byte, name string) []byte {
	if Kind(v) != '{' {
		return nil
	}
	var found []byte
	Each(v, func(raw, value []byte) bool {
		if len(raw) == len(name)+2 && string(raw[1:len(raw)-1]) == name && bytes.IndexByte(raw, '\\') < 0 ||
			bytes.IndexByte(raw, '\\') >= 0 && unquoted(raw) == name {
			found = value
		}
		return found == nil
	})
	return found
}

// Text gives a string; ok is false of anything else.
func Text(v []byte) (text string, ok bool) {
	if Kind(v) != '"' {
		return "", false
	}
	return unquoted(bytes.TrimSpace(v)), true
}

// True says whether a value is true.
func True(v []byte) bool { return string(bytes.TrimSpace(v)) == "true" }

// At follows a JSON pointer (RFC 6901); nil if it leads nowhere.
func At(v []byte, pointer string) []byte {
	if pointer == "" {
		return v
	}
	if pointer[0] != '/' {
		return nil
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		if v = Child(v, Unescape(token)); v == nil {
			return nil
		}
	}
	return v
}

// Child gives a member by its name, or an item by its number; nil if there is none.
func Child(v []byte, name string) []byte {
	if Kind(v) != '[' {
		return Get(v, name)
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || strconv.Itoa(n) != name {
		return nil
	}
	var found []byte
	Each(v, func(_, value []byte) bool {
		if n == 0 {
			found = value
		}
		n--
		return n >= 0
	})
	return found
}

// Offset is where a piece stands in the text that it was taken from, in bytes.
func Offset(text, piece []byte) int { return cap(text) - cap(piece) }

// Escape writes a token of a JSON pointer (RFC 6901, section 3).
func Escape(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// Unescape reads a token of a JSON pointer.
func Unescape(token string) string {
	if strings.IndexByte(token, '~') < 0 {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// unquoted reads a string with its quotes.
func unquoted(raw []byte) string {
	if len(raw) < 2 {
		return ""
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	text, _ := jsontext.AppendUnquote(nil, raw)
	return string(text)
}
