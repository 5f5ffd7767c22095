package waygate

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/pagination"
)

// compiledHTTP is what an HTTPAction's Do works from.
type compiledHTTP struct {
	method   string
	path     *template.Template
	query    []wire.Pair // literal, from the path
	headers  []headerTemplate
	layout   Layout
	declared map[paramKey]*compiledParam
	order    []*compiledParam          // as they were declared
	inPath   map[string]*compiledParam // what the path template reads, by name, as if it weren't declared
	body     compiledBody
	own      ownWay
	places   []auth.Place // where the scheme writes
	// keyHeader carries the idempotency key; empty if there is none.
	keyHeader string
	strategy  pagination.Strategy
	first     []pagination.Param
	turned    []pagination.Param // that a next page may set, without values
}

// paramKey finds a declared parameter: by its name, and in a grouped layout by
// its group too.
type paramKey struct {
	in   In // empty in a flat layout
	name string
}

// compiledParam is a parameter, declared or not, with the way it is written.
type compiledParam struct {
	Parameter
	wire       wire.Param
	undeclared bool
}

// compileHTTP makes an HTTPAction ready.
func (g *Gateway) compileHTTP(c *compiledIntegration, a HTTPAction) (*compiledHTTP, error) {
	h := &compiledHTTP{method: a.Method, layout: a.Layout, places: c.places,
		declared: map[paramKey]*compiledParam{}, inPath: map[string]*compiledParam{}}
	if a.Method == "" {
		return nil, at("method", fmt.Errorf("is missing: want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS"))
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, a.Method) {
		return nil, at("method", fmt.Errorf("%q: want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS", clip(a.Method)))
	}
	if h.layout != "" && h.layout != LayoutFlat && h.layout != LayoutGrouped {
		return nil, at("layout", fmt.Errorf("%q: want flat or grouped", clip(string(h.layout))))
	}
	if err := h.compilePath(a.Path); err != nil {
		return nil, at("path", err)
	}
	var err error
	if h.own, err = c.compileOwn(a); err != nil {
		return nil, err
	}
	if h.headers, err = compileHeaders(a.Headers, c.places); err != nil {
		return nil, err
	}
	if err := h.compileBody(a, g.cfg.Kinds.Encoders); err != nil {
		return nil, at("body", err)
	}
	h.order = make([]*compiledParam, 0, len(a.Parameters))
	for i, p := range a.Parameters {
		if err := h.declare(p); err != nil {
			return nil, at(fmt.Sprintf("parameters[%d]", i), err)
		}
	}
	if err := h.checkIdempotencyHeader(a.Idempotency, c); err != nil {
		return nil, err
	}
	if a.Pagination != nil && (a.Response == ResponseStream || a.Response == ResponseBytes || a.Response == ResponseEmpty) {
		if _, off := a.Pagination.(pagination.None); !off {
			return nil, at("pagination", fmt.Errorf("an answer of %s has no pages: leave one of the two out", a.Response))
		}
	}
	strategy := a.Pagination
	if strategy == nil && (a.Method == "GET" || a.Method == "HEAD") {
		strategy = c.def.Pagination // writes never page unless they say so themselves
	}
	return h, h.compilePagination(strategy, a)
}

// checkIdempotencyHeader refuses a second writer of the key's header.
func (h *compiledHTTP) checkIdempotencyHeader(i *Idempotency, c *compiledIntegration) error {
	if i == nil {
		return nil
	}
	h.keyHeader = i.Header
	for n, p := range h.order {
		if p.In == InHeader && strings.EqualFold(p.As, i.Header) {
			return at(fmt.Sprintf("parameters[%d]", n), fmt.Errorf("%s carries the idempotency key: it can't be a parameter too", p.As))
		}
	}
	for _, t := range slices.Concat(h.headers, c.headers) {
		if strings.EqualFold(t.name, i.Header) {
			return at(fmt.Sprintf("headers[%q]", t.name), fmt.Errorf("%s carries the idempotency key: leave it out", t.name))
		}
	}
	return nil
}

func (h *compiledHTTP) bodyless() bool {
	return h.method == http.MethodGet || h.method == http.MethodHead
}

// checkPlaces refuses pagination parameters that this request can't carry.
func (h *compiledHTTP) checkPlaces(s pagination.Strategy, params []pagination.Param) error {
	if p, ok := s.(pagination.Placer); ok {
		h.turned = p.Places()
	}
	for _, p := range slices.Concat(params, h.turned) {
		if p.In == pagination.InHeader {
			if err := checkHeaderName(p.Name, h.places); err != nil {
				return at("pagination", err)
			}
		}
		switch {
		case p.In == pagination.InBody && h.bodyless():
			return at("pagination", fmt.Errorf("%q goes into the body, but %s has none: have it go into the query", p.Name, h.method))
		case p.In == pagination.InBody && !h.body.object():
			return at("pagination", fmt.Errorf("%q goes into the body, which isn't an object of members: have it go into the query", p.Name))
		case p.In == pagination.InPath && h.inPath[p.Name] == nil:
			return at("pagination", fmt.Errorf("%q goes into the path, but the path has no {%s}: write it there, or have it go into the query", p.Name, p.Name))
		}
	}
	return nil
}

func (h *compiledHTTP) compilePath(path string) error {
	if path != "" && !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q must begin with / : it stands below the base URL", clip(path))
	}
	path, query, _ := strings.Cut(path, "?")
	if strings.ContainsAny(query, "{}#") || strings.Contains(path, "#") {
		return fmt.Errorf("a query in the path must be literal, without fragment: declare a parameter in the query instead")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("its query can't be parsed: write it like a=1&b=2, escaped")
	}
	for name, list := range values {
		for _, v := range list {
			h.query = append(h.query, wire.Pair{Name: escapeQuery(name), Value: escapeQuery(v)})
		}
	}
	if h.path, err = template.Compile(path, template.Path); err != nil {
		return err
	}
	for _, r := range h.path.Refs() {
		switch {
		case r.Scope == "env":
			return fmt.Errorf("${env.%s}: values of the platform can't stand in a path, where they would be logged: send it in a header", r.Name)
		case r.Scope == "":
			h.inPath[r.Name] = undeclared(InPath, r.Name)
		}
	}
	return nil
}

// declare adds a parameter.
func (h *compiledHTTP) declare(p Parameter) error {
	if p.Name == "" || len(p.Name) > 200 {
		return at("name", fmt.Errorf("%d bytes, want 1 to 200", len(p.Name)))
	}
	key := h.key(p.In, p.Name)
	if _, twice := h.declared[key]; twice {
		return at("name", fmt.Errorf("%q is declared twice: leave one of the two out, or call one otherwise and set as", clip(p.Name)))
	}
	if p.As == "" {
		p.As = p.Name
	}
	cp := newParam(p)
	if err := h.checkPlace(cp); err != nil {
		return err
	}
	if p.Type != "" {
		if !isMediaType(p.Type) || p.In != InBody || h.body.encoding != BodyMultipart {
			return at("type", fmt.Errorf("%q: want a media type like image/png, of a member of a multipart body", clip(p.Type)))
		}
	}
	if p.Default != nil {
		tree, _, err := jsontree.FromValue(p.Default, jsontree.Limits{})
		if err != nil {
			return at("default", err)
		}
		cp.Default = tree
	}
	h.declared[key] = cp
	h.order = append(h.order, cp)
	return nil
}

// newParam says how a parameter is written.
func newParam(p Parameter) *compiledParam {
	in := wire.In(p.In)
	if p.In == InBody {
		in = wire.In(InQuery) // a form's members are written as a query's
	}
	return &compiledParam{Parameter: p, wire: wire.Param{In: in, Name: p.As, Style: wire.Style(p.Style),
		Explode: p.Explode, AllowReserved: p.AllowReserved, AllowSlash: p.AllowSlash}}
}

// checkPlace refuses a place that the request doesn't have, and a style that
// doesn't fit it.
func (h *compiledHTTP) checkPlace(p *compiledParam) error {
	switch p.In {
	case InQuery:
	case InBody:
		if h.bodyless() {
			return at("in", fmt.Errorf("%q is in the body, but %s has none: use query, or another method", clip(p.Name), h.method))
		}
		if !h.body.object() && !h.isWhole(p) {
			return at("in", fmt.Errorf("%q: the body isn't made of members, it is one value: leave it out", clip(p.Name)))
		}
		if p.Style != "" && h.body.encoding != BodyForm {
			return at("style", fmt.Errorf("%q: a member of the body has a style only where the body's encoding is form", clip(string(p.Style))))
		}
	case InHeader:
		if err := checkHeaderName(p.As, h.places); err != nil {
			return at(named(p), err)
		}
	case InCookie:
		if err := checkCookieName(p.As, h.places); err != nil {
			return at(named(p), err)
		}
	case InPath:
		if h.inPath[p.As] == nil {
			return at("in", fmt.Errorf("%q is in the path, but the path has no {%s}: write it there, or use query", clip(p.Name), clip(p.As)))
		}
	case "":
		return at("in", fmt.Errorf("is missing: want path, query, header, cookie or body"))
	default:
		return at("in", fmt.Errorf("%q: want path, query, header, cookie or body", clip(string(p.In))))
	}
	return misused(p.wire.Validate())
}

// misused says which member of a definition can't be written that way.
func misused(err error) error {
	var e *wire.Error
	if errors.As(err, &e) && e.Keyword != "" {
		return at(e.Keyword, fmt.Errorf("%s: want %s", e.Reason, e.Expected))
	}
	return err
}

// named is the member that names the parameter in the request.
func named(p *compiledParam) string {
	if p.As == p.Name {
		return "name"
	}
	return "as"
}

// key finds a declared parameter in the action's layout.
func (h *compiledHTTP) key(in In, name string) paramKey {
	if h.layout == LayoutGrouped {
		return paramKey{in, name}
	}
	return paramKey{name: name}
}

func (h *compiledHTTP) compilePagination(s pagination.Strategy, a HTTPAction) error {
	if s == nil {
		return nil
	}
	if err := s.Validate(); err != nil {
		return at("pagination", err)
	}
	if _, off := s.(pagination.None); off {
		return nil
	}
	ready, err := pagination.Prepare(s)
	if err != nil {
		return at("pagination", err)
	}
	h.strategy, h.first = ready, ready.First()
	if err := h.checkGuess(a); err != nil {
		return err
	}
	return h.checkPlaces(s, h.first)
}
