package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// mappedAction maps both ways, each field by an ID.
func mappedAction() waygate.HTTPAction {
	return waygate.HTTPAction{ID: "create", Method: "POST", Path: "/orders",
		InputMapping: &mapping.Mapping{Fields: []mapping.Field{
			{ID: "customer", From: "customer", To: "customer_id", Type: mapping.TypeInteger},
			{ID: "lines", From: "lines[*].sku", To: "lines[*].article", Trim: true, Case: mapping.Upper},
		}},
		OutputMapping: &mapping.Mapping{Fields: []mapping.Field{
			{ID: "number", From: "no", To: "number"},
			{ID: "state", From: "state", To: "status", Enum: &mapping.Enum{Words: map[string]json.RawMessage{"o": json.RawMessage(`"open"`)}}},
		}},
	}
}

// overrides makes the overrides of the action of mappedAction.
func overrides(t testing.TB, text string) map[string]waygate.ActionMappings {
	t.Helper()
	var m waygate.ActionMappings
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return map[string]waygate.ActionMappings{"create": m}
}

// order calls the action of mappedAction, and gives what was sent and what came back.
func order(t testing.TB, w *wire, acme *waygate.Tenant, opts ...waygate.Option) (sent, got string, res *waygate.Result) {
	t.Helper()
	res, err := acme.Invoke(t.Context(), "api.create", map[string]any{"customer": "7", "lines": []any{map[string]any{"sku": " a1 "}}}, opts...)
	must(t, err)
	return w.last(t).body, string(res.JSON()), res
}

// TestMappingsOfAConnection walks through what a connection changes: nothing, each way, and nothing again.
func TestMappingsOfAConnection(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1,"state":"o","total":"9"}`)
	_, acme := ready(t, w, api(mappedAction()))
	for _, step := range []struct{ override, sent, got string }{
		{`{}`, `{"customer_id":7,"lines":[{"article":"A1"}]}`, `{"number":1,"status":"open","total":"9"}`},
		{`{"input":{"replace":[{"id":"customer","from":"customer","to":"client"}]}}`,
			`{"client":"7","lines":[{"article":"A1"}]}`, `{"number":1,"status":"open","total":"9"}`},
		{`{"input":{"add":[{"id":"source","to":"source","const":"acme"}],"suppress":["customer"]},"output":{"suppress":["number"]}}`,
			`{"customer":"7","lines":[{"article":"A1"}],"source":"acme"}`, `{"no":1,"status":"open","total":"9"}`},
		{`{"output":{"replace":[{"id":"state","from":"state","to":"state","case":"upper"}],"add":[{"id":"total","from":"total","to":"sum","type":"number"}]}}`,
			`{"customer_id":7,"lines":[{"article":"A1"}]}`, `{"number":1,"state":"O","sum":9}`},
		{`{}`, `{"customer_id":7,"lines":[{"article":"A1"}]}`, `{"number":1,"status":"open","total":"9"}`},
	} {
		own := overrides(t, step.override)
		info, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: own})
		must(t, err)
		sent, got, _ := order(t, w, acme)
		if sent != step.sent || got != step.got {
			t.Errorf("%s: sent %s, got %s", step.override, sent, got)
		}
		read, err := acme.Connection(t.Context(), "api", "main")
		must(t, err)
		for _, m := range []map[string]waygate.ActionMappings{info.Mappings, read.Mappings} { // it comes back as it was written
			if text := jsonText(t, m["create"]); text != step.override {
				t.Errorf("%s is read as %s", step.override, text)
			}
		}
	}
	info, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: map[string]waygate.ActionMappings{}})
	if must(t, err); info.Mappings != nil {
		t.Errorf("left: %v", info.Mappings)
	}
}

// TestMappingsAreKept holds that other changes leave them, and that what comes out is the caller's own.
func TestMappingsAreKept(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1}`)
	_, acme := ready(t, w, api(mappedAction()))
	own := overrides(t, `{"output":{"replace":[{"id":"number","from":"no","to":"nr","default":{"a":1}}]}}`)
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token("t"), Mappings: own})
	must(t, err)
	own["create"].Output.Replace[0].To = "changed"
	info, err := acme.Update(t.Context(), "api", "second", waygate.ConnectionUpdate{Tags: []string{"new"}})
	must(t, err)
	info.Mappings["create"].Output.Replace[0].To = "changed"
	must(t, acme.SetPrimary(t.Context(), "api", "second"))
	list, err := acme.Connections(t.Context(), waygate.ConnectionQuery{Tag: "new"})
	if must(t, err); len(list.Connections) != 1 || list.Connections[0].Mappings["create"].Output.Replace[0].To != "nr" {
		t.Errorf("listed: %s", jsonText(t, list))
	}
	if _, got, _ := order(t, w, acme); got != `{"nr":1}` {
		t.Error(got)
	}
	audits, err := acme.Audit(t.Context(), waygate.AuditQuery{Action: "connection.create", Target: "api/second"})
	if must(t, err); len(audits.Entries) != 1 || !strings.Contains(string(audits.Entries[0].After), `"to":"nr"`) {
		t.Errorf("audit: %s", jsonText(t, audits))
	}
}

func TestMappingsAreChecked(t *testing.T) {
	t.Parallel()
	raw := waygate.HTTPAction{ID: "raw", Method: "GET", Path: "/raw", Response: waygate.ResponseBytes}
	_, acme := ready(t, always(200, `{}`), api(mappedAction(), raw))
	null := json.RawMessage("null")
	add := func(f mapping.Field) *mapping.Override { return &mapping.Override{Add: []mapping.Field{f}} }
	mode := mapping.Mode(9)
	for name, c := range map[string]struct {
		m     map[string]waygate.ActionMappings
		wants []string
	}{
		"unknown action":  {map[string]waygate.ActionMappings{"craete": {}}, []string{`Mappings["craete"]`, "no such action", `did you mean "create"`}},
		"bad path":        {map[string]waygate.ActionMappings{"create": {Input: add(mapping.Field{ID: "x", From: "a b", To: "c"})}}, []string{`Mappings["create"].Input`, "add[0].from", "at byte 1"}},
		"unknown id":      {map[string]waygate.ActionMappings{"create": {Output: &mapping.Override{Suppress: []string{"numbre"}}}}, []string{`Mappings["create"].Output`, "suppress[0]", `"number"`}},
		"same target":     {map[string]waygate.ActionMappings{"create": {Output: add(mapping.Field{ID: "x", To: "number", Const: null})}}, []string{"add[0].to", "fields[0] writes to $.number"}},
		"no JSON":         {map[string]waygate.ActionMappings{"create": {Output: add(mapping.Field{ID: "x", To: "y", Const: json.RawMessage("{")})}}, []string{"add[0].const", "not a JSON value"}},
		"mode":            {map[string]waygate.ActionMappings{"create": {Input: &mapping.Override{Mode: &mode}}}, []string{"Input", "mode"}},
		"nothing to map":  {map[string]waygate.ActionMappings{"raw": {Output: &mapping.Override{}}}, []string{`Mappings["raw"].Output`, "bytes"}},
		"more than 64 KB": {map[string]waygate.ActionMappings{"create": {Input: add(mapping.Field{ID: "x", To: "y", Const: json.RawMessage(`"` + strings.Repeat("x", 64<<10) + `"`)})}}, []string{"at most 65536"}},
	} {
		_, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: c.m})
		failure(t, err, waygate.KindInvalidInput)
		says(t, err, c.wants...)
		_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "other", Credential: auth.Token("t"), Mappings: c.m})
		failure(t, err, waygate.KindInvalidInput)
		says(t, err, c.wants...)
		if _, err := acme.Connection(t.Context(), "api", "other"); err == nil {
			t.Fatalf("%s: connected", name)
		}
	}
}

// TestMappingsNeverMix calls by turns over connections of two tenants with different mappings, while one of them
// changes: each answer is one that the mapping of its own connection makes.
func TestMappingsNeverMix(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1,"state":"o"}`)
	gw, acme := ready(t, w, api(mappedAction()))
	globex := gw.Tenant("globex")
	named := func(to string) map[string]waygate.ActionMappings {
		return overrides(t, fmt.Sprintf(`{"output":{"replace":[{"id":"number","from":"no","to":%q}]}}`, to))
	}
	connect := func(tenant *waygate.Tenant, slug string) {
		t.Helper()
		_, err := tenant.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, Credential: auth.Token("t"), Mappings: named(slug)})
		must(t, err)
	}
	connect(acme, "a1")
	connect(acme, "a2")
	connect(globex, "g1")
	connect(globex, "main") // the slug that acme has, too
	type target struct {
		tenant *waygate.Tenant
		slug   string
		keys   []string // one of which the answer has
	}
	targets := []target{{acme, "a1", []string{"a1"}}, {acme, "a2", []string{"a2"}}, {globex, "g1", []string{"g1"}},
		{globex, "main", []string{"main", "moved"}}, {acme, "main", []string{"number"}}}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 40 {
				x := targets[(worker+i)%len(targets)]
				res, err := x.tenant.Invoke(t.Context(), "api.create", map[string]any{}, waygate.On(x.slug))
				if err != nil {
					t.Error(err)
					return
				}
				got := res.Body().(map[string]any)
				if len(got) != 2 || !slices.ContainsFunc(x.keys, func(k string) bool { return got[k] == int64(1) }) {
					t.Errorf("%s gave %v", x.slug, got)
				}
			}
		})
	}
	for i := range 20 {
		_, err := globex.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: named([]string{"moved", "main"}[i%2])})
		must(t, err)
	}
	wg.Wait()
}

// TestMappingsFollowTheDefinition replaces the integration: a connection's mapping that suits it no longer is an error,
// not a mapping of something else.
func TestMappingsFollowTheDefinition(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1,"id":"x"}`)
	gw, acme := ready(t, w, api(mappedAction()))
	_, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{
		Mappings: overrides(t, `{"output":{"replace":[{"id":"number","from":"no","to":"nr"}]}}`)})
	must(t, err)
	if _, got, _ := order(t, w, acme); got != `{"id":"x","nr":1}` {
		t.Error(got)
	}
	next := mappedAction()
	next.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{ID: "number", From: "number", To: "n"}, {ID: "id", From: "id", To: "key"}}}
	must(t, gw.Replace(t.Context(), api(next)))
	if _, got, _ := order(t, w, acme); got != `{"key":"x","nr":1}` {
		t.Error("the old definition's mapping:", got)
	}
	next.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{ID: "nr", From: "number", To: "n"}}}
	must(t, gw.Replace(t.Context(), api(next)))
	_, err = acme.Invoke(t.Context(), "api.create", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, `Mappings["create"].Output`, "replace[0].id", "Tenant.Update")
}

// TestMappingsInTheStore holds that a row which this program can't read stops calls.
func TestMappingsInTheStore(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{"create":{"output":{"later":1}}}`, `{"create":{"outptu":{}}}`, `no JSON`, `[]`} {
		store := memory.New()
		_, acme := ready(t, always(200, `{}`), api(mappedAction()), func(c *waygate.Config) { c.Store = store })
		row, _, err := store.Connections().Find(t.Context(), "acme", "api", "main")
		must(t, err)
		row.Mappings = []byte(raw)
		_, err = store.Connections().Update(t.Context(), row, nil)
		must(t, err)
		_, err = acme.Invoke(t.Context(), "api.create", nil)
		failure(t, err, waygate.KindConfig)
		says(t, err, "the connection's mappings can't be read")
	}
}

// TestPageMappings holds the mapping of the first page for all of a read.
func TestPageMappings(t *testing.T) {
	t.Parallel()
	own := func(to string) map[string]waygate.ActionMappings {
		f := mapping.Field{ID: "id", From: "items[*].id", To: "items[*]." + to}
		return map[string]waygate.ActionMappings{"list": {Output: &mapping.Override{Replace: []mapping.Field{f}}}}
	}
	var acme *waygate.Tenant
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		next := ""
		if n%3 != 0 {
			next = fmt.Sprint(n)
		}
		if n == 2 {
			_, err := acme.Update(context.Background(), "api", "main", waygate.ConnectionUpdate{Mappings: own("changed")})
			must(t, err)
		}
		return reply(r, 200, fmt.Sprintf(`{"items":[{"id":%d}],"next":%q}`, n, next)), nil
	}}
	a := get("list")
	a.Records, a.Pagination = "items", pagination.Cursor{Path: "next", Param: "after"}
	a.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{ID: "id", From: "items[*].id", To: "items[*].key"}}}
	_, acme = ready(t, w, api(a))
	_, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: own("own")})
	must(t, err)
	for _, want := range []string{`[{"own":1},{"own":2},{"own":3}]`, `[{"changed":4},{"changed":5},{"changed":6}]`} {
		res, err := acme.Collect(t.Context(), "api.list", nil)
		must(t, err)
		if got := string(res.JSON()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestMappingOfAHostsConnection is that of a connection which the host brings.
func TestMappingOfAHostsConnection(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1}`)
	_, acme := ready(t, w, api(mappedAction()))
	for _, to := range []string{"one", "two"} {
		info := waygate.ConnectionInfo{ID: "vault-1", Tenant: "acme", Integration: "api", Slug: "vault",
			Mappings: overrides(t, `{"output":{"replace":[{"id":"number","from":"no","to":"`+to+`"}]}}`)}
		if _, got, _ := order(t, w, acme, waygate.Through(vault{info: info, cred: pat})); got != `{"`+to+`":1}` {
			t.Error(got)
		}
		info.Mappings = overrides(t, `{"output":{"suppress":["none"]}}`)
		_, err := acme.Invoke(t.Context(), "api.create", nil, waygate.Through(vault{info: info, cred: pat}))
		failure(t, err, waygate.KindConfig)
		says(t, err, `Mappings["create"].Output`)
	}
}

// TestFailedFieldsAreReported holds the two modes, each way, of a call.
func TestFailedFieldsAreReported(t *testing.T) {
	t.Parallel()
	w := always(200, `{"no":1,"state":"x"}`)
	_, acme := ready(t, w, api(mappedAction()))
	res, err := acme.Invoke(t.Context(), "api.create", map[string]any{"customer": "seven"})
	must(t, err)
	if sent, got := w.last(t).body, string(res.JSON()); sent != `{"customer":"seven"}` || got != `{"number":1,"state":"x"}` {
		t.Errorf("sent %s, got %s", sent, got)
	}
	want := []string{"input mapping: fields[0] $.customer: the text is no integer: want one like 12 or -1.5e3",
		"output mapping: fields[1] $.state: the word is none that the enum knows: add it, or say what becomes of unknown ones"}
	if d := cmp.Diff(want, res.Meta.Warnings); d != "" {
		t.Error(d)
	}
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: overrides(t, `{"output":{"mode":"fail"}}`)})
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.create", map[string]any{"customer": "7"})
	failure(t, err, waygate.KindInvalidResponse)
	says(t, err, "output mapping", "$.state")
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Mappings: overrides(t, `{"input":{"mode":"fail"}}`)})
	must(t, err)
	before := len(w.seen())
	_, err = acme.Invoke(t.Context(), "api.create", map[string]any{"customer": "seven"})
	failure(t, err, waygate.KindInvalidInput)
	says(t, err, "input mapping", "$.customer")
	if len(w.seen()) != before {
		t.Error("a request was sent")
	}
}

// TestStreamsReportTheInput holds that the notes about the input come with a stream, too.
func TestStreamsReportTheInput(t *testing.T) {
	t.Parallel()
	a := get("a")
	a.Response = waygate.ResponseStream
	a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "n", To: "n", Type: mapping.TypeInteger}}}
	_, acme := ready(t, always(200, `x`), api(a))
	res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"n": "x"})
	must(t, err)
	must(t, res.Stream().Close())
	if len(res.Meta.Warnings) != 1 || !strings.Contains(res.Meta.Warnings[0], "input mapping: fields[0] $.n") {
		t.Error(res.Meta.Warnings)
	}
}

// TestMappedSecrets holds that what a mapping makes of a secret is one: no record, error, preview or log tells it.
func TestMappedSecrets(t *testing.T) {
	t.Parallel()
	const canary = "  Canary-Of-The-Mapping  "
	forms := []string{"CANARY-OF-THE-MAPPING", "canary-of-the-mapping", "0012345678901", "12345678901"}
	a := waygate.HTTPAction{ID: "create", Method: "POST", Path: "/x", InputMapping: &mapping.Mapping{Fields: []mapping.Field{
		{From: "a", To: "up", Trim: true, Case: mapping.Upper}, {From: "pin", To: "pin", Type: mapping.TypeNumber},
		{From: "c[*]", To: "low", Trim: true, Case: mapping.Lower}}}}
	var log bytes.Buffer
	w := &wire{answer: func(_ int, r *http.Request, body string) (*http.Response, error) { return reply(r, 400, body), nil }}
	_, acme := ready(t, w, api(a), func(c *waygate.Config) {
		c.RecordBodies = true
		c.Logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zap.DebugLevel))
	})
	in := map[string]any{"a": secret.New(canary), "c": []any{secret.New(canary)}, "pin": secret.New("0012345678901")}
	_, err := acme.Invoke(t.Context(), "api.create", in)
	e := failure(t, err, waygate.KindRejected)
	if sent := w.last(t).body; sent != `{"c":[],"low":["canary-of-the-mapping"],"pin":12345678901,"up":"CANARY-OF-THE-MAPPING"}` {
		t.Fatal("sent", sent)
	}
	shown, err := acme.Preview(t.Context(), "api.create", in)
	must(t, err)
	tried, err := acme.PreviewMapping(t.Context(), "api.create", waygate.MappingSample{Direction: waygate.MapInput, Value: in})
	must(t, err)
	said := fmt.Sprint(e, string(e.Body), jsonText(t, shown), jsonText(t, tried), jsonText(t, recordsOf(t, acme)), log.String())
	for _, form := range append(forms, strings.TrimSpace(canary)) {
		if strings.Contains(said, form) {
			t.Errorf("%s is told: %s", form, said)
		}
	}
	if got := jsonText(t, tried.Value); got != `{"c":[],"low":["[redacted]"],"pin":"[redacted]","up":"[redacted]"}` {
		t.Error(got)
	}
}

func TestPreviewMapping(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(mappedAction()))
	_, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{
		Mappings: overrides(t, `{"output":{"add":[{"id":"total","from":"total","to":"sum","type":"number"}]}}`)})
	must(t, err)
	sample := waygate.MappingSample{Direction: waygate.MapOutput, Value: json.RawMessage(`{"no":1,"state":"x","total":"9"}`)}
	p, err := acme.PreviewMapping(t.Context(), "api.create", sample)
	must(t, err)
	if got := jsonText(t, p.Value); got != `{"number":1,"state":"x","sum":9}` || p.Connection != "main" {
		t.Error(got, p.Connection)
	}
	want := []string{"fields[0] 1 0", "fields[1] 0 1 $.state", "add[0] 1 0"}
	for i, f := range p.Fields {
		if got := strings.TrimSpace(fmt.Sprint(f.Name, " ", f.Applied, " ", f.Failed, " ", f.Path)); i >= len(want) || got != want[i] {
			t.Errorf("field %d: %s", i, got)
		}
	}
	sample.Mappings = pointer(overrides(t, `{"output":{"mode":"fail"}}`)["create"]) // instead of the connection's
	p, err = acme.PreviewMapping(t.Context(), "api.create", sample)
	failure(t, err, waygate.KindInvalidResponse)
	if says(t, err, "output mapping", "$.state"); p == nil || p.Value != nil || len(p.Fields) != 2 || p.Fields[1].Failed != 1 {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct {
		action string
		sample waygate.MappingSample
		opts   []waygate.Option
		kind   waygate.Kind
	}{
		"direction":  {"api.create", waygate.MappingSample{}, nil, waygate.KindInvalidInput},
		"action":     {"api.none", sample, nil, waygate.KindUnresolved},
		"connection": {"api.create", sample, []waygate.Option{waygate.On("none")}, waygate.KindUnresolved},
		"value":      {"api.create", waygate.MappingSample{Direction: waygate.MapInput, Value: func() {}}, nil, waygate.KindInvalidInput},
		"mappings": {"api.create", waygate.MappingSample{Direction: waygate.MapInput,
			Mappings: &waygate.ActionMappings{Input: &mapping.Override{Suppress: []string{"x"}}}}, nil, waygate.KindInvalidInput},
	} {
		p, err := acme.PreviewMapping(t.Context(), c.action, c.sample, c.opts...)
		if failure(t, err, c.kind); p != nil {
			t.Errorf("%s: %v", name, p)
		}
	}
	if len(w.seen()) > 0 || len(recordsOf(t, acme)) > 0 {
		t.Error("a preview was sent or recorded")
	}
}

// TestMappingsThroughWrittenForm holds that it is strict and stable.
func TestMappingsThroughWrittenForm(t *testing.T) {
	t.Parallel()
	const text = `{"input":{"mode":"fail","replace":[{"id":"a","from":"a[*].b","to":"c[*]"}],"suppress":["x"]},"output":{"add":[{"id":"n","to":"n","const":1.50}]}}`
	var m waygate.ActionMappings
	must(t, json.Unmarshal([]byte(text), &m))
	if got := jsonText(t, m); got != text {
		t.Error(got)
	}
	for _, bad := range []string{`{"outptu":{}}`, `{"input":{"ad":[]}}`, `{"input":[]}`, `{"input":{},"input":{}}`} {
		if err := json.Unmarshal([]byte(bad), &waygate.ActionMappings{}); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}
