package waygate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/internal/wire"
)

// form is a multipart body in the making: its parts, and where in the body each
// comes from.
type form struct {
	parts    []payload.Part
	pointers []string
}

// encodeMultipart writes each member as a part, and each item of an array.
func (r *run) encodeMultipart(d *draft, v any) (payload.Source, string, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return payload.Source{}, "", fieldError(r.inBody(d, ""), "type", "object", jsontree.TypeName(v))
	}
	f := &form{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		typ := ""
		if p := d.written[name]; p != nil {
			typ = p.Type
		}
		list, many := members[name].([]any)
		if !many {
			list = []any{members[name]}
		}
		for i, item := range list {
			pointer := pointerTo(name)
			if many {
				pointer += fmt.Sprintf("/%d", i)
			}
			if at, file := jsontree.FindLeaf(item); file && at != "" {
				return payload.Source{}, "", fieldError(r.inBody(d, pointer+at), "type", "a file as a part of its own", "file within a value")
			}
			f.add(name, typ, pointer, item)
		}
	}
	boundary, err := payload.Boundary(nil)
	if err != nil {
		return payload.Source{}, "", newError(KindConfig, "", err)
	}
	m, err := payload.NewMultipart(f.parts, boundary)
	if err != nil {
		return payload.Source{}, "", f.fault(r, d, err)
	}
	return m.Source(), m.ContentType(), nil
}

func (f *form) add(name, typ, pointer string, v any) {
	part, ok := partOf(name, v)
	if !ok {
		return
	}
	if typ != "" {
		part.Type = typ
	}
	f.parts, f.pointers = append(f.parts, part), append(f.pointers, pointer)
}

// fault says which value can't be a part.
func (f *form) fault(r *run, d *draft, err error) error {
	e := newError(KindInvalidInput, "", err)
	pointer := ""
	var bad *payload.Error
	if errors.As(err, &bad) && bad.Part >= 0 && bad.Part < len(f.pointers) {
		pointer = f.pointers[bad.Part]
	}
	e.Fields = []FieldError{{Pointer: r.inBody(d, pointer), Keyword: "multipart"}}
	return e
}

// partOf is a value as a part; null has none. An object, or an array within an
// array, is JSON.
func partOf(name string, v any) (payload.Part, bool) {
	if f, ok := fileOf(v); ok {
		if f.Name == "" {
			f.Name = name // a part without file name is taken for a text
		}
		return payload.Part{Name: name, FileName: f.Name, Type: f.Type, Body: sourceOf(v)}, true
	}
	switch v.(type) {
	case nil:
		return payload.Part{}, false
	case map[string]any, []any:
		return payload.Part{Name: name, Type: "application/json", Body: payload.Bytes(jsontree.Append(nil, v))}, true
	}
	text, err := wire.Text(v)
	return payload.Part{Name: name, Body: payload.String(text)}, err == nil
}
