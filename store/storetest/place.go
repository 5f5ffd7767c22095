package storetest

import "github.com/waygate-go/waygate"

// place is one row of each sort, as arguments.
type place struct {
	tenant        string
	conn          waygate.StoredConnection
	cred          waygate.StoredCredential
	lease         waygate.Lease
	own, connsOwn waygate.StoredVariable // of the tenant, of the connection
	flow          waygate.StoredFlow
	app           waygate.StoredApp
	definition    waygate.StoredDefinition
	record        waygate.CallRecord
}

// imagine makes a place of rows that are not stored.
func (e *env) imagine(tenant string) place {
	p := place{tenant: tenant, conn: e.connection(tenant, "main"), cred: e.credential(tenant),
		record: e.record(tenant, base()), definition: waygate.StoredDefinition{ID: e.id("def"), Version: 1, Body: []byte("{}")}}
	p.conn.CredentialID, p.conn.Version, p.cred.Version = p.cred.ID, 1, 1
	p.lease = waygate.Lease{Tenant: tenant, CredentialID: p.cred.ID, Holder: "imagined", Fence: 1}
	p.own, p.connsOwn = e.variable(tenant, "", "own"), e.variable(tenant, p.conn.ID, "conns")
	p.flow, p.app = e.flow(tenant), e.app(tenant, e.id("app"))
	p.app.Version = 1
	return p
}

// furnish makes a place of rows that are stored. The lease is held.
func (e *env) furnish(tenant string) place {
	e.Helper()
	p := e.imagine(tenant)
	var err error
	p.conn, err = e.connections.Insert(e.ctx(), p.conn, &p.cred, e.entry(tenant, "furnish"))
	e.ok(err, "Insert")
	p.cred = e.get(tenant, p.cred.ID)
	p.lease, err = e.credentials.Acquire(e.ctx(), tenant, p.cred.ID, "holder of "+tenant, longLease)
	e.ok(err, "Acquire")
	p.definition, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.ok(err, "Put")
	e.append(p.record)
	if e.variables != nil {
		e.put(p.own)
		e.put(p.connsOwn)
	}
	if e.flows != nil {
		e.ok(e.flows.PutFlow(e.ctx(), p.flow, longLease), "PutFlow")
	}
	if e.apps != nil {
		p.app = e.addApp(p.app)
	}
	return p
}

// as is the same rows, asked for by another tenant.
func (p place) as(tenant string) place {
	p.tenant, p.conn.Tenant, p.cred.Tenant, p.lease.Tenant = tenant, tenant, tenant, tenant
	p.own.Tenant, p.connsOwn.Tenant, p.flow.Tenant, p.app.Tenant = tenant, tenant, tenant, tenant
	return p
}
