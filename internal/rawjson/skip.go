package rawjson

import "bytes"

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
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// stringEnd is where the string that begins at i ends.
func stringEnd(text []byte, i int) int {
	i++
	for i < len(text) {
		next := bytes.IndexByte(text[i:], '"')
		if next < 0 {
			return len(text)
		}
		i += next
		slashes := 0
		for text[i-1-slashes] == '\\' {
			slashes++
		}
		i++
		if slashes%2 == 0 {
			return i
		}
	}
	return len(text)
}
