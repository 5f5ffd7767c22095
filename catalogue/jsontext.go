package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// jsonText is a file of JSON. Places are looked for when they are asked for.
type jsonText struct{ data []byte }

// parseJSON checks the grammar, the depth, and that no member stands twice.
func parseJSON(data []byte) (*jsonText, *Error) {
	doc := &jsonText{data}
	st, err := jsontree.Scan(data, jsontree.Limits{})
	var syntax *jsontree.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, col := placeOf(data, syntax.Offset)
		return nil, &Error{Line: line, Column: col, Err: fmt.Errorf("is not well-formed JSON: %s", syntax.Reason)}
	case err != nil:
		return nil, &Error{Line: 1, Column: 1, Err: err}
	case st.Duplicate != "":
		line, col := placeOf(data, doc.find(st.Duplicate, 2))
		return nil, &Error{Line: line, Column: col, Field: st.Duplicate, Err: errors.New("the member stands twice: keep one of them")}
	}
	return doc, nil
}

// JSON is the file.
func (d *jsonText) JSON() []byte { return d.data }

// Nearest gives the place of a member's name or of an item.
func (d *jsonText) Nearest(pointer string) (line, col int) {
	return placeOf(d.data, d.find(pointer, 1))
}

// find gives the offset of the deepest part of pointer that there is; of members of one name that of the nth.
func (d *jsonText) find(pointer string, nth int) (offset int) {
	w := jsonWalk{dec: jsontext.NewDecoder(bytes.NewReader(d.data), jsontext.AllowDuplicateNames(true)), data: d.data}
	offset = w.offset()
	parent, last, deeper := cutLast(pointer)
	if !deeper {
		return offset
	}
	for _, token := range strings.Split(parent, "/")[1:] {
		at, ok := w.enter(token, 1)
		if !ok {
			return offset
		}
		offset = at
	}
	if at, ok := w.enter(last, nth); ok {
		offset = at
	}
	return offset
}

// cutLast takes the last token off a JSON pointer.
func cutLast(pointer string) (parent, token string, ok bool) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", "", false
	}
	return pointer[:i], pointer[i+1:], true
}

// jsonWalk goes down into a JSON text.
type jsonWalk struct {
	dec  *jsontext.Decoder
	data []byte
}

// offset is where the next token begins.
func (w *jsonWalk) offset() int {
	at := int(w.dec.InputOffset())
	return at + len(w.data[at:]) - len(bytes.TrimLeft(w.data[at:], " \t\r\n,:"))
}

// enter goes into the object or array that comes next, up to the value of the nth member, or the item, that the token
// of a JSON pointer names, and gives the offset of its name, or of the item.
func (w *jsonWalk) enter(token string, nth int) (at int, ok bool) {
	token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	open, err := w.dec.ReadToken()
	if err != nil || open.Kind() != '{' && open.Kind() != '[' {
		return 0, false
	}
	object := open.Kind() == '{'
	for i := 0; w.dec.PeekKind() != '}' && w.dec.PeekKind() != ']'; i++ {
		at, name := w.offset(), strconv.Itoa(i)
		if object {
			tok, err := w.dec.ReadToken()
			if err != nil {
				return 0, false
			}
			name = tok.String()
		}
		if name == token {
			if nth--; nth == 0 {
				return at, true
			}
		}
		if w.dec.SkipValue() != nil {
			return 0, false
		}
	}
	return 0, false
}

// placeOf makes a line and a column of an offset.
func placeOf(data []byte, offset int) (line, col int) {
	before := data[:min(max(offset, 0), len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}
