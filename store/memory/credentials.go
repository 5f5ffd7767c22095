package memory

import (
	"context"
	"time"

	"github.com/waygate-go/waygate"
)

// credentials is the store as a [waygate.CredentialStore].
type credentials struct{ s *Store }

// credential is a row and what hangs on it. The bytes of the row are never
// changed, only replaced.
type credential struct {
	n     uint64
	row   waygate.StoredCredential
	users []*connection // those that use it
	lease lease
	// ends is when the intent of the row does; its Remaining says nothing.
	ends time.Time
}

// read is the row as it is at a moment, not cloned yet.
func (c *credential) read(now time.Time) waygate.StoredCredential {
	row := c.row
	if row.Intent != nil {
		in := *row.Intent
		in.Remaining = c.ends.Sub(now)
		row.Intent = &in
	}
	return row
}

// credential returns a tenant's credential, nil if there is none.
func (s *Store) credential(tenant, id string) *credential {
	if t := s.tenants[tenant]; t != nil {
		return t.credentials[id]
	}
	return nil
}

// mustCredential is credential with an error for absence.
func (s *Store) mustCredential(tenant, id string) (*credential, error) {
	c := s.credential(tenant, id)
	if c == nil {
		return nil, unresolved("tenant %q has no credential %q", clip(tenant), clip(id))
	}
	return c, nil
}

// freeCredential tests that a new credential takes nothing that is there.
func (s *Store) freeCredential(c waygate.StoredCredential) error {
	if s.credential(c.Tenant, c.ID) != nil {
		return conflict("CredentialID: tenant %q has a credential %q already", clip(c.Tenant), clip(c.ID))
	}
	return s.freeDigests(c, nil)
}

// freeDigests tests that no digest belongs to another credential than own.
func (s *Store) freeDigests(c waygate.StoredCredential, own *credential) error {
	for _, d := range c.Digests {
		if other := s.digests[string(d)]; other != nil && other != own {
			return conflict("Digests: the grant of credential %q belongs to another credential already", clip(c.ID))
		}
	}
	return nil
}

// addCredential writes a checked row.
func (s *Store) addCredential(row waygate.StoredCredential) *credential {
	c := &credential{n: s.next(), row: cloneCredential(row)}
	c.row.Version, c.row.UpdatedAt, c.row.Intent = 1, s.stamp(), nil
	s.tenant(row.Tenant).credentials[row.ID] = c
	s.credentials.add(c.n, c)
	for _, d := range c.row.Digests {
		s.digests[string(d)] = c
	}
	s.tellCredential(c.row)
	return c
}

func (p credentials) Get(ctx context.Context, tenant, id string) (waygate.StoredCredential, error) {
	s := p.s
	if err := s.beginRead(ctx); err != nil {
		return waygate.StoredCredential{}, err
	}
	defer s.mu.RUnlock()
	c, err := s.mustCredential(tenant, id)
	if err != nil {
		return waygate.StoredCredential{}, err
	}
	return cloneCredential(c.read(s.now())), nil
}

func (p credentials) FindGrant(ctx context.Context, tenant string, digests [][]byte) (waygate.StoredCredential, error) {
	s, none := p.s, waygate.StoredCredential{}
	if err := s.beginRead(ctx); err != nil {
		return none, err
	}
	defer s.mu.RUnlock()
	err := unresolved("tenant %q has no credential of this grant", clip(tenant))
	for _, d := range digests {
		c := s.digests[string(d)]
		if c != nil && c.row.Tenant == tenant {
			return cloneCredential(c.read(s.now())), nil
		}
		if c != nil {
			err = conflict("the grant is in use elsewhere: it can't be used by tenant %q too", clip(tenant))
		}
	}
	return none, err
}

func (p credentials) Save(ctx context.Context, c waygate.StoredCredential, entry *waygate.AuditEntry) (waygate.StoredCredential, error) {
	s, none := p.s, waygate.StoredCredential{}
	if err := s.beginWrite(ctx); err != nil {
		return none, err
	}
	defer s.mu.Unlock()
	if err := checkAudit(entry, c.Tenant); err != nil {
		return none, err
	}
	old, err := s.credentialAt(c.Tenant, c.ID, c.Version)
	if err != nil {
		return none, err
	}
	if err := s.freeDigests(c, old); err != nil {
		return none, err
	}
	for _, d := range old.row.Digests {
		delete(s.digests, string(d))
	}
	old.row = cloneCredential(c)
	old.row.Intent = nil
	old.row.Version++
	old.row.UpdatedAt = s.stamp()
	for _, d := range old.row.Digests {
		s.digests[string(d)] = old
	}
	s.tellCredential(old.row)
	s.carryOver(old)
	s.audit(entry)
	return cloneCredential(old.row), nil
}

// credentialAt returns a tenant's credential if it has that version.
func (s *Store) credentialAt(tenant, id string, version int64) (*credential, error) {
	c, err := s.mustCredential(tenant, id)
	if err != nil {
		return nil, err
	}
	if c.row.Version != version {
		return nil, conflict("Version: credential %q has %d, not %d: read it again", clip(id), c.row.Version, version)
	}
	return c, nil
}

func (p credentials) Mark(ctx context.Context, tenant, id string, version int64, in waygate.Intent) (waygate.StoredCredential, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.StoredCredential{}, err
	}
	defer s.mu.Unlock()
	c, err := s.credentialAt(tenant, id, version)
	if err != nil {
		return waygate.StoredCredential{}, err
	}
	now := s.now()
	c.row.Intent, c.ends = &in, now.Add(in.Remaining)
	c.row.Version++
	c.row.UpdatedAt = wall(now)
	s.tellCredential(c.row)
	return cloneCredential(c.read(now)), nil
}

func (p credentials) Due(ctx context.Context, before time.Time, cursor string) (waygate.CredentialPage, error) {
	return p.page(ctx, listing{name: "due"}, cursor, func(c *credential) bool {
		return !c.row.RefreshAt.IsZero() && c.row.RefreshAt.Before(before)
	})
}

func (p credentials) Scan(ctx context.Context, cursor string) (waygate.CredentialPage, error) {
	return p.page(ctx, listing{name: "scan"}, cursor, func(*credential) bool { return true })
}

func (p credentials) page(ctx context.Context, l listing, cursor string, want func(*credential) bool) (waygate.CredentialPage, error) {
	now := p.s.now()
	list, next, err := numberedPage(ctx, p.s, l, cursor, mostLimit, func() *sequence[*credential] { return &p.s.credentials },
		func(c *credential) (waygate.StoredCredential, bool) {
			if !want(c) {
				return waygate.StoredCredential{}, false
			}
			return cloneCredential(c.read(now)), true
		})
	return waygate.CredentialPage{Credentials: list, Cursor: next}, err
}
