package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

func flow(tenant string, i int) waygate.StoredFlow {
	return waygate.StoredFlow{Tenant: tenant, ID: fmt.Sprint("flow ", i), Integration: "github", Sealed: []byte("sealed")}
}

func putFlow(t *testing.T, s *postgres.Store, f waygate.StoredFlow) {
	t.Helper()
	if err := s.PutFlow(t.Context(), f, time.Hour); err != nil {
		t.Fatal(err)
	}
}

// overFlows writes flows of a tenant whose time is over.
const overFlows = `INSERT INTO waygate.flows (tenant, id, integration, expires_at)
	SELECT $1::text, 'over ' || g, '', clock_timestamp() - g * interval '1 second' FROM generate_series(1, $2::int) AS g`

const countFlows = "SELECT count(*) FROM waygate.flows WHERE tenant = $1::text"

// TestFlowsThatAreOverGoInPassing: 100 by each that comes, the oldest first, of whatever tenant.
func TestFlowsThatAreOverGoInPassing(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	exec(t, pool, overFlows, "gone", 250)
	for i, want := range []int{150, 50, 0, 0} {
		putFlow(t, s, flow("acme", i))
		if n := value[int](t, pool, countFlows, "gone"); n != want {
			t.Errorf("%d are left after %d puts, want %d", n, i+1, want)
		}
	}
	if n := value[int](t, pool, countFlows, "acme"); n != 4 {
		t.Errorf("%d flows of 4 that were put", n)
	}
	exec(t, pool, overFlows, "gone", 1)
	if _, err := s.TakeFlow(t.Context(), "gone", "over 1"); err == nil {
		t.Error("a flow whose time is over was taken")
	}
	exec(t, pool, overFlows, "gone", 3)
	done, err := s.Connections().Purge(t.Context(), "gone", nil)
	if n := value[int](t, pool, countFlows, "gone"); err != nil || done != (waygate.Purged{}) || n != 0 {
		t.Errorf("Purge counted %+v (error %v) and left %d, want nothing", done, err, n)
	}
}

// TestFlowsOfATenantAreBounded: the oldest go by the order in which they were put, also of one that was put again.
func TestFlowsOfATenantAreBounded(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	putFlow(t, s, flow("quiet", 0))
	exec(t, pool, `INSERT INTO waygate.flows (tenant, id, integration, expires_at)
		SELECT 'busy', 'flow ' || g, '', CASE WHEN g = 1 THEN '-infinity' ELSE clock_timestamp() + interval '1 hour' END FROM generate_series(1, 1150) AS g`)
	for i, want := range []int{1050, 1000, 1000} {
		putFlow(t, s, flow("busy", []int{1, 1151, 1152}[i])) // the first is over: it is put again
		if n := value[int](t, pool, countFlows, "busy"); n != want {
			t.Errorf("%d are left after %d puts, want %d", n, i+1, want)
		}
	}
	for i, want := range map[int]bool{1: true, 153: false, 154: true, 1150: true, 1152: true} {
		if _, err := s.TakeFlow(t.Context(), "busy", flow("busy", i).ID); (err == nil) != want {
			t.Errorf("flow %d is there: %t (error %v), want %t", i, err == nil, err, want)
		}
	}
	if _, err := s.TakeFlow(t.Context(), "quiet", flow("quiet", 0).ID); err != nil {
		t.Errorf("the flow of another tenant: %v", err)
	}
}

// TestPutFlowWaitsForNobody: what another transaction is removing is left to it.
func TestPutFlowWaitsForNobody(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	exec(t, pool, overFlows, "gone", 50)
	tx := begin(t, pool)
	exec(t, tx, "DELETE FROM waygate.flows WHERE id <> 'over 7'")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.PutFlow(ctx, flow("acme", 1), time.Hour); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, pool, countFlows, "gone"); n != 49 {
		t.Errorf("%d are left, want the 49 that another removes", n)
	}
}

// TestFlowsAndAppsTakeAnyText but NUL and what isn't UTF-8, in all that isn't sealed.
func TestFlowsAndAppsTakeAnyText(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	ctx := t.Context()
	text := "\x01\x1f\t\r\n\\u0000 %s 'e\u0301\" \u2028\u202e\u200b\ufeff\ufffd\uffff😀\U0010ffff "
	f := waygate.StoredFlow{Tenant: text, ID: text, Integration: text, Sealed: []byte{0, 0xff}}
	putFlow(t, s, f)
	taken, err := s.TakeFlow(ctx, text, text)
	if diff := cmp.Diff(f, taken); diff != "" || err != nil {
		t.Errorf("the flow: error %v, %s", err, diff)
	}
	a := waygate.StoredApp{Tenant: text, Integration: text, ID: text, Status: waygate.AppStatus(text), Sealed: []byte{0, 0xff}}
	app, err := s.PutApp(ctx, a, nil)
	app.Version, app.CreatedAt, app.UpdatedAt = 0, time.Time{}, time.Time{}
	if diff := cmp.Diff(a, app); diff != "" || err != nil {
		t.Errorf("the app: error %v, %s", err, diff)
	}
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		for _, change := range []func(f *waygate.StoredFlow, a *waygate.StoredApp){
			func(f *waygate.StoredFlow, a *waygate.StoredApp) { f.ID, a.ID = bad, bad },
			func(f *waygate.StoredFlow, a *waygate.StoredApp) { f.Integration, a.Integration = bad, bad },
			func(f *waygate.StoredFlow, a *waygate.StoredApp) { f.Tenant, a.Tenant = bad, bad },
		} {
			f, a := f, a
			change(&f, &a)
			_, put := s.PutApp(ctx, a, nil)
			for _, err := range []error{put, s.PutFlow(ctx, f, time.Hour)} {
				wantClass(t, err, waygate.ErrInvalidInput, "NUL")
			}
		}
	}
}

// TestOlderCredentialsCanBeRead: those of before the step that brought grants have none.
func TestOlderCredentialsCanBeRead(t *testing.T) {
	t.Parallel()
	pool := openPool(t, newDatabase(t))
	for _, m := range migrations(t, "") {
		if m.Name == "tokens" {
			exec(t, pool, `INSERT INTO waygate.credentials (tenant, id, integration, sealed, status, digests, updated_at)
				VALUES ('acme', 'crd_old', 'github', 'sealed', 'active', '{}', now())`)
		}
		exec(t, pool, m.SQL)
	}
	s := postgres.New(pool)
	got, err := s.Credentials().Get(t.Context(), "acme", "crd_old")
	want := waygate.StoredCredential{Tenant: "acme", ID: "crd_old", Integration: "github", Sealed: []byte("sealed"),
		Status: waygate.CredentialActive, Digests: [][]byte{}, Version: 1, UpdatedAt: got.UpdatedAt}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("error %v, %s", err, diff)
	}
	got.Grant, got.Failures = "grant", 2
	if got, err = s.Credentials().Save(t.Context(), got, nil); err != nil || got.Grant != "grant" || got.Failures != 2 {
		t.Errorf("Save gave %+v, error %v", got, err)
	}
}

// TestRefusedFlowsAndApps are refused before the server is asked, with the name of the field.
func TestRefusedFlowsAndApps(t *testing.T) {
	t.Parallel()
	s, ctx := postgres.New(openPool(t, "postgres://nobody@127.0.0.1:1/none")), t.Context()
	put := func(a waygate.StoredApp, entry *waygate.AuditEntry) error {
		_, err := s.PutApp(ctx, a, entry)
		return err
	}
	for field, err := range map[string]error{
		"ID: is empty: a flow": s.PutFlow(ctx, waygate.StoredFlow{Tenant: "acme"}, 1),
		"ttl: 0s":              s.PutFlow(ctx, waygate.StoredFlow{Tenant: "acme", ID: "f"}, 0),
		"ID: is empty: an app": put(waygate.StoredApp{Tenant: "acme"}, nil),
		"Settings: ":           put(waygate.StoredApp{Tenant: "acme", ID: "a", Settings: []byte("{")}, nil),
		"audit entry: ":        put(waygate.StoredApp{Tenant: "globex", ID: "a"}, entry("app.put")),
		"audit entry: its":     s.DeleteApp(ctx, "globex", "github", "a", entry("app.delete")),
	} {
		wantClass(t, err, waygate.ErrInvalidInput, field)
		if !strings.HasPrefix(err.Error(), "postgres: "+field) {
			t.Errorf("error %q, want one about %q", err, field)
		}
	}
}
