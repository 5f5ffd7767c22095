package catalogue

import (
	"errors"
	"io/fs"

	"github.com/waygate-go/waygate/internal/yamltree"
)

// document is the text of one file, which knows where its values stand.
type document interface {
	// JSON is the text as JSON.
	JSON() []byte
	// Nearest is the place of the deepest part of a JSON pointer that there is.
	Nearest(pointer string) (line, col int)
}

var (
	_ document = (*yamltree.Document)(nil)
	_ document = (*jsonText)(nil)
)

// open reads and parses a file. The error is an *Error.
func open(fsys fs.FS, name string) (document, error) {
	data, err := read(fsys, name)
	if err != nil {
		return nil, err
	}
	if isJSON(name) {
		doc, err := parseJSON(data)
		if err != nil {
			err.File = name
			return nil, err
		}
		return doc, nil
	}
	doc, err := yamltree.Parse(data, yamltree.Limits{Bytes: maxYAML})
	if err != nil {
		return nil, yamlError(name, err)
	}
	return doc, nil
}

func yamlError(name string, err error) *Error {
	var e *yamltree.Error
	if !errors.As(err, &e) {
		return &Error{File: name, Err: err}
	}
	return &Error{File: name, Line: e.Line, Column: e.Column, Field: e.Pointer, Err: errors.New(e.Reason)}
}
