package waygate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/internal/wire"
)

// newLeaves are the Go values that stand in an input as they are.
func newLeaves() []jsontree.Leaf {
	return []jsontree.Leaf{jsontree.LeafOf[File](), jsontree.LeafOf[*File](), jsontree.LeafOf[io.Reader]()}
}

// encodeBody writes the body, once: every attempt sends the same bytes. It is
// nil where there is none.
func (r *run) encodeBody(d *draft) (*hostBody, string, error) {
	h := r.action.http
	if !d.hasBody || h.bodyless() {
		return nil, "", nil
	}
	var v any = d.members
	switch {
	case d.isWhole:
		v = d.whole
	case d.members == nil:
		v = map[string]any{}
	}
	source, contentType, err := r.encode(d, v)
	if err != nil {
		return nil, "", err
	}
	if h.body.typ != "" && (contentType == "" || !givenByFile(v)) {
		contentType = h.body.typ
	}
	body := &hostBody{Source: source, r: r}
	if r.spec.preview {
		if _, files := jsontree.FindLeaf(v); files {
			body.shown = string(jsontree.Append(nil, shownFiles(v)))
		}
	}
	return body, contentType, nil
}

// shownFiles is a body's tree with a text about each file in its place.
func shownFiles(v any) any {
	return jsontree.MapLeaves(v, func(leaf any) any {
		f, _ := fileOf(leaf)
		text := "[file"
		for _, part := range []string{f.Name, f.Type} {
			if part != "" {
				text += " " + part
			}
		}
		if f.Size > 0 {
			text += fmt.Sprintf(", %d bytes", f.Size)
		}
		return text + "]"
	})
}

// givenByFile says that a body's type is that of the file which it is.
func givenByFile(v any) bool {
	f, ok := fileOf(v)
	return ok && f.Type != ""
}

func (r *run) encode(d *draft, v any) (payload.Source, string, error) {
	b := &r.action.http.body
	at, file := "", false
	if !r.noFiles {
		at, file = jsontree.FindLeaf(v)
	}
	if file && b.encoding != BodyMultipart && b.encoding != BodyBytes && b.encode == nil {
		return payload.Source{}, "", fieldError(r.inBody(d, at), "type", "a value that can stand in "+string(b.encoding), "file")
	}
	switch b.encoding {
	case BodyForm:
		return r.encodeForm(d, v)
	case BodyMultipart:
		return r.encodeMultipart(d, v)
	case BodyBytes, BodyText:
		return r.encodePlain(d, v)
	case BodyJSON:
		return payload.Bytes(jsontree.Append(make([]byte, 0, 512), v)), "application/json", nil
	}
	contentType, body, err := runEncoder(b.encode, v)
	if err != nil {
		return payload.Source{}, "", newError(kindOf(r.ctx, err, KindInvalidInput), "", fmt.Errorf("encoder %s: %w", b.encoding, err))
	}
	if contentType != "" && !isMediaType(contentType) {
		return payload.Source{}, "", errorf(KindConfig, "", "encoder %s: the Content-Type that it gave is none: return one like application/xml", b.encoding)
	}
	return payload.Bytes(body), contentType, nil
}

// runEncoder contains a panic of a host's encoder.
func runEncoder(encode Encoder, v any) (contentType string, body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "panicked: %v", p)
		}
	}()
	return encode(v)
}

// inBody is the place in the input of a place in the body.
func (r *run) inBody(d *draft, pointer string) string {
	h := r.action.http
	if !d.isWhole {
		for as, p := range d.written { // a member may have another name in the request
			if rest, ok := strings.CutPrefix(pointer, pointerTo(as)); ok && (rest == "" || rest[0] == '/') {
				pointer = pointerTo(p.Name) + rest
				break
			}
		}
	}
	switch {
	case h.layout == LayoutGrouped:
		return "/body" + pointer
	case d.isWhole:
		return pointerTo(h.body.member) + pointer
	}
	return pointer
}

// octets is the type of a body that nobody names.
const octets = "application/octet-stream"

// isMediaType accepts what can stand as a Content-Type.
func isMediaType(s string) bool {
	_, _, err := mime.ParseMediaType(s)
	return err == nil && strings.Contains(s, "/") && !strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c > 0x7e })
}

func (r *run) encodeForm(d *draft, v any) (payload.Source, string, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return payload.Source{}, "", fieldError(r.inBody(d, ""), "type", "object", jsontree.TypeName(v))
	}
	var pairs []wire.Pair
	rest := members
	for name, p := range d.written {
		if p.Style == "" {
			continue
		}
		if members[name] != nil {
			more, err := p.wire.Query(members[name])
			if err != nil {
				return payload.Source{}, "", wireError(r.inBody(d, pointerTo(name)), err)
			}
			pairs = append(pairs, more...)
		}
		if len(rest) == len(members) {
			rest = maps.Clone(members)
		}
		delete(rest, name)
	}
	text, err := wire.AppendForm(nil, rest, r.action.http.body.form)
	if err != nil {
		return payload.Source{}, "", r.formError(d, err)
	}
	if len(pairs) > 0 {
		styled := &draft{query: pairs}
		if len(text) > 0 {
			text = append(text, '&')
		}
		text = append(text, styled.rawQuery()...)
	}
	return payload.Bytes(text), "application/x-www-form-urlencoded", nil
}

// formError says where in the input a value is that a form can't write.
func (r *run) formError(d *draft, err error) error {
	var e *wire.Error
	if errors.As(err, &e) {
		placed := *e
		placed.Pointer = ""
		return wireError(r.inBody(d, e.Pointer), &placed)
	}
	return wireError(r.inBody(d, ""), err)
}

// encodePlain is a body of one value: a file, a reader, a text, or a number.
func (r *run) encodePlain(d *draft, v any) (payload.Source, string, error) {
	b := r.action.http.body
	if f, ok := fileOf(v); ok {
		if f.Type != "" && !isMediaType(f.Type) {
			return payload.Source{}, "", fieldError(r.inBody(d, ""), "type", "a file with a media type like image/png", "another type")
		}
		return sourceOf(v), cmp.Or(f.Type, octets), nil
	}
	text, err := wire.Text(v)
	if err != nil {
		return payload.Source{}, "", fieldError(r.inBody(d, ""), "type", "a file, a reader or a text", jsontree.TypeName(v))
	}
	contentType := octets
	if b.encoding == BodyText {
		contentType = "text/plain; charset=utf-8"
	}
	return payload.String(text), contentType, nil
}

// fileOf is the file that a leaf is; of a reader it has nothing but that.
func fileOf(v any) (File, bool) {
	switch v := v.(type) {
	case File:
		return v, true
	case *File:
		if v == nil {
			return File{}, true
		}
		return *v, true
	case io.Reader:
		return File{}, true
	}
	return File{}, false
}

// sourceOf is where a file or reader is read from.
func sourceOf(v any) payload.Source {
	if reader, ok := v.(io.Reader); ok {
		return payload.Reader(reader)
	}
	f, _ := fileOf(v)
	source := payload.Source{Open: f.Open, Size: f.Size}
	if f.Size <= 0 {
		source.Size = -1
	}
	if f.Open == nil {
		source.Open = func() (io.ReadCloser, error) {
			return nil, errors.New("its Open is nil: give a function that opens it")
		}
	}
	return source
}
