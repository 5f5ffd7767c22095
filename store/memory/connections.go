package memory

import (
	"context"

	"github.com/waygate-go/waygate"
)

// connections is the store as a [waygate.ConnectionStore].
type connections struct{ s *Store }

func (p connections) Insert(ctx context.Context, c waygate.StoredConnection, cred *waygate.StoredCredential, entry *waygate.AuditEntry) (waygate.StoredConnection, error) {
	s, none := p.s, waygate.StoredConnection{}
	if err := s.beginWrite(ctx); err != nil {
		return none, err
	}
	defer s.mu.Unlock()
	if err := checkInsert(c, cred, entry); err != nil {
		return none, err
	}
	if err := s.freeToInsert(c); err != nil {
		return none, err
	}
	row := &connection{row: cloneConnection(c)}
	switch {
	case cred != nil:
		if err := s.freeCredential(*cred); err != nil {
			return none, err
		}
		row.cred = s.addCredential(*cred)
		row.row.CredentialID = cred.ID
	case c.CredentialID != "":
		if row.cred = s.credential(c.Tenant, c.CredentialID); row.cred == nil {
			return none, unresolved("CredentialID: tenant %q has no credential %q", clip(c.Tenant), clip(c.CredentialID))
		}
	}
	s.addConnection(row)
	s.audit(entry)
	return cloneConnection(row.row), nil
}

// checkInsert tests what an insert brings for itself.
func checkInsert(c waygate.StoredConnection, cred *waygate.StoredCredential, entry *waygate.AuditEntry) error {
	switch {
	case c.ID == "":
		return invalid("ID: is empty: a connection needs one")
	case c.Slug == "":
		return invalid("Slug: is empty: a connection needs one")
	case cred == nil:
		return checkAudit(entry, c.Tenant)
	case cred.ID == "" || c.CredentialID != "" && c.CredentialID != cred.ID:
		return invalid("CredentialID: %q is not the ID %q of the credential beside it", clip(c.CredentialID), clip(cred.ID))
	case cred.Tenant != c.Tenant:
		return invalid("Tenant: %q of the credential is not %q of the connection", clip(cred.Tenant), clip(c.Tenant))
	}
	return checkAudit(entry, c.Tenant)
}

// freeToInsert tests that neither ID nor slug is taken. Both share a name space,
// so that a ref means one connection.
func (s *Store) freeToInsert(c waygate.StoredConnection) error {
	if s.connections[c.ID] != nil {
		return conflict("ID: there is a connection %q already", clip(c.ID))
	}
	for _, ref := range []string{c.ID, c.Slug} {
		if s.refs[refKey{c.Tenant, c.Integration, ref}] != nil {
			return conflict("Slug: tenant %q has a connection %q to %q already", clip(c.Tenant), clip(ref), clip(c.Integration))
		}
	}
	return nil
}

// addConnection writes a checked row.
func (s *Store) addConnection(c *connection) {
	c.n = s.next()
	c.row.Version, c.row.Primary = 1, false
	c.row.CreatedAt = s.stamp()
	c.row.UpdatedAt = c.row.CreatedAt
	if c.cred != nil {
		c.cred.users = append(c.cred.users, c)
	}
	t := s.tenant(c.row.Tenant)
	g := t.groups[c.row.Integration]
	if g == nil {
		g = &group{primary: c}
		t.groups[c.row.Integration] = g
		c.row.Primary = true
		s.refs[c.key("")] = c
	}
	g.members.add(c.n, c)
	t.connections.add(c.n, c)
	s.connections[c.row.ID] = c
	s.refs[c.key(c.row.ID)], s.refs[c.key(c.row.Slug)] = c, c
	s.tellConnection(c.row)
	s.settle(g)
}

func (p connections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	s := p.s
	if err := s.beginRead(ctx); err != nil {
		return waygate.StoredConnection{}, nil, err
	}
	c := s.refs[refKey{tenant, integration, ref}]
	if c == nil {
		s.mu.RUnlock()
		return waygate.StoredConnection{}, nil, unresolved("tenant %q has no connection %q to %q", clip(tenant), clip(ref), clip(integration))
	}
	row := c.row
	if c.cred == nil {
		s.mu.RUnlock()
		return cloneConnection(row), nil, nil
	}
	cred := c.cred.read(s.now())
	s.mu.RUnlock()
	cred = cloneCredential(cred)
	return cloneConnection(row), &cred, nil
}

func (p connections) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	list, next, err := numberedPage(ctx, p.s, listing{"connections", tenant}, q.Cursor, q.Limit,
		func() *sequence[*connection] { return p.s.members(tenant, q.Integration) },
		func(c *connection) (waygate.StoredConnection, bool) {
			if !selects(q, c.row) {
				return waygate.StoredConnection{}, false
			}
			return cloneConnection(c.row), true
		})
	return waygate.ConnectionPage{Connections: list, Cursor: next}, err
}

// members are a tenant's connections, of one integration if it isn't empty.
func (s *Store) members(tenant, integration string) *sequence[*connection] {
	t := s.tenants[tenant]
	if t == nil {
		return &sequence[*connection]{}
	}
	if integration == "" {
		return &t.connections
	}
	if g := t.groups[integration]; g != nil {
		return &g.members
	}
	return &sequence[*connection]{}
}

func selects(q waygate.ConnectionQuery, c waygate.StoredConnection) bool {
	if q.Status != "" && q.Status != c.Status || q.CredentialID != "" && q.CredentialID != c.CredentialID {
		return false
	}
	if q.Tag == "" {
		return true
	}
	for _, tag := range c.Tags {
		if tag == q.Tag {
			return true
		}
	}
	return false
}

func (p connections) Update(ctx context.Context, c waygate.StoredConnection, entry *waygate.AuditEntry) (waygate.StoredConnection, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.StoredConnection{}, err
	}
	defer s.mu.Unlock()
	old, err := s.connectionToChange(c.Tenant, c.ID, entry)
	if err != nil {
		return waygate.StoredConnection{}, err
	}
	if old.row.Version != c.Version {
		return waygate.StoredConnection{}, conflict("Version: connection %q has %d, not %d: read it again", clip(c.ID), old.row.Version, c.Version)
	}
	if c.CredentialID != old.row.CredentialID {
		cred := s.credential(c.Tenant, c.CredentialID)
		if cred == nil {
			return waygate.StoredConnection{}, unresolved("CredentialID: tenant %q has no credential %q", clip(c.Tenant), clip(c.CredentialID))
		}
		s.leaveCredential(old)
		old.cred, cred.users = cred, append(cred.users, old)
	}
	next := cloneConnection(c)
	next.Integration, next.Slug = old.row.Integration, old.row.Slug
	next.Primary, next.CreatedAt = old.row.Primary, old.row.CreatedAt
	next.Version++
	next.UpdatedAt = s.stamp()
	old.row = next
	s.settle(s.tenants[c.Tenant].groups[next.Integration])
	old.row.Version = next.Version // losing the primary place is part of this change
	s.tellConnection(old.row)
	s.audit(entry)
	return cloneConnection(old.row), nil
}

// connectionToChange looks a tenant's connection up for a change of it.
func (s *Store) connectionToChange(tenant, id string, entry *waygate.AuditEntry) (*connection, error) {
	if err := checkAudit(entry, tenant); err != nil {
		return nil, err
	}
	c := s.connections[id]
	if c == nil || c.row.Tenant != tenant {
		return nil, unresolved("tenant %q has no connection with the ID %q", clip(tenant), clip(id))
	}
	return c, nil
}

func (p connections) SetPrimary(ctx context.Context, tenant, id string, entry *waygate.AuditEntry) error {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	c, err := s.connectionToChange(tenant, id, entry)
	if err != nil {
		return err
	}
	if c.row.Status != waygate.StatusActive {
		return conflict("connection %q is not active but %q: make it active first", clip(id), c.row.Status)
	}
	s.makePrimary(s.tenants[tenant].groups[c.row.Integration], c)
	s.audit(entry)
	return nil
}
