package main

import (
	"context"

	"github.com/waygate-go/waygate"
)

// records are those of all processes: as many attempts as there were requests.
func (s *story) records(ctx context.Context) {
	s.title("What the processes did, and what is on record")
	for _, end := range s.ends {
		must(0, end()) // what a process holds of records, it writes
	}
	requests := len(s.crm.seen(func(request) bool { return true }))
	for n := 1; n <= processes; n++ {
		s.say("process %d: %d requests", n, len(s.crm.seen(func(r request) bool { return r.process == n })))
	}
	wrong := s.crm.seen(func(r request) bool { return r.status == 403 })
	same("requests with another's credential", len(wrong), 0)
	s.say("with the credential of another tenant: %d", len(wrong))
	calls, attempts := 0, 0
	for _, name := range tenants {
		sums := must(s.first.gw.Tenant(name).Statistics(ctx, waygate.StatisticsQuery{}))
		s.say("%-7s %d calls, %d succeeded, failed: %v", name, sums.Calls, sums.Succeeded, sums.ByKind)
		list := s.list(ctx, name)
		same("records of "+name, len(list), sums.Calls)
		for _, r := range list {
			attempts += len(r.Attempts)
		}
		calls += len(list)
	}
	same("attempts", attempts, requests)
	s.say("together %d calls with %d attempts; the provider answered %d requests", calls, attempts, requests)
	last := s.list(ctx, "acme")[0]
	same("kind", last.Kind, waygate.KindConfig)
	s.say("acme's last: %s", last.Error)
}

// list gives a tenant's records, newest first.
func (s *story) list(ctx context.Context, tenant string) (list []waygate.CallRecord) {
	for q := (waygate.RecordQuery{Limit: 100}); ; {
		page := must(s.first.gw.Tenant(tenant).Records(ctx, q))
		list = append(list, page.Records...)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return list
		}
	}
}

// secrets are looked for in every row. What isn't sealed can be found like this.
func (s *story) secrets(ctx context.Context) {
	s.title("What the database holds")
	tables, rows := s.db.rows(ctx)
	found, paths := holding(rows, s.tokens...), holding(rows, "/accounts/{account}")
	same("rows with a credential", found, 0)
	same("rows with a path", paths, 2) // the versions of the definition
	s.say("%d rows in %d tables; with one of %d credentials in clear, hex or base64: %d", len(rows), tables, len(s.tokens), found)
	s.say("with a path of the definition, to try the search: %d", paths)
}

// purge removes a tenant.
func (s *story) purge(ctx context.Context) {
	s.title("A tenant that leaves")
	acme, calls := s.first.gw.Tenant("acme"), len(s.list(ctx, "acme"))
	gone := must(acme.Purge(ctx))
	same("purged", gone, waygate.Purged{Connections: 1, Credentials: 1, Records: calls})
	s.say("removed: %d connection, %d credential, %d variables, %d records", gone.Connections, gone.Credentials, gone.Variables, gone.Records)
	links := must(acme.Connections(ctx, waygate.ConnectionQuery{})).Connections
	trail := must(acme.Audit(ctx, waygate.AuditQuery{})).Entries
	same("connections, records and audit entries left", []int{len(links), len(s.list(ctx, "acme")), len(trail)}, []int{0, 0, 1})
	s.say("left: one entry of the audit trail, %s", trail[0].Action)
}
