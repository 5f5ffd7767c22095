package waygate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/template"
)

// compiledEndpoint is a URL of the scheme's: where tokens are got, or given back.
type compiledEndpoint struct {
	name string
	url  *template.Template
	// secret says that the client's secret is sent there.
	secret bool
	// fixed says that the definition's owner chose its domain.
	fixed bool
	// origin is set where the whole host is literal, else ends where it is fixed: the
	// domains that a host can end in.
	origin string
	ends   []string
	own    []string // Integration.OwnDomains
}

// endpointer is a scheme that sends requests of its own.
type endpointer interface{ Endpoints() []auth.Endpoint }

// compileEndpoints checks the URLs of the scheme as it does the base URL.
func (c *compiledIntegration) compileEndpoints() error {
	c.timed = timed(c.def.Auth)
	for _, s := range schemesOf(c.def.Auth) {
		if _, ok := s.(auth.Renewer); ok && !combines(s) {
			c.renewer, _ = c.def.Auth.(auth.Renewer)
		}
		if o, ok := s.(auth.OAuth2); ok {
			c.oauth = &o
		}
		e, ok := s.(endpointer)
		if !ok {
			continue
		}
		for _, end := range e.Endpoints() {
			ce, err := c.compileEndpoint(end)
			if err != nil {
				return at(end.Name, err)
			}
			c.endpoints = append(c.endpoints, ce)
		}
		if err := c.checkSteps(s); err != nil {
			return err
		}
	}
	if c.oauth == nil {
		return nil
	}
	if err := c.checkTokenHeaders(); err != nil {
		return err
	}
	return c.checkCaptured()
}

// checkTokenHeaders refuses to send what the definition writes out to a host that a
// tenant can choose, as checkTrust does for the headers of calls.
func (c *compiledIntegration) checkTokenHeaders() error {
	free := slices.IndexFunc(c.endpoints, func(e compiledEndpoint) bool { return !e.fixed && e.name != "authorize_url" })
	if free < 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.oauth.TokenHeaders)) {
		t, err := template.Compile(c.oauth.TokenHeaders[name], template.Header)
		if err != nil {
			return at(fmt.Sprintf("token_headers[%q]", name), err)
		}
		if !publicHeader(name, t.LiteralText()) {
			return at(fmt.Sprintf("token_headers[%q]", name), fmt.Errorf("a parameter is the host of %s, so a tenant could have it sent anywhere: "+
				endFixed+", give the parameter Domains, or leave the header out", c.endpoints[free].name))
		}
	}
	return nil
}

// schemesOf is a scheme and its members.
func schemesOf(s auth.Scheme) []auth.Scheme {
	list := []auth.Scheme{s}
	var members []auth.Scheme
	switch s := s.(type) {
	case auth.All:
		members = s.Schemes
	case auth.Any:
		members = s.Schemes
	}
	for _, m := range members {
		list = append(list, schemesOf(m)...)
	}
	return list
}

// combines says whether a scheme is made of others.
func combines(s auth.Scheme) bool {
	switch s.(type) {
	case auth.All, auth.Any:
		return true
	}
	return false
}

func (c *compiledIntegration) compileEndpoint(end auth.Endpoint) (compiledEndpoint, error) {
	ce := compiledEndpoint{name: end.Name, secret: end.Client, own: c.def.OwnDomains}
	t, err := template.CompileURL(end.Template)
	if err != nil {
		return ce, err
	}
	for _, r := range t.Refs() {
		if r.Scope != "" {
			return ce, fmt.Errorf("${%s.%s}: only {parameter}s of the connection can stand in it", r.Scope, r.Name)
		}
		if !slices.ContainsFunc(c.params, func(p compiledParameter) bool { return p.Name == r.Name }) {
			return ce, fmt.Errorf("{%s} is not among the parameters: declare it", r.Name)
		}
	}
	ce.url, ce.fixed = t, c.fixedHost(t)
	if ce.fixed {
		ce.ends = c.hostEnds(t)
	}
	if text, ok := t.Literal(); ok {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return ce, fmt.Errorf("want an absolute URL like https://login.example.com/token")
		}
		ce.fixed, ce.origin, ce.ends = true, egress.Origin(u), nil
		if unusualPort(u) {
			c.ownPorts = append(c.ownPorts, ce.origin)
		}
	}
	return ce, nil
}

// hostEnds are the domains that a host with a fixed end can end in.
func (c *compiledIntegration) hostEnds(t *template.Template) []string {
	refs, text := t.HostEnd()
	if text != "" {
		return []string{strings.ToLower(text)}
	}
	var ends []string
	for _, ref := range refs {
		i := slices.IndexFunc(c.params, func(p compiledParameter) bool { return p.Name == ref.Name })
		if i < 0 {
			continue
		}
		p := c.params[i]
		switch {
		case c.fixedEnd(p.Suffix):
			ends = append(ends, strings.ToLower(p.Suffix))
		case len(p.Domains) > 0:
			ends = append(ends, p.Domains...)
		default:
			head, _ := t.HostHead()
			for _, v := range p.Enum {
				ends = append(ends, strings.ToLower(head+p.full(v)))
			}
		}
	}
	return ends
}

// covers says whether a URL is at the place that the definition's owner fixed.
func (e compiledEndpoint) covers(u *url.URL) bool {
	if e.origin != "" {
		return e.origin == egress.Origin(u)
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && slices.ContainsFunc(e.ends, func(end string) bool {
		end = strings.ToLower(end)
		if !sameSuffix(end, host, e.own) {
			return false
		}
		return host == end || strings.HasPrefix(end, ".") && strings.HasSuffix(host, end) || strings.HasSuffix(host, "."+end)
	})
}

// checkCaptured wants a declared parameter for each value that is captured or looked up. What bounds the value, where it
// decides who is asked, is the capture's pattern, and the parameter's rules.
func (c *compiledIntegration) checkCaptured() error {
	if err := c.checkLookedUp(); err != nil {
		return err
	}
	for i, capture := range c.oauth.Capture {
		if !slices.ContainsFunc(c.params, func(p compiledParameter) bool { return p.Name == capture.Parameter }) {
			return at(fmt.Sprintf("capture[%d].parameter", i), fmt.Errorf("%q is not among the integration's parameters: declare it", clip(capture.Parameter)))
		}
	}
	return nil
}

// checkEndpoints tests where a connection's token requests would go, without I/O:
// what a tenant chose must be allowed by the policy, and the platform's secret goes
// only where the platform says. It returns the origins; none of a URL that waits for
// a value which the provider has yet to tell.
func (g *Gateway) checkEndpoints(c *compiledIntegration, info ConnectionInfo, a *app) (origins []string, _ error) {
	for _, e := range c.endpoints {
		u, err := c.endpointFor(e, info)
		if err != nil && c.awaited(e, info) {
			continue
		}
		if err != nil {
			return nil, newError(KindInvalidInput, "", fmt.Errorf("%s: %w", e.name, err))
		}
		if err := g.transport.Policy().CheckURLContext(c.ownOrigins(context.Background()), u); err != nil {
			return nil, newError(KindConfig, "", fmt.Errorf("%s: %w", e.name, err))
		}
		if e.name != "authorize_url" { // that one is for the person; the others are asked, also where a client has no secret
			origins = append(origins, egress.Origin(u))
		}
		if !e.secret && !strings.HasPrefix(e.name, "lookup[") { // which gets the token, once the code is spent: too late to refuse
			continue
		}
		if err := c.mayReceive(u, a); err != nil {
			return nil, newError(KindConfig, "", fmt.Errorf("%s: %w", e.name, err))
		}
	}
	return origins, nil
}

// awaited says whether a URL needs a value that is captured, and isn't there so far.
func (c *compiledIntegration) awaited(e compiledEndpoint, info ConnectionInfo) bool {
	if c.oauth == nil {
		return false
	}
	return slices.ContainsFunc(e.url.Refs(), func(r template.Ref) bool {
		_, given := info.Parameters[r.Name]
		return !given && c.told(r.Name)
	})
}

// brought are the values that a callback brings for the connection's parameters, by
// the rules of those: they may decide who is asked, before anything is saved.
func (c *compiledIntegration) brought(callback url.Values) (map[string]string, error) {
	values := map[string]string{}
	for _, capture := range c.oauth.Capture {
		v := strings.TrimPrefix(callback.Get(cmp.Or(capture.Path, capture.Parameter)), capture.Prefix)
		if capture.From != auth.CaptureCallback || v == "" {
			continue
		}
		for _, p := range c.params {
			if p.Name != capture.Parameter {
				continue
			}
			if err := p.check(v); err != nil {
				return nil, fmt.Errorf("callback: %w", err)
			}
		}
		values[capture.Parameter] = v
	}
	return values, nil
}

func (c *compiledIntegration) endpointFor(e compiledEndpoint, info ConnectionInfo) (*url.URL, error) {
	text, err := e.url.Expand(func(ref template.Ref) (string, bool) {
		v, ok, err := c.parameter(info, ref.Name)
		return v, ok && err == nil
	})
	if err != nil {
		return nil, err
	}
	return url.Parse(text)
}

// mayReceive says whether a URL may be sent the client's secret. A tenant's own goes
// wherever its connection leads.
func (c *compiledIntegration) mayReceive(u *url.URL, a *app) error {
	if a == nil || a.info.Tenant != "" || a.mayKnow(u) {
		return nil
	}
	if slices.ContainsFunc(c.endpoints, func(e compiledEndpoint) bool { return e.covers(u) }) {
		return nil
	}
	return &egress.DeniedError{Host: u.Hostname(), Reason: fmt.Sprintf(
		"a parameter of the connection decides who would get the secret of the app %q: list the origin in the app's Origins, or end the host in a fixed domain", a.info.ID)}
}

func (c *compiledIntegration) ownOrigins(ctx context.Context) context.Context {
	for _, o := range c.ownPorts {
		ctx = egress.AllowOrigin(ctx, o)
	}
	return ctx
}
