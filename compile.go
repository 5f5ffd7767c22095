package waygate

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

const (
	maxDescription = 2000
	maxPattern     = 1024
)

// compiledIntegration is an integration checked and made ready: immutable.
type compiledIntegration struct {
	def     Integration
	written string // canonical written form; empty if it holds Go
	base    *template.Template
	fixed   *url.URL // the base URL, if it holds no parameter
	origins []string
	// ownPorts are those of origins whose port the egress policy wouldn't allow
	// by itself.
	ownPorts []string
	headers  []headerTemplate
	params   []compiledParameter
	places   []auth.Place
	actions  map[string]*compiledAction
	breaker  resilience.BreakerSettings
	limits   []resilience.Limit
	attempt  time.Duration
	// platformSecrets says that a template sends values of Config.Env.
	platformSecrets bool
}

type headerTemplate struct {
	name  string // canonical
	value *template.Template
}

type compiledParameter struct {
	ConnectionParameter
	pattern *regexp.Regexp
}

// compiledAction is an action of a compiled integration.
type compiledAction struct {
	integ         *compiledIntegration
	info          ActionInfo
	fullID        string
	action        Action
	pager         Pager // nil if it has no pages
	http          *compiledHTTP
	input, output validation.Schema // nil if there is none
	inMap, outMap *mapping.Program
	records       *jsonpath.Path // nil: the whole answer
	mapped        *jsonpath.Path
	retry         resilience.Policy
	timeout       time.Duration
	validation    Validation
	scopes        scopeSet
}

// scopeSet says which variables an action's templates read, so that a call
// loads no others.
type scopeSet struct{ tenant, connection bool }

func (s *scopeSet) add(t *template.Template) {
	for _, r := range t.Refs() {
		s.tenant = s.tenant || r.Scope == "tenant"
		s.connection = s.connection || r.Scope == "connection"
	}
}

// compile checks a definition whole. The error says where it is wrong.
func (g *Gateway) compile(in Integration) (*compiledIntegration, error) {
	in = in.clone()
	c := &compiledIntegration{def: in, actions: make(map[string]*compiledAction, len(in.Actions))}
	if err := in.checkTexts(); err != nil {
		return nil, err
	}
	if err := c.compileBase(); err != nil {
		return nil, err
	}
	if err := c.compileAuth(); err != nil {
		return nil, err
	}
	if err := c.compileDefaults(g.cfg); err != nil {
		return nil, err
	}
	var err error
	if c.headers, err = compileHeaders(in.Headers, c.places); err != nil {
		return nil, err
	}
	for i, a := range in.Actions {
		if err := g.compileAction(c, a); err != nil {
			return nil, fmt.Errorf("actions[%d]: %w", i, err)
		}
	}
	if err := c.checkTrust(); err != nil {
		return nil, err
	}
	if err := g.checkEnv(c); err != nil {
		return nil, err
	}
	if form, err := json.Marshal(in); err == nil {
		c.written = string(form)
	}
	return c, nil
}

func (in Integration) clone() Integration {
	in.Origins = slices.Clone(in.Origins)
	in.Headers = maps.Clone(in.Headers)
	in.Parameters = slices.Clone(in.Parameters)
	for i, p := range in.Parameters {
		in.Parameters[i].Enum = slices.Clone(p.Enum)
		if p.Default != nil {
			v := *p.Default
			in.Parameters[i].Default = &v
		}
	}
	in.Tags = slices.Clone(in.Tags)
	in.Limits = slices.Clone(in.Limits)
	in.Actions = slices.Clone(in.Actions)
	return in
}

func (in Integration) checkTexts() error {
	if err := checkSlug("id", in.ID); err != nil {
		return err
	}
	if len(in.Description) > maxDescription {
		return fmt.Errorf("description: %d bytes, want at most %d", len(in.Description), maxDescription)
	}
	return checkTags(in.Tags)
}

func (c *compiledIntegration) compileBase() error {
	if strings.ContainsAny(c.def.BaseURL, "?#") {
		return fmt.Errorf("base_url: want no query or fragment in it: declare a parameter of the action instead")
	}
	base, err := template.CompileURL(strings.TrimSuffix(c.def.BaseURL, "/"))
	if err != nil {
		return fmt.Errorf("base_url: %w", err)
	}
	c.base = base
	if text, ok := base.Literal(); ok {
		u, err := parseBase(text)
		if err != nil {
			return fmt.Errorf("base_url: %w", err)
		}
		c.fixed = u
	}
	for i, o := range c.def.Origins {
		u, err := parseBase(o)
		if err != nil || u.Path != "" {
			return fmt.Errorf("origins[%d]: want an origin like https://uploads.example.com", i)
		}
		c.origins = append(c.origins, egress.Origin(u))
		if unusualPort(u) {
			c.ownPorts = append(c.ownPorts, egress.Origin(u))
		}
	}
	return c.compileParameters()
}

// parseBase parses an absolute URL that paths can be put behind.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("want an absolute URL like https://api.example.com/v1")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("want no user, query or fragment in it")
	}
	return u, nil
}

func (c *compiledIntegration) compileParameters() error {
	known := map[string]bool{}
	for i, p := range c.def.Parameters {
		at := fmt.Sprintf("parameters[%d]", i)
		if err := checkVariableName(p.Name); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if known[p.Name] {
			return fmt.Errorf("%s: %q is declared twice", at, p.Name)
		}
		known[p.Name] = true
		cp := compiledParameter{ConnectionParameter: p}
		if p.Pattern != "" {
			if len(p.Pattern) > maxPattern {
				return fmt.Errorf("%s: pattern of %d bytes, want at most %d", at, len(p.Pattern), maxPattern)
			}
			re, err := regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
			if err != nil {
				return fmt.Errorf("%s: pattern: %w", at, err)
			}
			cp.pattern = re
		}
		if p.Default != nil {
			if err := cp.check(*p.Default); err != nil {
				return fmt.Errorf("%s: default: %w", at, err)
			}
		}
		c.params = append(c.params, cp)
	}
	for _, r := range c.base.Refs() {
		if r.Scope == "" && !known[r.Name] {
			return fmt.Errorf("base_url: {%s} is not among the parameters: declare it", r.Name)
		}
		if r.Scope != "" {
			return fmt.Errorf("base_url: ${%s.%s}: only {parameter}s of the connection can stand in it", r.Scope, r.Name)
		}
	}
	return nil
}

// check tests a value against the parameter's rules; the value isn't shown.
func (p compiledParameter) check(value string) error {
	if len(value) > 1024 {
		return fmt.Errorf("parameter %q: %d bytes, want at most 1024", p.Name, len(value))
	}
	if p.pattern != nil && !p.pattern.MatchString(value) {
		return fmt.Errorf("parameter %q does not match the pattern %s", p.Name, p.Pattern)
	}
	if len(p.Enum) > 0 && !slices.Contains(p.Enum, value) {
		return fmt.Errorf("parameter %q is none of %s", p.Name, strings.Join(p.Enum, ", "))
	}
	return nil
}

func (c *compiledIntegration) compileAuth() error {
	if c.def.Auth == nil {
		return fmt.Errorf("auth: is missing: use auth.None{} for an API that needs no credential")
	}
	if err := c.def.Auth.Validate(); err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	if p, ok := c.def.Auth.(auth.Placer); ok {
		c.places = p.Places()
	}
	return nil
}

// needsCredential says whether calls are signed.
func (c *compiledIntegration) needsCredential() bool {
	_, none := c.def.Auth.(auth.None)
	return !none
}

func (c *compiledIntegration) compileDefaults(cfg Config) error {
	if c.def.Retry != nil {
		if err := c.def.Retry.Validate(); err != nil {
			return fmt.Errorf("retry: %w", err)
		}
	}
	c.breaker, c.limits = cfg.Breaker, cfg.Limits
	if c.def.Breaker != nil {
		c.breaker = *c.def.Breaker
		if err := c.breaker.Validate(); err != nil {
			return fmt.Errorf("breaker: %w", err)
		}
	}
	if c.def.Limits != nil {
		c.limits = c.def.Limits
	}
	for i, l := range c.def.Limits {
		if err := l.Validate(); err != nil {
			return fmt.Errorf("limits[%d]: %w", i, err)
		}
	}
	if err := checkTimeout(time.Duration(c.def.Timeout)); err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	c.attempt = cfg.AttemptTimeout
	if c.def.AttemptTimeout != 0 {
		c.attempt = time.Duration(c.def.AttemptTimeout)
	}
	if c.attempt <= 0 || c.attempt > maxTimeout {
		return fmt.Errorf("attempt_timeout: %s is not between 0 and %s", c.attempt, maxTimeout)
	}
	return checkValidation(c.def.Validation)
}

func checkValidation(v Validation) error {
	for _, m := range []struct {
		field string
		mode  validation.Mode
	}{{"input", v.Input}, {"response", v.Response}} {
		if err := m.mode.Validate(); err != nil {
			return fmt.Errorf("validation.%s: %w", m.field, err)
		}
	}
	if v.Input == validation.Warn {
		return fmt.Errorf("validation.input: warn is for responses: use strict or off")
	}
	return nil
}

// compileHeaders checks names and compiles values.
func compileHeaders(headers map[string]string, places []auth.Place) ([]headerTemplate, error) {
	var out []headerTemplate
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if err := checkHeaderName(name, places); err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
		t, err := template.Compile(headers[name], template.Header)
		if err != nil {
			return nil, fmt.Errorf("headers[%q]: %w", name, err)
		}
		out = append(out, headerTemplate{textproto.CanonicalMIMEHeaderKey(name), t})
	}
	return out, nil
}

// checkHeaderName refuses what only the gateway, the transport or the scheme
// may set.
func checkHeaderName(name string, places []auth.Place) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("%q is not a header name", clip(name))
	}
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch canonical {
	case "Idempotency-Key", "X-Idempotency-Key":
		return fmt.Errorf("%s: declare it as the action's idempotency, so that repeats are safe", canonical)
	}
	if reservedHeader(canonical) {
		return fmt.Errorf("%s is set by the transport: leave it out", canonical)
	}
	for _, p := range places {
		if (p.In == auth.InHeader || p.In == "") && strings.EqualFold(p.Name, name) {
			return fmt.Errorf("%s is set by the auth scheme: leave it out", canonical)
		}
	}
	return nil
}

// reservedHeader lists what neither input nor definitions may set.
func reservedHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer",
		"Expect", "Accept-Encoding", "X-Http-Method-Override", "Forwarded":
		return true
	}
	return strings.HasPrefix(canonical, "Proxy-") || strings.HasPrefix(canonical, "X-Forwarded-")
}

// checkTrust refuses to send the platform's secrets to a host that a tenant can
// choose.
func (c *compiledIntegration) checkTrust() error {
	templates := c.headers
	for _, a := range c.actions {
		if a.http != nil {
			templates = slices.Concat(templates, a.http.headers)
		}
	}
	for _, h := range templates {
		for _, r := range h.value.Refs() {
			if r.Scope == "env" {
				c.platformSecrets = true
			}
		}
	}
	if !c.platformSecrets || c.fixed != nil {
		return nil
	}
	_, host, _ := strings.Cut(c.def.BaseURL, "://")
	host, _, _ = strings.Cut(host, "/")
	if !strings.Contains(host, "{") || fixedDomain(host[strings.LastIndex(host, "}")+1:]) {
		return nil
	}
	return fmt.Errorf("base_url: its host is a parameter, so a tenant could have the platform's ${env} values sent anywhere: " +
		"end the host in a fixed domain ({name}.example.com), or leave ${env} out of the headers")
}

// fixedDomain says whether the literal end of a host holds a registrable domain,
// so that what stands before it is always of the same owner.
func fixedDomain(tail string) bool {
	domain, ok := strings.CutPrefix(strings.ToLower(tail), ".")
	if i := strings.LastIndex(domain, ":"); i >= 0 {
		domain = domain[:i]
	}
	_, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return ok && err == nil
}

// checkEnv refuses names that Config.Env doesn't have, so that they fail here
// and not in a call.
func (g *Gateway) checkEnv(c *compiledIntegration) error {
	check := func(headers []headerTemplate) error {
		for _, h := range headers {
			_, err := h.value.Expand(func(r template.Ref) (string, bool) {
				v, ok := g.env[r.Name]
				return v.Reveal(), ok || r.Scope != "env" // the other scopes are known in a call
			})
			if err != nil {
				return fmt.Errorf("headers[%q]: %w: give it in Config.Env", h.name, err)
			}
		}
		return nil
	}
	if err := check(c.headers); err != nil {
		return err
	}
	for id, a := range c.actions {
		if a.http == nil {
			continue
		}
		if err := check(a.http.headers); err != nil {
			return fmt.Errorf("action %s: %w", id, err)
		}
	}
	return nil
}
