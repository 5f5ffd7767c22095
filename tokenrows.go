package waygate

import (
	"context"
	"errors"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// tokenRows is the store of credentials as the token manager sees it: opened.
type tokenRows struct{ gw *Gateway }

var _ auth.TokenStore = tokenRows{}

func (s tokenRows) store() CredentialStore { return s.gw.cfg.Store.Credentials() }

func (s tokenRows) Load(ctx context.Context, ref auth.CredentialRef) (auth.TokenRow, error) {
	c, err := s.store().Get(ctx, ref.Tenant, ref.ID)
	if err != nil {
		return auth.TokenRow{}, tokenError(err)
	}
	return s.gw.tokenRow(c)
}

// Save writes over the stored row. What the manager doesn't know of it, as the
// integration and the digests, is read from there.
func (s tokenRows) Save(ctx context.Context, ref auth.CredentialRef, row auth.TokenRow) (auth.TokenRow, error) {
	c, err := s.store().Get(ctx, ref.Tenant, ref.ID)
	if err != nil {
		return auth.TokenRow{}, tokenError(err)
	}
	if c.Version != row.Version {
		return auth.TokenRow{}, auth.ErrMoved
	}
	next, err := s.gw.storedToken(c, row)
	if err != nil {
		return auth.TokenRow{}, err
	}
	audit := s.gw.tokenAudit(ctx, c, row)
	saved, err := s.store().Save(ctx, next, audit)
	if errors.Is(err, ErrConflict) {
		now, e := s.store().Get(ctx, ref.Tenant, ref.ID)
		if e != nil {
			return auth.TokenRow{}, tokenError(e)
		}
		if now.Version == next.Version { // another credential has this grant too: it isn't found by it here
			next.Digests = nil
			saved, err = s.store().Save(ctx, next, audit)
		}
	}
	s.gw.cache.forget(c.Tenant, c.Integration)
	if err != nil {
		return auth.TokenRow{}, tokenError(err)
	}
	row.Version, row.Intent, row.Updated = saved.Version, nil, saved.UpdatedAt
	return row, nil
}

func (s tokenRows) Mark(ctx context.Context, ref auth.CredentialRef, version int64, in auth.TokenIntent) (auth.TokenRow, error) {
	c, err := s.store().Mark(ctx, ref.Tenant, ref.ID, version, Intent(in))
	if err != nil {
		return auth.TokenRow{}, tokenError(err)
	}
	return s.gw.tokenRow(c)
}

func (s tokenRows) Acquire(ctx context.Context, ref auth.CredentialRef, holder string, ttl time.Duration) (auth.TokenLease, error) {
	l, err := s.store().Acquire(ctx, ref.Tenant, ref.ID, holder, ttl)
	if errors.Is(err, ErrConflict) {
		return auth.TokenLease{}, auth.ErrLeased
	}
	if err != nil {
		return auth.TokenLease{}, tokenError(err)
	}
	return auth.TokenLease{Holder: l.Holder, Fence: l.Fence, Remaining: l.Remaining, At: l.At}, nil
}

func (s tokenRows) Release(ctx context.Context, ref auth.CredentialRef, l auth.TokenLease) error {
	err := s.store().Release(ctx, Lease{Tenant: ref.Tenant, CredentialID: ref.ID, Holder: l.Holder, Fence: l.Fence})
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrUnresolved) {
		return nil
	}
	return err
}

// tokenError says in the manager's words what the store said.
func tokenError(err error) error {
	switch {
	case errors.Is(err, ErrConflict):
		return auth.ErrMoved
	case errors.Is(err, ErrUnresolved):
		return auth.ErrGone
	}
	return err
}

// tokenRow opens a credential, and its spare.
func (g *Gateway) tokenRow(c StoredCredential) (auth.TokenRow, error) {
	cred, err := g.openCredential(c)
	if err != nil {
		return auth.TokenRow{}, err
	}
	row := auth.TokenRow{Credential: cred, State: auth.TokenState(c.Status), Cause: c.Cause, Grant: c.Grant, Issued: c.IssuedAt, Forced: c.ForcedAt,
		RefreshAt: c.RefreshAt, Failures: c.Failures, Version: c.Version, Updated: c.UpdatedAt}
	if c.Intent != nil {
		in := auth.TokenIntent(*c.Intent)
		row.Intent = &in
	}
	if len(c.Spare) > 0 {
		spare, err := g.openSealed(c, "spare", c.Spare)
		if err != nil {
			return auth.TokenRow{}, err
		}
		row.Spare = &spare
	}
	return row, nil
}

// storedToken seals a row for the place of c.
func (g *Gateway) storedToken(c StoredCredential, row auth.TokenRow) (StoredCredential, error) {
	c.Status, c.Cause, c.Grant, c.IssuedAt = CredentialStatus(row.State), row.Cause, row.Grant, row.Issued
	c.ForcedAt, c.RefreshAt, c.Failures, c.Spare, c.Intent = row.Forced, row.RefreshAt, row.Failures, nil, nil
	if err := g.sealCredential(&c, row.Credential); err != nil {
		return c, err
	}
	if row.Spare != nil {
		var err error
		if c.Spare, err = g.seal(c, "spare", *row.Spare); err != nil {
			return c, err
		}
	}
	c.Digests = g.digests(c, row.Credential)
	return c, nil
}

// refreshTokenOf is what a grant is found by.
func refreshTokenOf(c auth.Credential) secret.String { return c.Values["refresh_token"] }

// grantBinding is the same for all tenants, so that a grant which another tenant has
// is found.
func grantBinding(integration string) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeCredential, Kind: "grant", Field: integration}
}

// digests are those of the current refresh token, under the key that seals, and of
// the one before it.
func (g *Gateway) digests(c StoredCredential, cred auth.Credential) [][]byte {
	token := refreshTokenOf(cred)
	if token.IsZero() {
		return nil
	}
	now := g.cfg.Keyring.Digest(grantBinding(c.Integration), token)
	digests := [][]byte{now}
	for _, before := range c.Digests {
		if string(before) != string(now) {
			return append(digests, before)
		}
	}
	return digests
}

// tokenAudit tells of a change of state; renewals go on all the time, and are told
// to observers.
func (g *Gateway) tokenAudit(ctx context.Context, c StoredCredential, row auth.TokenRow) *AuditEntry {
	if c.Status == CredentialStatus(row.State) {
		return nil
	}
	type state struct {
		Status CredentialStatus `json:"status"`
		Cause  string           `json:"cause,omitempty"`
	}
	return g.auditEntry(ctx, c.Tenant, "credential.status", c.Integration+"/"+c.ID, state{c.Status, c.Cause}, state{CredentialStatus(row.State), row.Cause})
}
