package storetest

import (
	"time"

	"github.com/waygate-go/waygate"
)

// What follows reads each listing to its end.

func (e *env) allConnections(tenant string, q waygate.ConnectionQuery) []waygate.StoredConnection {
	e.Helper()
	return every(e, "ConnectionStore.List", func(cursor string) ([]waygate.StoredConnection, string, error) {
		q.Cursor = cursor
		p, err := e.connections.List(e.ctx(), tenant, q)
		return p.Connections, p.Cursor, err
	})
}

func (e *env) allDue(before time.Time) []waygate.StoredCredential {
	e.Helper()
	return every(e, "Due", func(cursor string) ([]waygate.StoredCredential, string, error) {
		p, err := e.credentials.Due(e.ctx(), before, cursor)
		return p.Credentials, p.Cursor, err
	})
}

func (e *env) allCredentials() []waygate.StoredCredential {
	e.Helper()
	return every(e, "Scan", func(cursor string) ([]waygate.StoredCredential, string, error) {
		p, err := e.credentials.Scan(e.ctx(), cursor)
		return p.Credentials, p.Cursor, err
	})
}

func (e *env) allDefinitions() []waygate.StoredDefinition {
	e.Helper()
	return every(e, "DefinitionStore.List", func(cursor string) ([]waygate.StoredDefinition, string, error) {
		p, err := e.definitions.List(e.ctx(), cursor)
		return p.Definitions, p.Cursor, err
	})
}

func (e *env) allRecords(tenant string, q waygate.RecordQuery) []waygate.CallRecord {
	e.Helper()
	return every(e, "RecordStore.List", func(cursor string) ([]waygate.CallRecord, string, error) {
		q.Cursor = cursor
		p, err := e.records.List(e.ctx(), tenant, q)
		return p.Records, p.Cursor, err
	})
}

func (e *env) allAudits(tenant string, q waygate.AuditQuery) []waygate.AuditEntry {
	e.Helper()
	return every(e, "Audit", func(cursor string) ([]waygate.AuditEntry, string, error) {
		q.Cursor = cursor
		p, err := e.audits.Audit(e.ctx(), tenant, q)
		return p.Entries, p.Cursor, err
	})
}

func (e *env) allVariables() []waygate.StoredVariable {
	e.Helper()
	return every(e, "ScanVariables", func(cursor string) ([]waygate.StoredVariable, string, error) {
		p, err := e.variables.ScanVariables(e.ctx(), cursor)
		return p.Variables, p.Cursor, err
	})
}

func (e *env) allApps() []waygate.StoredApp {
	e.Helper()
	return every(e, "ScanApps", func(cursor string) ([]waygate.StoredApp, string, error) {
		p, err := e.apps.ScanApps(e.ctx(), cursor)
		return p.Apps, p.Cursor, err
	})
}

// dump is all that can be read from the store, of these tenants and of all.
func (e *env) dump(tenants ...string) string {
	e.Helper()
	text := canonical(e.allCredentials()) + "\n" + canonical(e.allDefinitions())
	if e.variables != nil {
		text += "\n" + canonical(e.allVariables())
	}
	if e.apps != nil {
		text += "\n" + canonical(e.allApps())
	}
	for _, tenant := range tenants {
		text += "\n" + canonical(e.allConnections(tenant, waygate.ConnectionQuery{}))
		text += "\n" + canonical(e.allRecords(tenant, waygate.RecordQuery{}))
		if e.audits != nil {
			text += "\n" + canonical(e.allAudits(tenant, waygate.AuditQuery{}))
		}
	}
	return text
}

// ids picks one string of each row.
func ids[T any](rows []T, id func(T) string) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = id(row)
	}
	return list
}

func slug(c waygate.StoredConnection) string         { return c.Slug }
func connectionID(c waygate.StoredConnection) string { return c.ID }
func credentialID(c waygate.StoredCredential) string { return c.ID }
func definitionID(d waygate.StoredDefinition) string { return d.ID }
func recordID(r waygate.CallRecord) string           { return r.ID }
func auditID(a waygate.AuditEntry) string            { return a.ID }
func appID(a waygate.StoredApp) string               { return a.ID }
func variableName(v waygate.StoredVariable) string   { return v.Name }
