package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/rawjson"
	"github.com/waygate-go/waygate/internal/yamltree"
)

// file is one text: the document, or one that it refers to.
type file struct {
	name  string
	raw   []byte             // JSON that was checked
	yaml  *yamltree.Document // where it was YAML
	lines []int              // offsets of line ends, made on first use
	// members are those of objects near the root, by pointer: that is where references lead to.
	members map[string]map[string][]byte
	// lists are the members of long objects, by where they begin.
	lists map[*byte][]rawjson.Member
	names *identifiers // made on first use
}

// parseFile checks a text.
func parseFile(name string, text []byte, o Options) (*file, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if rawjson.Kind(text) == '{' || path.Ext(name) == ".json" {
		f, err := parseJSON(name, text, o)
		var syntax *jsontree.SyntaxError
		if err == nil || path.Ext(name) == ".json" || !errors.As(err, &syntax) {
			return f, err
		}
	}
	if len(text) > o.MaxYAML {
		return nil, &Error{Source: name, Reason: fmt.Sprintf("has more than %d bytes of YAML: convert it to JSON, or raise Options.MaxYAML", o.MaxYAML), Err: ErrLimit}
	}
	doc, err := yamltree.ParseLoose(text, yamltree.Limits{Bytes: o.MaxYAML, Depth: o.MaxDepth, Nodes: o.MaxValues})
	var e *yamltree.Error
	if errors.As(err, &e) {
		return nil, &Error{Source: name, Line: e.Line, Column: e.Column, Pointer: e.Pointer, Reason: e.Reason, Err: ErrMalformed}
	}
	if err != nil {
		return nil, &Error{Source: name, Reason: err.Error(), Err: ErrMalformed}
	}
	return &file{name: name, raw: doc.JSON(), yaml: doc}, nil
}

func parseJSON(name string, text []byte, o Options) (*file, error) {
	f := &file{name: name, raw: text}
	st, err := jsontree.Scan(text, jsontree.Limits{Depth: o.MaxDepth, Nodes: o.MaxValues})
	var syntax *jsontree.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, &Error{Source: name, Line: syntax.Line, Column: syntax.Column, Reason: "is not well-formed JSON: " + syntax.Reason, Err: errors.Join(ErrMalformed, syntax)}
	case err != nil:
		return nil, &Error{Source: name, Reason: err.Error() + ": raise the limit in Options if it is to be trusted", Err: ErrLimit}
	case st.Duplicate != "":
		e := &Error{Source: name, Pointer: st.Duplicate, Reason: "the member stands twice: keep one of them", Err: ErrMalformed}
		e.Line, e.Column = f.position(rawjson.At(text, st.Duplicate), st.Duplicate)
		return nil, e
	}
	return f, nil
}

// position is the line and column of a piece of the text.
func (f *file) position(piece []byte, pointer string) (line, col int) {
	if f.yaml != nil {
		return f.yaml.Nearest(pointer)
	}
	if piece == nil {
		return 1, 1
	}
	line = f.line(piece, pointer)
	begin := 0
	if line > 1 {
		begin = f.lines[line-2]
	}
	return line, utf8.RuneCount(f.raw[begin:rawjson.Offset(f.raw, piece)]) + 1
}

// line is position without the column, which takes long where a text has one line.
func (f *file) line(piece []byte, pointer string) int {
	if f.yaml != nil {
		line, _ := f.yaml.Nearest(pointer)
		return line
	}
	if piece == nil {
		return 1
	}
	if f.lines == nil {
		f.lines = make([]int, 0, bytes.Count(f.raw, []byte{'\n'}))
		for at := 0; ; {
			next := bytes.IndexByte(f.raw[at:], '\n')
			if next < 0 {
				break
			}
			at += next + 1
			f.lines = append(f.lines, at)
		}
	}
	return sort.SearchInts(f.lines, rawjson.Offset(f.raw, piece)+1) + 1
}

// at follows a JSON pointer, quickly where it leads to a part that many refer to.
func (f *file) at(pointer string) []byte {
	if pointer == "" {
		return f.raw
	}
	if pointer[0] != '/' {
		return nil
	}
	v, parent := f.raw, ""
	for depth, token := range strings.Split(pointer[1:], "/") {
		name := rawjson.Unescape(token)
		if depth < 3 && rawjson.Kind(v) == '{' {
			v = f.membersOf(parent, v)[name]
		} else {
			v = rawjson.Child(v, name)
		}
		if v == nil {
			return nil
		}
		if depth < 2 {
			parent += "/" + token
		}
	}
	return v
}

// membersOf lists the members of an object near the root, once.
func (f *file) membersOf(pointer string, v []byte) map[string][]byte {
	if known, ok := f.members[pointer]; ok {
		return known
	}
	list := f.list(v)
	m := make(map[string][]byte, len(list))
	for _, x := range list {
		m[x.Name] = x.Value
	}
	if f.members == nil {
		f.members = map[string]map[string][]byte{}
	}
	f.members[pointer] = m
	return m
}

// longObject is from how many bytes on an object's members are remembered: to find one means to walk over all before it.
const longObject = 256

// list gives the members of an object. They are read only.
func (f *file) list(v []byte) []rawjson.Member {
	if len(v) < longObject || f == nil {
		return rawjson.Object(v)
	}
	known, ok := f.lists[&v[0]]
	if !ok {
		if f.lists == nil {
			f.lists = map[*byte][]rawjson.Member{}
		}
		known = slices.Clip(rawjson.Object(v))
		f.lists[&v[0]] = known
	}
	return known
}
