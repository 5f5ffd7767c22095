package waygate

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/waygate-go/waygate/internal/template"
)

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
	return at("base_url", fmt.Errorf("its host is a parameter, so a tenant could have the platform's ${env} values sent anywhere: " +
		"end the host in a fixed domain ({name}.example.com), or leave ${env} out of the headers"))
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
				return at(fmt.Sprintf("headers[%q]", h.name), fmt.Errorf("(values of ${env} stand in Config.Env) %w", err))
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
