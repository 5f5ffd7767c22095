package waygate

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
)

// draft is a request in the making.
type draft struct {
	path    map[string]string
	query   url.Values
	header  http.Header
	body    map[string]any
	hasBody bool
	asIs    bool // the URL is the provider's own: its query stays byte for byte
}

// place puts each member of the input where it goes, in order of name, so that
// the same input always gives the same request, or the same error.
func (d *draft) place(h *compiledHTTP, input any) error {
	members, ok := input.(map[string]any)
	if !ok && input != nil {
		return fieldError("", "type", "object", jsontree.TypeName(input))
	}
	switch h.method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		d.hasBody = members != nil && len(members) == 0 // {} is said, nil isn't
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := d.put(h.placeOf(name), name, members[name]); err != nil {
			return err
		}
	}
	for _, name := range h.order {
		p := h.declared[name]
		if _, given := members[name]; given {
			continue
		}
		switch {
		case p.Default != nil:
			if err := d.put(p, name, p.Default); err != nil {
				return err
			}
		case p.Required || p.In == InPath:
			return fieldError(name, "required", "present", "absent")
		}
	}
	return nil
}

// fieldError is a member of the input that can't be sent.
func fieldError(name, keyword, expected, received string) error {
	e := errorf(KindInvalidInput, "", "the input can't be sent")
	e.Fields = []FieldError{{Pointer: pointerTo(name), Keyword: keyword, Expected: expected, Received: received}}
	return e
}

// pointerTo is a member's JSON pointer (RFC 6901).
func pointerTo(name string) string {
	if name == "" {
		return ""
	}
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// placeOf is where a member goes: where it is declared, else to the path
// template's variable, else to the query of a method without body, else to the
// body.
func (h *compiledHTTP) placeOf(name string) Parameter {
	if p, ok := h.declared[name]; ok {
		return p
	}
	p := Parameter{Name: name, As: name, In: InBody}
	switch {
	case h.inPath[name]:
		p.In = InPath
	case h.method == http.MethodGet, h.method == http.MethodHead, h.method == http.MethodDelete, h.method == http.MethodOptions:
		p.In = InQuery
	}
	return p
}

func (d *draft) put(p Parameter, name string, v any) error {
	if d.has(p) {
		return fieldError(name, "conflict", "one value for "+string(p.In)+" "+p.As, "two")
	}
	if p.In == InBody {
		d.body[p.As], d.hasBody = v, true
		return nil
	}
	if v == nil {
		if p.In == InPath || p.Required {
			return fieldError(name, "required", "a value for the "+string(p.In), "null")
		}
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	if isList && p.In == InPath {
		return fieldError(name, "type", "string, number or boolean", "array")
	}
	for _, item := range list {
		text, err := scalarText(item)
		if err != nil {
			return fieldError(name, "type", "string, number or boolean", jsontree.TypeName(item))
		}
		if err := d.putText(p, name, text); err != nil {
			return err
		}
	}
	return nil
}

// has says whether a place is taken, by another member or by the path's own
// query.
func (d *draft) has(p Parameter) (there bool) {
	switch p.In {
	case InPath:
		_, there = d.path[p.As]
	case InQuery:
		there = d.query.Has(p.As)
	case InHeader:
		_, there = d.header[textproto.CanonicalMIMEHeaderKey(p.As)]
	case InBody:
		_, there = d.body[p.As]
	}
	return there
}

func (d *draft) putText(p Parameter, name, text string) error {
	switch p.In {
	case InPath:
		d.path[p.As] = text
	case InQuery:
		d.query.Add(p.As, text)
	case InHeader:
		if _, err := template.Escape(template.Header, text); err != nil {
			return fieldError(name, "format", "a header value without control characters", "string")
		}
		d.header.Add(p.As, text)
	}
	return nil
}

// scalarText writes a value as it stands in a path, a query or a header.
func scalarText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case json.Number:
		return v.String(), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("want a text, number or boolean here, got %s", jsontree.TypeName(v))
}
