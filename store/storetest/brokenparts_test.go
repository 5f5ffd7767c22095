package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
)

type leaky struct{ connections }

func (l leaky) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	c, cred, err := l.connections.Find(ctx, tenant, integration, ref)
	if err != nil {
		return l.connections.Find(ctx, "acme", integration, ref)
	}
	return c, cred, nil
}

type deaf struct{ connections }

func (d deaf) Delete(ctx context.Context, tenant, id string, a *waygate.AuditEntry) error {
	return d.connections.Delete(context.WithoutCancel(ctx), tenant, id, a)
}

type unaudited struct{ connections }

func (u unaudited) SetPrimary(ctx context.Context, tenant, id string, _ *waygate.AuditEntry) error {
	return u.connections.SetPrimary(ctx, tenant, id, nil)
}

type endless struct{ connections }

func (l endless) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	page, err := l.connections.List(ctx, tenant, q)
	if len(page.Connections) == q.Limit && page.Cursor == "" {
		page.Cursor = q.Cursor
	}
	return page, err
}

type unpromoted struct{ connections }

func (u unpromoted) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	page, err := u.connections.List(ctx, tenant, q)
	for i := range page.Connections {
		page.Connections[i].Primary = page.Connections[i].Slug == "first"
	}
	return page, err
}

type careless struct{ connections }

func (c careless) Update(ctx context.Context, row waygate.StoredConnection, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	for {
		next, err := c.connections.Update(ctx, row, a)
		if !errors.Is(err, waygate.ErrConflict) {
			return next, err
		}
		row.Version++
	}
}

type miscounting struct{ connections }

func (m miscounting) Purge(ctx context.Context, tenant string, a *waygate.AuditEntry) (waygate.Purged, error) {
	done, err := m.connections.Purge(ctx, tenant, a)
	done.Credentials = done.Connections
	return done, err
}

type lastWins struct{ credentials }

func (l lastWins) Save(ctx context.Context, c waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredCredential, error) {
	for {
		next, err := l.credentials.Save(ctx, c, a)
		if !errors.Is(err, waygate.ErrConflict) {
			return next, err
		}
		c.Version++
	}
}

type generous struct{ credentials }

func (g generous) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	l, err := g.credentials.Acquire(ctx, tenant, id, holder, ttl)
	if errors.Is(err, waygate.ErrConflict) {
		return waygate.Lease{Tenant: tenant, CredentialID: id, Holder: holder, Fence: 1, Remaining: ttl}, nil
	}
	return l, err
}

type fenceless struct{ credentials }

func (f fenceless) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	l, err := f.credentials.Acquire(ctx, tenant, id, holder, ttl)
	l.Fence = 1
	return l, err
}

func (f fenceless) Release(ctx context.Context, l waygate.Lease) error {
	for l.Fence = 1; l.Fence < 100; l.Fence++ {
		if f.credentials.Release(ctx, l) == nil {
			return nil
		}
	}
	return waygate.ErrConflict
}

type nervous struct{ credentials }

func (n nervous) Get(ctx context.Context, tenant, id string) (waygate.StoredCredential, error) {
	if tenant == "" {
		panic("no tenant")
	}
	return n.credentials.Get(ctx, tenant, id)
}

type coarse struct{ credentials }

func (c coarse) Get(ctx context.Context, tenant, id string) (waygate.StoredCredential, error) {
	row, err := c.credentials.Get(ctx, tenant, id)
	row.Expires = row.Expires.Truncate(time.Millisecond)
	return row, err
}

// caching gives out one copy to all.
type caching struct {
	definitions
	mu  sync.Mutex // guards got
	got map[string]waygate.StoredDefinition
}

func (c *caching) List(ctx context.Context, cursor string) (waygate.DefinitionPage, error) {
	page, err := c.definitions.List(ctx, cursor)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, d := range page.Definitions {
		if old, ok := c.got[d.ID]; ok && old.Version == d.Version {
			page.Definitions[i] = old
			continue
		}
		c.got[d.ID] = d
	}
	return page, err
}

type caseless struct{ definitions }

func (c caseless) Get(ctx context.Context, id string, version int64) (waygate.StoredDefinition, error) {
	return c.definitions.Get(ctx, strings.ToLower(id), version)
}

type resealing struct{ broken }

func (r resealing) ResealVariable(ctx context.Context, v waygate.StoredVariable, old []byte) error {
	list, err := r.Variables(ctx, v.Tenant, v.ConnectionID, []string{v.Name})
	for _, row := range list {
		if row.ConnectionID == v.ConnectionID && !bytes.Equal(row.Sealed, old) {
			old = row.Sealed
		}
	}
	return errors.Join(err, r.Store.ResealVariable(ctx, v, old))
}

type brokenRecords struct {
	records
	bits, anyID    bool
	later, expires time.Duration
	below          bool
}

func (r *brokenRecords) Append(ctx context.Context, batch []waygate.CallRecord) error {
	if !r.bits {
		return r.records.Append(ctx, batch)
	}
	for one := range slices.Chunk(batch, 1) {
		time.Sleep(time.Millisecond)
		if err := r.records.Append(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (r *brokenRecords) List(ctx context.Context, tenant string, q waygate.RecordQuery) (waygate.RecordPage, error) {
	if r.anyID {
		q.ID = ""
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.Add(r.later)
	}
	return r.records.List(ctx, tenant, q)
}

func (r *brokenRecords) Expire(ctx context.Context, before time.Time) (int, error) {
	return r.records.Expire(ctx, before.Add(r.expires))
}

func (r *brokenRecords) Statistics(ctx context.Context, tenant string, q waygate.StatisticsQuery) (waygate.Statistics, error) {
	s, err := r.records.(waygate.StatisticsStore).Statistics(ctx, tenant, q)
	if r.below && s.P95 > 1 {
		s.P95 = max(s.P95-time.Microsecond, 1)
	}
	return s, err
}
