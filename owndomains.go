package waygate

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/waygate-go/waygate/internal/template"
)

const maxOwnDomains = 16

// checkOwnDomains takes those that the public suffix list has in its private part: what a registry gives out ("com") is
// nobody's own, and below any other domain all hosts have one owner anyway.
func (c *compiledIntegration) checkOwnDomains() error {
	if len(c.def.OwnDomains) > maxOwnDomains {
		return at("own_domains", fmt.Errorf("%d, want at most %d", len(c.def.OwnDomains), maxOwnDomains))
	}
	for i, d := range c.def.OwnDomains {
		suffix, icann := publicsuffix.PublicSuffix(strings.ToLower(d))
		switch {
		case !isHostname(d) || !strings.Contains(d, ".") || icann && suffix == strings.ToLower(d):
			return at(fmt.Sprintf("own_domains[%d]", i), fmt.Errorf("%q is no domain of a provider's: write it like myshopify.com", clip(d)))
		case suffix != strings.ToLower(d):
			return at(fmt.Sprintf("own_domains[%d]", i), fmt.Errorf("%q needs no place here: it isn't on the list of public suffixes, so that its hosts are taken for one owner's. Leave it out", clip(d)))
		}
	}
	return nil
}

// fixedEnd says whether the literal end of a host is of the provider's, whatever stands before it.
func (c *compiledIntegration) fixedEnd(tail string) bool {
	if fixedDomain(tail) {
		return true
	}
	domain := strings.ToLower(tail)
	if i := strings.LastIndex(domain, ":"); i >= 0 {
		domain = domain[:i]
	}
	for _, own := range c.def.OwnDomains {
		if strings.HasSuffix(domain, "."+strings.ToLower(own)) {
			return true
		}
	}
	return false
}

// fixedChoice says whether a parameter that ends a host can only be what the definition lists, so that no other parameter
// decides on the domain.
func (c *compiledIntegration) fixedChoice(t *template.Template, p compiledParameter) bool {
	head, open := t.HostHead()
	return len(p.Enum) > 0 && (!open || !slices.ContainsFunc(p.Enum, func(v string) bool { return !c.fixedEnd(head + p.full(v)) }))
}

// strays says whether a host is of another owner than its template ends in: the list of public suffixes has domains below
// those of providers, where anybody may have a server ("s3.amazonaws.com").
func (c *compiledIntegration) strays(t *template.Template, host string) bool {
	ends := c.hostEnds(t)
	return len(ends) > 0 && !slices.ContainsFunc(ends, func(end string) bool { return sameSuffix(end, host, c.def.OwnDomains) })
}

// sameSuffix says whether a host is below the same public suffix as the end of it that is written out, so that both are of
// one owner. A suffix itself is of who runs it.
func sameSuffix(end, host string, own []string) bool {
	suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(host))
	given, _ := publicsuffix.PublicSuffix(strings.ToLower(strings.Trim(end, ".")))
	return suffix == given || suffix == strings.ToLower(host) || slices.ContainsFunc(own, func(d string) bool { return strings.EqualFold(d, suffix) })
}
