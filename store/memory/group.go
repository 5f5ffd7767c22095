package memory

import "github.com/waygate-go/waygate"

// connection is a row and what hangs on it. The maps and slices of the row are
// never changed, only replaced.
type connection struct {
	n    uint64
	row  waygate.StoredConnection
	cred *credential // nil if none
}

// refKey is what Find looks for.
type refKey struct{ tenant, integration, ref string }

func (c *connection) key(ref string) refKey {
	return refKey{c.row.Tenant, c.row.Integration, ref}
}

// group is a tenant's connections to one integration.
type group struct {
	members sequence[*connection]
	primary *connection // nil if it was deleted while none was active
	// vacant says that the next to become active is primary, because the primary
	// one was disabled while none was active. It is still found until then, so
	// that a call is told that it is disabled.
	vacant bool
}

// settle makes the group keep its promise after a change: while any of it is
// active, one is primary, and not a disabled one. The oldest active one is
// chosen; without an active one the place is vacant until one becomes active.
func (s *Store) settle(g *group) {
	g.vacant = g.vacant || g.primary == nil || g.primary.row.Status == waygate.StatusDisabled
	if !g.vacant {
		return
	}
	for _, c := range g.members.after(0) {
		if c.row.Status == waygate.StatusActive {
			s.makePrimary(g, c)
			return
		}
	}
}

// makePrimary moves the primary place to c, nil for nobody.
func (s *Store) makePrimary(g *group, c *connection) {
	old := g.primary
	g.vacant = c == nil
	if old == c {
		return
	}
	if g.primary = c; old != nil {
		s.mark(old, false)
		delete(s.refs, old.key(""))
	}
	if c != nil {
		s.mark(c, true)
		s.refs[c.key("")] = c
	}
}

func (s *Store) mark(c *connection, primary bool) {
	c.row.Primary = primary
	c.row.Version++
	c.row.UpdatedAt = s.stamp()
	s.tellConnection(c.row)
}
