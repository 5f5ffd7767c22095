package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// storeClauses hold what is promised of every method.
func storeClauses(caps Capabilities) []clause {
	list := []clause{
		{name: "1_tenant", run: foreignTenant},
		{name: "1_own_ids", run: sameIDsInTwoTenants},
		{name: "1_cursor_of_another_tenant", run: foreignCursor},
		{name: "2_absence", run: absence},
		{name: "2_conflict", run: conflicts},
		{name: "3_ended_ctx", run: endedContext},
		{name: "3_ctx_ends_meanwhile", run: contextEndsMeanwhile},
		{name: "4_model", run: concurrentModel},
		{name: "5_arguments", run: argumentsAreCopied},
		{name: "5_results", run: resultsAreCopied},
		{name: "7_any_bytes", run: anyBytes},
		{name: "7_large", run: largeFields},
		{name: "7_ids", run: oddIDs},
		{name: "8_pages", run: exactPages},
		{name: "8_limits", run: limits},
		{name: "8_complete", run: completeUnderWrites},
		{name: "8_bad_cursor", run: badCursors},
		{name: "8_order_of_bytes", run: orderOfBytes},
		{name: "9_times_kept", run: timesKept},
		{name: "9_times_set", run: timesSet, clock: true},
		{name: "10_odd_arguments", run: oddArguments},
	}
	if caps.Audit {
		list = append(list, auditedClauses()...)
	}
	if caps.Closes {
		list = append(list, clause{name: "10_closed", run: closedStore})
	}
	return list
}

func foreignTenant(e *env) {
	acmes := e.furnish(acme)
	before := e.dump(acme)
	for _, m := range e.methods() {
		if m.shared {
			continue
		}
		rows, err := m.guarded(e.ctx(), e, acmes.as(globex))
		if m.foreign == nil {
			e.ok(err, m.name)
		} else {
			e.is(err, m.foreign, m.name+" of another tenant's row")
		}
		if rows != 0 {
			e.Errorf("%s found %d rows of another tenant", m.name, rows)
		}
		e.same(e.dump(acme), before, "the rows of acme after "+m.name+" by globex")
	}
	_, err := e.credentials.Acquire(e.ctx(), acme, acmes.cred.ID, "third", longLease)
	e.is(err, waygate.ErrConflict, "Acquire of the lease that globex tried to release")
	if e.flows != nil {
		e.takes(acmes.flow, "after globex tried to")
	}
	if text := e.dump(globex); strings.Contains(text, `Tenant:"globex"`) {
		e.Errorf("globex has rows, made of those of acme:\n%s", text)
	}
}

// sameIDsInTwoTenants: a credential, a variable, a flow or an app of another
// tenant is no row, so its name is free.
func sameIDsInTwoTenants(e *env) {
	a, b := e.imagine(acme), e.imagine(globex)
	b.cred.ID, b.conn.CredentialID, b.flow.ID, b.app.ID = a.cred.ID, a.cred.ID, a.flow.ID, a.app.ID
	for _, p := range []place{a, b} {
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
		e.ok(err, "Insert for "+p.tenant)
		if e.variables != nil {
			e.put(p.own)
		}
		if e.flows != nil {
			e.ok(e.flows.PutFlow(e.ctx(), p.flow, longLease), "PutFlow for "+p.tenant)
		}
		if e.apps != nil {
			e.addApp(p.app)
		}
	}
	for _, p := range []place{a, b} {
		if e.flows != nil {
			e.takes(p.flow, "beside one of the same ID of another tenant's")
		}
		e.same(e.get(p.tenant, a.cred.ID).Sealed, p.cred.Sealed, "Sealed of "+p.tenant)
	}
	e.ok(e.connections.Delete(e.ctx(), acme, a.conn.ID, nil), "Delete")
	e.same(e.get(globex, a.cred.ID).Sealed, b.cred.Sealed, "Sealed of globex, after acme's was removed")
}

// foreignCursor: a cursor that another tenant got is invalid input, also where
// the tenant that brings it has rows of its own.
func foreignCursor(e *env) {
	pages := map[string]func(tenant, cursor string) (int, string, error){
		"ConnectionStore.List": func(tenant, cursor string) (int, string, error) {
			p, err := e.connections.List(e.ctx(), tenant, waygate.ConnectionQuery{Limit: 1, Cursor: cursor})
			return len(p.Connections), p.Cursor, err
		},
		"RecordStore.List": func(tenant, cursor string) (int, string, error) {
			p, err := e.records.List(e.ctx(), tenant, waygate.RecordQuery{Limit: 1, Cursor: cursor})
			return len(p.Records), p.Cursor, err
		},
	}
	if e.audits != nil {
		pages["Audit"] = func(tenant, cursor string) (int, string, error) {
			p, err := e.audits.Audit(e.ctx(), tenant, waygate.AuditQuery{Limit: 1, Cursor: cursor})
			return len(p.Entries), p.Cursor, err
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		for _, tenant := range []string{acme, globex} {
			_, err := e.connections.Insert(e.ctx(), e.bare(tenant, name), nil, e.entry(tenant, "insert"))
			e.ok(err, "Insert")
			e.append(e.record(tenant, base()))
		}
	}
	for name, page := range pages {
		_, theirs, err := page(acme, "")
		if e.ok(err, name); theirs == "" {
			e.Errorf("%s: no cursor on the first page of three", name)
		}
		for _, tenant := range []string{globex, "", "umbrella"} {
			n, _, err := page(tenant, theirs)
			if e.is(err, waygate.ErrInvalidInput, name+" with a cursor of another tenant"); n != 0 {
				e.Errorf("%s showed %q %d rows by a cursor of acme", name, tenant, n)
			}
		}
	}
}

func absence(e *env) {
	for _, m := range e.methods() {
		rows, err := m.guarded(e.ctx(), e, e.imagine(acme))
		if m.absent == nil {
			e.ok(err, m.name+" where nothing is")
		} else {
			e.is(err, m.absent, m.name+" where nothing is")
		}
		if rows != 0 {
			e.Errorf("%s found %d rows where nothing is", m.name, rows)
		}
	}
}

func conflicts(e *env) {
	p := e.furnish(acme)
	_, err := e.connections.Insert(e.ctx(), p.conn, nil, nil)
	e.is(err, waygate.ErrConflict, "Insert of an ID that is there")
	stale := p.conn
	stale.Version--
	_, err = e.connections.Update(e.ctx(), stale, nil)
	e.is(err, waygate.ErrConflict, "Update of a version that moved")
	cred := p.cred
	cred.Version++
	_, err = e.credentials.Save(e.ctx(), cred, nil)
	e.is(err, waygate.ErrConflict, "Save of a version that isn't there")
	_, err = e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{})
	e.is(err, waygate.ErrConflict, "Mark of a version that isn't there")
	_, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.is(err, waygate.ErrConflict, "Put of an id that is there")
	another := e.imagine(acme)
	another.cred.ID, another.conn.CredentialID, another.conn.Slug = p.cred.ID, p.cred.ID, "another"
	_, err = e.connections.Insert(e.ctx(), another.conn, &another.cred, nil)
	e.is(err, waygate.ErrConflict, "Insert of a credential that is there")
}

func endedContext(e *env) {
	p := e.furnish(acme)
	free, freeCred := e.connect(acme, "free")
	before := e.dump(acme)
	for why, ctx := range ended() {
		for _, m := range e.methods() {
			_, err := m.guarded(ctx, e, p)
			if !errors.Is(err, ctx.Err()) {
				e.Errorf("%s with a ctx that ended (%s): error %v, want %v", m.name, why, err, ctx.Err())
			}
			e.same(e.dump(acme), before, "the store after "+m.name+" with a ctx that ended")
		}
		c := e.connection(acme, "late")
		if _, err := e.connections.Insert(ctx, c, nil, nil); !errors.Is(err, ctx.Err()) {
			e.Errorf("Insert with a ctx that ended: error %v, want %v", err, ctx.Err())
		}
		if _, err := e.credentials.Acquire(ctx, acme, free.CredentialID, "late", longLease); !errors.Is(err, ctx.Err()) {
			e.Errorf("Acquire with a ctx that ended: error %v, want %v", err, ctx.Err())
		}
	}
	e.same(e.dump(acme), before, "the store after Insert with a ctx that ended")
	_, err := e.credentials.Acquire(e.ctx(), acme, p.cred.ID, "third", longLease)
	e.is(err, waygate.ErrConflict, "Acquire of the lease that was to be released")
	_, err = e.credentials.Acquire(e.ctx(), acme, freeCred.ID, "in time", longLease)
	e.ok(err, "Acquire of the lease that was asked for too late")
	if e.flows != nil {
		e.takes(p.flow, "after a ctx that ended")
	}
}

// contextEndsMeanwhile: whenever it ends, an insert was made wholly or not at
// all, and not at all only if the store said so.
func contextEndsMeanwhile(e *env) {
	for i := range 60 {
		ctx, cancel := e.cancelable()
		p := e.imagine(acme)
		p.conn.Slug = fmt.Sprint("c", i)
		entry := e.entry(acme, p.conn.Slug)
		var err error
		e.race(2, func(racer int) error {
			if racer == 0 {
				_, err = e.connections.Insert(ctx, p.conn, &p.cred, entry)
				return err
			}
			time.Sleep(time.Duration(i) * 20 * time.Microsecond)
			cancel()
			return nil
		})
		_, cred, found := e.connections.Find(e.ctx(), acme, github, p.conn.ID)
		_, got := e.credentials.Get(e.ctx(), acme, p.cred.ID)
		there := []bool{found == nil, cred != nil, got == nil}
		if entry != nil {
			there = append(there, len(e.allAudits(acme, waygate.AuditQuery{Action: p.conn.Slug})) == 1)
		}
		if slices.Contains(there, true) && slices.Contains(there, false) || err == nil && !there[0] {
			e.Errorf("Insert whose ctx ended meanwhile (error %v) wrote (connection, its credential, credential, entry) %t", err, there)
		}
	}
}

// oddArguments: what makes no sense is refused, or finds nothing, but never
// panics.
func oddArguments(e *env) {
	p := e.furnish(acme)
	huge := strings.Repeat("x", 1<<20)
	odd := []place{{}, {tenant: acme}, p.as(""), p.as(huge)}
	for _, n := range []int64{-1, 1 << 62, -1 << 63} {
		q := p
		q.conn.Version, q.cred.Version, q.definition.Version, q.lease.Fence, q.app.Version = n, n, n, n, n
		odd = append(odd, q)
	}
	for _, q := range odd {
		for _, m := range e.methods() {
			_, _ = m.guarded(e.ctx(), e, q)
		}
	}
	held, free := e.furnish(globex), e.imagine(globex)
	free.conn.Slug = "free"
	_, err := e.connections.Insert(e.ctx(), free.conn, &free.cred, nil)
	e.ok(err, "Insert")
	for _, ttl := range []time.Duration{0, -1, -1 << 63} {
		if _, err := e.credentials.Acquire(e.ctx(), globex, free.cred.ID, "odd", ttl); err == nil {
			e.Errorf("Acquire for %d succeeded, want more than 0 only", ttl)
		}
		if _, err := e.credentials.Renew(e.ctx(), held.lease, ttl); err == nil {
			e.Errorf("Renew for %d succeeded, want more than 0 only", ttl)
		}
	}
	for _, ttl := range []time.Duration{0, -1, -1 << 63} {
		if e.flows != nil && e.flows.PutFlow(e.ctx(), e.flow(globex), ttl) == nil {
			e.Errorf("PutFlow for %d succeeded, want more than 0 only", ttl)
		}
	}
	e.ok(e.records.Append(e.ctx(), nil), "Append of nothing")
	_, err = e.credentials.FindGrant(e.ctx(), acme, nil)
	e.is(err, waygate.ErrUnresolved, "FindGrant of no digests")
}

func closedStore(e *env) {
	p := e.furnish(acme)
	c, ok := e.store.(closer)
	if !ok {
		e.Fatal("the store can't be closed")
	}
	e.ok(c.Close(), "Close")
	for _, m := range e.methods() {
		if _, err := m.guarded(e.ctx(), e, p); err == nil {
			e.Errorf("%s of a closed store succeeded", m.name)
		}
	}
}
