package memory

import "github.com/waygate-go/waygate"

// carriedOver is what the status of a saved credential makes of that of a
// connection.
func carriedOver(saved waygate.CredentialStatus, s waygate.Status) waygate.Status {
	switch saved {
	case waygate.CredentialActive:
		if s == waygate.StatusNeedsReauth || s == waygate.StatusError {
			return waygate.StatusActive
		}
	case waygate.CredentialNeedsReauth, waygate.CredentialRevoked:
		if s == waygate.StatusActive || s == waygate.StatusError {
			return waygate.StatusNeedsReauth
		}
	}
	return s
}

// carryOver brings a saved credential's status to the connections that use it.
// The primary places are settled when all have changed, so that of several that
// become active together the oldest gets one.
func (s *Store) carryOver(cred *credential) {
	versions := map[*connection]int64{}
	for _, c := range cred.users {
		next := c.row
		field := &next.Status
		if next.Status == waygate.StatusDisabled {
			field = &next.Resume
		}
		now := carriedOver(cred.row.Status, *field)
		if now == *field {
			continue
		}
		*field = now
		next.Version++
		next.UpdatedAt = s.stamp()
		c.row, versions[c] = next, next.Version
		s.tellConnection(next)
	}
	for c := range versions {
		s.settle(s.tenants[c.row.Tenant].groups[c.row.Integration])
	}
	for c, version := range versions {
		c.row.Version = version // getting the primary place is part of this change
	}
}
