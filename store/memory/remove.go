package memory

import (
	"context"
	"slices"

	"github.com/waygate-go/waygate"
)

func (p connections) Delete(ctx context.Context, tenant, id string, entry *waygate.AuditEntry) error {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	c, err := s.connectionToChange(tenant, id, entry)
	if err != nil {
		return err
	}
	s.removeConnection(c)
	s.forget(tenant)
	s.audit(entry)
	return nil
}

// removeConnection takes a connection away, with its variables and, if nobody
// else uses it, its credential.
func (s *Store) removeConnection(c *connection) {
	t := s.tenants[c.row.Tenant]
	g := t.groups[c.row.Integration]
	g.members.remove(c.n)
	t.connections.remove(c.n)
	delete(s.connections, c.row.ID)
	delete(s.refs, c.key(c.row.ID))
	delete(s.refs, c.key(c.row.Slug))
	s.tellConnection(c.row)
	if own := t.variables[c.row.ID]; len(own) > 0 {
		for _, v := range own {
			s.variables.remove(v.n)
		}
		delete(t.variables, c.row.ID)
		s.tellVariable(c.row.Tenant, c.row.ID)
	}
	s.leaveCredential(c)
	if g.primary == c {
		s.makePrimary(g, nil)
		s.settle(g)
	}
	if g.members.len() == 0 {
		delete(t.groups, c.row.Integration)
	}
}

// leaveCredential takes a connection from the users of its credential, if it has
// one, and removes the credential with the last of them.
func (s *Store) leaveCredential(c *connection) {
	if c.cred == nil {
		return
	}
	c.cred.users = slices.DeleteFunc(c.cred.users, func(user *connection) bool { return user == c })
	if len(c.cred.users) == 0 {
		s.removeCredential(c.cred)
		s.tellCredential(c.cred.row)
	}
	c.cred = nil
}

func (s *Store) removeCredential(c *credential) {
	s.credentials.remove(c.n)
	delete(s.tenants[c.row.Tenant].credentials, c.row.ID)
	for _, d := range c.row.Digests {
		delete(s.digests, string(d))
	}
}

// Purge takes the tenant's audit trail away too: it tells of what is removed.
// The entry of the purge itself stays.
func (p connections) Purge(ctx context.Context, tenant string, entry *waygate.AuditEntry) (waygate.Purged, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.Purged{}, err
	}
	defer s.mu.Unlock()
	if err := checkAudit(entry, tenant); err != nil {
		return waygate.Purged{}, err
	}
	var done waygate.Purged
	if t := s.tenants[tenant]; t != nil {
		done.Connections, done.Credentials = t.connections.len(), len(t.credentials)
		for _, scope := range t.variables {
			done.Variables += len(scope)
			for _, v := range scope {
				s.variables.remove(v.n)
			}
		}
		for _, c := range t.connections.items {
			if !c.gone {
				s.unlink(c.row)
			}
		}
		for _, c := range t.credentials {
			s.removeCredential(c)
		}
		delete(s.tenants, tenant)
		s.tell(waygate.ChangeTenant, tenant, "", "") // one for all
	}
	done.Apps, done.Flows = s.purgeApps(tenant), s.purgeFlows(tenant)
	s.audits.dropTenant(tenant)
	s.audit(entry)
	return done, nil
}

// unlink takes a connection out of the look-ups of all tenants.
func (s *Store) unlink(c *connection) {
	delete(s.connections, c.row.ID)
	for _, ref := range []string{c.row.ID, c.row.Slug, ""} {
		delete(s.refs, c.key(ref))
	}
}
