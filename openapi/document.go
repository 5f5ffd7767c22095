package openapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// Document is an API document that was loaded: parsed and listed, but with schemas untouched until an import needs them.
// It can be used by several goroutines.
type Document struct {
	root    node
	files   map[string]*file
	order   []*file // those that were read
	version version
	// identifies says that schemas may be known by names that they give themselves.
	identifies bool
	ops        []*operation

	mu      sync.Mutex // guards what is made on first use
	schemas *schemas
	lines   bool
}

// version tells the dialects apart.
type version string

const (
	v20 version = "2.0"
	v30 version = "3.0"
	v31 version = "3.1"
	v32 version = "3.2"
)

// Load reads a document, and those that it refers to if the [Source] gives them. ctx ends the reading. Only what concerns
// the document as a whole is an error, always an [*Error]; an operation that can't be used is found by [Document.Import].
func Load(ctx context.Context, src Source, opts Options) (*Document, error) {
	opts = opts.withDefaults()
	if src.Open == nil {
		return nil, &Error{Source: src.Name, Reason: "the source has no Open: make it with Bytes, Reader or File", Err: ErrUnreadable}
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Source: src.Name, Reason: "the context has ended", Err: errors.Join(ErrUnreadable, err)}
	}
	r, err := src.Open(ctx)
	if err != nil {
		return nil, &Error{Source: src.Name, Reason: unopened(err), Err: errors.Join(ErrUnreadable, err)}
	}
	text, err := readAll(src.Name, r, opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	f, err := parseFile(src.Name, text, opts)
	if err != nil {
		return nil, err
	}
	d := &Document{root: node{f: f, raw: f.raw}, files: map[string]*file{absolute(src.Name, ""): f}, order: []*file{f}}
	if err := d.readVersion(); err != nil {
		return nil, err
	}
	if src.Other != nil {
		if err := d.loadOthers(ctx, src, opts, opts.MaxBytes-len(text)); err != nil {
			return nil, err
		}
	}
	if d.version == v31 || d.version == v32 {
		d.identifies = slices.ContainsFunc(d.order, (*file).identifies)
	}
	d.schemas = newSchemas(d)
	return d, d.list(ctx, opts)
}

// unopened says why a document can't be opened. The name stands before it already.
func unopened(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file: check the name"
	case errors.As(err, &at):
		err = at.Err
	}
	return "can't be opened: " + err.Error()
}

func (d *Document) readVersion() error {
	fail := func(class error, reason string, args ...any) error {
		e := &Error{Source: d.root.f.name, Line: 1, Column: 1, Reason: fmt.Sprintf(reason, args...), Err: class}
		return e
	}
	if d.root.kind() != '{' {
		return fail(ErrMalformed, "want an object with the member openapi or swagger: it is no API document, give one")
	}
	swagger, isSwagger := scalar(rawjson.Get(d.root.raw, "swagger"))
	openapi, isOpenAPI := scalar(rawjson.Get(d.root.raw, "openapi"))
	switch {
	case isSwagger && (swagger == "2.0" || swagger == "2"):
		d.version = v20
	case isOpenAPI && strings.HasPrefix(openapi+".", "3.0."), isOpenAPI && openapi == "3":
		d.version = v30
	case isOpenAPI && strings.HasPrefix(openapi+".", "3.1."):
		d.version = v31
	case isOpenAPI && strings.HasPrefix(openapi+".", "3.2."):
		d.version = v32
	case isSwagger || isOpenAPI:
		return fail(ErrVersion, "version %.20q: want swagger 2.0, or openapi 3.0, 3.1 or 3.2", swagger+openapi)
	default:
		return fail(ErrVersion, "has no member openapi or swagger: it is no API document, give one")
	}
	return nil
}

// loadOthers reads the documents that are referred to, and those that these refer to. One that can't be read is left
// out: who refers to it finds nothing.
func (d *Document) loadOthers(ctx context.Context, src Source, opts Options, left int) error {
	todo := []*file{d.root.f}
	for len(todo) > 0 {
		f := todo[0]
		todo = todo[1:]
		for _, name := range otherDocuments(f) {
			name = absolute(f.name, name)
			if _, known := d.files[name]; known || f.identified().resources[name].exists() {
				continue
			}
			if err := ctx.Err(); err != nil {
				return &Error{Source: name, Reason: "the context has ended", Err: errors.Join(ErrUnreadable, err)}
			}
			if len(d.files) > opts.MaxDocuments {
				return &Error{Source: f.name, Reason: fmt.Sprintf("leads to more than %d documents: raise Options.MaxDocuments if it is to be trusted", opts.MaxDocuments), Err: ErrLimit}
			}
			d.files[name] = nil
			r, err := src.Other(ctx, name)
			if err != nil {
				continue
			}
			other, err := parseOther(name, r, opts, &left)
			if errors.Is(err, ErrLimit) {
				return err
			}
			if err == nil {
				d.files[name] = other
				d.order = append(d.order, other)
				todo = append(todo, other)
			}
		}
	}
	return nil
}

func parseOther(name string, r io.ReadCloser, opts Options, left *int) (*file, error) {
	text, err := readAll(name, r, *left)
	if err != nil {
		return nil, err
	}
	*left -= len(text)
	return parseFile(name, text, opts)
}

// otherDocuments are the names that references out of a file have, each once.
func otherDocuments(f *file) []string {
	var names []string
	seen := map[string]bool{}
	var walk func(v []byte)
	walk = func(v []byte) {
		switch rawjson.Kind(v) {
		case '[':
			for _, x := range rawjson.Array(v) {
				walk(x)
			}
		case '{':
			for _, m := range rawjson.Object(v) {
				ref, is := rawjson.Text(m.Value)
				if name, _, _ := strings.Cut(ref, "#"); m.Name == "$ref" && is && name != "" && !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
				walk(m.Value)
			}
		}
	}
	walk(f.raw)
	return names
}

// Title is what the document calls itself: its info.title; empty if it has none.
func (d *Document) Title() string {
	title, _ := rawjson.Text(rawjson.Get(rawjson.Get(d.root.raw, "info"), "title"))
	return title
}

// Version is the API's own version: the document's info.version; empty if it has none.
func (d *Document) Version() string {
	v, _ := scalar(rawjson.Get(rawjson.Get(d.root.raw, "info"), "version"))
	return v
}

// Format is the version of the specification that the document follows: "2.0", "3.0", "3.1" or "3.2".
func (d *Document) Format() string { return string(d.version) }
