package auth

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/template"
)

// The names of what a request consists of, in the templates of signing schemes. A
// value of the credential by one of these names can't be reached.
const (
	partMethod      = "method"
	partHost        = "host"
	partPath        = "path"
	partQuery       = "query"
	partSortedQuery = "sorted_query"
	partTarget      = "target"
	partURL         = "url"
	partBody        = "body"
	partHeader      = "header." // and the name of one
	partTimestamp   = "timestamp"
	partNonce       = "nonce"
	partSignature   = "signature"
)

func isRequestPart(name string) bool {
	switch name {
	case partMethod, partHost, partPath, partQuery, partSortedQuery, partTarget, partURL, partBody:
		return true
	}
	return strings.HasPrefix(name, partHeader)
}

// compileSigned reads one template of a signing scheme. It may name parts of the
// request, values of the credential, and those of own.
func compileSigned(src string, place template.Place, own ...string) (t *template.Template, why string) {
	t, err := template.CompileCalls(src, place)
	if err != nil {
		return nil, err.Error()
	}
	for _, ref := range t.Refs() {
		switch ofHeader, isHeader := strings.CutPrefix(ref.Name, partHeader); {
		case ref.Scope != "":
			return nil, "can't hold " + ref.String() + ": it may name parts of the request and values of the credential"
		case isHeader && !header.IsToken(ofHeader):
			return nil, ref.String() + " names no header"
		case slices.Contains(own, ref.Name), isRequestPart(ref.Name):
		case isOwnPart(ref.Name):
			return nil, "can't hold " + ref.String() + " here"
		case !isName(ref.Name):
			return nil, ref.String() + " is neither a part of the request nor the name of a value, which is 1 to 64 of a-z, 0-9 and _"
		}
	}
	return t, ""
}

func isOwnPart(name string) bool {
	return name == partTimestamp || name == partNonce || name == partSignature
}

// mentions says whether a template names a value.
func mentions(t *template.Template, name string) bool {
	return slices.Contains(t.Refs(), template.Ref{Name: name})
}

// material is what the templates of one signature can name.
type material struct {
	op, scheme string
	r          *http.Request
	c          Credential
	env        template.Env
	own        map[string]string // of the scheme: timestamp, nonce, signature
	body       string
}

// newMaterial begins a signature. The request is one that nobody sends if op is
// not to authorize.
func newMaterial(ctx context.Context, op, scheme string, r *http.Request, c Credential) (*material, error) {
	if r.URL == nil {
		return nil, &Error{Op: op, Scheme: scheme, Reason: "the request has no URL"}
	}
	s := SigningFrom(ctx)
	return &material{op: op, scheme: scheme, r: r, c: c, own: map[string]string{},
		env: template.Env{Now: s.Now, Random: s.Random}}, nil
}

// unsent is the request that Accepts signs to see whether a credential can.
func unsent() *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "unsent.invalid", Path: "/"}, Header: http.Header{}}
}

func (m *material) fault(field, reason string) *Error {
	return &Error{Op: m.op, Scheme: m.scheme, Field: field, Reason: reason}
}

// readBody makes {body} known. A body that can be read only once is replaced by
// its bytes.
func (m *material) readBody() error {
	body, why, cause := readBody(m.r)
	if why != "" {
		return &Error{Op: m.op, Scheme: m.scheme, Field: partBody, Reason: why, Err: cause}
	}
	if m.r.Body != nil && m.r.GetBody == nil {
		// All of it was read: nothing depends on the old one.
		_ = m.r.Body.Close()
		replaceBody(m.r, body)
	}
	m.body = string(body)
	return nil
}

// expand gives the text of the template in a field.
func (m *material) expand(field string, t *template.Template) (string, error) {
	text, err := t.ExpandCalls(m.env, func(ref template.Ref) (string, bool) { return m.value(ref.Name) })
	if err == nil {
		return text, nil
	}
	var e *template.Error
	if errors.As(err, &e) && isName(e.Ref.Name) && !isRequestPart(e.Ref.Name) && !isOwnPart(e.Ref.Name) {
		if text, ok := m.value(e.Ref.Name); !ok || text == "" {
			return "", m.fault("values."+e.Ref.Name, "is missing or empty, and "+field+" needs it; give the connection auth.Fields with that name")
		}
	}
	return "", &Error{Op: m.op, Scheme: m.scheme, Field: field, Err: err} // which names the reference, and no value
}

// value is what a name stands for. A value of the credential that is empty is as
// good as none; parts of the request may be empty.
func (m *material) value(name string) (string, bool) {
	if own, ok := m.own[name]; ok {
		return own, true
	}
	if isRequestPart(name) {
		return m.part(name), true
	}
	if v := m.c.Values[name]; !v.IsZero() && v.Reveal() != "" {
		return v.Reveal(), true
	}
	v, ok := m.c.Extra[name]
	return v, ok && v != ""
}

// part is a part of the request as it goes out.
func (m *material) part(name string) string {
	u := m.r.URL
	switch name {
	case partMethod:
		return cmp.Or(m.r.Method, http.MethodGet)
	case partHost:
		return m.host()
	case partPath:
		return cmp.Or(u.EscapedPath(), "/")
	case partQuery:
		return u.RawQuery
	case partSortedQuery:
		return sortedQuery(u.RawQuery)
	case partTarget:
		return u.RequestURI()
	case partURL:
		return u.Scheme + "://" + m.host() + u.RequestURI()
	case partBody:
		return m.body
	}
	return headerText(m.r.Header, strings.TrimPrefix(name, partHeader))
}

func (m *material) host() string { return cmp.Or(m.r.Host, m.r.URL.Host) }

// sortedQuery orders the pairs of a query by their bytes, as they are escaped.
func sortedQuery(raw string) string {
	pairs := slices.DeleteFunc(strings.Split(raw, "&"), func(pair string) bool { return pair == "" })
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// headerText is a header's values, however it is spelled in the map; "" if there
// is none (RFC 9110, section 5.2).
func headerText(h http.Header, name string) string {
	if values, ok := h[http.CanonicalHeaderKey(name)]; ok {
		return strings.Join(values, ", ")
	}
	for key, values := range h {
		if strings.EqualFold(key, name) {
			return strings.Join(values, ", ")
		}
	}
	return ""
}

// dropQuery takes the pairs of those names out of the query; the others keep
// their order and their escapes.
func dropQuery(r *http.Request, names ...string) {
	pairs := strings.Split(r.URL.RawQuery, "&")
	kept := slices.DeleteFunc(pairs, func(pair string) bool { return pair != "" && slices.Contains(names, pairName(pair)) })
	if raw := strings.Join(kept, "&"); raw != r.URL.RawQuery {
		u := *r.URL
		u.RawQuery = raw
		r.URL = &u
	}
}

// dropHeader takes out the header of that name, however it is spelled in the map.
func dropHeader(r *http.Request, name string) {
	for key := range r.Header {
		if strings.EqualFold(key, name) {
			delete(r.Header, key)
		}
	}
}
