package waygate

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxDescription = 2000
	maxPattern     = 1024
)

// compiledIntegration is an integration checked and made ready: immutable.
type compiledIntegration struct {
	def     Integration  // its HTTPActions without their schemas: see definition
	digest  []byte       // of the written form; nil if it holds Go
	shelf   *schemaShelf // while it is being compiled
	base    *template.Template
	fixed   *url.URL // the base URL, if it holds no parameter
	origin  string   // of fixed
	origins []string
	// ownPorts are those of origins whose port the egress policy wouldn't allow
	// by itself.
	ownPorts  []string
	headers   []headerTemplate
	params    []compiledParameter
	places    []auth.Place
	renewer   auth.Renewer // def.Auth, if its credentials are renewed; else nil
	oauth     *auth.OAuth2 // the part of def.Auth that is; nil if none is
	timed     bool         // def.Auth may sign with a time
	endpoints []compiledEndpoint
	actions   map[string]*compiledAction
	breaker   resilience.BreakerSettings
	limits    []resilience.Limit
	reader    *resilience.Reader // what answers say; nil if nothing is declared
	attempt   time.Duration
	// attemptOver is the cause of the end of an attempt that takes longer.
	attemptOver error
	errors      errorPaths
	identity    *egress.Identity // what the integration presents and trusts; nil for the policy's
	verify      *compiledAction  // proves a credential; nil if nothing does
	hooks       hooks
	fixedPort   bool // no parameter sets the base URL's port
	// platformSecrets says that a template sends values of Config.Env.
	platformSecrets bool
	secrets         []secret.String // what it writes out of them

	opened, openedWithBase egress.Origins // ownPorts read, and with origin
}

// compiledAction is an action of a compiled integration.
type compiledAction struct {
	integ         *compiledIntegration
	info          ActionInfo // without schemas: see described
	fullID        string
	action        Action
	pager         Pager // nil if it has no pages
	http          *compiledHTTP
	input, output *actionSchema // nil if there is none
	inCheck       *schemaCheck  // nil if there is nothing to check
	outCheck      *schemaCheck
	inMap, outMap *mapping.Program
	decode        Decoder        // of an answer that isn't built in
	records       *jsonpath.Path // nil: the whole answer
	mapped        *jsonpath.Path
	retry         resilience.Policy
	reader        *resilience.Reader // of answers; nil if nothing is declared
	timeout       time.Duration
	scopes        scopeSet
	version       []byte // of the definition, for continuation tokens
	plain         bool   // action is an HTTPAction, and no Go around one
}

// scopeSet says which variables an action's templates read, so that a call
// loads no others.
type scopeSet struct {
	tenant, connection bool
	names              []string
}

func (s *scopeSet) add(t *template.Template) {
	for _, r := range t.Refs() {
		switch r.Scope {
		case "tenant":
			s.tenant = true
		case "connection":
			s.connection = true
		case "var":
			s.tenant, s.connection = true, true
		default:
			continue
		}
		if !slices.Contains(s.names, r.Name) {
			s.names = append(s.names, r.Name)
		}
	}
}

// compile checks a definition whole. The error says where it is wrong.
func (g *Gateway) compile(in Integration) (*compiledIntegration, error) {
	in = in.clone()
	c := &compiledIntegration{def: in, actions: make(map[string]*compiledAction, len(in.Actions)), shelf: newSchemaShelf(g.cfg.Engine)}
	if err := in.checkTexts(); err != nil {
		return nil, err
	}
	if err := c.checkOwnDomains(); err != nil {
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
	if err := c.compileErrors(); err != nil {
		return nil, err
	}
	if err := g.compileTLS(c); err != nil {
		return nil, at("tls", err)
	}
	for i, a := range in.Actions {
		if c.def.Actions[i], err = g.compileAction(c, a); err != nil {
			return nil, at(fmt.Sprintf("actions[%d]", i), err)
		}
	}
	if err := g.compileVerification(c); err != nil {
		return nil, at("verify", err)
	}
	if err := g.compileHooks(c); err != nil {
		return nil, err
	}
	for _, check := range []func(*compiledIntegration) error{(*compiledIntegration).checkTrust, g.checkEnv, g.checkEgress, g.checkOwnEgress} {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	c.opened, c.openedWithBase = egress.NewOrigins(c.ownPorts...), egress.NewOrigins(append(slices.Clone(c.ownPorts), c.origin)...)
	c.identify()
	c.shelf.pool.Close()
	c.shelf = nil
	return c, nil
}

func (in Integration) clone() Integration {
	in.Origins, in.OwnDomains = slices.Clone(in.Origins), slices.Clone(in.OwnDomains)
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
	in.cloneLimits()
	in.Waits, in.Remaining, in.Answers = slices.Clone(in.Waits), slices.Clone(in.Remaining), cloneAnswers(in.Answers)
	in.Actions = slices.Clone(in.Actions)
	in.TLS, in.Verify = clonePointer(in.TLS), clonePointer(in.Verify)
	if in.Verify != nil {
		in.Verify.Status = slices.Clone(in.Verify.Status)
	}
	if in.Errors != nil {
		in.Errors = &ErrorFormat{Message: slices.Clone(in.Errors.Message), Code: slices.Clone(in.Errors.Code)}
	}
	return in
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (in Integration) checkTexts() error {
	if err := checkSlug("id", in.ID); err != nil {
		return err
	}
	if len(in.Description) > maxDescription {
		return at("description", fmt.Errorf("%d bytes, want at most %d", len(in.Description), maxDescription))
	}
	return checkTags(in.Tags)
}

func (c *compiledIntegration) compileBase() error {
	if c.def.BaseURL == "" {
		return at("base_url", fmt.Errorf("is missing: want an absolute URL like https://api.example.com/v1, or with parameters, https://{shop}.example.com"))
	}
	if strings.ContainsAny(c.def.BaseURL, "?#") {
		return at("base_url", fmt.Errorf("want no query or fragment in it: declare a parameter of the action instead"))
	}
	base, err := template.CompileURL(strings.TrimSuffix(c.def.BaseURL, "/"))
	if err != nil {
		return at("base_url", err)
	}
	c.base = base
	if text, ok := base.Literal(); ok {
		u, err := parseBase(text)
		if err != nil {
			return at("base_url", err)
		}
		c.fixed, c.origin = u, egress.Origin(u)
	}
	for i, o := range c.def.Origins {
		u, err := parseBase(o)
		if err != nil || u.Path != "" {
			return at(fmt.Sprintf("origins[%d]", i), fmt.Errorf("want an origin like https://uploads.example.com"))
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
	if u.User != nil {
		return nil, &egress.DeniedError{Host: u.Hostname(), Reason: "a URL must not hold user and password; they belong to the credential"}
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("want no query or fragment in it")
	}
	return u, nil
}

func (c *compiledIntegration) compileAuth() error {
	if c.def.Auth == nil {
		return at("auth", fmt.Errorf("is missing: use auth.None{} for an API that needs no credential, in a file auth: {kind: none}"))
	}
	if err := c.def.Auth.Validate(); err != nil {
		return at("auth", err)
	}
	if p, ok := c.def.Auth.(auth.Placer); ok {
		c.places = p.Places()
	}
	if err := c.compileEndpoints(); err != nil {
		return at("auth", err)
	}
	c.addOwnPlaces()
	return nil
}

// needsCredential says whether calls are signed.
func (c *compiledIntegration) needsCredential() bool {
	_, none := c.def.Auth.(auth.None)
	return !none
}

func (c *compiledIntegration) compileDefaults(cfg Config) error {
	if c.def.Pagination != nil {
		if err := c.def.Pagination.Validate(); err != nil {
			return at("pagination", err)
		}
	}
	if c.def.Retry != nil {
		if err := c.def.Retry.Validate(); err != nil {
			return at("retry", err)
		}
	}
	c.breaker, c.limits = cfg.Breaker, cfg.Limits
	if c.def.Breaker != nil {
		c.breaker = *c.def.Breaker
		if err := c.breaker.Validate(); err != nil {
			return at("breaker", err)
		}
	}
	if c.def.Limits != nil {
		c.limits = c.def.Limits
	}
	if err := c.compileLimits(); err != nil {
		return err
	}
	if err := c.compileReader(); err != nil {
		return err
	}
	if err := checkTimeout(time.Duration(c.def.Timeout)); err != nil {
		return at("timeout", err)
	}
	c.attempt = cfg.AttemptTimeout
	if c.def.AttemptTimeout != 0 {
		c.attempt = time.Duration(c.def.AttemptTimeout)
	}
	if c.attempt <= 0 || c.attempt > maxTimeout {
		return at("attempt_timeout", fmt.Errorf("%s is not between 0 and %s", c.attempt, maxTimeout))
	}
	c.attemptOver = timeoutCause{"the attempt", c.attempt}
	return checkValidation(c.def.Validation)
}
