package storetest

import "github.com/waygate-go/waygate"

func deleteTakesCredential(e *env) {
	c, cred := e.connect(acme, "main")
	e.ok(e.connections.Delete(e.ctx(), acme, c.ID, nil), "Delete")
	for _, ref := range []string{"", "main", c.ID} {
		_, _, err := e.connections.Find(e.ctx(), acme, github, ref)
		e.is(err, waygate.ErrUnresolved, "Find after Delete")
	}
	_, err := e.credentials.Get(e.ctx(), acme, cred.ID)
	e.is(err, waygate.ErrUnresolved, "Get after Delete")
	_, err = e.credentials.FindGrant(e.ctx(), acme, cred.Digests)
	e.is(err, waygate.ErrUnresolved, "FindGrant after Delete")
	_, err = e.credentials.Save(e.ctx(), cred, nil)
	e.is(err, waygate.ErrUnresolved, "Save after Delete")
	e.is(e.connections.Delete(e.ctx(), acme, c.ID, nil), waygate.ErrUnresolved, "Delete after Delete")
	if left := e.allCredentials(); len(left) != 0 {
		e.Errorf("%d credentials are left", len(left))
	}
}

func sharedCredentialStays(e *env) {
	first, cred := e.connect(acme, "main")
	second := e.bare(acme, "second")
	second.Integration, second.CredentialID = "slack", cred.ID
	_, err := e.connections.Insert(e.ctx(), second, nil, nil)
	e.ok(err, "Insert")
	e.ok(e.connections.Delete(e.ctx(), acme, first.ID, nil), "Delete")
	e.same(e.get(acme, cred.ID), cred, "the credential that another connection uses")
	e.ok(e.connections.Delete(e.ctx(), acme, second.ID, nil), "Delete")
	_, err = e.credentials.Get(e.ctx(), acme, cred.ID)
	e.is(err, waygate.ErrUnresolved, "Get after the last connection was deleted")
}

func purgeTenant(e *env) {
	p := e.furnish(acme)
	_, _ = e.connect(acme, "second")
	_, err := e.connections.Insert(e.ctx(), e.bare(acme, "third"), nil, nil)
	e.ok(err, "Insert")

	done, err := e.connections.Purge(e.ctx(), acme, nil)
	e.ok(err, "Purge")
	want := waygate.Purged{Connections: 3, Credentials: 2}
	if e.variables != nil {
		want.Variables = 2
	}
	want.Apps, want.Flows = count(e.apps != nil), count(e.flows != nil)
	e.same(done, want, "what Purge counted")
	for _, m := range e.methods() {
		if m.shared || m.name == "Records.List" || m.name == "Records.Purge" || m.name == "Statistics" {
			continue
		}
		rows, err := m.guarded(e.ctx(), e, p)
		if m.absent != nil {
			e.is(err, m.absent, m.name+" after Purge")
		}
		if rows != 0 {
			e.Errorf("%s found %d rows after Purge", m.name, rows)
		}
	}
	e.same(e.allRecords(acme, waygate.RecordQuery{}), []waygate.CallRecord{p.record}, "the records after Purge")
	again := e.imagine(acme)
	again.cred.Digests = p.cred.Digests
	c, err := e.connections.Insert(e.ctx(), again.conn, &again.cred, nil)
	e.ok(err, "Insert of the same names and grant after Purge")
	if !c.Primary {
		e.Error("the first connection after Purge is not primary")
	}
}

// purgeLeavesOthers: what is not the tenant's stays.
func purgeLeavesOthers(e *env) {
	p := e.furnish(globex)
	before := e.dump(globex)
	e.connect(acme, "main")
	_, err := e.connections.Purge(e.ctx(), acme, nil)
	e.ok(err, "Purge")
	e.same(e.dump(globex), before, "what is not acme's after acme was purged")
	if e.flows != nil {
		e.takes(p.flow, "after another tenant was purged")
	}
}

func purgeNothing(e *env) {
	done, err := e.connections.Purge(e.ctx(), acme, e.entry(acme, "purge"))
	e.ok(err, "Purge of a tenant without rows")
	e.same(done, waygate.Purged{}, "what Purge counted")
}

// purgeAudit: the trail goes with what it tells of, but for the entry of the
// purge itself.
func purgeAudit(e *env) {
	e.furnish(acme)
	e.furnish(globex)
	entry := e.entry(acme, "purge")
	_, err := e.connections.Purge(e.ctx(), acme, entry)
	e.ok(err, "Purge")
	e.same(e.allAudits(acme, waygate.AuditQuery{}), []waygate.AuditEntry{*entry}, "the trail after Purge")
	if n := len(e.allAudits(globex, waygate.AuditQuery{})); n != 1 {
		e.Errorf("the trail of globex has %d entries after acme was purged, want 1", n)
	}
}
