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

// checkEgress refuses a base URL and origins that no call could reach, as far as
// that shows before there is a connection: where the host is a parameter, by the
// scheme alone.
func (g *Gateway) checkEgress(c *compiledIntegration) error {
	policy := g.transport.Policy()
	denied := func(field string, err error) error {
		return at(field, fmt.Errorf("%w (the policy is Config.Egress)", err))
	}
	scheme, _, _ := strings.Cut(c.def.BaseURL, ":")
	switch {
	case c.fixed != nil:
		if err := g.checkTarget(c, ConnectionInfo{}, c.fixed); err != nil {
			return denied("base_url", err)
		}
	case strings.EqualFold(scheme, "http") && !policy.AllowHTTP:
		return denied("base_url", &egress.DeniedError{Reason: "plain http is not allowed; use https, or set Policy.AllowHTTP"})
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
	return nil
}

// checkTarget tests where a connection leads, without I/O.
func (g *Gateway) checkTarget(c *compiledIntegration, info ConnectionInfo, base *url.URL) error {
	ctx := context.Background()
	if info.BaseURL == "" && c.fixedPort {
		ctx = egress.AllowOrigin(ctx, egress.Origin(base))
	}
	return g.transport.Policy().CheckURLContext(ctx, base)
}
