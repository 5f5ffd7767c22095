package waygate

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/pagination"
)

// draft is a request in the making.
type draft struct {
	path    pathValues
	query   []wire.Pair
	cookies []wire.Pair
	taken   claims
	header  http.Header
	values  []string                  // of header, one beside the other
	members map[string]any            // of the body
	written map[string]*compiledParam // of those members that say how they are written, or have another name
	whole   any                       // the body, if one value is all of it
	count   int                       // of the input's values
	hasBody bool
	isWhole bool
	hidden  map[string]bool // headers that a preview doesn't show
	asIs    bool            // the URL is the provider's own: its query stays byte for byte

	room struct { // what most requests need no more than
		path   [2]pathValue
		query  [4]wire.Pair
		claims [2]claim
		values [6]string
	}
}

func newDraft(h *compiledHTTP) *draft {
	d := &draft{header: make(http.Header, 8)}
	d.path, d.query, d.taken.list, d.values = d.room.path[:0], append(d.room.query[:0], h.query...), d.room.claims[:0], d.room.values[:0]
	for _, p := range h.query {
		d.take(InQuery, p.Name, inputPlace{})
	}
	return d
}

// setHeader gives a header one value.
func (d *draft) setHeader(name, value string) {
	d.values = append(d.values, value)
	n := len(d.values)
	d.header[name] = d.values[n-1 : n : n]
}

// hide notes that a default of the platform's is used.
func (d *draft) hide(p *compiledParam) {
	if !p.platform() {
		return
	}
	if d.hidden == nil {
		d.hidden = map[string]bool{}
	}
	name := textproto.CanonicalMIMEHeaderKey(p.As)
	if p.In == InCookie {
		name = "Cookie"
	}
	d.hidden[name] = true
}

// put writes one value to its place.
func (d *draft) put(x placed) error {
	p := x.param
	if p.In == InBody {
		return d.putBody(x)
	}
	if x.value == nil {
		if p.In == InPath || p.Required {
			return fieldError(x.at.String(), "required", "a value for the "+string(p.In), "null")
		}
		return nil
	}
	if at, file := jsontree.FindLeaf(x.value); file {
		return fieldError(x.at.String()+at, "type", "a value that can stand in the "+string(p.In), "file")
	}
	if err := x.checkShape(); err != nil {
		return err
	}
	switch p.In {
	case InPath:
		if _, there := d.path.get(p.As); there {
			return conflict(x)
		}
		text, err := p.wire.Path(x.value)
		if err != nil {
			return wireError(x.at.String(), err)
		}
		d.path.set(p.As, template.Value{Text: text, Escaped: true})
	case InHeader:
		return d.putHeader(x)
	case InCookie, InQuery:
		return d.putPairs(x)
	}
	return nil
}

// checkShape refuses what has no form that all providers read, where the
// definition doesn't say which: an object, or an array in a path.
func (x placed) checkShape() error {
	if !x.param.undeclared {
		return nil
	}
	kind := jsontree.TypeName(x.value)
	if kind == "object" || kind == "array" && x.param.In == InPath {
		return fieldError(x.at.String(), "type", "a text, number or boolean; for another, declare the parameter with a style", kind)
	}
	return nil
}

func (d *draft) putBody(x placed) error {
	p := x.param
	if d.isWhole || x.whole && len(d.members) > 0 {
		return fieldError(x.at.String(), "conflict", "one value for the body", "two")
	}
	d.hasBody = true
	if x.whole {
		d.whole, d.isWhole = x.value, true
		return nil
	}
	if p.Name == "" {
		return nil // an empty object
	}
	if _, there := d.members[p.As]; there {
		return conflict(x)
	}
	if d.members == nil {
		d.members = make(map[string]any, d.count)
	}
	d.members[p.As] = x.value
	if p.Style != "" || p.Type != "" || p.As != p.Name {
		if d.written == nil {
			d.written = map[string]*compiledParam{}
		}
		d.written[p.As] = p
	}
	return nil
}

func (d *draft) putHeader(x placed) error {
	name := textproto.CanonicalMIMEHeaderKey(x.param.As)
	if _, there := d.header[name]; there {
		return conflict(x)
	}
	if x.param.wire.Undefined(x.value) {
		return nil // an array or object of nothing
	}
	text, err := x.param.wire.Header(x.value)
	if err != nil {
		return wireError(x.at.String(), err)
	}
	d.setHeader(name, text)
	return nil
}

// putPairs writes to the query or the cookies. An object that explodes has a
// name for each member, of which each must be free.
func (d *draft) putPairs(x placed) error {
	p := x.param
	write := p.wire.Query
	if p.In == InCookie {
		write = p.wire.Cookie
	}
	pairs, err := write(x.value)
	if err != nil {
		return wireError(x.at.String(), err)
	}
	for _, pair := range pairs {
		if !d.take(p.In, pair.Name, x.at) {
			return conflict(x)
		}
	}
	if p.In == InCookie {
		d.cookies = append(d.cookies, pairs...)
	} else {
		d.query = append(d.query, pairs...)
	}
	return nil
}

// take claims a name in query or cookies; one that another value has isn't free.
func (d *draft) take(in In, name string, by inputPlace) bool {
	before, there := d.taken.take(in, name, by)
	return !there || before == by && by.depth > 0
}

// rawQuery is the query as it goes out, in order of name.
func (d *draft) rawQuery() string {
	slices.SortStableFunc(d.query, func(a, b wire.Pair) int { return strings.Compare(a.Name, b.Name) })
	return joinPairs(d.query, "&")
}

func joinPairs(pairs []wire.Pair, sep string) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(p.Name)
		b.WriteByte('=')
		b.WriteString(p.Value)
	}
	return b.String()
}

func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// applyParam sets what the pagination asks for, over what the input said.
func (d *draft) applyParam(p pagination.Param) error {
	if p.In == pagination.InBody {
		if d.isWhole {
			members, ok := d.whole.(map[string]any)
			if !ok && d.whole != nil {
				return fmt.Errorf("%s: the body is not an object: give one, since the page is asked for in it", p.Name)
			}
			d.members, d.whole, d.isWhole = maps.Clone(members), nil, false
		}
		if d.members == nil {
			d.members = map[string]any{}
		}
		d.hasBody = true
		return setDotted(d.members, p.Name, p.Value)
	}
	text, ok := p.Text()
	if !ok {
		return fmt.Errorf("%s: want a text or number, got %s", p.Name, jsontree.TypeName(p.Value))
	}
	switch p.In {
	case pagination.InHeader:
		d.header.Set(p.Name, text)
	case pagination.InPath:
		d.path.set(p.Name, template.Value{Text: text})
	default:
		name := escapeQuery(p.Name)
		d.query = slices.DeleteFunc(d.query, func(q wire.Pair) bool { return q.Name == name })
		d.query = append(d.query, wire.Pair{Name: name, Value: escapeQuery(text)})
	}
	return nil
}

// fieldError is a place of the input that can't be sent.
func fieldError(pointer, keyword, expected, received string) error {
	e := errorf(KindInvalidInput, "", "the input can't be sent")
	e.Fields = []FieldError{{Pointer: pointer, Keyword: keyword, Expected: expected, Received: received}}
	return e
}

func conflict(x placed) error {
	return fieldError(x.at.String(), "conflict", "one value for "+string(x.param.In)+" "+clip(x.param.As), "two")
}

// wireError says where in the input a value is that its style can't write.
func wireError(pointer string, err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return newError(KindInvalidInput, "", err)
	}
	f := newError(KindInvalidInput, "", fmt.Errorf("the input can't be sent: %s", e.Reason))
	f.Fields = []FieldError{{Pointer: pointer + e.Pointer, Keyword: e.Keyword, Expected: e.Expected, Received: e.Received}}
	return f
}

// pointerTo is a member's JSON pointer (RFC 6901).
func pointerTo(name string) string {
	if strings.ContainsAny(name, "~/") {
		name = strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return "/" + name
}

// setDotted sets a.b.c in a body, copying what it changes: the body's values are
// the input's.
func setDotted(body map[string]any, name string, v any) error {
	at := body
	parts := strings.Split(name, ".")
	for _, part := range parts[:len(parts)-1] {
		child, ok := at[part].(map[string]any)
		if !ok && at[part] != nil {
			return fmt.Errorf("%s: %s is not an object in the body", name, part)
		}
		child = maps.Clone(child)
		if child == nil {
			child = map[string]any{}
		}
		at[part] = child
		at = child
	}
	at[parts[len(parts)-1]] = v
	return nil
}

// dotted reads a.b.c in a body, nil if there is no such member.
func dotted(body map[string]any, name string) any {
	var at any = body
	for part := range strings.SplitSeq(name, ".") {
		object, _ := at.(map[string]any)
		at = object[part]
	}
	return at
}
