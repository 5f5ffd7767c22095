package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// FuzzCursor: whatever comes as a cursor is one that the store gave, or invalid input.
func FuzzCursor(f *testing.F) {
	pool := migrated(f)
	s, ctx := postgres.New(pool), context.Background()
	for _, id := range []string{"a", "b", "c"} {
		cred := credential(id)
		_, err := s.Connections().Insert(ctx, connection(id), cred, entry("insert"))
		err = errors.Join(err, s.Records().Append(ctx, []waygate.CallRecord{call(id, 0)}))
		if err != nil {
			f.Fatal(err)
		}
	}
	given := map[string]bool{"": true}
	page, err := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 1})
	records, err2 := s.Records().List(ctx, "acme", waygate.RecordQuery{Limit: 1})
	changes, err3 := s.Changes(ctx, "")
	if err := errors.Join(err, err2, err3); err != nil {
		f.Fatal(err)
	}
	for _, cursor := range []string{page.Cursor, records.Cursor, changes.Cursor} {
		given[cursor] = true
		f.Add(cursor)
		f.Add(cursor[:len(cursor)-1])
		f.Add(cursor + "=")
		f.Add(cursor[:5] + "\n" + cursor[5:])
	}
	for _, seed := range []string{"", "A", "AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", "\x00", "é", "MA=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		accepted := 0
		for name, err := range listAll(ctx, s, cursor) {
			if err == nil {
				accepted++
			} else if !errors.Is(err, waygate.ErrInvalidInput) {
				t.Errorf("%s with the cursor %q: error %v, want ErrInvalidInput", name, cursor, err)
			}
		}
		if want := map[bool]int{true: 1}[given[cursor]]; accepted != want && cursor != "" {
			t.Errorf("%d listings took the cursor %q, want %d", accepted, cursor, want)
		}
	})
}

// listAll goes through every listing with one cursor.
func listAll(ctx context.Context, s *postgres.Store, cursor string) map[string]error {
	_, connections := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 1, Cursor: cursor})
	_, records := s.Records().List(ctx, "acme", waygate.RecordQuery{Limit: 1, Cursor: cursor})
	_, audit := s.Audit(ctx, "acme", waygate.AuditQuery{Limit: 1, Cursor: cursor})
	_, definitions := s.Definitions().List(ctx, cursor)
	_, scan := s.Credentials().Scan(ctx, cursor)
	_, due := s.Credentials().Due(ctx, start, cursor)
	_, variables := s.ScanVariables(ctx, cursor)
	page, changes := s.Changes(ctx, cursor)
	if page.Reset { // of another process, which fuzzes with tables of its own
		changes = waygate.ErrInvalidInput
	}
	return map[string]error{"connections": connections, "records": records, "audit": audit, "definitions": definitions,
		"scan": scan, "due": due, "variables": variables, "changes": changes}
}

// TestCursorGoesToAnotherProcess, but not to another schema or tenant.
func TestCursorGoesToAnotherProcess(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	migrate(t, pool, postgres.Schema("other"))
	appendAll(t, s, call("a", 0), call("b", 0), call("c", 0))
	first, err := s.Records().List(t.Context(), "acme", waygate.RecordQuery{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	q := waygate.RecordQuery{Cursor: first.Cursor}
	second, err := postgres.New(pool).Records().List(t.Context(), "acme", q)
	if err != nil || len(second.Records) != 1 || second.Records[0].ID != "a" {
		t.Errorf("the second page has %d records, error %v, want the last of three", len(second.Records), err)
	}
	_, err = postgres.New(pool, postgres.Schema("other")).Records().List(t.Context(), "acme", q)
	wantClass(t, err, waygate.ErrInvalidInput, "Cursor")
	_, err = s.Records().List(t.Context(), "globex", q)
	wantClass(t, err, waygate.ErrInvalidInput, "Cursor")
}
