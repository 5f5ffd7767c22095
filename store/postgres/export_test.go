package postgres

import (
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// For tests of what can't be reached through a database.
var (
	BucketOf   = bucketOf
	DurationOf = durationOf
)

const LastBucket = lastBucket

// ChangesCursor is a cursor of [Store.Changes] that was made up.
func ChangesCursor(schema, store, snapshot string) string {
	p := changePlace{at: time.Now(), store: store, snapshot: snapshot}
	return newCursorSum(schema).encode(listing{name: "changes"}, p.position())
}

// A Statement is what a method asks the server.
type Statement struct {
	SQL  string
	Args []any
}

// HotStatements are those of the calls that are made most, by name.
func HotStatements(s *Store, tenant, slug string, start time.Time) map[string]Statement {
	list := map[string]Statement{
		"Find the primary": {s.findSQL(), []any{tenant, "github"}},
		"Find by slug":     {s.findRefSQL(), []any{tenant, "github", slug}},
		"Get":              {s.getSQL(), []any{tenant, "crd_" + slug}},
		"FindGrant":        {s.findGrantSQL(), []any{tenant, [][]byte{[]byte("digest of " + slug), []byte("none")}}},
		"Scan":             {s.scanSQL("", mostLimit), []any{int64(5000)}},
		"Due":              {s.scanSQL(" AND k.refresh_at < $2::timestamptz", mostLimit), []any{int64(5000), start}},
		"Changes":          {s.changesSQL(), []any{time.Now(), "10:10:", strings.Repeat("0", uuidSize)}},
	}
	add := func(name string, sql string, args []any) { list[name] = Statement{sql, args} }
	connections := func(name string, q waygate.ConnectionQuery) {
		sql, args := s.listSQL(tenant, q, 5000, 50)
		add(name, sql, args)
	}
	connections("List", waygate.ConnectionQuery{})
	connections("List of an integration", waygate.ConnectionQuery{Integration: "github"})
	connections("List of a credential", waygate.ConnectionQuery{CredentialID: "crd_" + slug})
	add("PutFlow", s.putFlowSQL(), []any{tenant, "flow_new", "github", []byte("sealed"), int64(600_000_000)})
	add("TakeFlow", s.takeFlowSQL(), []any{tenant, "flow_" + slug})
	add("App", s.appSQL(), []any{tenant, "github", "app_" + slug})
	records := func(name string, q waygate.RecordQuery) {
		sql, args := s.recordsSQL(tenant, q, recordPosition(start.Add(20*24*time.Hour), "x"), 50)
		add(name, sql, args)
	}
	records("Records", waygate.RecordQuery{})
	records("Records that failed", waygate.RecordQuery{Failed: true})
	records("Records of a kind", waygate.RecordQuery{Kind: waygate.KindServer})
	records("Records by ID", waygate.RecordQuery{ID: "call_7"})
	records("Records of a read", waygate.RecordQuery{ReadID: "read_7"})
	records("Records of a day", waygate.RecordQuery{Since: start.Add(24 * time.Hour), Until: start.Add(48 * time.Hour)})
	trail, args := s.trailSQL(tenant, waygate.AuditQuery{}, 5000, 50)
	add("Audit", trail, args)
	sum, args := s.estimateSQL(tenant, waygate.StatisticsQuery{Since: start.Add(90 * time.Minute), Until: start.Add(5*time.Hour + time.Minute)})
	add("Statistics", sum, args)
	return list
}
