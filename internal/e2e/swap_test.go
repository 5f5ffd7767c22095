package e2e_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/waygatetest"
)

// swapping is a place with two tenants, connections and variables, and calls that use them.
type swapping struct {
	*place
	gw   *waygatetest.Gateway
	pool *pgxpool.Pool
}

func newSwapping(t *testing.T) *swapping {
	t.Helper()
	p := newPlace(t, pgserver.Shared(t))
	s := &swapping{place: p, pool: p.pool(t, p.dsn)}
	s.start(t)
	for _, c := range []struct{ tenant, integration, slug string }{
		{"acme", "api", "one"}, {"acme", "api", "two"}, {"globex", "api", "one"}, {"acme", "vars", "one"},
	} {
		_, err := s.gw.Tenant(c.tenant).Connect(t.Context(), c.integration, waygate.ConnectionSpec{
			Slug: c.slug, Credential: auth.Token("token-of-" + c.tenant + "-" + c.slug),
		})
		must(t, err)
	}
	for _, v := range []waygate.Variable{
		{Name: "region", Value: "north"}, {Name: "other", Value: "south"},
		{Name: "region", Value: "west", Integration: "vars", Connection: "one"},
	} {
		must(t, s.gw.Tenant("acme").SetVariable(t.Context(), v))
	}
	must(t, s.gw.Tenant("globex").SetVariable(t.Context(), waygate.Variable{Name: "region", Value: "east"}))
	return s
}

// start makes another gateway, which remembers nothing of what is stored.
func (s *swapping) start(t *testing.T) {
	t.Helper()
	s.gw = s.gateway(t, s.dsn)
	vars := s.api("vars", auth.Bearer{})
	vars.Headers = map[string]string{"X-Region": "${tenant.region}", "X-Own": "${connection.region}"}
	must(t, s.gw.Register(t.Context(), vars))
}

// exec runs statements on one connection, as someone who may do everything.
func (s *swapping) exec(t *testing.T, statements ...string) error {
	t.Helper()
	conn, err := s.pool.Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	for _, statement := range statements {
		tag, err := conn.Exec(t.Context(), statement)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 && (tag.Update() || tag.Delete() || tag.Insert()) {
			t.Fatalf("%s: changed nothing", statement)
		}
	}
	return nil
}

// call calls and says how many requests went out.
func (s *swapping) call(t *testing.T, tenant, action, slug string) (int, error) {
	t.Helper()
	before := len(s.provider.Requests(""))
	_, err := s.gw.Tenant(tenant).Invoke(t.Context(), action, nil, waygate.On(slug))
	return len(s.provider.Requests("")) - before, err
}

// The rows of newSwapping, as the conditions that select them.
const (
	credOne    = `tenant = 'acme' AND id = (SELECT credential_id FROM waygate.connections WHERE tenant = 'acme' AND integration = 'api' AND slug = 'one')`
	credTwo    = `tenant = 'acme' AND id = (SELECT credential_id FROM waygate.connections WHERE tenant = 'acme' AND integration = 'api' AND slug = 'two')`
	credGlobex = `tenant = 'globex'`
	varRegion  = `tenant = 'acme' AND connection_id = '' AND name = 'region'`
	varOther   = `tenant = 'acme' AND connection_id = '' AND name = 'other'`
	varOwn     = `tenant = 'acme' AND connection_id <> '' AND name = 'region'`
	varGlobex  = `tenant = 'globex' AND name = 'region'`
)

// put copies what is sealed in one row to another.
func put(toTable, to, fromTable, from string) string {
	return "UPDATE waygate." + toTable + " SET sealed = (SELECT sealed FROM waygate." + fromTable + " WHERE " + from + ") WHERE " + to
}

// unguarded lets a session break foreign keys.
const unguarded = "SET session_replication_role = replica"

// TestSwappedRows moves sealed values, by SQL, to where they don't belong: none opens there, and nothing is sent.
func TestSwappedRows(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tenant, action, slug string
		statements           []string
	}{
		"credential of another tenant":     {"acme", "api.whoami", "one", []string{put("credentials", credOne, "credentials", credGlobex)}},
		"credential of another connection": {"acme", "api.whoami", "one", []string{put("credentials", credOne, "credentials", credTwo)}},
		"credential row of another tenant": {"globex", "api.whoami", "two", []string{unguarded,
			"UPDATE waygate.credentials SET tenant = 'globex' WHERE " + credTwo,
			"UPDATE waygate.connections SET tenant = 'globex', is_primary = false WHERE tenant = 'acme' AND integration = 'api' AND slug = 'two'"}},
		"credential row under another id": {"acme", "api.whoami", "one", []string{unguarded,
			"UPDATE waygate.credentials SET id = id || '-old' WHERE " + credOne,
			"UPDATE waygate.credentials SET id = (SELECT credential_id FROM waygate.connections WHERE tenant = 'acme' AND integration = 'api' AND slug = 'one') WHERE " + credTwo}},
		"variable as a credential":         {"acme", "api.whoami", "one", []string{put("credentials", credOne, "variables", varRegion)}},
		"credential as a variable":         {"acme", "vars.whoami", "one", []string{put("variables", varRegion, "credentials", credOne)}},
		"variable of another name":         {"acme", "vars.whoami", "one", []string{put("variables", varRegion, "variables", varOther)}},
		"variable of another tenant":       {"acme", "vars.whoami", "one", []string{put("variables", varRegion, "variables", varGlobex)}},
		"tenant's variable in connection":  {"acme", "vars.whoami", "one", []string{put("variables", varOwn, "variables", varRegion)}},
		"connection's variable in tenant":  {"acme", "vars.whoami", "one", []string{put("variables", varRegion, "variables", varOwn)}},
		"variable renamed":                 {"acme", "vars.whoami", "one", []string{"DELETE FROM waygate.variables WHERE " + varRegion, "UPDATE waygate.variables SET name = 'region' WHERE " + varOther}},
		"a bit of the credential":          {"acme", "api.whoami", "one", []string{"UPDATE waygate.credentials SET sealed = set_bit(sealed, length(sealed) * 8 - 1, 1 - get_bit(sealed, length(sealed) * 8 - 1)) WHERE " + credOne}},
		"half of the credential":           {"acme", "api.whoami", "one", []string{"UPDATE waygate.credentials SET sealed = substr(sealed, 1, length(sealed) / 2) WHERE " + credOne}},
		"an empty credential":              {"acme", "api.whoami", "one", []string{"UPDATE waygate.credentials SET sealed = '' WHERE " + credOne}},
		"a credential that isn't there":    {"acme", "api.whoami", "one", []string{"UPDATE waygate.credentials SET sealed = NULL WHERE " + credOne}},
		"a variable that lost what it was": {"acme", "vars.whoami", "one", []string{"UPDATE waygate.variables SET sealed = '' WHERE " + varRegion}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSwapping(t)
			for _, c := range []struct{ action, slug string }{{"api.whoami", "one"}, {"api.whoami", "two"}, {"vars.whoami", "one"}} {
				if n, err := s.call(t, "acme", c.action, c.slug); err != nil || n != 1 {
					t.Fatalf("before the swap: %d requests, %v", n, err)
				}
			}
			must(t, s.exec(t, tt.statements...))
			s.start(t)
			if n, err := s.call(t, tt.tenant, tt.action, tt.slug); !errors.Is(err, waygate.ErrConfig) || n != 0 {
				t.Errorf("%d requests, %v, want none and ErrConfig", n, err)
			}
		})
	}
}

// TestSwappedField puts the second sealed value of a row in the place of the first.
func TestSwappedField(t *testing.T) {
	t.Parallel()
	s := newSwapping(t)
	var row waygate.StoredCredential
	must(t, s.pool.QueryRow(t.Context(), "SELECT tenant, id, sealed FROM waygate.credentials WHERE "+credOne).Scan(&row.Tenant, &row.ID, &row.Sealed))
	clear, err := s.keyring.Open(bindingOf(row), row.Sealed)
	must(t, err)
	for field, want := range map[string]error{"sealed": nil, "spare": waygate.ErrConfig} {
		binding := bindingOf(row)
		binding.Field = field
		again, err := s.keyring.Seal(binding, clear)
		must(t, err)
		_, err = s.pool.Exec(t.Context(), "UPDATE waygate.credentials SET sealed = $1 WHERE "+credOne, again)
		must(t, err)
		s.start(t)
		if _, err := s.call(t, "acme", "api.whoami", "one"); !errors.Is(err, want) {
			t.Errorf("sealed as %s: %v, want %v", field, err, want)
		}
	}
}

// TestSwappedBack wants the damage to be in the swap alone.
func TestSwappedBack(t *testing.T) {
	t.Parallel()
	s := newSwapping(t)
	const keep = "CREATE TEMPORARY TABLE kept AS SELECT tenant, id, sealed FROM waygate.credentials"
	const back = "UPDATE waygate.credentials c SET sealed = k.sealed FROM kept k WHERE c.tenant = k.tenant AND c.id = k.id"
	must(t, s.exec(t, keep, put("credentials", credOne, "credentials", credGlobex), back))
	if n, err := s.call(t, "acme", "api.whoami", "one"); err != nil || n != 1 {
		t.Errorf("%d requests, %v", n, err)
	}
}

// TestForeignRows wants the database itself to refuse rows that point to another tenant's.
func TestForeignRows(t *testing.T) {
	t.Parallel()
	s := newSwapping(t)
	for _, statement := range []string{
		"UPDATE waygate.credentials SET tenant = 'globex' WHERE " + credTwo,
		"UPDATE waygate.connections SET tenant = 'globex', slug = 'stolen', is_primary = false WHERE tenant = 'acme' AND slug = 'two'",
		"UPDATE waygate.connections SET credential_id = (SELECT id FROM waygate.credentials WHERE " + credGlobex + ") WHERE tenant = 'acme' AND slug = 'two'",
		"UPDATE waygate.connections SET is_primary = true WHERE tenant = 'acme' AND slug = 'two'",
		"UPDATE waygate.connections SET slug = 'one' WHERE tenant = 'acme' AND slug = 'two'",
	} {
		if err := s.exec(t, statement); err == nil {
			t.Errorf("done: %s", statement)
		}
	}
}
