package waygate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

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
	d := newDraft(h)
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
	r.sent = r.sentParams(d)
	if err := r.headers(d); err != nil {
		return nil, err
	}
	target, err := r.target(d)
	if err != nil {
		return nil, err
	}
	r.hidden = d.hidden
	return r.request(ctx, d, target)
}

// target is the URL of the page.
func (r *run) target(d *draft) (u url.URL, err error) {
	if r.step != nil && r.step.Next != nil && r.step.Next.URL != "" {
		return r.givenTarget(d)
	}
	h := r.action.http
	base, err := r.ownBase()
	if err != nil {
		return u, err
	}
	path, err := h.path.ExpandValues(func(ref template.Ref) (template.Value, bool) {
		if ref.Scope == "" {
			return d.path.get(ref.Name)
		}
		v, ok := r.variable(ref)
		return template.Value{Text: v}, ok
	})
	if err != nil {
		return u, r.pathError(d, err)
	}
	u = *base
	escaped := strings.TrimSuffix(base.EscapedPath(), "/") + path
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return u, newError(KindInvalidInput, "", fmt.Errorf("path %s can't be unescaped", r.action.info.Path))
	}
	u.RawPath = escaped
	return u, nil
}

// pathError names the member of the input that the path can't take.
func (r *run) pathError(d *draft, err error) error {
	var e *template.Error
	if !errors.As(err, &e) || e.Ref.Scope != "" || e.Ref.Name == "" {
		return newError(r.templateKind(err, KindInvalidInput), "", fmt.Errorf("path: %w", err))
	}
	p := undeclared(InPath, e.Ref.Name)
	for _, declared := range r.action.http.order {
		if declared.In == InPath && declared.As == e.Ref.Name {
			p = declared
		}
	}
	pointer := r.action.http.place(p).String()
	if _, given := d.path.get(e.Ref.Name); !given {
		return r.action.http.absent(p, r.callInput())
	}
	if n := r.step; n != nil && n.Next != nil && slices.ContainsFunc(n.Next.Set, func(p pagination.Param) bool {
		return p.In == pagination.InPath && p.Name == e.Ref.Name
	}) {
		return errorf(KindInvalidResponse, "", "pagination: what the page before gave can't stand in the path: %s", e.Reason)
	}
	f := newError(KindInvalidInput, "", fmt.Errorf("the path can't take it: %s", e.Reason))
	f.Fields = []FieldError{{Pointer: pointer, Keyword: "path"}}
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
			d.setHeader(name, value)
		}
	}
	if len(r.link.info.Headers) > 0 {
		for _, name := range slices.Sorted(maps.Keys(r.link.info.Headers)) {
			set(textproto.CanonicalMIMEHeaderKey(name), r.link.info.Headers[name])
		}
	}
	for _, list := range [][]headerTemplate{r.action.http.headers, r.action.integ.headers} {
		for _, t := range list {
			value, fixed := t.value.Literal()
			if !fixed {
				var err error
				if value, err = t.value.Expand(r.headerValue); err != nil {
					return newError(r.templateKind(err, KindConfig), "", fmt.Errorf("header %s: %w", t.name, err))
				}
			}
			if t.told != "" {
				r.keep(value)
			}
			set(t.name, value)
		}
	}
	set("Accept", r.action.accept())
	set("User-Agent", userAgent)
	return nil
}

// keep makes the redactor know a text of the platform's with what was put into it.
func (r *run) keep(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = appendTexts(r.secrets, text)
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
	if _, called := r.spec.opts.vars[e.Ref.Name]; e.Ref.Scope == "call" || e.Ref.Scope == "var" && called {
		return KindInvalidInput
	}
	return other
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
func (r *run) givenTarget(d *draft) (url.URL, error) {
	if _, err := r.ownBase(); err != nil { // says which origin is the action's own
		return url.URL{}, err
	}
	u, err := url.Parse(r.step.Next.URL)
	if err != nil || u.Host == "" {
		return url.URL{}, errorf(KindInvalidResponse, "", "the next page's URL can't be parsed")
	}
	d.asIs = true
	if !r.signs(u) { // another origin gets nothing but the request
		d.header, d.cookies = http.Header{"Accept": d.header["Accept"], "User-Agent": {userAgent}}, nil
		d.hasBody = false
	}
	return *u, nil
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
		if given && (p.In == pagination.InQuery || p.In == "") || r.keepsOwn(d, p) {
			continue
		}
		if err := d.applyParam(p); err != nil {
			return err
		}
	}
	return nil
}

// request makes the *http.Request. Its body can be opened again, unless it is a
// reader that can't, so that the attempt loop may decide.
func (r *run) request(ctx context.Context, d *draft, target url.URL) (*http.Request, error) {
	if !d.asIs {
		target.RawQuery = d.rawQuery()
	}
	if r.action.pager != nil {
		page := target
		r.pageURL = &page
	}
	body, contentType, err := r.encodeBody(d)
	if err != nil {
		return nil, err
	}
	req, err := newRequest(ctx, r.action.http.method, target, d.header)
	if err != nil {
		return nil, err
	}
	if len(d.cookies) > 0 {
		req.Header["Cookie"] = []string{joinPairs(d.cookies, "; ")}
	}
	if body == nil {
		return req, nil
	}
	if _, there := req.Header["Content-Type"]; contentType != "" && !there || r.action.http.body.encoding == BodyMultipart {
		req.Header["Content-Type"] = []string{contentType}
	}
	if r.body = body; r.spec.preview && body.shown != "" {
		return req, nil
	}
	return req, body.attach(req)
}

// newRequest is http.NewRequestWithContext without the way through the URL's text. The request has a URL of its own: a
// scheme may write to it.
func newRequest(ctx context.Context, method string, target url.URL, h http.Header) (*http.Request, error) {
	if strings.ContainsFunc(target.RawQuery, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return nil, errorf(KindInvalidInput, "", "the request can't be made of this input")
	}
	req, err := http.NewRequestWithContext(ctx, method, "", nil)
	if err != nil {
		return nil, newError(KindConfig, "", err)
	}
	target.Host = strings.TrimSuffix(target.Host, ":")
	*req.URL, req.Host, req.Header = target, target.Host, h
	return req, nil
}
