package readers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// routes lets kin-openapi find operations below the root of any host, as Prism has them.
func routes(doc *openapi3.T) (routers.Router, error) {
	servers := doc.Servers
	doc.Servers = nil
	items := map[string]openapi3.Servers{}
	for path, item := range doc.Paths.Map() {
		items[path], item.Servers = item.Servers, nil
	}
	r, err := gorillamux.NewRouter(doc)
	doc.Servers = servers
	for path, item := range doc.Paths.Map() {
		item.Servers = items[path]
	}
	return r, err
}

// parsed is a recorded request as net/http has it.
func (x exchange) parsed() (*http.Request, error) {
	u, err := url.ParseRequestURI(x.uri)
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host = "http", "provider.test"
	r, err := http.NewRequestWithContext(context.Background(), x.method, u.String(), bytes.NewReader(x.body))
	if err != nil {
		return nil, err
	}
	r.Header = x.header.Clone()
	return r, nil
}

// decoder reads a recorded request by kin-openapi's means.
type decoder struct {
	*openapi3filter.RequestValidationInput
}

// decode finds the operation that a request is for, and what its path holds.
func decode(r routers.Router, x exchange) (d decoder, path string, err error) {
	req, err := x.parsed()
	if err != nil {
		return d, "", err
	}
	route, params, err := r.FindRoute(req)
	if err != nil {
		return d, "", err
	}
	for name, v := range params {
		if params[name], err = url.PathUnescape(v); err != nil {
			return d, "", err
		}
	}
	d.RequestValidationInput = &openapi3filter.RequestValidationInput{Request: req, PathParams: params,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, KeepValidatedValue: true, ExcludeReadOnlyValidations: true}}
	return d, route.Path, nil
}

// never is a value that nothing has: a schema that allows nothing else is refused with the value that was read.
const never = "\x00never"

// parameter is a parameter's value. It has to be valid, too.
func (d decoder) parameter(p *openapi3.Parameter) (any, error) {
	if err := openapi3filter.ValidateParameter(d.Request.Context(), d.RequestValidationInput, p); err != nil {
		return nil, fmt.Errorf("kin-openapi refuses it: %w", err)
	}
	asked := *p
	if p.Schema != nil {
		asked.Schema = refusing(p.Schema)
	}
	for name, media := range p.Content {
		other := *media
		other.Schema = refusing(media.Schema)
		asked.Content = openapi3.Content{name: &other}
	}
	asked.Required = true
	err := openapi3filter.ValidateParameter(d.Request.Context(), d.RequestValidationInput, &asked)
	var shown *openapi3.SchemaError
	if errors.As(err, &shown) {
		return shown.Value, nil
	}
	return nil, fmt.Errorf("kin-openapi doesn't show it: %w", err)
}

// refusing is a schema that shows what it is given by refusing it.
func refusing(s *openapi3.SchemaRef) *openapi3.SchemaRef {
	out := openapi3.Schema{}
	if s != nil {
		out = *s.Value
	}
	if out.Type == nil && len(out.AllOf)+len(out.AnyOf)+len(out.OneOf) == 0 {
		out.Type = &openapi3.Types{kindOf(&out)}
	}
	out.Enum = []any{never}
	return &openapi3.SchemaRef{Value: &out}
}

// body is the value of a valid body.
func (d decoder) body(b *openapi3.RequestBody) (any, error) {
	if err := openapi3filter.ValidateRequestBody(d.Request.Context(), d.RequestValidationInput, b); err != nil {
		return nil, fmt.Errorf("kin-openapi refuses it: %w", err)
	}
	v, ok := d.Request.Body.(interface{ ValidatedValue() any })
	if !ok {
		raw, err := io.ReadAll(d.Request.Body)
		return string(raw), err
	}
	return v.ValidatedValue(), nil
}

// undeclared lists what a request holds beside what is declared for it.
func (d decoder) undeclared(params []*openapi3.Parameter, doc *openapi3.T) []string {
	var extra []string
	known := func(in, name string) bool {
		return slices.ContainsFunc(params, func(p *openapi3.Parameter) bool { return p.In == in && covers(p, name) }) || signs(doc, in, name)
	}
	for name := range d.Request.URL.Query() {
		if !known("query", name) {
			extra = append(extra, "query "+name)
		}
	}
	for name := range d.Request.Header {
		usual := []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "Cookie", "User-Agent", "Idempotency-Key"}
		if !slices.Contains(usual, name) && !known("header", name) {
			extra = append(extra, "header "+name)
		}
	}
	for _, c := range d.Request.Cookies() {
		if !known("cookie", c.Name) {
			extra = append(extra, "cookie "+c.Name)
		}
	}
	return extra
}

// covers says whether a name in a request is that of a parameter, or of one of its members.
func covers(p *openapi3.Parameter, name string) bool {
	if p.In == "header" {
		return strings.EqualFold(p.Name, name)
	}
	sm, err := p.SerializationMethod()
	if err != nil || p.Schema == nil {
		return p.Name == name
	}
	head, _, nested := strings.Cut(name, "[")
	if sm.Style == "deepObject" && nested {
		return head == p.Name
	}
	s := whole(p.Schema.Value, 0)
	if kindOf(s) == "object" && sm.Style == "form" && sm.Explode {
		return slices.Contains(slices.Collect(maps.Keys(s.Properties)), name) || len(s.Properties) == 0 && strings.HasPrefix(name, "key")
	}
	return p.Name == name
}

// signs says whether a scheme writes to a place that some operation asks for.
func signs(doc *openapi3.T, in, name string) bool {
	if doc.Components == nil {
		return false
	}
	for scheme, s := range doc.Components.SecuritySchemes {
		if v := s.Value; v != nil && v.Type == "apiKey" && v.In == in && (v.Name == name || in == "header" && strings.EqualFold(v.Name, name)) && used(doc, scheme) {
			return true
		}
	}
	return false
}

// used says whether an operation asks for a scheme. Where nothing is said of security, each of them may be asked for.
func used(doc *openapi3.T, scheme string) bool {
	silent := doc.Security == nil
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			security := doc.Security
			if op.Security != nil {
				security, silent = *op.Security, false
			}
			if slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { _, asked := r[scheme]; return asked }) {
				return true
			}
		}
	}
	return silent
}
