package waygate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
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

// buildRequest renders the request of a call, once: every attempt sends the same
// bytes.
func (r *run) buildRequest(ctx context.Context) (*http.Request, error) {
	h := r.action.http
	d := &draft{path: map[string]string{}, query: cloneQuery(h.query), header: http.Header{}, body: map[string]any{}}
	if err := d.place(h, r.callInput()); err != nil {
		return nil, err
	}
	if err := r.applyParams(d); err != nil {
		kind := KindInvalidResponse // what the page before said doesn't fit
		if r.step == nil {
			kind = KindInvalidInput // the input leaves no room for the page size
		}
		return nil, newError(kind, "", fmt.Errorf("pagination: %w", err))
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
		return nil, r.pathError(err)
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
func (r *run) pathError(err error) error {
	var e *template.Error
	if !errors.As(err, &e) || e.Ref.Scope != "" || e.Ref.Name == "" {
		return newError(r.templateKind(err, KindInvalidInput), "", fmt.Errorf("path: %w", err))
	}
	name := e.Ref.Name
	for member, p := range r.action.http.declared {
		if p.In == InPath && p.As == name {
			name = member
		}
	}
	if _, given := r.member(name); !given {
		return fieldError(name, "required", "present", "absent")
	}
	f := newError(KindInvalidInput, "", fmt.Errorf("the path can't take it: %s", e.Reason))
	f.Fields = []FieldError{{Pointer: pointerTo(name), Keyword: "path"}}
	return f
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
				return newError(r.templateKind(err, KindConfig), "", fmt.Errorf("header %s: %w", t.name, err))
			}
			set(t.name, value)
		}
	}
	set("Accept", "application/json")
	set("User-Agent", userAgent)
	return nil
}

// templateKind is Config for a variable that is missing, InvalidInput for a
// value of the caller's that can't stand in its place, else other.
func (r *run) templateKind(err error, other Kind) Kind {
	var e *template.Error
	if !errors.As(err, &e) || e.Ref.Scope == "" {
		return other
	}
	if _, there := r.variable(e.Ref); !there {
		return KindConfig
	}
	if e.Ref.Scope == "call" {
		return KindInvalidInput
	}
	return other
}

// member is a top-level member of the input.
func (r *run) member(name string) (any, bool) {
	members, _ := r.callInput().(map[string]any)
	v, ok := members[name]
	return v, ok
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
