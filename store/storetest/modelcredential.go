package storetest

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
)

// pickCredential draws a credential; nil now and then.
func (m *model) pickCredential() *modelCredential {
	if c := m.pick(); c != nil {
		return m.credentials[c.cred]
	}
	return nil
}

// leave forgets a credential that no connection uses any more.
func (m *model) leave(id string) {
	for _, c := range m.connections {
		if c.cred == id {
			return
		}
	}
	delete(m.credentials, id)
}

// carryOver does to the model what Save does to connections.
func (m *model) carryOver(cred waygate.StoredCredential) {
	for _, c := range m.connections {
		field := &c.row.Status
		if *field == waygate.StatusDisabled {
			field = &c.row.Resume
		}
		if next := after(carried()[cred.Status], *field); c.cred == cred.ID && next != *field {
			*field = next
			c.row.Version++ // at least
		}
	}
}

func (m *model) save() error {
	c := m.pickCredential()
	if c == nil {
		_, err := m.e.credentials.Save(m.e.ctx(), waygate.StoredCredential{Tenant: m.tenant, ID: "crd_none"}, nil)
		return m.want(err, waygate.ErrUnresolved)
	}
	next, class := c.row, error(nil)
	next.Sealed = []byte(fmt.Sprint("sealed ", m.rand.Int()))
	next.Digests = [][]byte{[]byte(fmt.Sprint(m.tenant, " grant ", m.rand.Int())), c.row.Digests[0]}
	next.Status = []waygate.CredentialStatus{waygate.CredentialActive, waygate.CredentialActive, waygate.CredentialExpired,
		waygate.CredentialNeedsReauth, waygate.CredentialRevoked, waygate.CredentialInDoubt}[m.rand.IntN(6)]
	next.Grant, next.Cause = fmt.Sprint("grant ", m.rand.IntN(3)), []string{"", "invalid_grant"}[m.rand.IntN(2)]
	next.Failures, next.IssuedAt = m.rand.IntN(9), base().Add(time.Duration(m.rand.IntN(99))*time.Second)
	next.ForcedAt = base().Add(time.Duration(m.rand.IntN(99)) * time.Second)
	if m.rand.IntN(5) == 0 {
		next.Version--
		class = waygate.ErrConflict
	}
	row, err := m.e.credentials.Save(m.e.ctx(), next, nil)
	m.did("save %s at %d as %s: %v", next.ID, next.Version, next.Status, err)
	if err := m.want(err, class); err != nil || class != nil {
		return err
	}
	next.Version, next.Intent, next.UpdatedAt = next.Version+1, nil, row.UpdatedAt
	c.row = next
	m.carryOver(next)
	return nil
}

func (m *model) mark() error {
	c := m.pickCredential()
	if c == nil {
		_, err := m.e.credentials.Mark(m.e.ctx(), m.tenant, "crd_none", 1, waygate.Intent{})
		return m.want(err, waygate.ErrUnresolved)
	}
	in := waygate.Intent{Holder: "h", Fence: m.rand.Int64N(100), Remaining: longLease}
	row, err := m.e.credentials.Mark(m.e.ctx(), m.tenant, c.row.ID, c.row.Version, in)
	m.did("mark %s at %d: %v", c.row.ID, c.row.Version, err)
	c.row.Version, c.row.Intent, c.row.UpdatedAt = c.row.Version+1, &in, row.UpdatedAt
	return m.want(err, nil)
}

func (m *model) acquire() error {
	c := m.pickCredential()
	if c == nil {
		_, err := m.e.credentials.Acquire(m.e.ctx(), m.tenant, "crd_none", "h", longLease)
		return m.want(err, waygate.ErrUnresolved)
	}
	holder := fmt.Sprint("holder ", m.rand.IntN(3))
	l, err := m.e.credentials.Acquire(m.e.ctx(), m.tenant, c.row.ID, holder, longLease)
	m.did("acquire %s by %s: %+v, %v", c.row.ID, holder, l, err)
	if c.holder != "" && c.holder != holder {
		return m.want(err, waygate.ErrConflict)
	}
	if err == nil && c.holder == "" && l.Fence <= c.fence {
		return fmt.Errorf("fence %d after %d", l.Fence, c.fence)
	}
	if err == nil && c.holder != "" && l.Fence != c.lease.Fence {
		return fmt.Errorf("fence %d of an extended lease, want %d", l.Fence, c.lease.Fence)
	}
	c.holder, c.lease, c.fence = holder, l, l.Fence
	return m.want(err, nil)
}

// someLease is a credential and its lease, or one that is worth nothing.
func (m *model) someLease() (*modelCredential, waygate.Lease, error) {
	c := m.pickCredential()
	if c == nil {
		return nil, waygate.Lease{Tenant: m.tenant, CredentialID: "crd_none", Holder: "h"}, waygate.ErrUnresolved
	}
	l := c.lease
	l.Tenant, l.CredentialID = m.tenant, c.row.ID
	if m.rand.IntN(4) == 0 {
		l.Fence--
		return c, l, waygate.ErrConflict
	}
	if c.holder == "" {
		return c, l, waygate.ErrConflict
	}
	return c, l, nil
}

func (m *model) renew() error {
	_, l, class := m.someLease()
	_, err := m.e.credentials.Renew(m.e.ctx(), l, longLease)
	m.did("renew %+v: %v", l, err)
	return m.want(err, class)
}

func (m *model) release() error {
	c, l, class := m.someLease()
	err := m.e.credentials.Release(m.e.ctx(), l)
	m.did("release %+v: %v", l, err)
	if class == nil {
		c.holder = ""
	}
	return m.want(err, class)
}
