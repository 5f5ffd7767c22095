package waygate

import (
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"
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
			return at(fmt.Sprintf("own_domains[%d]", i), fmt.Errorf("%q needs no place here: all hosts below it are of one owner. Leave it out", clip(d)))
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
