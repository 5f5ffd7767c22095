package waygate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Rewrap seals everything anew that isn't sealed with the keyring's newest key,
// and returns how many rows it moved. Calls go on meanwhile. A credential that a
// token request is under way for is left to it: run Rewrap again later, until it
// returns 0, before an old key is taken away.
func (g *Gateway) Rewrap(ctx context.Context) (int, error) {
	const op = "rewrap"
	if err := g.begin(ctx, op); err != nil {
		return 0, err
	}
	defer g.life.end()
	credentials, err := g.rewrapCredentials(ctx)
	if err != nil {
		return credentials, storeError(op, err)
	}
	variables, err := g.rewrapVariables(ctx)
	if err != nil {
		return credentials + variables, storeError(op, err)
	}
	return credentials + variables, nil
}

func (g *Gateway) rewrapCredentials(ctx context.Context) (moved int, err error) {
	for cursor := ""; ; {
		page, err := g.cfg.Store.Credentials().Scan(ctx, cursor)
		if err != nil {
			return moved, err
		}
		for _, row := range page.Credentials {
			done, err := g.rewrapCredential(ctx, row)
			if err != nil {
				return moved, err
			}
			if done {
				moved++
			}
		}
		if cursor = page.Cursor; cursor == "" {
			return moved, nil
		}
	}
}

// rewrapCredential moves one row; a conflict means that somebody else wrote it,
// with the newest key.
func (g *Gateway) rewrapCredential(ctx context.Context, row StoredCredential) (bool, error) {
	if row.Intent != nil {
		return false, nil
	}
	changed := false
	for _, part := range []struct {
		field  string
		sealed *[]byte
	}{{"sealed", &row.Sealed}, {"spare", &row.Spare}} {
		if len(*part.sealed) == 0 || !g.cfg.Keyring.Stale(*part.sealed) {
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
		changed = true
	}
	if !changed {
		return false, nil
	}
	_, err := g.cfg.Store.Credentials().Save(ctx, row, nil)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrUnresolved) {
		return false, nil
	}
	return err == nil, err
}

func (g *Gateway) rewrapVariables(ctx context.Context) (moved int, err error) {
	if g.parts.variables == nil {
		return 0, nil
	}
	for cursor := ""; ; {
		page, err := g.parts.variables.ScanVariables(ctx, cursor)
		if err != nil {
			return moved, err
		}
		for _, row := range page.Variables {
			if !g.cfg.Keyring.Stale(row.Sealed) {
				continue
			}
			if err := g.rewrapVariable(ctx, row); err != nil {
				return moved, err
			}
			moved++
		}
		if cursor = page.Cursor; cursor == "" {
			return moved, nil
		}
	}
}

func (g *Gateway) rewrapVariable(ctx context.Context, row StoredVariable) error {
	clear, err := g.cfg.Keyring.Open(variableBinding(row), row.Sealed)
	if err != nil {
		return newError(KindConfig, "", fmt.Errorf("variable %s of tenant %q does not open: %w", row.Name, row.Tenant, err))
	}
	old := bytes.Clone(row.Sealed)
	if row.Sealed, err = g.cfg.Keyring.Seal(variableBinding(row), clear); err != nil {
		return err
	}
	err = g.parts.variables.ResealVariable(ctx, row, old)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrUnresolved) {
		return nil // written or removed meanwhile
	}
	return err
}
