package waygate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/template"
)

// told says whether a parameter's value comes from the provider.
func (c *compiledIntegration) told(name string) bool {
	if c.oauth == nil {
		return false
	}
	return slices.ContainsFunc(c.oauth.Capture, func(p auth.Capture) bool { return p.Parameter == name }) ||
		slices.ContainsFunc(c.oauth.Lookup, func(p auth.LoginStep) bool {
			return slices.ContainsFunc(p.Answer.Values, func(v auth.LoginValue) bool { return v.Name == name })
		})
}

// checkLookedUp wants a declared parameter for each value that is looked up.
func (c *compiledIntegration) checkLookedUp() error {
	for i, step := range c.oauth.Lookup {
		for j, v := range step.Answer.Values {
			if !slices.ContainsFunc(c.params, func(p compiledParameter) bool { return p.Name == v.Name }) {
				return at(fmt.Sprintf("lookup[%d].answer.values[%d].name", i, j), fmt.Errorf("%q is not among the integration's parameters: declare it", clip(v.Name)))
			}
			if c.looseHost(v.Name) {
				return at(fmt.Sprintf("lookup[%d].answer.values[%d].name", i, j), fmt.Errorf("%q becomes the host that tokens are sent to: "+
					"give the parameter a Pattern, Domains or an Enum, or end the host in a fixed domain ({%s}.example.com)", clip(v.Name), clip(v.Name)))
			}
		}
	}
	return nil
}

// looseHost says whether a parameter without a rule ends a host that the connection's credential is sent to, so that any
// value at all would decide who gets that. Base URLs of single actions are held to fixed domains anyway.
func (c *compiledIntegration) looseHost(name string) bool {
	bound := slices.ContainsFunc(c.params, func(p compiledParameter) bool {
		return p.Name == name && (p.Pattern != "" || len(p.Domains) > 0 || len(p.Enum) > 0 || c.fixedEnd(p.Suffix))
	})
	ends := func(t *template.Template) bool {
		refs, text := t.HostEnd()
		return !c.fixedEnd(text) && slices.Contains(refs, template.Ref{Name: name})
	}
	return !bound && (ends(c.base) || slices.ContainsFunc(c.endpoints, func(e compiledEndpoint) bool { return ends(e.url) }))
}

// checkSteps looks at the requests that a scheme writes out itself.
func (c *compiledIntegration) checkSteps(s auth.Scheme) error {
	switch s := s.(type) {
	case auth.OAuth2:
		return c.checkStepHeaders("lookup", s.Lookup)
	case auth.Login:
		return cmp.Or(c.checkStepHeaders("steps", s.Steps), c.checkStepHeaders("refresh", s.Refresh))
	}
	return nil
}

// checkStepHeaders is checkTokenHeaders for the requests of a Login or a Lookup, and for what they say as Basic.
func (c *compiledIntegration) checkStepHeaders(field string, steps []auth.LoginStep) error {
	for i, step := range steps {
		at1 := fmt.Sprintf("%s[%d]", field, i)
		if !slices.ContainsFunc(c.endpoints, func(e compiledEndpoint) bool { return e.name == at1+".url" && !e.fixed }) {
			continue
		}
		headers := map[string]string{}
		for name, v := range step.Headers {
			headers[fmt.Sprintf("headers[%q]", name)] = v
		}
		if step.Basic != nil {
			headers["basic.user"], headers["basic.password"] = step.Basic.User, step.Basic.Password
		}
		for _, where := range slices.Sorted(maps.Keys(headers)) {
			name := strings.TrimSuffix(strings.TrimPrefix(where, `headers["`), `"]`)
			t, err := template.CompileCalls(headers[where], template.Header)
			if err == nil && !publicHeader(name, t.LiteralText()) {
				err = fmt.Errorf("a parameter is the host of %s.url, so a tenant could have it sent anywhere: "+
					endFixed+", give the parameter Domains, or leave it out", at1)
			}
			if err != nil {
				return at(at1+"."+where, err)
			}
		}
	}
	return nil
}
