package waygate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
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

// compileAction adds an action to c.
func (g *Gateway) compileAction(c *compiledIntegration, a Action) error {
	if a == nil {
		return fmt.Errorf("is nil")
	}
	info, err := safeInfo(a)
	if err != nil {
		return err
	}
	if err := checkSlug("id", info.ID); err != nil {
		return err
	}
	if _, twice := c.actions[info.ID]; twice {
		return fmt.Errorf("id %q is used twice", info.ID)
	}
	ca := &compiledAction{integ: c, info: info, fullID: c.def.ID + "." + info.ID, action: a}
	if err := g.compileInfo(ca); err != nil {
		return fmt.Errorf("action %s: %w", info.ID, err)
	}
	if h, ok := unwrapAction[interface{ definition() HTTPAction }](a); ok { // also a pointer, or a struct that embeds one
		if ca.http, err = compileHTTP(c, h.definition()); err != nil {
			return fmt.Errorf("action %s: %w", info.ID, err)
		}
		ca.scopes.add(ca.http.path)
		for _, t := range ca.http.headers {
			ca.scopes.add(t.value)
		}
	}
	for _, t := range c.headers {
		ca.scopes.add(t.value)
	}
	ca.pager, _ = unwrapAction[Pager](a)
	if _, own := ca.pager.(interface{ definition() HTTPAction }); own && ca.http.strategy == nil {
		ca.pager = nil
	}
	c.actions[info.ID] = ca
	return nil
}

// safeInfo contains a panic in a host's Info.
func safeInfo(a Action) (info ActionInfo, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its Info method panicked")
		}
	}()
	return a.Info().clone(), nil
}

// compileInfo checks and compiles what all kinds of actions have.
func (g *Gateway) compileInfo(a *compiledAction) error {
	i := a.info
	if len(i.Description) > maxDescription {
		return fmt.Errorf("description: %d bytes, want at most %d", len(i.Description), maxDescription)
	}
	if err := checkTags(i.Tags); err != nil {
		return err
	}
	if err := g.compileSchemas(a); err != nil {
		return err
	}
	if err := compileMappings(a); err != nil {
		return err
	}
	if err := compileRecords(a); err != nil {
		return err
	}
	if err := checkIdempotency(i.Idempotency, a.integ); err != nil {
		return fmt.Errorf("idempotency: %w", err)
	}
	return g.compileChoices(a)
}

// compileChoices settles what an action inherits: action > integration >
// Config.
func (g *Gateway) compileChoices(a *compiledAction) error {
	if err := checkTimeout(a.info.Timeout); err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	a.timeout = g.cfg.Timeout
	for _, d := range []time.Duration{time.Duration(a.integ.def.Timeout), a.info.Timeout} {
		if d != 0 {
			a.timeout = d
		}
	}
	a.retry = g.cfg.Retry
	for _, p := range []resilience.Policy{a.integ.def.Retry, a.info.Retry} {
		if p == nil {
			continue
		}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		a.retry = p
	}
	if err := checkValidation(a.info.Validation); err != nil {
		return err
	}
	a.validation = Validation{Input: validation.Strict, Response: validation.Warn}
	for _, v := range []Validation{a.integ.def.Validation, a.info.Validation} {
		if v.Input != "" {
			a.validation.Input = v.Input
		}
		if v.Response != "" {
			a.validation.Response = v.Response
		}
	}
	return nil
}

func (g *Gateway) compileSchemas(a *compiledAction) (err error) {
	for _, s := range []struct {
		field string
		text  json.RawMessage
		to    *validation.Schema
	}{{"input_schema", a.info.InputSchema, &a.input}, {"output_schema", a.info.OutputSchema, &a.output}} {
		if len(s.text) == 0 {
			continue
		}
		if *s.to, err = g.schemas.Get(s.text); err != nil {
			return fmt.Errorf("%s: %w", s.field, err)
		}
	}
	return nil
}

func compileMappings(a *compiledAction) (err error) {
	if m := a.info.InputMapping; m != nil {
		if a.inMap, err = mapping.Compile(*m); err != nil {
			return fmt.Errorf("input_mapping: %w", err)
		}
	}
	if m := a.info.OutputMapping; m != nil {
		if a.outMap, err = mapping.Compile(*m); err != nil {
			return fmt.Errorf("output_mapping: %w", err)
		}
	}
	return nil
}

func compileRecords(a *compiledAction) (err error) {
	if a.info.Records == "" {
		if a.info.MappedRecords != "" {
			return fmt.Errorf("mapped_records is set without records: set both")
		}
		return nil
	}
	if a.records, err = singular(a.info.Records); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	a.mapped = a.records
	if a.info.MappedRecords != "" {
		if a.mapped, err = singular(a.info.MappedRecords); err != nil {
			return fmt.Errorf("mapped_records: %w", err)
		}
	}
	return nil
}

// singular compiles a path that finds one place at most.
func singular(src string) (*jsonpath.Path, error) {
	p, err := jsonpath.Compile(src)
	if err != nil {
		return nil, err
	}
	if !p.Singular() {
		return nil, fmt.Errorf("%s can find several places: name the one array that holds the records", src)
	}
	return p, nil
}

func checkIdempotency(i *Idempotency, c *compiledIntegration) error {
	if i == nil {
		return nil
	}
	if i.Lifetime < 0 {
		return fmt.Errorf("lifetime: %s is negative", time.Duration(i.Lifetime))
	}
	switch textproto.CanonicalMIMEHeaderKey(i.Header) {
	case "Idempotency-Key", "X-Idempotency-Key":
		return nil
	}
	if err := checkHeaderName(i.Header, c.places); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	return nil
}

// compileHTTP makes an HTTPAction ready.
func compileHTTP(c *compiledIntegration, a HTTPAction) (*compiledHTTP, error) {
	h := &compiledHTTP{method: a.Method, declared: map[string]Parameter{}, inPath: map[string]bool{}}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, a.Method) {
		return nil, fmt.Errorf("method %q: want GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS", clip(a.Method))
	}
	if err := h.compilePath(a.Path, c); err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	var err error
	if h.headers, err = compileHeaders(a.Headers, c.places); err != nil {
		return nil, err
	}
	for i, p := range a.Parameters {
		if err := h.declare(p, c); err != nil {
			return nil, fmt.Errorf("parameters[%d]: %w", i, err)
		}
	}
	strategy := a.Pagination
	if strategy == nil && (a.Method == "GET" || a.Method == "HEAD") {
		strategy = c.def.Pagination // writes never page unless they say so themselves
	}
	if i := a.Idempotency; i != nil {
		for _, t := range slices.Concat(h.headers, c.headers) {
			if strings.EqualFold(t.name, i.Header) {
				return nil, fmt.Errorf("headers: %s carries the idempotency key: leave it out", t.name)
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
			return fmt.Errorf("pagination: %q goes into the body, but %s has none", p.Name, h.method)
		case p.In == pagination.InPath && !h.inPath[p.Name]:
			return fmt.Errorf("pagination: %q goes into the path, but the path has no {%s}", p.Name, p.Name)
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
		return fmt.Errorf("name of %d bytes: want 1 to 200", len(p.Name))
	}
	if _, twice := h.declared[p.Name]; twice {
		return fmt.Errorf("%q is declared twice", clip(p.Name))
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
			return fmt.Errorf("default: %w", err)
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
		return fmt.Errorf("pagination: %w", err)
	}
	if _, off := s.(pagination.None); off {
		return nil
	}
	ready, err := pagination.Prepare(s)
	if err != nil {
		return fmt.Errorf("pagination: %w", err)
	}
	h.strategy, h.first = ready, ready.First()
	return h.checkPlaces(s, h.first)
}
