package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// FuzzCursor: whatever comes as a cursor is the one that the store gave, or
// invalid input.
func FuzzCursor(f *testing.F) {
	s, ctx := memory.New(), context.Background()
	for _, id := range []string{"a", "b", "c"} {
		c := waygate.StoredConnection{ID: id, Tenant: "acme", Integration: "github", Slug: "s-" + id}
		cred := waygate.StoredCredential{ID: id, Tenant: "acme"}
		_, err := s.Connections().Insert(ctx, c, &cred, &waygate.AuditEntry{Tenant: "acme"})
		err = errors.Join(err, s.Records().Append(ctx, []waygate.CallRecord{{ID: id, Tenant: "acme", Start: start}}))
		if err != nil {
			f.Fatal(err)
		}
	}
	given := map[string]bool{"": true}
	for cursor := ""; ; {
		page, err := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 1, Cursor: cursor})
		if err != nil {
			f.Fatal(err)
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
		given[cursor] = true
		f.Add(cursor)
		f.Add(cursor[:len(cursor)-1])
		f.Add(cursor + "=")
	}
	page, err := s.Changes(ctx, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(page.Cursor[:len(page.Cursor)-1])
	f.Add(page.Cursor + "A")
	for _, seed := range []string{"", "A", "AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", "\x00", "é", "MA=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		for name, err := range listAll(ctx, s, cursor) {
			if given[cursor] && (cursor == "" || name == "connections") {
				if err != nil {
					t.Errorf("%s refused its cursor %q: %v", name, cursor, err)
				}
			} else if !errors.Is(err, waygate.ErrInvalidInput) {
				t.Errorf("%s with the cursor %q: error %v, want ErrInvalidInput", name, cursor, err)
			}
		}
	})
}

// listAll goes through every listing with one cursor.
func listAll(ctx context.Context, s *memory.Store, cursor string) map[string]error {
	_, connections := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 1, Cursor: cursor})
	_, records := s.Records().List(ctx, "acme", waygate.RecordQuery{Limit: 1, Cursor: cursor})
	_, audit := s.Audit(ctx, "acme", waygate.AuditQuery{Limit: 1, Cursor: cursor})
	_, definitions := s.Definitions().List(ctx, cursor)
	_, scan := s.Credentials().Scan(ctx, cursor)
	_, due := s.Credentials().Due(ctx, start, cursor)
	_, variables := s.ScanVariables(ctx, cursor)
	_, changes := s.Changes(ctx, cursor)
	return map[string]error{"connections": connections, "records": records, "audit": audit, "definitions": definitions,
		"scan": scan, "due": due, "variables": variables, "changes": changes}
}
