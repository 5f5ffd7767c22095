package waygate

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/pagination"
)

// compiledHTTP is what an HTTPAction's Do works from.
type compiledHTTP struct {
	method   string
	path     *template.Template
	query    url.Values // literal, from the path
	headers  []headerTemplate
	declared map[string]Parameter
	order    []string        // the declared names, as they were declared
	inPath   map[string]bool // names that the path template reads
	strategy pagination.Strategy
	first    []pagination.Param
}

// compileHTTP makes an HTTPAction ready.
func compileHTTP(c *compiledIntegration, a HTTPAction) (*compiledHTTP, error) {
	h := &compiledHTTP{method: a.Method, declared: map[string]Parameter{}, inPath: map[string]bool{}}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, a.Method) {
		return nil, at("method", fmt.Errorf("%q: want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS", clip(a.Method)))
	}
	if err := h.compilePath(a.Path, c); err != nil {
		return nil, at("path", err)
	}
	var err error
	if h.headers, err = compileHeaders(a.Headers, c.places); err != nil {
		return nil, err
	}
	for i, p := range a.Parameters {
		if err := h.declare(p, c); err != nil {
			return nil, at(fmt.Sprintf("parameters[%d]", i), err)
		}
	}
	strategy := a.Pagination
	if strategy == nil && (a.Method == "GET" || a.Method == "HEAD") {
		strategy = c.def.Pagination // writes never page unless they say so themselves
	}
	if i := a.Idempotency; i != nil {
		for _, p := range h.declared {
			if p.In == InHeader && strings.EqualFold(p.As, i.Header) {
				return nil, at("parameters", fmt.Errorf("%s carries the idempotency key: it can't be a parameter too", p.As))
			}
		}
		for _, t := range slices.Concat(h.headers, c.headers) {
			if strings.EqualFold(t.name, i.Header) {
				return nil, at("headers", fmt.Errorf("%s carries the idempotency key: leave it out", t.name))
			}
		}
	}
	return h, h.compilePagination(strategy)
}

// checkPlaces refuses pagination parameters that this request can't carry.
func (h *compiledHTTP) checkPlaces(s pagination.Strategy, params []pagination.Param) error {
	if c, ok := s.(pagination.Cursor); ok {
		params = append(slices.Clone(params), pagination.Param{In: c.In, Name: c.Param})
	}
	for _, p := range params {
		switch {
		case p.In == pagination.InBody && (h.method == http.MethodGet || h.method == http.MethodHead):
			return at("pagination", fmt.Errorf("%q goes into the body, but %s has none", p.Name, h.method))
		case p.In == pagination.InPath && !h.inPath[p.Name]:
			return at("pagination", fmt.Errorf("%q goes into the path, but the path has no {%s}", p.Name, p.Name))
		}
	}
	return nil
}

func (h *compiledHTTP) compilePath(path string, c *compiledIntegration) error {
	if path != "" && !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q must begin with / : it stands below the base URL", clip(path))
	}
	path, query, _ := strings.Cut(path, "?")
	if strings.ContainsAny(query, "{}#") || strings.Contains(path, "#") {
		return fmt.Errorf("a query in the path must be literal, without fragment: declare a parameter in the query instead")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("its query can't be parsed")
	}
	h.query = values
	if h.path, err = template.Compile(path, template.Path); err != nil {
		return err
	}
	for _, r := range h.path.Refs() {
		switch {
		case r.Scope == "env":
			return fmt.Errorf("${env.%s}: values of the platform can't stand in a path", r.Name)
		case r.Scope == "":
			h.inPath[r.Name] = true
		}
	}
	return nil
}

// declare adds a parameter.
func (h *compiledHTTP) declare(p Parameter, c *compiledIntegration) error {
	if p.Name == "" || len(p.Name) > 200 {
		return at("name", fmt.Errorf("%d bytes, want 1 to 200", len(p.Name)))
	}
	if _, twice := h.declared[p.Name]; twice {
		return at("name", fmt.Errorf("%q is declared twice", clip(p.Name)))
	}
	as := p.As
	if as == "" {
		as = p.Name
	}
	switch p.In {
	case InQuery, InBody:
	case InHeader:
		if err := checkHeaderName(as, c.places); err != nil {
			return err
		}
	case InPath:
		if !h.inPath[as] {
			return fmt.Errorf("%q is in the path, but the path has no {%s}", clip(p.Name), clip(as))
		}
	default:
		return fmt.Errorf("in %q: want path, query, header or body", clip(string(p.In)))
	}
	if p.In == InBody && (h.method == http.MethodGet || h.method == http.MethodHead) {
		return fmt.Errorf("%q is in the body, but %s has none", clip(p.Name), h.method)
	}
	if p.Default != nil {
		tree, _, err := jsontree.FromValue(p.Default, jsontree.Limits{})
		if err != nil {
			return at("default", err)
		}
		p.Default = tree
	}
	p.As = as
	h.declared[p.Name] = p
	h.order = append(h.order, p.Name)
	return nil
}

func (h *compiledHTTP) compilePagination(s pagination.Strategy) error {
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
	return h.checkPlaces(s, h.first)
}
