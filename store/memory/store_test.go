package memory_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// wantClass wants an error of the package, of a class.
func wantClass(t *testing.T, err, class error) {
	t.Helper()
	var e *memory.Error
	if !errors.Is(err, class) || !errors.As(err, &e) {
		t.Errorf("error %v, want a *memory.Error that matches %v", err, class)
	}
}

func TestZeroStoreIsClosed(t *testing.T) {
	t.Parallel()
	var s memory.Store
	_, _, err := s.Connections().Find(t.Context(), "acme", "github", "")
	_, err2 := s.Credentials().Get(t.Context(), "acme", "crd")
	_, err3 := s.Definitions().List(t.Context(), "")
	err4 := s.Records().Append(t.Context(), []waygate.CallRecord{{ID: "a"}})
	for _, err := range []error{err, err2, err3, err4, s.PutVariable(t.Context(), waygate.StoredVariable{Name: "a"}, nil)} {
		if !errors.Is(err, memory.ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := memory.New()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// TestRefusedArguments: what no store could take is refused, with the field.
func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	s, ctx := memory.New(), t.Context()
	c := waygate.StoredConnection{ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main", CredentialID: "crd_1"}
	cred := waygate.StoredCredential{Tenant: "acme", ID: "crd_1"}
	insert := func(change func(c *waygate.StoredConnection, cred *waygate.StoredCredential)) error {
		c, cred := c, cred
		change(&c, &cred)
		_, err := s.Connections().Insert(ctx, c, &cred, nil)
		return err
	}
	_, limit := s.Connections().List(ctx, "acme", waygate.ConnectionQuery{Limit: 101})
	_, negative := s.Records().List(ctx, "acme", waygate.RecordQuery{Limit: -1})
	_, holder := s.Credentials().Acquire(ctx, "acme", "crd_1", "", 1)
	_, ttl := s.Credentials().Acquire(ctx, "acme", "crd_1", "h", 0)
	_, definition := s.Definitions().Put(ctx, waygate.StoredDefinition{}, 0, nil)
	for field, err := range map[string]error{
		"ID: is":           insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.ID = "" }),
		"Slug: ":           insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.Slug = "" }),
		"CredentialID: ":   insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.ID = "" }),
		"CredentialID: \"": insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.CredentialID = "crd_2" }),
		"Tenant: ":         insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.Tenant = "globex" }),
		"Limit: 101":       limit,
		"Limit: -1":        negative,
		"holder: ":         holder,
		"ttl: ":            ttl,
		"ID: ":             definition,
		"Name: ":           s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme"}, nil),
		"records[1].ID: ":  s.Records().Append(ctx, []waygate.CallRecord{{ID: "a", Tenant: "acme"}, {Tenant: "acme"}}),
		"audit entry: ":    s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme", Name: "a"}, &waygate.AuditEntry{Tenant: "globex"}),
	} {
		wantClass(t, err, waygate.ErrInvalidInput)
		if err != nil && !strings.HasPrefix(err.Error(), "memory: "+field) {
			t.Errorf("error %q, want one about %q", err, field)
		}
	}
	if n := len(kept(t, s, "acme")); n != 0 {
		t.Errorf("%d records of a batch with a bad one, want none", n)
	}
}

// TestRefsDoNotClash: a slug that is another's ID would make Find guess.
func TestRefsDoNotClash(t *testing.T) {
	t.Parallel()
	s := memory.New()
	for i, c := range []waygate.StoredConnection{{ID: "one", Slug: "a"}, {ID: "two", Slug: "one"}, {ID: "a", Slug: "b"}} {
		c.Tenant, c.Integration = "acme", "github"
		_, err := s.Connections().Insert(t.Context(), c, nil, nil)
		if i == 0 && err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			wantClass(t, err, waygate.ErrConflict)
		}
	}
}

func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1<<20)
	_, _, err := memory.New().Connections().Find(t.Context(), long, long, long)
	wantClass(t, err, waygate.ErrUnresolved)
	if n := len(err.Error()); n > 500 {
		t.Errorf("an error of %d bytes, want at most 500", n)
	}
}

// TestCursorOfAnotherStore: numbers mean nothing elsewhere.
func TestCursorOfAnotherStore(t *testing.T) {
	t.Parallel()
	var cursors []string
	stores := []*memory.Store{memory.New(), memory.New()}
	for _, s := range stores {
		calls(t, s, "acme", 0, 3)
		page, err := s.Records().List(t.Context(), "acme", waygate.RecordQuery{Limit: 1})
		if err != nil || page.Cursor == "" {
			t.Fatalf("List: cursor %q, error %v", page.Cursor, err)
		}
		cursors = append(cursors, page.Cursor)
	}
	_, err := stores[0].Records().List(t.Context(), "acme", waygate.RecordQuery{Cursor: cursors[1]})
	wantClass(t, err, waygate.ErrInvalidInput)
	_, err = stores[0].Records().List(t.Context(), "globex", waygate.RecordQuery{Cursor: cursors[0]})
	wantClass(t, err, waygate.ErrInvalidInput)
}

// TestManyRemovals: rows stay in order and can be found however many went.
func TestManyRemovals(t *testing.T) {
	t.Parallel()
	s, rnd := memory.New(), rand.New(rand.NewPCG(1, 2))
	var want []string
	for i := range 2000 {
		if len(want) > 0 && rnd.IntN(5) < 2 {
			at := rnd.IntN(len(want))
			if err := s.Connections().Delete(t.Context(), "acme", want[at], nil); err != nil {
				t.Fatal(err)
			}
			want = append(want[:at:at], want[at+1:]...)
			continue
		}
		id := fmt.Sprintf("con_%d", i)
		c := waygate.StoredConnection{ID: id, Tenant: "acme", Integration: "github", Slug: fmt.Sprint("s", i)}
		if _, err := s.Connections().Insert(t.Context(), c, nil, nil); err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	var got []string
	for q := (waygate.ConnectionQuery{Limit: 9}); ; {
		page, err := s.Connections().List(t.Context(), "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Connections {
			got = append(got, c.ID)
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
