package waygate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/template"
)

// ownWay is what an action says otherwise than its integration: where its requests
// go, and how they are signed.
type ownWay struct {
	base  *template.Template // nil: the connection's
	fixed *url.URL           // base, if it holds no parameter
	auth  auth.Scheme        // nil: the integration's
	// optional says that a request whose credential auth doesn't take goes unsigned.
	optional bool
}

// addOwnPlaces makes the places known that schemes of single actions write to: what
// one may set, no input may.
func (c *compiledIntegration) addOwnPlaces() {
	for _, a := range c.def.Actions {
		h, ok := unwrapped[interface{ definition() HTTPAction }](a)
		if !ok {
			continue
		}
		own := h.definition().Auth
		p, ok := own.(auth.Placer)
		if !ok {
			continue
		}
		for _, place := range p.Places() {
			if !slices.Contains(c.places, place) {
				c.places = append(slices.Clone(c.places), place)
			}
		}
	}
}

// compileOwn checks BaseURL and Auth of an action.
func (c *compiledIntegration) compileOwn(a HTTPAction) (own ownWay, _ error) {
	if err := c.compileOwnAuth(&own, a.Auth); err != nil {
		return own, at("auth", err)
	}
	if a.BaseURL == "" {
		return own, nil
	}
	if strings.ContainsAny(a.BaseURL, "?#") {
		return own, at("base_url", fmt.Errorf("want no query or fragment in it: declare a parameter instead"))
	}
	var err error
	if own.base, err = template.CompileURL(strings.TrimSuffix(a.BaseURL, "/")); err != nil {
		return own, at("base_url", err)
	}
	for _, r := range own.base.Refs() {
		if r.Scope != "" || !slices.ContainsFunc(c.params, func(p compiledParameter) bool { return p.Name == r.Name }) {
			return own, at("base_url", fmt.Errorf("%s is not among the integration's parameters: declare it", r))
		}
	}
	if !own.base.FixedPort() {
		return own, at("base_url", fmt.Errorf("its port is a parameter: write it out"))
	}
	text, literal := own.base.Literal()
	if !literal {
		if !c.fixedHost(own.base) {
			return own, at("base_url", fmt.Errorf("its host is a parameter, so a tenant could have it sent anywhere: "+
				endFixed+", or give the parameter Domains or an Enum"))
		}
		return own, nil
	}
	if own.fixed, err = parseBase(text); err != nil {
		return own, at("base_url", err)
	}
	if unusualPort(own.fixed) {
		c.ownPorts = append(c.ownPorts, egress.Origin(own.fixed))
	}
	return own, nil
}

// compileOwnAuth checks a scheme that signs with the credential of the integration's.
func (c *compiledIntegration) compileOwnAuth(own *ownWay, s auth.Scheme) error {
	if s == nil {
		return nil
	}
	if err := s.Validate(); err != nil {
		return err
	}
	_, none := s.(auth.None)
	if !none && !c.needsCredential() {
		return errors.New("the integration's auth is none, so there is no credential to sign with: set that, and here none where it isn't needed")
	}
	for _, m := range schemesOf(s) {
		if combines(m) {
			continue
		}
		if _, ok := m.(auth.None); ok && !none {
			own.optional = true
		}
		_, renews := m.(auth.Renewer)
		_, presents := m.(auth.Identifier)
		if renews || presents {
			return fmt.Errorf("kind %s belongs to the integration: an action says only what is written where, as bearer or key do", m.Kind())
		}
	}
	c.timed = c.timed || timed(s)
	own.auth = s
	return nil
}

// checkOwnEgress asks the policy about the base URLs of single actions.
func (g *Gateway) checkOwnEgress(c *compiledIntegration) error {
	for i, def := range c.def.Actions {
		a := c.actions[def.Info().ID]
		if a == nil || a.http == nil || a.http.own.base == nil {
			continue
		}
		err := checkPlain(g.transport.Policy(), a.http.own.base.LiteralText())
		if u := a.http.own.fixed; u != nil {
			err = g.transport.Policy().CheckURLContext(c.ownOrigins(context.Background()), u)
		}
		if err != nil {
			return at(fmt.Sprintf("actions[%d]", i), at("base_url", fmt.Errorf("action %s: %w (the policy is Config.Egress)", a.info.ID, err)))
		}
	}
	return nil
}

// scheme signs the action's requests. optional says that they may go unsigned.
func (a *compiledAction) scheme() (s auth.Scheme, optional bool) {
	if a.http != nil && a.http.own.auth != nil {
		return a.http.own.auth, a.http.own.optional
	}
	return a.integ.def.Auth, false
}

// signs says whether the action's requests are signed at all.
func (a *compiledAction) signs() bool {
	s, _ := a.scheme()
	_, none := s.(auth.None)
	return !none && a.integ.needsCredential()
}

// ownBase is where the requests of a call go: where its action says, else where the
// connection leads. One that was given a base URL of its own goes there always: it
// may be another installation, whose credential is nobody else's.
func (r *run) ownBase() (*url.URL, error) {
	h := r.action.http
	if h.own.base == nil || r.link.info.BaseURL != "" {
		return r.link.base, nil
	}
	u := h.own.fixed
	if u == nil {
		text, err := h.own.base.Expand(func(ref template.Ref) (string, bool) {
			v, ok, err := r.action.integ.parameter(r.link.info, ref.Name)
			return v, ok && err == nil
		})
		if err != nil {
			return nil, newError(KindConfig, "", fmt.Errorf("base URL of the action: %w", err))
		}
		if u, err = r.action.integ.own(h.own.base, text); err != nil {
			return nil, newError(KindConfig, "", fmt.Errorf("base URL of the action: %w", err))
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ownOrigin = egress.Origin(u)
	return u, nil
}

// homeOrigin is where the action's first page is, which a continuation token is bound to.
func (r *run) homeOrigin() string {
	h := r.action.http
	if h == nil || h.own.base == nil || r.link.info.BaseURL != "" {
		return r.link.origin
	}
	u, err := r.ownBase()
	if err != nil {
		return ""
	}
	return egress.Origin(u)
}

// ownSigns says whether an origin is that of the action's own base URL.
func (r *run) ownSigns(origin string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return origin != "" && origin == r.ownOrigin
}
