package memory

import (
	"context"
	"time"

	"github.com/waygate-go/waygate"
)

// lease is the state of a credential's lease. The fence stays when the lease
// ends, so that the next holder's is higher.
type lease struct {
	holder string // empty if it was given up
	fence  int64
	until  time.Time
}

func (l *lease) held(now time.Time) bool { return l.holder != "" && now.Before(l.until) }

func (p credentials) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.Lease{}, err
	}
	defer s.mu.Unlock()
	if holder == "" {
		return waygate.Lease{}, invalid("holder: is empty: a lease needs one")
	}
	if err := checkTTL(ttl); err != nil {
		return waygate.Lease{}, err
	}
	c, err := s.mustCredential(tenant, id)
	if err != nil {
		return waygate.Lease{}, err
	}
	now := s.now()
	if c.lease.held(now) && c.lease.holder != holder {
		return waygate.Lease{}, conflict("the lease of credential %q is held by another", clip(id))
	}
	if !c.lease.held(now) {
		c.lease.fence++
	}
	c.lease.holder = holder
	return c.extend(now, ttl), nil
}

func (p credentials) Renew(ctx context.Context, l waygate.Lease, ttl time.Duration) (waygate.Lease, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.Lease{}, err
	}
	defer s.mu.Unlock()
	if err := checkTTL(ttl); err != nil {
		return waygate.Lease{}, err
	}
	now := s.now()
	c, err := s.leased(l, now)
	if err != nil {
		return waygate.Lease{}, err
	}
	return c.extend(now, ttl), nil
}

func (p credentials) Release(ctx context.Context, l waygate.Lease) error {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	c, err := s.leased(l, s.now())
	if err != nil {
		return err
	}
	c.lease.holder = ""
	return nil
}

// leased returns the credential of a lease that is still held.
func (s *Store) leased(l waygate.Lease, now time.Time) (*credential, error) {
	c, err := s.mustCredential(l.Tenant, l.CredentialID)
	if err != nil {
		return nil, err
	}
	if !c.lease.held(now) || c.lease.holder != l.Holder || c.lease.fence != l.Fence {
		return nil, conflict("the lease of credential %q is not held any more", clip(l.CredentialID))
	}
	return c, nil
}

// extend sets the end of a lease. The row's version stays: a lease doesn't
// change what is stored.
func (c *credential) extend(now time.Time, ttl time.Duration) waygate.Lease {
	c.lease.until = now.Add(ttl)
	return waygate.Lease{Tenant: c.row.Tenant, CredentialID: c.row.ID, Holder: c.lease.holder,
		Fence: c.lease.fence, Remaining: ttl, At: wall(now)}
}

func checkTTL(ttl time.Duration) error {
	if ttl <= 0 {
		return invalid("ttl: %s, want more than 0", ttl)
	}
	return nil
}
