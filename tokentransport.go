package waygate

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// tokenTransport sends the requests of a scheme's own.
type tokenTransport struct {
	gw       *Gateway
	integ    *compiledIntegration
	app      *app
	origins  []string // where the URLs of the connection lead
	identity *egress.Identity
}

// tokenClient is what a connection's token requests are sent with.
func (g *Gateway) tokenClient(c *compiledIntegration, a *app, origins []string) (*http.Client, error) {
	t := tokenTransport{gw: g, integ: c, app: a, origins: origins, identity: c.identity}
	if c.def.TLS != nil && c.def.TLS.Certificate != "" && slices.ContainsFunc(c.endpoints, func(e compiledEndpoint) bool { return !e.fixed }) {
		t.identity = nil // the certificate is the platform's
		if c.roots() != "" {
			var err error
			if t.identity, err = g.identityOf(secret.String{}, secret.String{}, c.roots()); err != nil {
				return nil, newError(KindConfig, "", err)
			}
		}
	}
	if a != nil && a.client.Certificate != "" {
		identity, err := g.identityOf(secret.New(a.client.Certificate), a.client.Key, c.roots())
		if err != nil {
			return nil, newError(KindConfig, "", fmt.Errorf("app %q: %w", a.info.ID, err))
		}
		t.identity = identity
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// RoundTrip sends the request where it may go.
func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !slices.Contains(t.origins, egress.Origin(req.URL)) {
		return nil, &egress.DeniedError{Host: req.URL.Hostname(), Reason: "is not where the connection's parameters lead"}
	}
	if err := t.integ.mayReceive(req.URL, t.app); err != nil {
		return nil, err
	}
	ctx := t.integ.ownOrigins(req.Context())
	if t.identity != nil {
		ctx = egress.WithIdentity(ctx, t.identity)
	}
	return t.gw.way.RoundTrip(req.WithContext(ctx))
}
