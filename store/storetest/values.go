package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// argumentsAreCopied changes everything that it gave the store.
func argumentsAreCopied(e *env) {
	p := e.imagine(acme)
	entry := e.entry(acme, "insert")
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, entry)
	e.ok(err, "Insert")
	_, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.ok(err, "Put")
	batch := []waygate.CallRecord{p.record}
	e.ok(e.records.Append(e.ctx(), batch), "Append")
	if e.variables != nil {
		e.put(p.own)
	}
	flow := p.flow
	flow.Sealed = bytes.Clone(flow.Sealed)
	put := e.putFlowAndApp(p.app, flow)
	saved := e.get(acme, p.cred.ID)
	saved.Sealed = []byte("saved")
	updated := e.find(acme, "")
	updated.Tags, updated.Mappings = []string{"updated"}, []byte("updated")
	_, err = e.credentials.Save(e.ctx(), saved, nil)
	e.ok(err, "Save")
	_, err = e.connections.Update(e.ctx(), updated, nil)
	e.ok(err, "Update")

	before := e.dump(acme)
	for _, argument := range []any{&p.conn, &p.cred, &p.definition, &p.own, &batch, &saved, &updated, &p.app, &put, entry} {
		scribble(argument)
	}
	e.same(e.dump(acme), before, "the store after its arguments were changed")
	if e.flows != nil {
		clear(flow.Sealed)
		e.takes(p.flow, "after the argument of PutFlow was changed")
	}
}

// putFlowAndApp stores a flow, adds an app and changes it; it returns the app as
// the store was given it last.
func (e *env) putFlowAndApp(a waygate.StoredApp, f waygate.StoredFlow) waygate.StoredApp {
	e.Helper()
	if e.flows != nil {
		e.ok(e.flows.PutFlow(e.ctx(), f, longLease), "PutFlow")
	}
	if e.apps != nil {
		a = e.addApp(a)
		a.Settings = []byte(`{"put":1}`)
		_, err := e.apps.PutApp(e.ctx(), a, nil)
		e.ok(err, "PutApp")
	}
	return a
}

// resultsAreCopied changes everything that the store gave.
func resultsAreCopied(e *env) {
	p := e.imagine(acme)
	inserted, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, e.entry(acme, "insert"))
	e.ok(err, "Insert")
	put, err := e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.ok(err, "Put")
	e.append(p.record)
	marked, err := e.credentials.Mark(e.ctx(), acme, p.cred.ID, e.get(acme, p.cred.ID).Version, waygate.Intent{Holder: "h", Remaining: longLease})
	e.ok(err, "Mark")
	updated, err := e.connections.Update(e.ctx(), e.find(acme, ""), nil)
	e.ok(err, "Update")
	found, cred, err := e.connections.Find(e.ctx(), acme, github, "")
	e.ok(err, "Find")
	grant, err := e.credentials.FindGrant(e.ctx(), acme, p.cred.Digests)
	e.ok(err, "FindGrant")
	got, err := e.definitions.Get(e.ctx(), p.definition.ID, 0)
	e.ok(err, "Get")
	results := e.partResults(p)
	results = append(results, &inserted, &put, &marked, &updated, &found, cred, &grant, &got,
		ptr(e.allConnections(acme, waygate.ConnectionQuery{})), ptr(e.allCredentials()), ptr(e.allDue(base().AddDate(1, 0, 0))),
		ptr(e.allDefinitions()), ptr(e.allRecords(acme, waygate.RecordQuery{})))
	if e.audits != nil {
		results = append(results, ptr(e.allAudits(acme, waygate.AuditQuery{})))
	}
	before := e.dump(acme)
	for _, r := range results {
		scribble(r)
		e.same(e.dump(acme), before, fmt.Sprintf("the store after a result (%T) was changed", r))
	}
	saved, err := e.credentials.Save(e.ctx(), e.get(acme, p.cred.ID), nil)
	e.ok(err, "Save")
	before = e.dump(acme)
	scribble(&saved)
	e.same(e.dump(acme), before, "the store after the result of Save was changed")
}

// partResults are those of the optional parts.
func (e *env) partResults(p place) (results []any) {
	e.Helper()
	if e.variables != nil {
		e.put(p.own)
		own, err := e.variables.Variables(e.ctx(), acme, "", nil)
		e.ok(err, "Variables")
		results = append(results, &own, ptr(e.allVariables()))
	}
	if e.apps != nil {
		results = append(results, e.appResults(p.app)...)
	}
	return results
}

func ptr[T any](v T) *T { return &v }

// oddEntry is an entry of about that size, or nil where there is no trail: JSON
// that looks different when it is read and written again.
func (e *env) oddEntry(size int) *waygate.AuditEntry {
	entry := e.entry(acme, "insert")
	if entry != nil {
		long := strings.Repeat("x", max(size-100, 0))
		entry.Before = []byte("{ \"b\" :1,\n\t\"a\": 1.0, \"a\":\"\\u00e9<é\u2028" + long + "\"}")
		entry.After = []byte(`{"z":1e400,"y":-0.0,"x":"\u0000\ud800\/","w":123456789012345678901234567890}`)
	}
	return entry
}

// roundTrip stores a place and reads it back.
func (e *env) roundTrip(p place) {
	e.Helper()
	entry := e.oddEntry(len(p.cred.Sealed))
	inserted, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, entry)
	e.ok(err, "Insert")
	want := p.conn
	want.Version, want.Primary = inserted.Version, inserted.Primary
	want.CreatedAt, want.UpdatedAt = inserted.CreatedAt, inserted.UpdatedAt
	e.same(inserted, want, "the connection as inserted")
	found, cred, err := e.connections.Find(e.ctx(), acme, github, p.conn.Slug)
	e.ok(err, "Find")
	e.same(found, want, "the connection as found")
	if cred == nil {
		e.Fatal("Find gave no credential")
	}
	wantCred := p.cred
	wantCred.Version, wantCred.UpdatedAt = cred.Version, cred.UpdatedAt
	e.same(*cred, wantCred, "the credential as found")
	e.same(e.get(acme, p.cred.ID), wantCred, "the credential that Get gives")
	_, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.ok(err, "Put")
	d, err := e.definitions.Get(e.ctx(), p.definition.ID, 0)
	e.ok(err, "Get")
	e.same(d.Body, p.definition.Body, "the body of the definition")
	e.append(p.record)
	e.same(e.allRecords(acme, waygate.RecordQuery{}), []waygate.CallRecord{p.record}, "the records")
	if entry != nil {
		e.same(e.allAudits(acme, waygate.AuditQuery{}), []waygate.AuditEntry{*entry}, "the audit trail")
	}
	e.roundTripParts(p)
}

// roundTripParts does the same with the rows of the optional parts.
func (e *env) roundTripParts(p place) {
	e.Helper()
	if e.variables != nil {
		e.put(p.own)
		list := e.allVariables()
		for i := range list {
			list[i].UpdatedAt = time.Time{}
		}
		e.same(list, []waygate.StoredVariable{p.own}, "the variables")
	}
	if e.flows != nil {
		e.ok(e.flows.PutFlow(e.ctx(), p.flow, longLease), "PutFlow")
		e.takes(p.flow, "as it was put")
	}
	if e.apps != nil {
		e.keepsApp(p.app)
	}
}

// anyText is valid UTF-8 with all that is odd but NUL.
func anyText() string {
	var b strings.Builder
	for r := rune(1); r < 0x300; r++ {
		b.WriteRune(r)
	}
	return b.String() + "\r\n\\u0000 %s e\u0301 \u2028\u202e\u200b\ufeff\ufffd\ufffe\uffff\U0001F512\U0010ffff "
}

// anyBytes: fields of bytes hold every byte, those of text all of UTF-8 but NUL.
func anyBytes(e *env) {
	all := make([]byte, 512)
	for i := range all {
		all[i] = byte(i)
	}
	text := anyText()
	p := e.imagine(acme)
	p.cred.Sealed, p.cred.Spare, p.cred.Digests = all, slices.Clone(all[128:]), [][]byte{{0}, {0, 0}, {0xff}}
	p.conn.BaseURL, p.conn.App = text, text
	p.conn.Parameters = map[string]string{"a": text, "b": "", text: "c"}
	p.conn.Headers = map[string]string{"X-Any": text}
	p.conn.Metadata = map[string]string{"any": text}
	p.definition.Body = all
	p.record.Error, p.record.Warnings = text, []string{text, ""}
	p.record.Response.Body, p.record.Request.URL = text, text
	p.conn.Tags, p.conn.Mappings = []string{text, "", " "}, all
	p.own.Sealed, p.flow.Sealed, p.app.Sealed = all, all, all
	p.cred.Grant, p.cred.Cause, p.app.Status = text, text, waygate.AppStatus(text)
	p.app.Settings = []byte("{ \"b\" :1,\n\t\"a\": 1.0, \"a\":\"\\u00e9<é\u2028\\u0000\\ud800\\/\",\"z\":1e400,\"y\":-0.0 }")
	e.roundTrip(p)
}

// largeFields: 1 MiB each.
func largeFields(e *env) {
	const size = 1 << 20
	text := strings.Repeat("wäy", size/4)
	data := bytes.Repeat([]byte{0xff, 0, 'x', '\''}, size/4)
	p := e.imagine(acme)
	p.cred.Sealed, p.cred.Spare = data, data
	p.conn.Metadata = map[string]string{"large": text}
	p.conn.Parameters = map[string]string{"large": text}
	p.conn.Mappings = data
	p.definition.Body = data
	p.record.Error, p.record.Response.Body = text, text
	p.own.Sealed, p.flow.Sealed, p.app.Sealed = data, data, data
	p.app.Settings = []byte(`{"large":"` + text + `"}`)
	p.cred.Grant, p.cred.Cause = text, text
	e.roundTrip(p)
}

// oddNames are ids that are all different, and all have to work.
func oddNames() []string {
	return []string{"abc", "ABC", "abc ", " abc", "a b", "a/b", `a\b`, "a'b", `a"b`, "a`b", "a;--", "a%b", "a%", "_", "a_b",
		"$1", "%s", "%00", "null", "NULL", "0", "-1", "{}", "[]", "*", "?", "é", "e\u0301", "İ", "ı", "ß", "ss", "ẞ", "名前",
		"🔑🔑", "\u202eabc", "\u200b", "\ufeffabc", "\U0010ffff", "\ufffd", strings.Repeat("é", 100), strings.Repeat("x", 200)}
}

func oddIDs(e *env) {
	names := oddNames()
	for i, name := range names {
		p := e.imagine(name)
		p.conn.ID, p.cred.ID, p.conn.CredentialID, p.conn.Integration, p.conn.Slug = "id "+name, name, name, name, name
		p.connsOwn.ConnectionID, p.connsOwn.Name, p.definition.ID, p.record.ID = "id "+name, name, name, name
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, e.entry(name, name))
		e.ok(err, fmt.Sprintf("Insert of %q", name))
		_, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
		e.ok(err, fmt.Sprintf("Put of %q", name))
		p.record.Start = base().Add(time.Duration(i) * time.Second)
		e.append(p.record)
		if e.variables != nil {
			e.put(p.connsOwn)
		}
		e.putOddFlowAndApp(name)
	}
	for _, name := range names {
		e.oddName(name)
		e.oddFlowAndApp(name)
	}
	if n := len(e.allDefinitions()); n != len(names) {
		e.Errorf("%d definitions, want %d", n, len(names))
	}
}

// oddName reads what oddIDs wrote under a name, and nothing else may be there.
func (e *env) oddName(name string) {
	for _, ref := range []string{name, "id " + name, ""} {
		c, cred, err := e.connections.Find(e.ctx(), name, name, ref)
		e.ok(err, fmt.Sprintf("Find of %q", ref))
		if c.Tenant != name || c.Slug != name || cred == nil || cred.ID != name {
			e.Errorf("Find of %q gave %q, %q", ref, c.Tenant, c.Slug)
		}
	}
	l, err := e.credentials.Acquire(e.ctx(), name, name, name, longLease)
	e.ok(err, fmt.Sprintf("Acquire by %q", name))
	e.ok(e.credentials.Release(e.ctx(), l), "Release")
	d, err := e.definitions.Get(e.ctx(), name, 0)
	e.ok(err, "Get")
	got := []string{d.ID}
	got = append(got, ids(e.allConnections(name, waygate.ConnectionQuery{Integration: name}), slug)...)
	got = append(got, ids(e.allRecords(name, waygate.RecordQuery{}), recordID)...)
	want := []string{name, name, name}
	if e.variables != nil {
		list, err := e.variables.Variables(e.ctx(), name, "id "+name, nil)
		e.ok(err, "Variables")
		got, want = append(got, ids(list, variableName)...), append(want, name)
	}
	if e.audits != nil {
		entries := e.allAudits(name, waygate.AuditQuery{Action: name})
		got = append(got, ids(entries, func(a waygate.AuditEntry) string { return a.Action })...)
		want = append(want, name)
	}
	e.same(got, want, fmt.Sprintf("what is under %q", name))
}
