package waygate

import (
	"fmt"
	"maps"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/secret"
)

// checkTrust refuses to send the platform's secrets to a host that a tenant can
// choose. The platform's are the values of Config.Env, the headers that the
// definition writes out, and its client certificate.
func (c *compiledIntegration) checkTrust() error {
	templates := c.headers
	for _, a := range c.actions {
		if a.http != nil {
			templates = slices.Concat(templates, a.http.headers)
		}
	}
	what := ""
	for _, h := range templates {
		if told := h.told; told != "" {
			what = told
		}
	}
	for _, a := range c.actions {
		if a.http != nil && what == "" {
			what = a.http.secretDefault()
		}
	}
	if c.def.TLS != nil && c.def.TLS.Certificate != "" {
		what = "a client certificate"
	}
	c.platformSecrets = what != ""
	c.secrets = c.platformTexts(templates)
	if !c.platformSecrets || c.fixed != nil || c.fixedPort && c.endsFixed() {
		return nil
	}
	return at("base_url", fmt.Errorf("its host is a parameter, so a tenant could have what belongs to the platform (%s) sent anywhere: "+
		endFixed+", give the parameter Domains, or leave %s out", what, what))
}

// endFixed is the advice where a tenant must not choose a whole host.
const endFixed = "end the host in a fixed domain ({name}.example.com; one below which anybody can have a host, such as myshopify.com, has to stand in own_domains)"

// platformTexts are what the definition writes out of the platform's, for the
// redactor: a provider may echo it, whole or a piece of it.
func (c *compiledIntegration) platformTexts(templates []headerTemplate) []secret.String {
	var list []secret.String
	for _, h := range templates {
		if h.secret() != "" {
			list = appendTexts(list, h.value.LiteralTexts()...)
		}
	}
	for _, a := range c.actions {
		if a.http == nil {
			continue
		}
		for _, p := range a.http.order {
			if p.platform() {
				list = appendTexts(list, p.texts()...)
			}
		}
	}
	return list
}

func appendTexts(list []secret.String, texts ...string) []secret.String {
	for _, text := range texts {
		if len(text) >= secret.MinRedacted {
			list = append(list, secret.New(text))
		}
	}
	return list
}

// secret is what of the platform's a header tells: a value of Config.Env, or what
// the definition writes out, unless its name says that it is public or it is
// shorter than any secret; empty if it tells nothing. A value that is a tenant's
// or a caller's is theirs.
func (h headerTemplate) secret() string {
	for _, r := range h.value.Refs() {
		if r.Scope == "env" {
			return r.String() + " in the header " + h.name
		}
	}
	if publicHeader(h.name, h.value.LiteralText()) {
		return ""
	}
	return "the header " + h.name
}

// publicHeader says that nobody minds who reads a header of the definition's.
func publicHeader(name, text string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Accept", "Accept-Language", "Content-Type", "Prefer", "Soapaction", "User-Agent", "X-Requested-With":
		return true
	}
	return strings.HasSuffix(strings.ToLower(name), "-version") || len(text) < secret.MinRedacted
}

// secretDefault is what of the platform's the default of a header or cookie tells;
// empty if none tells anything.
func (h *compiledHTTP) secretDefault() string {
	for _, p := range h.order {
		if p.platform() {
			return fmt.Sprintf("the default of the %s %s", p.In, p.As)
		}
	}
	return ""
}

// platform says that a default is the platform's, as a header is that the
// definition writes out. Defaults in a query or a body are no place for a secret.
func (p *compiledParam) platform() bool {
	if p.Default == nil || p.In != InHeader && p.In != InCookie {
		return false
	}
	return !publicHeader(p.As, plainText(p.Default))
}

// texts are what a default is sent as: each of its values, and where they are
// joined to one, that.
func (p *compiledParam) texts() []string {
	var list []string
	switch v := p.Default.(type) {
	case []any:
		for _, item := range v {
			list = append(list, plainText(item))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(list, plainText(v[name]))
		}
	default:
		return []string{plainText(v)}
	}
	if p.In == InHeader {
		if text, err := p.wire.Header(p.Default); err == nil {
			list = append(list, text)
		}
		return list
	}
	pairs, _ := p.wire.Cookie(p.Default) // one that can't be written is told of by each call
	for _, pair := range pairs {
		list = append(list, pair.Value)
	}
	return list
}

func plainText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return string(jsontree.Append(nil, v))
}

// endsFixed says that the host of the base URL ends in a domain which no
// connection's parameter can change.
func (c *compiledIntegration) endsFixed() bool { return c.fixedHost(c.base) }

// fixedHost is endsFixed for any URL.
func (c *compiledIntegration) fixedHost(t *template.Template) bool {
	refs, text := t.HostEnd()
	switch {
	case len(refs) == 0:
		return true
	case text != "":
		return c.fixedEnd(text)
	}
	for _, ref := range refs {
		i := slices.IndexFunc(c.params, func(p compiledParameter) bool { return p.Name == ref.Name })
		if i < 0 {
			return false
		}
		if p := c.params[i]; len(p.Domains) == 0 && !c.fixedEnd(p.Suffix) && !c.fixedChoice(t, p) {
			return false
		}
	}
	return true
}

// sameOwner says whether a connection's own base URL stays with the owner of the
// definition's: at the same registrable domain, or at an origin that it lists.
func (c *compiledIntegration) sameOwner(u *url.URL) bool {
	origin := egress.Origin(u)
	if c.fixed != nil && origin == egress.Origin(c.fixed) || slices.Contains(c.origins, origin) {
		return true
	}
	_, end := c.base.HostEnd()
	ours, theirs := registrable(end), registrable(u.Hostname())
	return ours != "" && ours == theirs && u.Scheme == "https"
}

// fixedDomain says whether the literal end of a host holds a registrable domain,
// so that what stands before it is always of the same owner.
func fixedDomain(tail string) bool {
	domain, ok := strings.CutPrefix(tail, ".")
	if i := strings.LastIndex(domain, ":"); i >= 0 {
		domain = domain[:i]
	}
	return ok && registrable(domain) != ""
}

// registrable is the domain of a host that somebody owns, one label below a public
// suffix; empty for a host that has none, such as an address.
func registrable(host string) string {
	host = strings.ToLower(strings.Trim(host, "."))
	last := host[strings.LastIndex(host, ".")+1:]
	if strings.Trim(last, "0123456789") == "" { // no domain ends in a number: it is the end of an address
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}

// checkEnv refuses names that Config.Env doesn't have, so that they fail here
// and not in a call.
func (g *Gateway) checkEnv(c *compiledIntegration) error {
	check := func(headers []headerTemplate) error {
		for _, h := range headers {
			_, err := h.value.Expand(func(r template.Ref) (string, bool) {
				if r.Scope != "env" {
					return "", true // known in a call
				}
				v, ok := g.env[r.Name]
				return v.Reveal(), ok
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
	for i, def := range c.def.Actions {
		a := c.actions[def.Info().ID]
		if a == nil || a.http == nil {
			continue
		}
		if err := check(a.http.headers); err != nil {
			return at(fmt.Sprintf("actions[%d]", i), fmt.Errorf("action %s: %w", a.info.ID, err))
		}
	}
	return nil
}
