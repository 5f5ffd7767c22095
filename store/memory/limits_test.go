package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

var start = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

// calls appends n records of a tenant, one a second.
func calls(t *testing.T, s *memory.Store, tenant string, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		r := waygate.CallRecord{ID: fmt.Sprintf("call_%06d", i), Tenant: tenant, Start: start.Add(time.Duration(i) * time.Second)}
		if err := s.Records().Append(t.Context(), []waygate.CallRecord{r}); err != nil {
			t.Fatalf("Append: %v", err)
		}
	}
}

// kept returns the numbers of a tenant's records, newest first.
func kept(t *testing.T, s *memory.Store, tenant string) []string {
	t.Helper()
	page, err := s.Records().List(t.Context(), tenant, waygate.RecordQuery{Limit: 100})
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	var ids []string
	for _, r := range page.Records {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestABusyTenantPushesOutItsOwn(t *testing.T) {
	t.Parallel()
	s := memory.New(memory.RecordLimit(20))
	calls(t, s, "quiet", 0, 5) // the oldest of all
	calls(t, s, "modest", 0, 3)
	calls(t, s, "busy", 100, 1000)
	for tenant, want := range map[string]int{"quiet": 5, "modest": 3, "busy": 12} {
		if got := len(kept(t, s, tenant)); got != want {
			t.Errorf("%s has %d records, want %d", tenant, got, want)
		}
	}
	if got := kept(t, s, "busy")[11]; got != "call_001088" {
		t.Errorf("the oldest that busy keeps is %s, want call_001088", got)
	}
	calls(t, s, "quiet", 200, 20) // busy gives way until both have as many
	for tenant, want := range map[string]int{"modest": 3} {
		if got := len(kept(t, s, tenant)); got != want {
			t.Errorf("%s has %d records, want %d", tenant, got, want)
		}
	}
	if quiet, busy := len(kept(t, s, "quiet")), len(kept(t, s, "busy")); quiet+busy != 17 || max(quiet, busy) > 9 {
		t.Errorf("quiet has %d and busy %d, want 17 shared evenly", quiet, busy)
	}
}

// TestDroppedRecordsAreForgotten: their IDs are free, and Expire and Purge keep
// the books of the bound.
func TestDroppedRecordsAreForgotten(t *testing.T) {
	t.Parallel()
	s := memory.New(memory.RecordLimit(3))
	calls(t, s, "a", 0, 5)
	if n, err := s.Records().Expire(t.Context(), start.Add(4*time.Second)); n != 2 || err != nil {
		t.Fatalf("Expire: %d, %v; want 2", n, err)
	}
	calls(t, s, "b", 0, 2)
	if got := len(kept(t, s, "a")) + len(kept(t, s, "b")); got != 3 {
		t.Fatalf("%d records are kept, want 3", got)
	}
	if n, err := s.Records().Purge(t.Context(), "b"); n != 2 || err != nil {
		t.Fatalf("Purge: %d, %v; want 2", n, err)
	}
	calls(t, s, "a", 1, 2) // the first was dropped for room, the second expired
	if diff := cmp.Diff([]string{"call_000004", "call_000002", "call_000001"}, kept(t, s, "a")); diff != "" {
		t.Errorf("the records of a: %s", diff)
	}
}

func TestLimitsByDefault(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -5} {
		s := memory.New(memory.RecordLimit(n), memory.AuditLimit(n), memory.Clock(nil), nil)
		batch := make([]waygate.CallRecord, 10_100)
		for i := range batch {
			batch[i] = waygate.CallRecord{ID: fmt.Sprint(i), Tenant: "acme", Start: start.Add(time.Duration(i))}
		}
		if err := s.Records().Append(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Records().Purge(t.Context(), "acme"); n != 10_000 || err != nil {
			t.Errorf("%d records were kept (error %v), want 10,000", n, err)
		}
	}
}

func TestAuditLimit(t *testing.T) {
	t.Parallel()
	s := memory.New(memory.AuditLimit(10))
	write := func(tenant string, n int) {
		for i := range n {
			err := s.PutVariable(t.Context(), waygate.StoredVariable{Tenant: tenant, Name: "a"},
				&waygate.AuditEntry{ID: fmt.Sprint(i), Tenant: tenant})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	write("quiet", 2)
	write("busy", 50)
	for tenant, want := range map[string][]string{"quiet": {"1", "0"}, "busy": {"49", "48", "47", "46", "45", "44", "43", "42"}} {
		page, err := s.Audit(t.Context(), tenant, waygate.AuditQuery{})
		var got []string
		for _, e := range page.Entries {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("the trail of %s: error %v, %s", tenant, err, diff)
		}
	}
}

func TestOneVariableTooManyIsRefused(t *testing.T) {
	t.Parallel()
	s := memory.New()
	c := waygate.StoredConnection{ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main"}
	if _, err := s.Connections().Insert(t.Context(), c, nil, nil); err != nil {
		t.Fatal(err)
	}
	put := func(connection string, i int) error {
		return s.PutVariable(t.Context(), waygate.StoredVariable{Tenant: "acme", ConnectionID: connection, Name: fmt.Sprint("v", i)}, nil)
	}
	for i := range 600 {
		if err := put("con_1", i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		if err := put("", i); err != nil {
			t.Fatal(err)
		}
	}
	for _, connection := range []string{"", "con_1"} {
		wantClass(t, put(connection, 9999), waygate.ErrInvalidInput)
		if err := put(connection, 7); err != nil {
			t.Errorf("replacing one of a full scope: %v", err)
		}
	}
}
