package waygate_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// TestVariables shows each scope in each place, and what comes before what.
func TestVariables(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	a := waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/${tenant.where}/${connection.where}/${call.where}/{id}",
		Headers: map[string]string{"X-Action": "${tenant.n}-${connection.n}-${call.n}-${env.n}-{region}", "X-Default": "${tenant.no:-none}${connection.no:-}${call.no:-}"}}
	in := api(a)
	in.Headers = map[string]string{"X-Integration": "${connection.region} ${tenant.obj} ${tenant.yes}"}
	in.Parameters = []waygate.ConnectionParameter{{Name: "region", Default: pointer("eu")}, {Name: "where", Default: pointer("parameter")}}
	_, acme := ready(t, w, in, func(c *waygate.Config) { c.Env = map[string]string{"n": "platform"} })
	set := func(name string, value any, connection string) {
		t.Helper()
		v := waygate.Variable{Name: name, Value: value, Connection: connection}
		if connection != "" {
			v.Integration = "api"
		}
		must(t, acme.SetVariable(t.Context(), v))
	}
	set("where", "a b/c", "")
	set("n", 1.5, "")
	set("n", json.Number("7"), "main")
	set("obj", map[string]any{"b": []int{1}, "a": nil}, "")
	set("yes", true, "")
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"id": 9}, waygate.Var("where", "c?d"), waygate.Var("n", "8"))
	must(t, err)
	got := w.last(t)
	if got.path != "/x/a%20b%2Fc/parameter/c%3Fd/9" {
		t.Errorf("the path is %s", got.path)
	}
	for name, want := range map[string]string{"X-Action": "1.5-7-8-platform-eu", "X-Default": "none", "X-Integration": `eu {"a":null,"b":[1]} true`} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	set("where", "set", "main") // before the parameter of that name
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"id": 9}, waygate.Var("where", "x"), waygate.Var("n", "8"))
	if must(t, err); w.last(t).path != "/x/a%20b%2Fc/set/x/9" {
		t.Errorf("the path is %s", w.last(t).path)
	}
	must(t, acme.DeleteVariable(t.Context(), waygate.Variable{Name: "n"}))
	before := len(w.seen())
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"id": 9}, waygate.Var("where", "x"), waygate.Var("n", "8"))
	failure(t, err, waygate.KindConfig)
	says(t, err, "X-Action", "tenant.n")
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "n", Value: ""}))
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"id": 9}, waygate.Var("n", "8"))
	failure(t, err, waygate.KindConfig) // as in a header
	says(t, err, "path", "call.where")
	if len(w.seen()) != before {
		t.Error("a request was sent")
	}
}

// TestVariableValues shows that a value is never read as a template, nor leaves
// its place.
func TestVariableValues(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	a := waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/${call.p}/y", Headers: map[string]string{"X-H": "${call.h}"}}
	_, acme := ready(t, w, api(a), func(c *waygate.Config) { c.Env = map[string]string{"k": "platform-value"} })
	_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.Var("p", "${env.k}"), waygate.Var("h", "{x} ${env.k} ${tenant.y}"))
	must(t, err)
	if got := w.last(t); got.header.Get("X-H") != "{x} ${env.k} ${tenant.y}" || got.path != "/x/%24%7Benv.k%7D/y" {
		t.Errorf("sent %s with %q", got.path, got.header.Get("X-H"))
	}
	for _, opts := range [][]waygate.Option{
		{waygate.Var("p", ".."), waygate.Var("h", "x")}, {waygate.Var("p", ""), waygate.Var("h", "x")}, {waygate.Var("p", `a\b`), waygate.Var("h", "x")},
		{waygate.Var("p", "x"), waygate.Var("h", "a\r\nB: c")}, {waygate.Var("p", "x"), waygate.Var("h", "a\x00")},
	} {
		before := len(w.seen())
		_, err := acme.Invoke(t.Context(), "api.a", nil, opts...)
		if failure(t, err, waygate.KindInvalidInput); len(w.seen()) != before {
			t.Error("a request was sent")
		}
	}
}

// TestVariableErrors shows what SetVariable and DeleteVariable refuse.
func TestVariableErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		v    waygate.Variable
		kind waygate.Kind
		says string
	}{
		"no name":           {waygate.Variable{Value: 1}, waygate.KindInvalidInput, "name"},
		"odd name":          {waygate.Variable{Name: "a-b", Value: 1}, waygate.KindInvalidInput, "a-b"},
		"long name":         {waygate.Variable{Name: strings.Repeat("a", 65), Value: 1}, waygate.KindInvalidInput, "64"},
		"no form":           {waygate.Variable{Name: "a", Value: func() {}}, waygate.KindInvalidInput, "Value"},
		"long":              {waygate.Variable{Name: "a", Value: strings.Repeat("a", 64<<10+1)}, waygate.KindInvalidInput, "65536"},
		"no such":           {waygate.Variable{Name: "a", Value: 1, Integration: "api", Connection: "none"}, waygate.KindUnresolved, "none"},
		"connection alone":  {waygate.Variable{Name: "a", Value: 1, Connection: "main"}, waygate.KindInvalidInput, "Integration"},
		"integration alone": {waygate.Variable{Name: "a", Value: 1, Integration: "api"}, waygate.KindInvalidInput, "Connection"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, acme := ready(t, always(200, `{}`), api(get("a")))
			err := acme.SetVariable(t.Context(), c.v)
			if e := failure(t, err, c.kind); e.Op != "set_variable" || e.Tenant != "acme" {
				t.Errorf("got %+v", e)
			}
			says(t, err, c.says)
			if name != "no form" && name != "long" {
				failure(t, acme.DeleteVariable(t.Context(), c.v), c.kind)
			}
		})
	}
	_, acme := ready(t, always(200, `{}`), api(get("a")))
	failure(t, acme.DeleteVariable(t.Context(), waygate.Variable{Name: "none"}), waygate.KindUnresolved)
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "a", Value: strings.Repeat("a", 64<<10)}))
}

// bareStore is a store without optional parts.
type bareStore struct{ store waygate.Store }

func (s bareStore) Connections() waygate.ConnectionStore { return s.store.Connections() }
func (s bareStore) Credentials() waygate.CredentialStore { return s.store.Credentials() }
func (s bareStore) Definitions() waygate.DefinitionStore { return s.store.Definitions() }
func (s bareStore) Durable() bool                        { return false }
func (s bareStore) Records() waygate.RecordStore         { return bareRecords{s.store.Records()} }

type bareRecords struct{ waygate.RecordStore }

// TestMissingParts shows what a store without optional parts lacks, and that a
// wrapper with Unwrap doesn't hide them.
func TestMissingParts(t *testing.T) {
	t.Parallel()
	a := get("a")
	a.Headers = map[string]string{"X-A": "${tenant.a:-none}"}
	w := always(200, `{}`)
	gw, acme := ready(t, w, api(a), func(c *waygate.Config) { c.Store = bareStore{memory.New()} })
	err := acme.SetVariable(t.Context(), waygate.Variable{Name: "a", Value: 1})
	failure(t, err, waygate.KindConfig)
	says(t, err, "VariableStore")
	_, err = acme.Audit(t.Context(), waygate.AuditQuery{})
	says(t, err, "AuditStore")
	_, err = acme.Statistics(t.Context(), waygate.StatisticsQuery{})
	says(t, err, "StatisticsStore")
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	if must(t, err); w.last(t).header.Get("X-A") != "none" {
		t.Error("the default is not used")
	}
	_, err = gw.Rewrap(t.Context())
	must(t, err)
	_, acme = ready(t, w, api(a), func(c *waygate.Config) { c.Store, c.Keyring = durable{memory.New()}, ring(t, "k1") })
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "a", Value: 1}))
}

// TestSealedVariables shows that a store never sees a variable in clear, and
// that a row moved to another tenant doesn't open.
func TestSealedVariables(t *testing.T) {
	t.Parallel()
	store := memory.New()
	a := get("a")
	a.Headers = map[string]string{"X-A": "${tenant.a}"}
	gw, acme := ready(t, always(200, `{}`), api(a), func(c *waygate.Config) { c.Store = store })
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "a", Value: "a-plain-value"}))
	rows, err := store.Variables(t.Context(), "acme", "", nil)
	must(t, err)
	if len(rows) != 1 || strings.Contains(string(rows[0].Sealed), "a-plain-value") {
		t.Fatalf("the rows are %v", rows)
	}
	moved := rows[0]
	moved.Tenant = "evil"
	must(t, store.PutVariable(context.Background(), moved, nil))
	evil := connect(t, gw, "evil", "api", pat)
	_, err = evil.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, "variable a")
}
