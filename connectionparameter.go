package waygate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/waygate-go/waygate/internal/template"
)

// The limits of a connection parameter's definition and value.
const (
	maxParameter = 1024 // bytes of a value
	maxAffix     = 256  // bytes of a prefix or suffix
	maxChoices   = 1000 // values of an enum, and domains
)

// ConnectionParameter is something that differs from connection to connection:
// a subdomain, a region, an account number. It stands in templates as {name} or
// ${connection.name}; where either of two will do, as {name|other}, the first
// that isn't empty, and with a text for the case that none is, {name:-text}.
//
// A value is at most 1 KiB. All rules that are given hold together. What breaks
// one is [ErrInvalidInput], with a field /parameters/NAME whose keyword says
// which rule: pattern, format (also for Domains), enum, maxLength or required.
// Values are shown in listings, but never in errors.
type ConnectionParameter struct {
	Name        string `json:"name"`                  // letters, digits and _, not beginning with a digit, at most 64 bytes
	Title       string `json:"title,omitempty"`       // for forms: "Your subdomain"
	Description string `json:"description,omitempty"` // for forms: where to find it
	// Pattern is a regular expression (RE2) that the whole value must match; at
	// most 1 KiB.
	Pattern string `json:"pattern,omitempty"`
	// Format is "hostname" (RFC 1123, section 2.1, without a dot at its end; no IP
	// address), "uuid" (the text of RFC 9562, section 4) or "uri" (RFC 3986, an
	// absolute https URL without user and fragment, and without a segment . or ..
	// in its path). Empty means any text.
	Format string `json:"format,omitempty"`
	// Enum lists the values that there are; at most 1000.
	Enum []string `json:"enum,omitempty"`
	// Prefix and Suffix are added where the value is used, unless it has them
	// already: with the suffix ".example.com", a customer may give "acme" or
	// "acme.example.com". Pattern, Format, Enum and Default see the value without
	// them. A hostname's are compared without regard to case. At most 256 bytes
	// of printable text. Nothing is added to an empty value.
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
	// Domains holds the value, prefix and suffix included, to these domains and
	// the names below them; of a uri, its host. Each is a registrable domain or a
	// name below one: "example.com", not "com". At most 1000.
	Domains []string `json:"domains,omitempty"`
	// Default is used when the connection doesn't give the parameter.
	Default  *string `json:"default,omitempty"`
	Optional bool    `json:"optional,omitempty"` // absent is the empty text
	// Secret is refused. Parameters are stored, listed and audited in clear: a
	// secret belongs to the credential (auth.Fields, signed with by auth.Key or
	// auth.Headers), or is a [Variable] with Secret set. The member is here so
	// that a definition which has it is told so.
	Secret bool `json:"secret,omitempty"`
}

// compiledParameter is a parameter made ready to check values.
type compiledParameter struct {
	ConnectionParameter
	pattern *regexp.Regexp
}

// compileParameters checks what is declared, and that the base URL asks for
// nothing else.
func (c *compiledIntegration) compileParameters() error {
	known := map[string]bool{}
	for i := range c.def.Parameters {
		// The definition's own slice was copied before; what hangs on it is kept.
		p := &c.def.Parameters[i]
		p.Domains = slices.Clone(p.Domains)
		field := fmt.Sprintf("parameters[%d]", i)
		if err := checkVariableName(p.Name); err != nil {
			return at(field, at("name", err))
		}
		if known[p.Name] {
			return at(field, at("name", fmt.Errorf("%q is declared twice: leave one of the two out", p.Name)))
		}
		known[p.Name] = true
		cp, err := p.compile()
		if err != nil {
			return at(field, err)
		}
		c.params = append(c.params, cp)
	}
	for _, r := range c.base.Refs() {
		if r.Scope == "" && !known[r.Name] {
			return at("base_url", fmt.Errorf("{%s} is not among the parameters: declare it", r.Name))
		}
		if r.Scope != "" {
			return at("base_url", fmt.Errorf("${%s.%s}: only {parameter}s of the connection can stand in it", r.Scope, r.Name))
		}
	}
	// Said by the template and not by its text, where a colon may be a default's.
	c.fixedPort = c.base.FixedPort()
	return c.checkHostEnd()
}

// checkHostEnd refuses a suffix that lets a value choose the domain: what a
// template may not say as "{name}example.com", a suffix may not say either.
func (c *compiledIntegration) checkHostEnd() error {
	refs, text := c.base.HostEnd()
	if text != "" {
		return nil
	}
	for i, p := range c.params {
		if p.Suffix == "" || p.Suffix[0] == '.' || !slices.Contains(refs, template.Ref{Name: p.Name}) {
			continue
		}
		if dot := strings.IndexByte(p.Suffix, '.'); dot < 0 || !fixedDomain(p.Suffix[dot:]) {
			return at(fmt.Sprintf("parameters[%d].suffix", i), fmt.Errorf("ends the host of base_url, where what is before it would choose the domain: "+
				"begin it with a dot, as .example.com"))
		}
	}
	return nil
}

// compile checks a parameter's rules, and that they agree with each other.
func (p ConnectionParameter) compile() (compiledParameter, error) {
	cp := compiledParameter{ConnectionParameter: p}
	if p.Secret {
		return cp, at("secret", errors.New("parameters are kept and listed in clear: put a secret into the credential "+
			"(auth.Fields, with auth.Key or auth.Headers), or into a Variable with Secret set"))
	}
	if err := p.checkAffixes(); err != nil {
		return cp, err
	}
	if err := p.checkDomains(); err != nil {
		return cp, err
	}
	if p.Pattern != "" {
		if len(p.Pattern) > maxPattern {
			return cp, at("pattern", fmt.Errorf("%d bytes, want at most %d", len(p.Pattern), maxPattern))
		}
		re, err := regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
		if err != nil {
			return cp, at("pattern", err)
		}
		cp.pattern = re
	}
	if len(p.Enum) > maxChoices {
		return cp, at("enum", fmt.Errorf("%d values, want at most %d", len(p.Enum), maxChoices))
	}
	for i, v := range p.Enum {
		if cp.bare(v) != v {
			return cp, at(fmt.Sprintf("enum[%d]", i), errors.New("has the prefix or suffix: leave it out there"))
		}
		if err := cp.check(v); err != nil {
			return cp, at(fmt.Sprintf("enum[%d]", i), err)
		}
	}
	if p.Default != nil {
		if err := cp.check(*p.Default); err != nil {
			return cp, at("default", err)
		}
	}
	return cp, nil
}

func (p ConnectionParameter) checkAffixes() error {
	switch p.Format {
	case "", formatHostname, formatUUID:
	case formatURI:
		if p.Prefix != "" || p.Suffix != "" {
			return at("format", errors.New("a uri is whole: leave prefix and suffix out, or use hostname"))
		}
	default:
		return at("format", fmt.Errorf("there is no %q: use hostname, uuid or uri", clip(p.Format)))
	}
	for _, a := range []struct{ field, text string }{{"prefix", p.Prefix}, {"suffix", p.Suffix}} {
		if len(a.text) > maxAffix {
			return at(a.field, fmt.Errorf("%d bytes, want at most %d", len(a.text), maxAffix))
		}
		if !utf8.ValidString(a.text) || strings.ContainsFunc(a.text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return at(a.field, errors.New("want printable text"))
		}
	}
	return nil
}

func (p ConnectionParameter) checkDomains() error {
	if len(p.Domains) > maxChoices {
		return at("domains", fmt.Errorf("%d, want at most %d", len(p.Domains), maxChoices))
	}
	if len(p.Domains) > 0 && p.Format == formatUUID {
		return at("domains", errors.New("a uuid is in no domain: leave one of the two out"))
	}
	for i, d := range p.Domains {
		_, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(d))
		if err != nil || !isHostname(d) {
			return at(fmt.Sprintf("domains[%d]", i), fmt.Errorf("%q is no registrable domain nor a name below one: write it like example.com", clip(d)))
		}
	}
	return nil
}
