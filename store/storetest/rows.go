package storetest

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
)

// base is a moment that rows count from: any, to the microsecond.
func base() time.Time { return time.Date(2031, 5, 17, 11, 22, 33, 123_456_000, time.UTC) }

// connection makes a full row that is not stored.
func (e *env) connection(tenant, slug string) waygate.StoredConnection {
	return waygate.StoredConnection{
		ID: e.id("con"), Tenant: tenant, Integration: github, Slug: slug, Status: waygate.StatusActive,
		BaseURL: "https://" + slug + ".example.com", Parameters: map[string]string{"owner": "octo"},
		Headers: map[string]string{"X-Team": "a"}, Metadata: map[string]string{"plan": "pro"},
		Tags: []string{"prod", "eu"}, Mappings: []byte(`{"list":{"input":{"suppress":["x"]}}}`), App: "app_1",
	}
}

// bare makes a row without a credential that is not stored.
func (e *env) bare(tenant, slug string) waygate.StoredConnection {
	return waygate.StoredConnection{ID: e.id("con"), Tenant: tenant, Integration: github, Slug: slug, Status: waygate.StatusActive}
}

// credential makes a full row that is not stored.
func (e *env) credential(tenant string) waygate.StoredCredential {
	id := e.id("crd")
	return waygate.StoredCredential{
		Tenant: tenant, ID: id, Integration: github, Sealed: []byte("sealed " + id), Spare: []byte("spare " + id),
		Status: waygate.CredentialActive, Expires: base().Add(time.Hour), RefreshAt: base().Add(50 * time.Minute),
		Digests: [][]byte{[]byte("now " + id), []byte("before " + id)},
		Grant:   "grant " + id, IssuedAt: base().Add(-time.Minute), ForcedAt: base().Add(-time.Second), Failures: 3, Cause: "cause " + id,
	}
}

// record makes a full row that is not stored.
func (e *env) record(tenant string, start time.Time) waygate.CallRecord {
	return waygate.CallRecord{
		ID: e.id("call"), ReadID: "read_1", Tenant: tenant, Integration: github, Action: "list_issues",
		Connection: "main", ConnectionID: "con_1", Parent: "call_0", Page: 2, Start: start,
		Duration: 1500 * time.Millisecond, Status: 502, Kind: waygate.KindServer, Error: "bad gateway",
		Attempts: []waygate.AttemptRecord{{Start: start, Duration: time.Second, Method: "GET", Host: "api.example.com",
			Status: 502, Kind: waygate.KindServer, Wait: time.Millisecond, Reused: true}},
		RequestBytes: 10, ResponseBytes: 20, Records: 3, Warnings: []string{"slow"},
		Request:  &waygate.RecordedMessage{Method: "GET", URL: "https://api.example.com/", Headers: map[string]string{"Accept": "*/*"}},
		Response: &waygate.RecordedMessage{Headers: map[string]string{"Content-Type": "text/plain"}, Body: "oops"},
	}
}

// variable makes a row that is not stored.
func (e *env) variable(tenant, connectionID, name string) waygate.StoredVariable {
	return waygate.StoredVariable{Tenant: tenant, ConnectionID: connectionID, Name: name, Type: "string",
		Secret: true, Sealed: []byte("sealed " + name)}
}

// flow makes a row that is not stored.
func (e *env) flow(tenant string) waygate.StoredFlow {
	id := e.id("flow")
	return waygate.StoredFlow{Tenant: tenant, Integration: github, ID: id, Sealed: []byte("sealed " + id)}
}

// app makes a full row that is not stored.
func (e *env) app(tenant, id string) waygate.StoredApp {
	return waygate.StoredApp{Tenant: tenant, Integration: github, ID: id, Status: waygate.AppActive,
		Settings: []byte(`{"client_id":"` + id + `"}`), Sealed: []byte("sealed " + id)}
}

// entry makes an audit entry; it is nil where there is no trail to read.
func (e *env) entry(tenant, action string) *waygate.AuditEntry {
	if e.audits == nil {
		return nil
	}
	return &waygate.AuditEntry{ID: e.id("aud"), At: base(), Tenant: tenant, Actor: "maria", Action: action,
		Target: "github/main", Before: []byte(`{"a":1}`), After: []byte(`{"a":2}`)}
}

// connect stores a connection with a credential of its own.
func (e *env) connect(tenant, slug string) (waygate.StoredConnection, waygate.StoredCredential) {
	e.Helper()
	e.tick()
	c, cred := e.connection(tenant, slug), e.credential(tenant)
	c.CredentialID = cred.ID
	row, err := e.connections.Insert(e.ctx(), c, &cred, nil)
	e.ok(err, "Insert")
	return row, e.get(tenant, cred.ID)
}

// get reads a credential that must be there.
func (e *env) get(tenant, id string) waygate.StoredCredential {
	e.Helper()
	c, err := e.credentials.Get(e.ctx(), tenant, id)
	e.ok(err, "Get")
	return c
}

// find reads a connection that must be there.
func (e *env) find(tenant, ref string) waygate.StoredConnection {
	e.Helper()
	c, _, err := e.connections.Find(e.ctx(), tenant, github, ref)
	e.ok(err, fmt.Sprintf("Find %q", ref))
	return c
}

// setStatus changes a connection's status and nothing else.
func (e *env) setStatus(tenant, ref string, s waygate.Status) waygate.StoredConnection {
	e.Helper()
	c := e.find(tenant, ref)
	c.Status = s
	c, err := e.connections.Update(e.ctx(), c, nil)
	e.ok(err, "Update")
	return c
}

// define stores the first version of a definition.
func (e *env) define(id string) waygate.StoredDefinition {
	e.Helper()
	d, err := e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: id, Body: []byte("body of " + id)}, 0, nil)
	e.ok(err, "Put")
	return d
}

// append stores records.
func (e *env) append(records ...waygate.CallRecord) {
	e.Helper()
	for len(records) > 0 {
		n := min(len(records), 100)
		e.ok(e.records.Append(e.ctx(), records[:n]), "Append")
		records = records[n:]
	}
}

// addApp stores a new app.
func (e *env) addApp(a waygate.StoredApp) waygate.StoredApp {
	e.Helper()
	a.Version = 0
	got, err := e.apps.PutApp(e.ctx(), a, nil)
	e.ok(err, "PutApp")
	return got
}

// put stores a variable.
func (e *env) put(v waygate.StoredVariable) {
	e.Helper()
	e.ok(e.variables.PutVariable(e.ctx(), v, nil), "PutVariable")
}
