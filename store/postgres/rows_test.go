package postgres_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// start is a Wednesday.
var start = time.Date(2031, 1, 1, 12, 30, 0, 0, time.UTC)

func connection(slug string) waygate.StoredConnection {
	return waygate.StoredConnection{ID: "con_" + slug, Tenant: "acme", Integration: "github", Slug: slug, Status: waygate.StatusActive}
}

func credential(name string) *waygate.StoredCredential {
	return &waygate.StoredCredential{Tenant: "acme", ID: "crd_" + name, Integration: "github", Sealed: []byte("sealed"),
		Status: waygate.CredentialActive, Digests: [][]byte{[]byte("digest of " + name)}}
}

func entry(action string) *waygate.AuditEntry {
	return &waygate.AuditEntry{ID: "aud_" + action, At: start, Tenant: "acme", Action: action, Target: "github/main"}
}

// fill gives every field of a row a value of its own, so that a field that a store forgets shows.
func fill(v reflect.Value, next *int) {
	*next++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*next))
	case reflect.Uint8:
		v.SetUint(uint64(*next))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), next)
		fill(v.Index(1), next)
	case reflect.Map:
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, next)
		fill(elem, next)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, elem)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start.Add(time.Duration(*next) * time.Microsecond)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	default:
		panic("no value for a " + v.Type().String())
	}
}

func filled[T any]() T {
	var row T
	next := 0
	fill(reflect.ValueOf(&row).Elem(), &next)
	return row
}

// TestEveryField comes back, in each way that pgx can talk to a server.
func TestEveryField(t *testing.T) {
	t.Parallel()
	dsn := newDatabase(t)
	for _, m := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			pool := openPool(t, dsn, mode(m))
			migrate(t, pool, postgres.Schema(m.String()))
			everyField(t, postgres.New(pool, postgres.Schema(m.String())))
		})
	}
}

func everyField(t *testing.T, s *postgres.Store) {
	same := func(got, want any, but ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
			for _, field := range but {
				if p.Last().String() == "."+field {
					return true
				}
			}
			return false
		}, cmp.Ignore()), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%T: %s", got, diff)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	c, cred, e := filled[waygate.StoredConnection](), filled[waygate.StoredCredential](), filled[waygate.AuditEntry]()
	cred.Tenant, cred.ID, e.Tenant = c.Tenant, c.CredentialID, c.Tenant
	e.Before, e.After = []byte(`{"b": 1}`), []byte("{ }")
	c.Status, c.Resume = waygate.StatusDisabled, waygate.StatusActive
	_, err := s.Connections().Insert(ctx, c, &cred, &e)
	must(err)
	got, gotCred, err := s.Connections().Find(ctx, c.Tenant, c.Integration, "")
	must(err)
	same(got, c, "Version", "CreatedAt", "UpdatedAt")
	same(*gotCred, cred, "Version", "UpdatedAt", "Intent")
	marked, err := s.Credentials().Mark(ctx, c.Tenant, cred.ID, gotCred.Version, *cred.Intent)
	must(err)
	same(marked, cred, "Version", "UpdatedAt", "Remaining")
	saved, err := s.Credentials().Save(ctx, marked, nil)
	must(err)
	same(saved, cred, "Version", "UpdatedAt", "Intent")
	trail, err := s.Audit(ctx, c.Tenant, waygate.AuditQuery{})
	must(err)
	same(trail.Entries, []waygate.AuditEntry{e})
	v := filled[waygate.StoredVariable]()
	v.Tenant, v.ConnectionID = c.Tenant, c.ID
	must(s.PutVariable(ctx, v, nil))
	list, err := s.Variables(ctx, c.Tenant, c.ID, []string{v.Name})
	must(err)
	same(list, []waygate.StoredVariable{v}, "UpdatedAt")
	f, a := filled[waygate.StoredFlow](), filled[waygate.StoredApp]()
	must(s.PutFlow(ctx, f, time.Hour))
	taken, err := s.TakeFlow(ctx, f.Tenant, f.ID)
	must(err)
	same(taken, f)
	a.Version, a.Settings = 0, []byte(`{"b": 1.0}`)
	app, err := s.PutApp(ctx, a, nil)
	must(err)
	same(app, a, "Version", "CreatedAt", "UpdatedAt")
	app, err = s.PutApp(ctx, app, nil)
	must(err)
	same(app, a, "Version", "CreatedAt", "UpdatedAt")
	d, err := s.Definitions().Put(ctx, filled[waygate.StoredDefinition](), 0, nil)
	must(err)
	same(d, filled[waygate.StoredDefinition](), "Version", "CreatedAt")
	r := filled[waygate.CallRecord]()
	must(s.Records().Append(ctx, []waygate.CallRecord{r}))
	page, err := s.Records().List(ctx, r.Tenant, waygate.RecordQuery{ID: r.ID, Connection: r.Connection, Failed: true, ReadID: r.ReadID})
	must(err)
	same(page.Records, []waygate.CallRecord{r})
	_, err = s.Credentials().FindGrant(ctx, c.Tenant, [][]byte{[]byte("none"), cred.Digests[1]})
	must(err)
	_, err = s.Credentials().Due(ctx, start.AddDate(1, 0, 0), "")
	must(err)
	lease, err := s.Credentials().Acquire(ctx, c.Tenant, cred.ID, "h", time.Hour)
	must(err)
	must(s.Credentials().Release(ctx, lease))
}
