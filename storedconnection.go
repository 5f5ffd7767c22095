package waygate

import (
	"context"
	"fmt"
	"sync"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// storedConnection is a connection from the store.
type storedConnection struct {
	gw   *Gateway
	row  StoredConnection
	cred *StoredCredential

	mappings func() (map[string]ActionMappings, error) // row.Mappings, read once

	mu     sync.Mutex     // guards opened and judged
	opened *auth.TokenRow // cred, opened and since then renewed; nil before the first use
	judged judgement      // whether it can be renewed
}

// judgement remembers whether a version of a credential can be renewed by a definition's scheme, which may have to look
// into many templates to tell.
type judgement struct {
	integ   *compiledIntegration
	version int64
	can     bool
}

var _ Connection = (*storedConnection)(nil)

func (c *storedConnection) Info() ConnectionInfo {
	row := c.row
	row.Mappings = nil
	info := infoOf(row, c.cred)
	info.Mappings, _ = c.mappings()
	return info
}

// Credential is what is stored, renewed or not.
func (c *storedConnection) Credential(context.Context) (auth.Credential, error) {
	row, err := c.open()
	return row.Credential, err
}

// open opens what is sealed, once.
func (c *storedConnection) open() (auth.TokenRow, error) {
	if c.cred == nil {
		return auth.TokenRow{}, errorf(KindConfig, "", "connection %q has no credential: set one with Tenant.SetCredential", c.row.Slug)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil {
		opened, err := c.gw.tokenRow(*c.cred)
		if err != nil {
			return auth.TokenRow{}, err
		}
		c.opened = &opened
	}
	return *c.opened, nil
}

// renewable says whether the scheme of a definition can renew row.
func (c *storedConnection) renewable(integ *compiledIntegration, row auth.TokenRow) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.judged.integ != integ || c.judged.version != row.Version {
		c.judged = judgement{integ: integ, version: row.Version, can: integ.renewer.Renewal(row.Credential).Possible}
	}
	return c.judged.can
}

// renewed takes up what was renewed.
func (c *storedConnection) renewed(row auth.TokenRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil || row.Version > c.opened.Version {
		c.opened = &row
	}
}

func credentialBinding(c StoredCredential, field string) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeCredential, Kind: "credential", Tenant: c.Tenant, ID: c.ID, Field: field}
}

func (g *Gateway) openCredential(c StoredCredential) (auth.Credential, error) {
	return g.openSealed(c, "sealed", c.Sealed)
}

// openSealed opens one of a credential's sealed fields.
func (g *Gateway) openSealed(c StoredCredential, field string, sealed []byte) (auth.Credential, error) {
	clear, err := g.cfg.Keyring.Open(credentialBinding(c, field), sealed)
	if err != nil {
		return auth.Credential{}, newError(KindConfig, "", fmt.Errorf("credential %s does not open: %w", c.ID, err))
	}
	cred, err := auth.DecodeCredential(clear)
	if err != nil {
		return auth.Credential{}, newError(KindConfig, "", fmt.Errorf("credential %s: %w", c.ID, err))
	}
	return cred, nil
}

func (g *Gateway) sealCredential(row *StoredCredential, c auth.Credential) error {
	var err error
	row.Sealed, err = g.seal(*row, "sealed", c)
	row.Expires = c.Expires
	return err
}

func (g *Gateway) seal(row StoredCredential, field string, c auth.Credential) ([]byte, error) {
	clear, err := c.Encode()
	if err != nil {
		return nil, err
	}
	return g.cfg.Keyring.Seal(credentialBinding(row, field), clear)
}

// storeError is a failure of the store as hosts see it.
func storeError(ctx context.Context, op string, err error) error {
	return errorAs(err, kindOf(ctx, err, KindStore)).withOp(op)
}
