package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
)

// auditedClauses need a trail that can be read.
func auditedClauses() []clause {
	return []clause{
		{name: "1_audit_entry", run: foreignEntry},
		{name: "6_audit_with_change", run: entryWithChange},
		{name: "6_no_audit_without_change", run: noEntryWithoutChange},
		{name: "6_nil_entry", run: nilEntry},
	}
}

func auditClauses() []clause {
	return []clause{
		{name: "1_newest_first", run: auditOrder},
		{name: "2_filters", run: auditFilters},
		{name: "3_platform", run: platformTrail},
	}
}

// change is a change that takes an audit entry.
type change struct {
	name, tenant string
	run          func(ctx context.Context, e *env, entry *waygate.AuditEntry) error
}

// changes are all of them, each possible after those before it.
func (e *env) changes() []change {
	p := e.imagine(acme)
	list := []change{
		{"Insert", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			_, err := e.connections.Insert(ctx, p.conn, &p.cred, entry)
			return err
		}},
		{"Update", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			_, err := e.connections.Update(ctx, e.find(acme, ""), entry)
			return err
		}},
		{"SetPrimary", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			return e.connections.SetPrimary(ctx, acme, p.conn.ID, entry)
		}},
		{"Save", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			_, err := e.credentials.Save(ctx, e.get(acme, p.cred.ID), entry)
			return err
		}},
		{"Put", "", func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			_, err := e.definitions.Put(ctx, p.definition, 0, entry)
			return err
		}},
		{"Definitions.Delete", "", func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			return e.definitions.Delete(ctx, p.definition.ID, entry)
		}},
	}
	list = append(list, e.partChanges(p)...)
	return append(list, change{"Delete", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
		return e.connections.Delete(ctx, acme, p.conn.ID, entry)
	}}, change{"Purge", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
		_, err := e.connections.Purge(ctx, acme, entry)
		return err
	}})
}

// partChanges are those of the optional parts.
func (e *env) partChanges(p place) []change {
	var list []change
	if e.variables != nil {
		list = append(list, change{"PutVariable", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			return e.variables.PutVariable(ctx, p.own, entry)
		}}, change{"DeleteVariable", acme, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			return e.variables.DeleteVariable(ctx, acme, "", p.own.Name, entry)
		}})
	}
	if e.apps != nil {
		list = append(list, appChanges(p.app, acme)...)
		list = append(list, appChanges(p.app, "")...)
	}
	return list
}

// appChanges are those of an app of a tenant, or of the platform.
func appChanges(a waygate.StoredApp, tenant string) []change {
	a.Tenant = tenant
	put := func(version int64) func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
		return func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			a.Version = version
			_, err := e.apps.PutApp(ctx, a, entry)
			return err
		}
	}
	return []change{{"PutApp", tenant, put(0)}, {"PutApp of a version", tenant, put(1)},
		{"DeleteApp", tenant, func(ctx context.Context, e *env, entry *waygate.AuditEntry) error {
			return e.apps.DeleteApp(ctx, tenant, a.Integration, a.ID, entry)
		}}}
}

func entryWithChange(e *env) {
	for _, c := range e.changes() {
		entry := e.entry(c.tenant, c.name)
		e.ok(c.run(e.ctx(), e, entry), c.name)
		found := e.allAudits(c.tenant, waygate.AuditQuery{Action: c.name})
		e.same(found, []waygate.AuditEntry{*entry}, "the trail of "+c.name)
	}
}

func nilEntry(e *env) {
	for _, c := range e.changes() {
		e.ok(c.run(e.ctx(), e, nil), c.name)
	}
	if n := len(e.allAudits(acme, waygate.AuditQuery{})) + len(e.allAudits("", waygate.AuditQuery{})); n != 0 {
		e.Errorf("%d entries of changes that were to have none", n)
	}
}

// noEntryWithoutChange: changes that fail leave nothing in the trail.
func noEntryWithoutChange(e *env) {
	for _, m := range e.methods() {
		_, err := m.guarded(e.ctx(), e, e.imagine(acme))
		if m.absent != nil {
			e.is(err, m.absent, m.name)
		}
	}
	p := e.imagine(acme)
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	d := e.define("def")
	if p.app.Version = 0; e.apps != nil {
		e.addApp(p.app)
	}
	before := e.dump(acme, "")
	for name, run := range e.failingChanges(p) {
		e.is(run(e.entry(acme, name)), waygate.ErrConflict, name)
	}
	_, err = e.definitions.Put(e.ctx(), d, 7, e.entry("", "Put"))
	e.is(err, waygate.ErrConflict, "Put")
	e.same(e.dump(acme, ""), before, "the store after changes that failed")
}

// failingChanges conflict with the rows of p, which are there.
func (e *env) failingChanges(p place) map[string]func(entry *waygate.AuditEntry) error {
	failing := map[string]func(entry *waygate.AuditEntry) error{
		"Insert": func(entry *waygate.AuditEntry) error {
			_, err := e.connections.Insert(e.ctx(), p.conn, nil, entry)
			return err
		},
		"Insert with a taken grant": func(entry *waygate.AuditEntry) error {
			q := e.imagine(acme)
			q.conn.Slug, q.cred.Digests = "other", p.cred.Digests
			_, err := e.connections.Insert(e.ctx(), q.conn, &q.cred, entry)
			return err
		},
		"Update": func(entry *waygate.AuditEntry) error {
			_, err := e.connections.Update(e.ctx(), waygate.StoredConnection{Tenant: acme, ID: p.conn.ID, Version: 99}, entry)
			return err
		},
		"Save": func(entry *waygate.AuditEntry) error {
			_, err := e.credentials.Save(e.ctx(), waygate.StoredCredential{Tenant: acme, ID: p.cred.ID, Version: 99}, entry)
			return err
		},
	}
	if e.apps != nil {
		failing["PutApp"] = func(entry *waygate.AuditEntry) error {
			_, err := e.apps.PutApp(e.ctx(), p.app, entry)
			return err
		}
	}
	return failing
}

// foreignEntry: a change for one tenant writes nothing into the trail of
// another; whether it is refused is the store's affair.
func foreignEntry(e *env) {
	for _, c := range e.changes() {
		if c.run(e.ctx(), e, e.entry(globex, c.name)) != nil {
			_ = c.run(e.ctx(), e, nil) // for the ones after it
		}
		if n := len(e.allAudits(globex, waygate.AuditQuery{})); n != 0 {
			e.Errorf("%s for %q wrote %d entries into the trail of another tenant", c.name, c.tenant, n)
		}
	}
}

// trail makes n entries, one second apart, oldest first.
func (e *env) trail(n int, change func(i int, a *waygate.AuditEntry)) []string {
	var made []string
	for i := range n {
		entry := e.entry(acme, "insert")
		entry.At = entry.At.Add(time.Duration(i) * time.Second)
		if change != nil {
			change(i, entry)
		}
		_, err := e.connections.Insert(e.ctx(), e.bare(entry.Tenant, fmt.Sprintf("slug-%d", i)), nil, entry)
		e.ok(err, "Insert")
		made = append(made, entry.ID)
	}
	return made
}

func auditOrder(e *env) {
	made := e.trail(5, nil)
	got := ids(e.allAudits(acme, waygate.AuditQuery{Limit: 2}), auditID)
	e.same(got, []string{made[4], made[3], made[2], made[1], made[0]}, "the trail")
}

func auditFilters(e *env) {
	made := e.trail(6, func(i int, a *waygate.AuditEntry) {
		a.Action, a.Target = []string{"x", "y"}[i%2], []string{"one", "two", "three"}[i%3]
	})
	for _, c := range []struct {
		q    waygate.AuditQuery
		want []string
	}{
		{waygate.AuditQuery{Action: "y"}, []string{made[5], made[3], made[1]}},
		{waygate.AuditQuery{Action: "y", Limit: 1}, []string{made[5], made[3], made[1]}},
		{waygate.AuditQuery{Target: "two"}, []string{made[4], made[1]}},
		{waygate.AuditQuery{Action: "x", Target: "two"}, []string{made[4]}},
		{waygate.AuditQuery{Action: "X"}, nil},
	} {
		e.same(ids(e.allAudits(acme, c.q), auditID), c.want, fmt.Sprintf("the trail by %+v", c.q))
	}
}

func platformTrail(e *env) {
	entry := e.entry("", "put")
	_, err := e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: "d"}, 0, entry)
	e.ok(err, "Put")
	e.same(e.allAudits("", waygate.AuditQuery{}), []waygate.AuditEntry{*entry}, "the trail of the platform")
	e.same(e.allAudits(acme, waygate.AuditQuery{}), nil, "the trail of acme")
}
