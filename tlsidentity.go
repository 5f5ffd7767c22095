package waygate

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/secret"
)

// compileTLS reads what the integration presents and trusts.
func (g *Gateway) compileTLS(c *compiledIntegration) error {
	t := c.def.TLS
	if t == nil {
		return nil
	}
	if (t.Certificate == "") != (t.Key == "") {
		return fmt.Errorf("certificate and key belong together: set both or none")
	}
	certificate, err := g.platformText(t.Certificate)
	if err != nil {
		return at("certificate", err)
	}
	if strings.Contains(t.Certificate, "PRIVATE KEY") {
		return at("certificate", fmt.Errorf("a definition is no place for a private key: write the certificate alone, and the key as ${env.name}"))
	}
	key, err := g.platformText(t.Key)
	if err != nil {
		return at("key", err)
	}
	if text, err := template.Compile(t.Key, template.Text); t.Key != "" && (err != nil || strings.TrimSpace(text.LiteralText()) != "") {
		return at("key", fmt.Errorf("a definition is no place for a private key: put it into Config.Env and write ${env.name}"))
	}
	c.identity, err = egress.NewIdentity(secret.New(certificate), secret.New(key), t.Roots)
	var bad *egress.IdentityError
	if errors.As(err, &bad) {
		return at(strings.ToLower(bad.Field), err)
	}
	return err
}

// platformText expands a text of the definition's owner: only ${env.name} can
// stand in it.
func (g *Gateway) platformText(src string) (string, error) {
	t, err := template.Compile(src, template.Text)
	if err != nil {
		return "", err
	}
	return t.Expand(func(r template.Ref) (string, bool) {
		v, ok := g.env[r.Name]
		return v.Reveal(), ok && r.Scope == "env"
	})
}

// presenting puts what the request presents and trusts in the TLS handshake into
// its ctx: the customer's certificate where the scheme has one, else the
// integration's.
func (r *run) presenting(ctx context.Context, cred auth.Credential) (context.Context, error) {
	integ := r.action.integ
	if id, ok := integ.def.Auth.(auth.Identifier); ok && cred.Kind != "" {
		certificate, key, err := id.Identity(cred)
		if err != nil {
			return ctx, newError(KindConfig, "", err)
		}
		if !certificate.IsZero() {
			identity, err := r.gw.identityOf(certificate, key, integ.roots())
			if err != nil {
				return ctx, newError(KindConfig, "", err)
			}
			return egress.WithIdentity(ctx, identity), nil
		}
	}
	if integ.identity != nil {
		ctx = egress.WithIdentity(ctx, integ.identity)
	}
	return ctx, nil
}

func (c *compiledIntegration) roots() string {
	if c.def.TLS == nil {
		return ""
	}
	return c.def.TLS.Roots
}

// identityOf reads a certificate, once.
func (g *Gateway) identityOf(certificate, key secret.String, roots string) (*egress.Identity, error) {
	hash := sha256.New()
	for _, part := range []string{certificate.Reveal(), key.Reveal(), roots} {
		fmt.Fprintf(hash, "%d %s", len(part), part)
	}
	name := [sha256.Size]byte(hash.Sum(nil))
	if identity, ok := g.identities.Get(name); ok {
		return identity, nil
	}
	identity, err := egress.NewIdentity(certificate, key, roots)
	if err != nil {
		return nil, err
	}
	return g.identities.GetOrCreate(name, func() *egress.Identity { return identity }), nil
}
