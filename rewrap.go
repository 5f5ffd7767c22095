package waygate

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/auth"
)

// Rewrapped counts what a [Gateway.Rewrap] came across.
type Rewrapped struct {
	// Moved rows are sealed with the newest key now.
	Moved int
	// Left rows still need an older one: a token request is marked for them, or
	// somebody wrote them meanwhile.
	Left int
}

// Rewrap seals everything anew that isn't sealed with the keyring's newest key.
// Calls go on meanwhile. To change keys: put the new key first in the keyring's
// [secret.Source], Reload the keyring in every process, run Rewrap until Left is
// 0, then take the old key away and Reload again.
func (g *Gateway) Rewrap(ctx context.Context) (Rewrapped, error) {
	const op = "rewrap"
	var n Rewrapped
	if err := g.begin(ctx, op); err != nil {
		return n, err
	}
	defer g.life.end()
	if err := g.rewrapCredentials(ctx, &n); err != nil {
		return n, storeError(ctx, op, err)
	}
	if err := g.rewrapVariables(ctx, &n); err != nil {
		return n, storeError(ctx, op, err)
	}
	if err := g.rewrapApps(ctx, &n); err != nil {
		return n, storeError(ctx, op, err)
	}
	return n, nil
}

// count notes a stale row.
func (n *Rewrapped) count(moved bool) {
	if moved {
		n.Moved++
	} else {
		n.Left++
	}
}

func (g *Gateway) rewrapCredentials(ctx context.Context, n *Rewrapped) error {
	for cursor := ""; ; {
		page, err := g.cfg.Store.Credentials().Scan(ctx, cursor)
		if err != nil {
			return err
		}
		for _, row := range page.Credentials {
			if !g.stale(row.Sealed) && !g.stale(row.Spare) {
				continue
			}
			moved, err := g.rewrapCredential(ctx, row)
			if err != nil {
				return err
			}
			n.count(moved)
		}
		if cursor = page.Cursor; cursor == "" {
			return nil
		}
	}
}

func (g *Gateway) stale(sealed []byte) bool {
	return len(sealed) > 0 && g.cfg.Keyring.Stale(sealed)
}

// rewrapCredential moves one row, unless a token request is marked for it or it
// was written meanwhile.
func (g *Gateway) rewrapCredential(ctx context.Context, row StoredCredential) (bool, error) {
	if row.Intent != nil {
		return false, nil
	}
	for _, part := range []struct {
		field  string
		sealed *[]byte
	}{{"sealed", &row.Sealed}, {"spare", &row.Spare}} {
		if !g.stale(*part.sealed) {
			continue
		}
		binding := credentialBinding(row, part.field)
		clear, err := g.cfg.Keyring.Open(binding, *part.sealed)
		if err != nil {
			return false, newError(KindConfig, "", fmt.Errorf("credential %s of tenant %q does not open: %w", row.ID, row.Tenant, err))
		}
		if *part.sealed, err = g.cfg.Keyring.Seal(binding, clear); err != nil {
			return false, err
		}
		if part.field == "sealed" && len(row.Digests) > 0 {
			cred, err := auth.DecodeCredential(clear)
			if err != nil {
				return false, newError(KindConfig, "", fmt.Errorf("credential %s of tenant %q: %w", row.ID, row.Tenant, err))
			}
			row.Digests[0] = g.cfg.Keyring.Digest(grantBinding(row.Integration), refreshTokenOf(cred))
		}
	}
	_, err := g.cfg.Store.Credentials().Save(ctx, row, nil)
	g.cache.forget(row.Tenant, row.Integration) // what is remembered is sealed with the old key
	return wasWritten(err)
}

// wasWritten says whether a row was written; that somebody was faster isn't an
// error.
func wasWritten(err error) (bool, error) {
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrUnresolved) {
		return false, nil
	}
	return err == nil, err
}

func (g *Gateway) rewrapVariables(ctx context.Context, n *Rewrapped) error {
	if g.parts.variables == nil {
		return nil
	}
	for cursor := ""; ; {
		page, err := g.parts.variables.ScanVariables(ctx, cursor)
		if err != nil {
			return err
		}
		for _, row := range page.Variables {
			if !g.stale(row.Sealed) {
				continue
			}
			moved, err := g.rewrapVariable(ctx, row)
			if err != nil {
				return err
			}
			n.count(moved)
		}
		if cursor = page.Cursor; cursor == "" {
			return nil
		}
	}
}

func (g *Gateway) rewrapVariable(ctx context.Context, row StoredVariable) (bool, error) {
	clear, err := g.cfg.Keyring.Open(variableBinding(row), row.Sealed)
	if err != nil {
		return false, newError(KindConfig, "", fmt.Errorf("variable %s of tenant %q does not open: %w", row.Name, row.Tenant, err))
	}
	old := bytes.Clone(row.Sealed)
	if row.Sealed, err = g.cfg.Keyring.Seal(variableBinding(row), clear); err != nil {
		return false, err
	}
	defer g.variables.forget(row.Tenant) // what is remembered is sealed with the old key
	return wasWritten(g.parts.variables.ResealVariable(ctx, row, old))
}

func (g *Gateway) rewrapApps(ctx context.Context, n *Rewrapped) error {
	if g.parts.apps == nil {
		return nil
	}
	for cursor := ""; ; {
		page, err := g.parts.apps.ScanApps(ctx, cursor)
		if err != nil {
			return err
		}
		for _, row := range page.Apps {
			if !g.stale(row.Sealed) {
				continue
			}
			moved, err := g.rewrapApp(ctx, row)
			if err != nil {
				return err
			}
			n.count(moved)
		}
		if cursor = page.Cursor; cursor == "" {
			return nil
		}
	}
}

func (g *Gateway) rewrapApp(ctx context.Context, row StoredApp) (bool, error) {
	clear, err := g.cfg.Keyring.Open(appBinding(row), row.Sealed)
	if err != nil {
		return false, newError(KindConfig, "", fmt.Errorf("app %s of integration %q does not open: %w", row.ID, row.Integration, err))
	}
	if row.Sealed, err = g.cfg.Keyring.Seal(appBinding(row), clear); err != nil {
		return false, err
	}
	_, err = g.parts.apps.PutApp(ctx, row, nil)
	return wasWritten(err)
}
