package catalogue

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate"
)

// definition is the written form of one integration, put together from its files.
type definition struct {
	main  string
	doc   document
	own   int // actions of the main file
	parts []part
	json  []byte
}

// part is a file of actions.
type part struct {
	file  string
	doc   document
	list  bool // not a single action
	first int  // the index that its first action has in the integration
	count int
}

// assemble reads the files of a source. All that are bad are reported.
func assemble(fsys fs.FS, src source) (*definition, []error) {
	var errs []error
	doc, err := open(fsys, src.main)
	switch {
	case err != nil:
		errs = append(errs, err)
	case jsontext.Value(doc.JSON()).Kind() != '{':
		line, col := doc.Nearest("")
		errs = append(errs, &Error{File: src.main, Line: line, Column: col, Err: errors.New("want an integration: an object with id, base_url and auth")})
	}
	d := &definition{main: src.main, doc: doc}
	var added []jsontext.Value
	for _, name := range src.actions {
		doc, err := open(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		actions, list, ok := actionsOf(doc.JSON())
		if !ok {
			line, col := doc.Nearest("")
			errs = append(errs, &Error{File: name, Line: line, Column: col, Err: errors.New("want an action (an object) or a list of actions")})
			continue
		}
		d.parts = append(d.parts, part{file: name, doc: doc, list: list, first: len(added), count: len(actions)})
		added = append(added, actions...)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	d.json = d.doc.JSON()
	if len(added) > 0 {
		d.splice(added)
	}
	return d, nil
}

// actionsOf reads a file of one action or a list of them.
func actionsOf(data []byte) (actions []jsontext.Value, list, ok bool) {
	switch jsontext.Value(data).Kind() {
	case '{':
		return []jsontext.Value{data}, false, true
	case '[':
		actions, ok = items(data)
		return actions, true, ok
	}
	return nil, false, false
}

// items cuts an array into its items.
func items(data []byte) (list []jsontext.Value, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return nil, false
	}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return nil, false
		}
		list = append(list, v.Clone())
	}
	return list, true
}

// splice adds actions to those of the main file. A main file whose actions are no list stays as it is: the gateway says
// so.
func (d *definition) splice(added []jsontext.Value) {
	dec := jsontext.NewDecoder(bytes.NewReader(d.json))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return
	}
	out := []byte{'{'}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return
		}
		isActions := string(name) == `"actions"`
		name = name.Clone()
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		if isActions {
			own, ok := items(value)
			if !ok {
				return
			}
			d.own = len(own)
			added = append(own, added...)
			continue
		}
		out = append(append(append(append(out, name...), ':'), value...), ',')
	}
	out = append(out, `"actions":[`...)
	for i, a := range added {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, a...)
	}
	d.json = append(out, "]}"...)
}

// fault makes an Error of what the gateway says about a definition. The place is that of the first field that it names.
func (d *definition) fault(err error) *Error {
	pointer := ""
	var e *waygate.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		pointer = e.Fields[0].Pointer
	}
	return d.at(pointer, err)
}

// at makes an Error about a member of the written form.
func (d *definition) at(pointer string, err error) *Error {
	file, doc, inFile := d.main, d.doc, pointer
	if index, rest, ok := actionIndex(pointer); ok {
		for _, p := range d.parts {
			if i := index - d.own - p.first; i >= 0 && i < p.count {
				file, doc, inFile = p.file, p.doc, rest
				if p.list {
					inFile = "/" + strconv.Itoa(i) + rest
				}
			}
		}
	}
	line, col := doc.Nearest(inFile)
	return &Error{File: file, Line: line, Column: col, Field: pointer, Err: err}
}

// actionIndex reads /actions/3/method as 3 and /method.
func actionIndex(pointer string) (index int, rest string, ok bool) {
	text, ok := strings.CutPrefix(pointer, "/actions/")
	if !ok {
		return 0, "", false
	}
	text, rest, deeper := strings.Cut(text, "/")
	if deeper {
		rest = "/" + rest
	}
	index, err := strconv.Atoi(text)
	return index, rest, err == nil
}
