package payload

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// UTF8 gives a body that is text as UTF-8, without byte order mark. It doesn't ask whether the body is text; that is
// [Classify]'s to say. It gives body itself, or its part after the mark, where nothing is to be converted, and never
// changes it; otherwise a new slice of at most three times the length of body, and of no greater capacity.
//
// The encoding is what a byte order mark says (UTF-8, UTF-16 of both orders), else what the parameter charset says,
// else UTF-8, which JSON always is (RFC 8259, section 8.1). The first charset counts if there are several.
//
// Charsets, in any case and with their usual aliases: utf-8, us-ascii, utf-16 and its two orders, iso-8859-1 to 16
// (12 was never made), windows-874 and windows-1250 to 1258, koi8-r, koi8-u, macintosh. As the WHATWG Encoding
// standard has it, iso-8859-1, 9 and 11 are read as the Windows pages 1252, 1254 and 874: these have characters where
// the others have control characters that nobody sends. us-ascii is read as UTF-8. utf-16 without a mark is taken in
// the order in which the first character is one of the first 256, else as little-endian. Another charset is a
// [*CharsetError], unless the body is empty.
//
// What isn't valid becomes U+FFFD: a byte that the charset doesn't have, half a surrogate pair, an odd last byte of
// UTF-16, and in UTF-8 each bad byte of what [Classify] calls Text or Form. Other UTF-8 stays as it came: a JSON
// parser refuses the bad byte and says where, an XML document may name its encoding inside, and of the rest nobody
// knows. The encoding that an XML document names isn't looked at, nor corrected when the document was converted.
func UTF8(contentType string, body []byte) ([]byte, error) {
	if len(body) == 0 {
		return body, nil
	}
	enc, mark := byMark(body)
	body = body[mark:]
	if enc.form == formNone {
		name := charsetParam(contentType)
		if enc = byName(name); enc.form == formNone {
			return nil, &CharsetError{Charset: clip(name)}
		}
	}
	switch enc.form {
	case formOneByte:
		return fromOneByte(enc.table, body), nil
	case formUTF16:
		return fromUTF16(guessOrder(body), body), nil
	case formUTF16LE:
		return fromUTF16(binary.LittleEndian, body), nil
	case formUTF16BE:
		return fromUTF16(binary.BigEndian, body), nil
	}
	if class := Classify(contentType); class == Text || class == Form {
		return fromUTF8(body), nil
	}
	return body, nil
}

// form is how bytes become characters.
type form int

const (
	formNone    form = iota // not known
	formUTF8                // UTF-8, also for US-ASCII
	formUTF16               // UTF-16 whose order nobody named
	formUTF16LE             // UTF-16, little-endian
	formUTF16BE             // UTF-16, big-endian
	formOneByte             // a byte is a character, by a table that begins with US-ASCII
)

// encoding is a form, and for formOneByte its table.
type encoding struct {
	form  form
	table *charmap.Charmap
}

// byMark reads a byte order mark, and says how long it is.
func byMark(body []byte) (enc encoding, length int) {
	switch {
	case len(body) >= 3 && string(body[:3]) == "\xef\xbb\xbf":
		return encoding{form: formUTF8}, 3
	case len(body) >= 2 && string(body[:2]) == "\xff\xfe":
		return encoding{form: formUTF16LE}, 2
	case len(body) >= 2 && string(body[:2]) == "\xfe\xff":
		return encoding{form: formUTF16BE}, 2
	}
	return encoding{}, 0
}

// charsetParam is the parameter charset of a Content-Type value; "" if there is none. It is found also where other
// parameters, or its quotes, are not as they should be: a reader that gives up there would guess.
func charsetParam(contentType string) string {
	_, rest, _ := strings.Cut(contentType, ";")
	for rest != "" {
		end := strings.IndexAny(rest, "=;")
		if end < 0 {
			return ""
		}
		name, isPair := rest[:end], rest[end] == '='
		rest = rest[end+1:]
		if !isPair {
			continue
		}
		var value string
		value, rest = paramValue(strings.TrimLeft(rest, " \t"))
		value = strings.Trim(value, " \t'")
		if strings.EqualFold(strings.Trim(name, " \t"), "charset") && value != "" {
			return value
		}
	}
	return ""
}

// paramValue takes one value, in quotes or not, from the beginning of s, and gives what follows its semicolon.
func paramValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return value, rest
	}
	var b strings.Builder
	i := 1
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	_, rest, _ = strings.Cut(s[i:], ";")
	return b.String(), rest
}

// fromUTF8 replaces each byte that is no UTF-8.
func fromUTF8(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	size := 0
	for rest := body; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		size += utf8.RuneLen(r)
		rest = rest[n:]
	}
	out := make([]byte, 0, size)
	for rest := body; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		out = utf8.AppendRune(out, r)
		rest = rest[n:]
	}
	return out
}

// fromOneByte converts by a table whose first half is US-ASCII.
func fromOneByte(table *charmap.Charmap, body []byte) []byte {
	size := 0
	for _, b := range body {
		size += utf8.RuneLen(table.DecodeByte(b))
	}
	if size == len(body) { // no byte of the upper half: each of those takes two or more
		return body
	}
	out := make([]byte, 0, size)
	for _, b := range body {
		out = utf8.AppendRune(out, table.DecodeByte(b))
	}
	return out
}

// guessOrder takes the order in which the first unit is below 256.
func guessOrder(body []byte) binary.ByteOrder {
	if len(body) >= 2 && body[0] == 0 && body[1] != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func fromUTF16(order binary.ByteOrder, body []byte) []byte {
	size := 0
	for rest := body; len(rest) > 0; {
		r, n := runeUTF16(order, rest)
		size += utf8.RuneLen(r)
		rest = rest[n:]
	}
	out := make([]byte, 0, size)
	for rest := body; len(rest) > 0; {
		r, n := runeUTF16(order, rest)
		out = utf8.AppendRune(out, r)
		rest = rest[n:]
	}
	return out
}

// runeUTF16 is the first character of b, which isn't empty, and the number of its bytes.
func runeUTF16(order binary.ByteOrder, b []byte) (rune, int) {
	if len(b) < 2 {
		return utf8.RuneError, 1
	}
	first := rune(order.Uint16(b))
	if !utf16.IsSurrogate(first) {
		return first, 2
	}
	if len(b) >= 4 {
		if r := utf16.DecodeRune(first, rune(order.Uint16(b[2:]))); r != utf8.RuneError {
			return r, 4
		}
	}
	return utf8.RuneError, 2
}
