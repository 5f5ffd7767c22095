package storetest_test

import (
	"context"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// brokenFields are stores that lose what they were given of a credential, or whose leases tell the wrong time.
func brokenFields() map[string]breakage {
	creds := func(fails string, b brokenFieldsOf) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			b.credentials = s.Credentials()
			return broken{Store: s, credentials: b}
		}}
	}
	losing := func(fails string, lose func(c *waygate.StoredCredential)) breakage {
		return creds(fails, brokenFieldsOf{saved: lose})
	}
	kept := "CredentialStore/13_fields_kept"
	return map[string]breakage{
		"loses the grant by Save":      losing(kept, func(c *waygate.StoredCredential) { c.Grant = "" }),
		"loses the cause by Save":      losing(kept, func(c *waygate.StoredCredential) { c.Cause = "" }),
		"loses the failures by Save":   losing(kept, func(c *waygate.StoredCredential) { c.Failures = 0 }),
		"loses IssuedAt by Save":       losing(kept, func(c *waygate.StoredCredential) { c.IssuedAt = time.Time{} }),
		"loses ForcedAt by Save":       losing(kept, func(c *waygate.StoredCredential) { c.ForcedAt = time.Time{} }),
		"keeps what Save leaves out":   losing("CredentialStore/13_fields_cleared", keepOld),
		"loses the grant by Mark":      creds("CredentialStore/13_mark_keeps", brokenFieldsOf{marks: true}),
		"leases by another clock":      creds("CredentialStore/12_lease_time", brokenFieldsOf{at: func(time.Time) time.Time { return time.Now() }}),
		"leases without a time":        creds("CredentialStore/12_lease_time", brokenFieldsOf{at: func(time.Time) time.Time { return time.Time{} }}),
		"leases by the time they end":  creds("CredentialStore/12_lease_time", brokenFieldsOf{at: func(t time.Time) time.Time { return t.Add(time.Hour) }}),
		"loses the grant by Insert":    inserting(kept, func(c *waygate.StoredCredential) { c.Grant = "" }),
		"loses the failures by Insert": inserting(kept, func(c *waygate.StoredCredential) { c.Failures = 0 }),
		"rounds IssuedAt":              inserting("Store/9_times_kept", func(c *waygate.StoredCredential) { c.IssuedAt = c.IssuedAt.Truncate(time.Millisecond) }),
		"rounds ForcedAt":              inserting("Store/9_times_kept", func(c *waygate.StoredCredential) { c.ForcedAt = c.ForcedAt.Truncate(time.Millisecond) }),
		"loses the mappings by Update": {fails: "ConnectionStore/6_update", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: unmapped{s.Connections()}}
		}},
		"cuts causes": inserting("Store/7_large", func(c *waygate.StoredCredential) { c.Cause = c.Cause[:min(len(c.Cause), 255)] }),
		"lists all of any credential": {fails: "ConnectionStore/5_list_by_credential", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: indifferent{s.Connections()}}
		}},
	}
}

func keepOld(c *waygate.StoredCredential) {
	if c.Grant == "" {
		c.Grant, c.Cause = "grant", "cause"
	}
}

type brokenFieldsOf struct {
	credentials
	saved func(c *waygate.StoredCredential)
	marks bool
	at    func(t time.Time) time.Time
}

func (b brokenFieldsOf) Save(ctx context.Context, c waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredCredential, error) {
	if b.saved != nil {
		b.saved(&c)
	}
	return b.credentials.Save(ctx, c, a)
}

func (b brokenFieldsOf) Mark(ctx context.Context, tenant, id string, version int64, in waygate.Intent) (waygate.StoredCredential, error) {
	marked, err := b.credentials.Mark(ctx, tenant, id, version, in)
	if b.marks {
		marked.Grant = ""
	}
	return marked, err
}

func (b brokenFieldsOf) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	l, err := b.credentials.Acquire(ctx, tenant, id, holder, ttl)
	if b.at != nil {
		l.At = b.at(l.At)
	}
	return l, err
}

// inserting changes what an insert brings.
func inserting(fails string, change func(c *waygate.StoredCredential)) breakage {
	return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
		return broken{Store: s, connections: insertedWrongly{s.Connections(), change}}
	}}
}

type insertedWrongly struct {
	connections
	change func(c *waygate.StoredCredential)
}

func (i insertedWrongly) Insert(ctx context.Context, c waygate.StoredConnection, cred *waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	if cred != nil {
		changed := *cred
		i.change(&changed)
		cred = &changed
	}
	return i.connections.Insert(ctx, c, cred, a)
}

type indifferent struct{ connections }

func (i indifferent) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	q.CredentialID = ""
	return i.connections.List(ctx, tenant, q)
}

// unmapped keeps the mappings of before.
type unmapped struct{ connections }

func (u unmapped) Update(ctx context.Context, c waygate.StoredConnection, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	if old, _, err := u.Find(ctx, c.Tenant, c.Integration, c.ID); err == nil {
		c.Mappings = old.Mappings
	}
	return u.connections.Update(ctx, c, a)
}
