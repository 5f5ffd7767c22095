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
	app := func(a waygate.StoredApp) error {
		_, err := s.PutApp(ctx, a, nil)
		return err
	}
	_, definition := s.Definitions().Put(ctx, waygate.StoredDefinition{}, 0, nil)
	for field, err := range map[string]error{
		"ID: is":               insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.ID = "" }),
		"Slug: ":               insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.Slug = "" }),
		"CredentialID: ":       insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.ID = "" }),
		"CredentialID: \"":     insert(func(c *waygate.StoredConnection, _ *waygate.StoredCredential) { c.CredentialID = "crd_2" }),
		"Tenant: ":             insert(func(_ *waygate.StoredConnection, cred *waygate.StoredCredential) { cred.Tenant = "globex" }),
		"Limit: 101":           limit,
		"Limit: -1":            negative,
		"holder: ":             holder,
		"ttl: ":                ttl,
		"ID: ":                 definition,
		"ID: is empty: a flow": s.PutFlow(ctx, waygate.StoredFlow{Tenant: "acme"}, 1),
		"ttl: 0s":              s.PutFlow(ctx, waygate.StoredFlow{Tenant: "acme", ID: "f"}, 0),
		"ID: is empty: an app": app(waygate.StoredApp{Tenant: "acme"}),
		"Settings: ":           app(waygate.StoredApp{Tenant: "acme", ID: "a", Settings: []byte("{")}),
		"Name: ":               s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme"}, nil),
		"records[1].ID: ":      s.Records().Append(ctx, []waygate.CallRecord{{ID: "a", Tenant: "acme"}, {Tenant: "acme"}}),
		"audit entry: ":        s.PutVariable(ctx, waygate.StoredVariable{Tenant: "acme", Name: "a"}, &waygate.AuditEntry{Tenant: "globex"}),
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

// TestVacantPlaceIsFound: a disabled connection is found as the primary one
// until another takes the place, so that a call is told that it is disabled.
func TestVacantPlaceIsFound(t *testing.T) {
	t.Parallel()
	s, ctx := memory.New(), t.Context()
	insert := func(id string, status waygate.Status) waygate.StoredConnection {
		c, err := s.Connections().Insert(ctx, waygate.StoredConnection{ID: id, Tenant: "acme", Integration: "github", Slug: id,
			Status: status, CredentialID: "crd_" + id}, &waygate.StoredCredential{Tenant: "acme", ID: "crd_" + id}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	primary := func(want string) {
		t.Helper()
		c, _, err := s.Connections().Find(ctx, "acme", "github", "")
		if err != nil || c.ID != want || !c.Primary {
			t.Errorf("the primary one is %q (marked so: %t, error %v), want %q", c.ID, c.Primary, err, want)
		}
	}
	first, second := insert("first", waygate.StatusActive), insert("second", waygate.StatusNeedsReauth)
	first.Status = waygate.StatusDisabled
	if _, err := s.Connections().Update(ctx, first, nil); err != nil {
		t.Fatal(err)
	}
	primary("first")
	cred := waygate.StoredCredential{Tenant: "acme", ID: "crd_second", Version: 1, Status: waygate.CredentialActive}
	if _, err := s.Credentials().Save(ctx, cred, nil); err != nil {
		t.Fatal(err)
	}
	primary("second")
	got, _, err := s.Connections().Find(ctx, "acme", "github", "second")
	if err != nil || got.Version != second.Version+1 {
		t.Errorf("version %d after %d (error %v), want one higher: it is one change", got.Version, second.Version, err)
	}
}

// TestUpdateDropsNoCredential: an update that names none would lose a secret.
func TestUpdateDropsNoCredential(t *testing.T) {
	t.Parallel()
	s, ctx := memory.New(), t.Context()
	c, err := s.Connections().Insert(ctx, waygate.StoredConnection{ID: "con_1", Tenant: "acme", Integration: "github", Slug: "main"},
		&waygate.StoredCredential{Tenant: "acme", ID: "crd_1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.CredentialID = ""
	_, err = s.Connections().Update(ctx, c, nil)
	wantClass(t, err, waygate.ErrUnresolved)
	if _, err := s.Credentials().Get(ctx, "acme", "crd_1"); err != nil {
		t.Errorf("Get after the update was refused: %v", err)
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
