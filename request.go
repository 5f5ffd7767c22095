package waygate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/pagination"
)

const userAgent = "waygate-go"

// doHTTP is HTTPAction.Do.
func (r *run) doHTTP(ctx context.Context) (*Response, error) {
	req, err := r.buildRequest(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := callTransport{r}.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
}

// draft is a request in the making.
type draft struct {
	path    map[string]string
	query   url.Values
	header  http.Header
	body    map[string]any
	hasBody bool
	asIs    bool // the URL is the provider's own: its query stays byte for byte
}

// buildRequest renders the request of a call, once: every attempt sends the same
// bytes.
func (r *run) buildRequest(ctx context.Context) (*http.Request, error) {
	h := r.action.http
	d := &draft{path: map[string]string{}, query: cloneQuery(h.query), header: http.Header{}, body: map[string]any{}}
	if err := d.place(h, r.callInput()); err != nil {
		return nil, err
	}
	if err := r.applyParams(d); err != nil {
		return nil, newError(KindInvalidResponse, "", fmt.Errorf("pagination: %w", err))
	}
	if err := r.headers(d); err != nil {
		return nil, err
	}
	target, err := r.target(d)
	if err != nil {
		return nil, err
	}
	r.pageURL = target
	return d.request(ctx, h.method, target)
}

func cloneQuery(v url.Values) url.Values {
	out := make(url.Values, len(v))
	for name, values := range v {
		out[name] = slices.Clone(values)
	}
	return out
}

// place puts each member of the input where it goes, in order of name, so that
// the same input always gives the same request, or the same error.
func (d *draft) place(h *compiledHTTP, input any) error {
	members, ok := input.(map[string]any)
	if !ok && input != nil {
		return fieldError("", "type", "object", jsontree.TypeName(input))
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

// target is the URL of the page.
func (r *run) target(d *draft) (*url.URL, error) {
	if r.step != nil && r.step.Next != nil && r.step.Next.URL != "" {
		return r.givenTarget(d)
	}
	h := r.action.http
	path, err := h.path.Expand(func(ref template.Ref) (string, bool) {
		if ref.Scope == "" {
			v, ok := d.path[ref.Name]
			return v, ok
		}
		return r.variable(ref)
	})
	if err != nil {
		return nil, pathError(h, err)
	}
	u := *r.link.base
	escaped := strings.TrimSuffix(u.EscapedPath(), "/") + path
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, newError(KindInvalidInput, "", fmt.Errorf("path %s can't be unescaped", r.action.info.Path))
	}
	u.RawPath = escaped
	return &u, nil
}

// pathError names the member of the input that the path can't take.
func pathError(h *compiledHTTP, err error) error {
	var e *template.Error
	if !errors.As(err, &e) || e.Ref.Scope != "" || e.Ref.Name == "" {
		return newError(KindInvalidInput, "", fmt.Errorf("path: %w", err))
	}
	name := e.Ref.Name
	for member, p := range h.declared {
		if p.In == InPath && p.As == name {
			name = member
		}
	}
	return fieldError(name, "path", e.Reason, "")
}

// headers puts in place what the connection, the action and the integration
// send; the first that names a header wins, and input before them all.
func (r *run) headers(d *draft) error {
	key := ""
	if i := r.action.info.Idempotency; i != nil {
		key = i.Header
	}
	set := func(name, value string) {
		if _, there := d.header[name]; !there && !strings.EqualFold(name, key) {
			d.header[name] = []string{value}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.link.info.Headers)) {
		set(textproto.CanonicalMIMEHeaderKey(name), r.link.info.Headers[name])
	}
	for _, list := range [][]headerTemplate{r.action.http.headers, r.action.integ.headers} {
		for _, t := range list {
			value, err := t.value.Expand(r.headerValue)
			if err != nil {
				return newError(headerKind(err), "", fmt.Errorf("header %s: %w", t.name, err))
			}
			set(t.name, value)
		}
	}
	set("Accept", "application/json")
	set("User-Agent", userAgent)
	return nil
}

// headerKind is InvalidInput where the caller gave the value.
func headerKind(err error) Kind {
	var e *template.Error
	if errors.As(err, &e) && e.Ref.Scope == "call" {
		return KindInvalidInput
	}
	return KindConfig
}

// headerValue looks a name of a header template up.
func (r *run) headerValue(ref template.Ref) (string, bool) {
	if ref.Scope == "" {
		v, ok, err := r.action.integ.parameter(r.link.info, ref.Name)
		return v, ok && err == nil
	}
	return r.variable(ref)
}

// givenTarget is the URL that the page before gave. Its query stays as it is.
func (r *run) givenTarget(d *draft) (*url.URL, error) {
	u, err := url.Parse(r.step.Next.URL)
	if err != nil || u.Host == "" {
		return nil, errorf(KindInvalidResponse, "", "the next page's URL can't be parsed")
	}
	d.asIs = true
	if !r.signs(u) { // another origin gets nothing but the request
		d.header = http.Header{"Accept": d.header["Accept"], "User-Agent": {userAgent}}
	}
	return u, nil
}

// applyParams adds what the pagination asks for: the parameters of the first
// page, and over them those of the page to go on with. A URL that was given has
// its query already.
func (r *run) applyParams(d *draft) error {
	params := r.action.http.first
	given := false
	if r.step != nil && r.step.Next != nil {
		given = r.step.Next.URL != ""
		params = append(slices.Clone(params), r.step.Next.Set...)
	}
	for _, p := range params {
		if given && (p.In == pagination.InQuery || p.In == "") {
			continue
		}
		if err := d.applyParam(p); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) applyParam(p pagination.Param) error {
	if p.In == pagination.InBody {
		d.hasBody = true
		return setDotted(d.body, p.Name, p.Value)
	}
	text, ok := p.Text()
	if !ok {
		return fmt.Errorf("%s: want a text or number, got %s", p.Name, jsontree.TypeName(p.Value))
	}
	switch p.In {
	case pagination.InHeader:
		d.header.Set(p.Name, text)
	case pagination.InPath:
		d.path[p.Name] = text
	default:
		d.query.Set(p.Name, text)
	}
	return nil
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

// request makes the *http.Request. Its body can be opened again, so that the
// attempt loop may decide.
func (d *draft) request(ctx context.Context, method string, target *url.URL) (*http.Request, error) {
	if !d.asIs {
		target.RawQuery = d.query.Encode()
	}
	var body io.Reader
	if d.hasBody && method != http.MethodGet && method != http.MethodHead {
		body = bytes.NewReader(jsontree.Append(nil, d.body))
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, errorf(KindInvalidInput, "", "the request can't be made of this input")
	}
	req.Header = d.header
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// wireKey is the idempotency key as the provider sees it: derived, so that
// tenants with the same key don't meet, and without any key of ours, so that it
// is the same in every process. ordinal tells the requests of one Go action
// apart.
func (r *run) wireKey(method string, ordinal int) string {
	key := r.spec.opts.idempotencyKey
	if key == "" || method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions {
		return ""
	}
	hash := sha256.New()
	for _, part := range []string{r.spec.tenant, r.link.info.ID, r.action.fullID, key, strconv.Itoa(r.page()), strconv.Itoa(ordinal)} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		hash.Write(size[:])
		hash.Write([]byte(part))
	}
	return hex.EncodeToString(hash.Sum(nil))
}
