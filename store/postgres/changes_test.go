package postgres_test

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// watcher asks for changes from where it is.
type watcher struct {
	*testing.T
	s      *postgres.Store
	cursor string
}

func watch(t *testing.T, s *postgres.Store) *watcher {
	t.Helper()
	w := &watcher{T: t, s: s}
	w.told()
	return w
}

// told returns what is new, in order.
func (w *watcher) told() []waygate.Change {
	w.Helper()
	page, err := w.s.Changes(w.Context(), w.cursor)
	if err != nil || page.Cursor == "" || page.Reset {
		w.Fatalf("Changes: cursor %q, reset %t, error %v", page.Cursor, page.Reset, err)
	}
	w.cursor = page.Cursor
	slices.SortFunc(page.Changes, func(a, b waygate.Change) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return page.Changes
}

func (w *watcher) want(what string, want ...waygate.Change) {
	w.Helper()
	if diff := gocmp.Diff(want, w.told()); diff != "" {
		w.Errorf("after %s: %s", what, diff)
	}
	if again := w.told(); len(again) != 0 {
		w.Errorf("after %s: told again: %v", what, again)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	change := func(kind waygate.ChangeKind, id string) waygate.Change {
		return waygate.Change{Kind: kind, Tenant: "acme", Integration: "github", ID: id}
	}
	main, second, cred := change("connection", "con_main"), change("connection", "con_second"), change("credential", "crd_main")
	variable := waygate.Change{Kind: "variable", Tenant: "acme", ID: "con_main"}
	definition := waygate.Change{Kind: "definition", ID: "github"}
	w := watch(t, s)
	w.want("nothing")
	c, err := s.Connections().Insert(ctx, connection("main"), credential("main"), nil)
	must(err)
	w.want("Insert", main, cred)
	_, err = s.Connections().Insert(ctx, connection("second"), nil, entry("with an entry"))
	must(err)
	w.want("Insert of a second", second)
	_, err = s.Connections().Update(ctx, c, nil)
	must(err)
	w.want("Update", main)
	must(s.Connections().SetPrimary(ctx, "acme", "con_second", nil))
	w.want("SetPrimary", main, second)
	marked, err := s.Credentials().Mark(ctx, "acme", "crd_main", 1, waygate.Intent{Holder: "h"})
	must(err)
	w.want("Mark", cred)
	l, err := s.Credentials().Acquire(ctx, "acme", "crd_main", "h", time.Minute)
	must(err)
	must(s.Credentials().Release(ctx, l))
	w.want("a lease")
	marked.Status = waygate.CredentialRevoked
	_, err = s.Credentials().Save(ctx, marked, nil)
	must(err)
	w.want("Save", main, cred)
	v := waygate.StoredVariable{Tenant: "acme", ConnectionID: "con_main", Name: "a", Sealed: []byte("1")}
	must(s.PutVariable(ctx, v, nil))
	w.want("PutVariable", variable)
	must(s.ResealVariable(ctx, v, v.Sealed))
	w.want("ResealVariable", variable)
	must(s.DeleteVariable(ctx, "acme", "con_main", "a", nil))
	w.want("DeleteVariable", variable)
	_, err = s.Definitions().Put(ctx, waygate.StoredDefinition{ID: "github"}, 0, nil)
	must(err)
	w.want("Put", definition)
	must(s.Definitions().Delete(ctx, "github", nil))
	w.want("Delete of a definition", definition)
	must(s.Connections().Delete(ctx, "acme", "con_main", nil))
	w.want("Delete", main, cred)
	if _, err := s.Connections().Update(ctx, c, nil); err == nil {
		t.Error("Update of what was deleted succeeded")
	}
	appendAll(t, s, call("a", 0))
	w.want("a change that failed, and a record")
	_, err = s.Connections().Purge(ctx, "acme", nil)
	must(err)
	w.want("Purge", waygate.Change{Kind: "tenant", Tenant: "acme"})
}

// TestChangesOfLateCommits: a change is told that was made before others and committed after they were told.
func TestChangesOfLateCommits(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	put := func(s *postgres.Store, id string) {
		t.Helper()
		if _, err := s.Definitions().Put(t.Context(), waygate.StoredDefinition{ID: id}, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	told := func(id string) waygate.Change { return waygate.Change{Kind: "definition", ID: id} }
	w := watch(t, s)
	early := begin(t, pool)
	undone := begin(t, pool)
	put(postgres.New(early), "early")
	put(postgres.New(undone), "undone")
	before := watch(t, s)
	put(s, "late")
	w.want("one that came later", told("late"))
	put(s, "later")
	w.want("another", told("later"))
	if err := early.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := undone.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want("the late commit", told("early"))
	before.want("all", told("early"), told("late"), told("later"))
}

// TestChangesUnderLoad: each of many changes at once is told to each of several who ask all the time.
func TestChangesUnderLoad(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	const writers, each = 6, 30
	done := make(chan struct{})
	var writing, watching sync.WaitGroup
	for range 3 {
		w, seen := watch(t, s), map[string]bool{}
		watching.Go(func() {
			for last := false; ; {
				page, err := s.Changes(t.Context(), w.cursor)
				if err != nil || page.Reset {
					t.Errorf("Changes: reset %t, error %v", page.Reset, err)
					return
				}
				for _, c := range page.Changes {
					seen[c.ID] = true
				}
				if w.cursor = page.Cursor; last {
					break
				}
				select {
				case <-done:
					last = true
				default:
				}
			}
			if len(seen) != writers*each {
				t.Errorf("%d changes were told, want %d", len(seen), writers*each)
			}
		})
	}
	for i := range writers {
		writing.Go(func() {
			for j := range each {
				if _, err := s.Definitions().Put(t.Context(), waygate.StoredDefinition{ID: fmt.Sprint(i, "-", j)}, 0, nil); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	watching.Wait()
}

// TestOldChangesAreRemoved, and who may have missed one is told so.
func TestOldChangesAreRemoved(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	old := watch(t, s)
	put := func(n int) {
		t.Helper()
		for range n {
			if _, err := s.Definitions().Put(t.Context(), waygate.StoredDefinition{ID: "d"}, newest(t, s), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(10)
	exec(t, pool, "UPDATE waygate.change_horizon SET snapshot = pg_current_snapshot(), taken_at = clock_timestamp()")
	young := watch(t, s)
	put(5)
	exec(t, pool, "UPDATE waygate.change_horizon SET taken_at = taken_at - interval '1 hour'")
	exec(t, pool, "SELECT setval(pg_get_serial_sequence('waygate.changes', 'n'), 255)")
	put(1) // the 256th
	if n := value[int](t, pool, "SELECT count(*) FROM waygate.changes"); n != 6 {
		t.Errorf("%d changes are kept, want 6", n)
	}
	young.want("the old ones were removed", waygate.Change{Kind: "definition", ID: "d"})
	exec(t, pool, "UPDATE waygate.change_horizon SET told_since = clock_timestamp()") // as if the hour had passed
	page, err := s.Changes(t.Context(), old.cursor)
	if err != nil || !page.Reset || len(page.Changes) != 0 {
		t.Errorf("Changes of an old cursor: reset %t, %d changes, error %v", page.Reset, len(page.Changes), err)
	}
	old.cursor = page.Cursor
	put(1)
	old.want("a reset", waygate.Change{Kind: "definition", ID: "d"})
}

// TestAskingRemovesOldChanges: also where nobody changes anything any more, so that a tenant that was purged isn't named
// for ever.
func TestAskingRemovesOldChanges(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	w := watch(t, s)
	if _, err := s.Connections().Insert(t.Context(), connection("main"), credential("main"), nil); err != nil {
		t.Fatal(err)
	}
	other := connection("other")
	other.ID, other.Tenant = "con_globex", "globex"
	if _, err := s.Connections().Insert(t.Context(), other, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Connections().Purge(t.Context(), "acme", nil); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, pool, "SELECT count(*) FROM waygate.changes WHERE tenant = 'acme'"); n != 1 {
		t.Errorf("%d changes name a tenant that was purged, want that of the purge", n)
	}
	purged := waygate.Change{Kind: "tenant", Tenant: "acme"}
	w.want("a purge", waygate.Change{Kind: "connection", Tenant: "globex", Integration: "github", ID: "con_globex"}, purged)
	exec(t, pool, "UPDATE waygate.change_horizon SET snapshot = pg_current_snapshot(), taken_at = clock_timestamp() - interval '4 minutes'")
	w.told()
	if n := value[int](t, pool, "SELECT count(*) FROM waygate.changes"); n != 2 {
		t.Errorf("%d changes are kept after 4 minutes, want 2", n)
	}
	exec(t, pool, "UPDATE waygate.change_horizon SET taken_at = taken_at - interval '2 minutes'")
	w.told()
	if n := value[int](t, pool, "SELECT count(*) FROM waygate.changes"); n != 0 {
		t.Errorf("%d changes are kept after 6 minutes", n)
	}
	w.want("all were removed")
}

// newest is the newest version of the definition d.
func newest(t *testing.T, s *postgres.Store) int64 {
	t.Helper()
	d, err := s.Definitions().Get(t.Context(), "d", 0)
	if err != nil {
		return 0
	}
	return d.Version
}

// TestChangesOfAnotherServer: a cursor from beyond what the server has seen, after a copy of the rows say, or of
// other tables, is one from which not all can be told.
func TestChangesOfAnotherServer(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	own, now := value[string](t, pool, "SELECT store::text FROM waygate.change_horizon"), value[string](t, pool, "SELECT pg_current_snapshot()::text")
	other := value[string](t, pool, "SELECT gen_random_uuid()::text")
	for _, c := range []struct {
		store, snapshot string
		reset           bool
	}{{own, now, false}, {other, now, true}, {own, "999999999:999999999:", true}} {
		page, err := s.Changes(t.Context(), postgres.ChangesCursor("waygate", c.store, c.snapshot))
		if err != nil || page.Reset != c.reset || page.Cursor == "" {
			t.Errorf("Changes since %s of %s: reset %t, error %v; want reset %t", c.snapshot, c.store, page.Reset, err, c.reset)
		}
	}
	for _, made := range []string{"", "1", "1:2", "2:1:", "1:9:5,3", "1:9:x", "1:9:10", "0:0:", "1:1:,", "1:2:3:4"} {
		_, err := s.Changes(t.Context(), postgres.ChangesCursor("waygate", own, made))
		wantClass(t, err, waygate.ErrInvalidInput, "Cursor")
	}
}

// TestTooManyChanges are not told one by one.
func TestTooManyChanges(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	cursor := watch(t, s).cursor
	exec(t, pool, "INSERT INTO waygate.changes (kind, tenant, integration, id) SELECT 'connection', 'acme', 'github', g::text FROM generate_series(1, 10001) AS g")
	page, err := s.Changes(t.Context(), cursor)
	if err != nil || !page.Reset || len(page.Changes) != 0 {
		t.Errorf("Changes: reset %t, %d changes, error %v; want reset and none", page.Reset, len(page.Changes), err)
	}
}
