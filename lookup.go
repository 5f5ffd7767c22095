package waygate

import (
	"fmt"
	"maps"
	"slices"

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

// checkLookupHeaders is checkTokenHeaders for the requests of a Lookup.
func (c *compiledIntegration) checkLookupHeaders() error {
	for i, step := range c.oauth.Lookup {
		url := fmt.Sprintf("lookup[%d].url", i)
		if !slices.ContainsFunc(c.endpoints, func(e compiledEndpoint) bool { return e.name == url && !e.fixed }) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(step.Headers)) {
			t, err := template.CompileCalls(step.Headers[name], template.Header)
			if err == nil && !publicHeader(name, t.LiteralText()) {
				err = fmt.Errorf("a parameter is the host of %s, so a tenant could have it sent anywhere: "+
					"end the host in a fixed domain ({name}.example.com), give the parameter Domains, or leave the header out", url)
			}
			if err != nil {
				return at(fmt.Sprintf("lookup[%d].headers[%q]", i, name), err)
			}
		}
	}
	return nil
}
