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
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// breakage is one way in which a store can be wrong.
type breakage struct {
	fails string // the test that has to see it
	store func(s *memory.Store) waygate.Store
	caps  func(c *storetest.Capabilities)
}

// broken replaces parts of a store.
type broken struct {
	*memory.Store
	connections waygate.ConnectionStore
	credentials waygate.CredentialStore
	definitions waygate.DefinitionStore
	records     waygate.RecordStore
}

func (b broken) Connections() waygate.ConnectionStore {
	return or(b.connections, b.Store.Connections())
}
func (b broken) Credentials() waygate.CredentialStore {
	return or(b.credentials, b.Store.Credentials())
}
func (b broken) Definitions() waygate.DefinitionStore {
	return or(b.definitions, b.Store.Definitions())
}
func (b broken) Records() waygate.RecordStore { return or(b.records, b.Store.Records()) }

func or[T comparable](a, b T) T {
	var none T
	if a != none {
		return a
	}
	return b
}

type (
	connections = waygate.ConnectionStore
	credentials = waygate.CredentialStore
	definitions = waygate.DefinitionStore
	records     = waygate.RecordStore
)

func breakages() map[string]breakage {
	all := map[string]breakage{
		"declares no audit":     {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Audit = false }},
		"hides its parts":       {fails: "Capabilities", store: func(s *memory.Store) waygate.Store { return bare{s} }},
		"declares durability":   {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Durable = true }},
		"is durable":            {fails: "Capabilities", store: func(s *memory.Store) waygate.Store { return durable{s} }},
		"declares few records":  {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 10 }},
		"declares more records": {fails: "RecordStore/8_bounded", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 600 }},
		"declares all records":  {fails: "RecordStore/8_bounded", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 0 }},
	}
	conns := func(fails string, wrap func(connections) connections) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: wrap(s.Connections())}
		}}
	}
	creds := func(fails string, wrap func(credentials) credentials) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, credentials: wrap(s.Credentials())}
		}}
	}
	recs := func(fails string, wrap func(*brokenRecords)) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			r := &brokenRecords{records: s.Records()}
			wrap(r)
			return broken{Store: s, records: r}
		}}
	}
	all["finds other tenants' rows"] = conns("Store/1_tenant", func(c connections) connections { return leaky{c} })
	all["ignores ctx"] = conns("Store/3_ended_ctx", func(c connections) connections { return deaf{c} })
	all["loses audit"] = conns("Store/6_audit_with_change", func(c connections) connections { return unaudited{c} })
	all["has a cursor on the last page"] = conns("Store/8_pages", func(c connections) connections { return endless{c} })
	all["promotes nobody"] = conns("ConnectionStore/2_primary_promoted", func(c connections) connections { return unpromoted{c} })
	all["updates any version"] = conns("ConnectionStore/6_update_race", func(c connections) connections { return careless{c} })
	all["counts wrongly"] = conns("ConnectionStore/8_purge", func(c connections) connections { return miscounting{c} })
	all["saves any version"] = creds("CredentialStore/5_save_race", func(c credentials) credentials { return lastWins{c} })
	all["shares leases"] = creds("CredentialStore/6_one_holder", func(c credentials) credentials { return generous{c} })
	all["has one fence"] = creds("CredentialStore/8_fence", func(c credentials) credentials { return fenceless{c} })
	all["panics"] = creds("Store/10_odd_arguments", func(c credentials) credentials { return nervous{c} })
	all["rounds times"] = creds("Store/9_times_kept", func(c credentials) credentials { return coarse{c} })
	all["writes batches bit by bit"] = recs("RecordStore/1_append_whole", func(r *brokenRecords) { r.bits = true })
	all["includes until"] = recs("RecordStore/6_times", func(r *brokenRecords) { r.later = time.Microsecond })
	all["expires too much"] = recs("RecordStore/7_expire", func(r *brokenRecords) { r.expires = time.Microsecond })
	all["takes the rank below"] = recs("StatisticsStore/2_percentiles", func(r *brokenRecords) { r.below = true })
	all["shares results"] = breakage{fails: "Store/5_results", store: func(s *memory.Store) waygate.Store {
		return broken{Store: s, definitions: &caching{definitions: s.Definitions(), got: map[string]waygate.StoredDefinition{}}}
	}}
	all["ignores case"] = breakage{fails: "Store/7_ids", store: func(s *memory.Store) waygate.Store {
		return broken{Store: s, definitions: caseless{s.Definitions()}}
	}}
	all["reseals anything"] = breakage{fails: "VariableStore/6_reseal", store: func(s *memory.Store) waygate.Store {
		return resealing{broken{Store: s}}
	}}
	return all
}

func as(s *memory.Store) waygate.Store { return s }

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
	if row.Intent != nil {
		row.Intent.Deadline = row.Intent.Deadline.Truncate(time.Millisecond)
	}
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
	list, err := r.Variables(ctx, v.Tenant, v.ConnectionID)
	for _, row := range list {
		if row.Name == v.Name && !bytes.Equal(row.Sealed, old) {
			old = row.Sealed
		}
	}
	return errors.Join(err, r.Store.ResealVariable(ctx, v, old))
}

type brokenRecords struct {
	records
	bits           bool
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
