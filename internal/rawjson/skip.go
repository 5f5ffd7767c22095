package rawjson

import (
	"encoding/binary"
	"math/bits"
)

// Each visits the members or items of the value that text begins with, in their order, until visit says no. A member's
// name is a piece of the text, with its quotes and escapes; that of an item is nil. Nothing is allocated.
func Each(text []byte, visit func(name, value []byte) bool) {
	i := space(text, 0)
	if i >= len(text) || text[i] != '{' && text[i] != '[' {
		return
	}
	object := text[i] == '{'
	for i = space(text, i+1); i < len(text) && text[i] != '}' && text[i] != ']'; {
		var name []byte
		if object {
			end := stringEnd(text, i)
			name = text[i:end]
			i = space(text, end)
			if i >= len(text) || text[i] != ':' {
				return
			}
			i = space(text, i+1)
		}
		end := valueEnd(text, i)
		if end <= i || !visit(name, text[i:end]) {
			return
		}
		if i = space(text, end); i < len(text) && text[i] == ',' {
			i = space(text, i+1)
		}
	}
}

// space is the next place from i on that isn't white space.
func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// valueEnd is where the value that begins at i ends.
func valueEnd(text []byte, i int) int {
	if i >= len(text) {
		return i
	}
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return containerEnd(text, i)
	}
	for i < len(text) {
		switch text[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r', ':', '"':
			return i
		}
		i++
	}
	return i
}

// containerEnd is where the object or array that begins at i ends.
func containerEnd(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		const opens, closes = '{', '}' // with the bit that tells them from [ and ]
		switch c := text[i]; {
		case c == '"':
			i = stringEnd(text, i)
			continue
		case c < '[': // digits, commas, colons, white space
		case c|0x20 == opens:
			depth++
		case c|0x20 == closes:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// stringEnd is where the string that begins at i ends. It looks at eight bytes at a time: most of a document is strings,
// too short for what bytes.IndexByte takes to begin.
func stringEnd(text []byte, i int) int {
	i++
	for i+8 <= len(text) {
		word := binary.LittleEndian.Uint64(text[i:])
		found := zeros(word^quotes) | zeros(word^slashes)
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if text[i] == '"' {
			return i + 1
		}
		i += 2 // what is escaped
	}
	for i < len(text) {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
	return len(text)
}

// A byte eight times over.
const (
	ones    = 0x0101010101010101
	quotes  = '"' * ones
	slashes = '\\' * ones
)

// zeros marks the bytes of a word that are 0; of those behind the first, some may be marked that aren't
// (H. S. Warren, Hacker's Delight, 2nd edition, section 6-1).
func zeros(word uint64) uint64 { return (word - ones) &^ word & (0x80 * ones) }
