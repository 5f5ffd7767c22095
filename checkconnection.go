package waygate

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/template"
)

// checkConnection tests what a tenant wrote against what the integration
// allows.
func (g *Gateway) checkConnection(c *compiledIntegration, info ConnectionInfo) error {
	return g.checkUnfinished(c, info, nil)
}

// checkUnfinished is checkConnection for one that gets some of its parameters, those
// that later names, from the provider or from a hook of the host's.
func (g *Gateway) checkUnfinished(c *compiledIntegration, info ConnectionInfo, later func(name string) bool) error {
	if err := checkSizes(info); err != nil {
		return err
	}
	missing, err := c.checkParameters(info, later)
	if err != nil {
		return err
	}
	if err := checkTags(info.Tags); err != nil {
		return newError(KindInvalidInput, "", err)
	}
	if err := c.checkMappings(info.Mappings); err != nil {
		return err
	}
	base, err := c.baseFor(info)
	if err != nil && !missing {
		return newError(KindInvalidInput, "", err)
	}
	if err == nil {
		if err := g.checkTarget(c, info, base); err != nil {
			return newError(KindConfig, "", err)
		}
	}
	for name, value := range info.Headers {
		if err := checkHeaderName(name, c.places); err != nil {
			return errorf(KindInvalidInput, "", "Headers: %w", err)
		}
		if _, err := template.Escape(template.Header, value); err != nil {
			return errorf(KindInvalidInput, "", "Headers[%q]: control characters can't be sent in a header", name)
		}
	}
	return nil
}

// checkSizes bounds what a tenant can store.
func checkSizes(info ConnectionInfo) error {
	if len(info.BaseURL) > 2048 {
		return errorf(KindInvalidInput, "", "BaseURL: %d bytes, want at most 2048", len(info.BaseURL))
	}
	for _, m := range []struct {
		field  string
		values map[string]string
	}{{"Parameters", info.Parameters}, {"Headers", info.Headers}, {"Metadata", info.Metadata}} {
		if len(m.values) > 50 {
			return errorf(KindInvalidInput, "", "%s: %d entries, want at most 50", m.field, len(m.values))
		}
		for name, value := range m.values {
			if len(name) > 200 || len(value) > 4096 {
				return errorf(KindInvalidInput, "", "%s[%q]: want a name of at most 200 bytes and a value of at most 4096", m.field, clip(name))
			}
			if !utf8.ValidString(name+value) || strings.ContainsRune(name+value, 0) {
				return errorf(KindInvalidInput, "", "%s[%q]: want valid UTF-8 without NUL", m.field, clip(name))
			}
		}
	}
	return nil
}

// checkEgress refuses a base URL, origins and endpoints of the scheme that no call
// could reach, as far as that shows before there is a connection: where the host is
// a parameter, by the scheme alone.
func (g *Gateway) checkEgress(c *compiledIntegration) error {
	policy := g.transport.Policy()
	denied := func(field string, err error) error {
		return at(field, fmt.Errorf("%w (the policy is Config.Egress)", err))
	}
	if c.fixed != nil {
		if err := g.checkTarget(c, ConnectionInfo{}, c.fixed); err != nil {
			return denied("base_url", err)
		}
	} else if err := checkPlain(policy, c.def.BaseURL); err != nil {
		return denied("base_url", err)
	}
	for i, origin := range c.origins {
		u, err := url.Parse(origin)
		if err == nil {
			err = policy.CheckURLContext(egress.AllowOrigin(context.Background(), origin), u)
		}
		if err != nil {
			return denied(fmt.Sprintf("origins[%d]", i), err)
		}
	}
	for _, e := range c.endpoints {
		if err := c.checkEndpoint(policy, e); err != nil {
			return at("auth", denied(e.name, err))
		}
	}
	return nil
}

// checkPlain refuses a URL of plain http, whose host may be a parameter.
func checkPlain(policy egress.Policy, text string) error {
	if scheme, _, _ := strings.Cut(text, ":"); strings.EqualFold(scheme, "http") && !policy.AllowHTTP {
		return &egress.DeniedError{Reason: "plain http is not allowed; use https, or set Policy.AllowHTTP"}
	}
	return nil
}

// checkEndpoint asks the policy about a URL of the scheme, as far as it is known.
func (c *compiledIntegration) checkEndpoint(policy egress.Policy, e compiledEndpoint) error {
	text, ok := e.url.Literal()
	if !ok {
		return checkPlain(policy, e.url.LiteralText())
	}
	u, err := url.Parse(text)
	if err != nil {
		return err
	}
	return policy.CheckURLContext(c.ownOrigins(context.Background()), u)
}

// checkTarget tests where a connection leads, without I/O.
func (g *Gateway) checkTarget(c *compiledIntegration, info ConnectionInfo, base *url.URL) error {
	ctx := context.Background()
	if info.BaseURL == "" && c.fixedPort {
		ctx = egress.AllowOrigin(ctx, egress.Origin(base))
	}
	return g.transport.Policy().CheckURLContext(ctx, base)
}
