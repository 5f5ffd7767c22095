package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// misspelt has actions and parameters to be misspelt.
func misspelt() waygate.Integration {
	in := api(get("list_issues"), get("list_users"),
		waygate.HTTPAction{ID: "get_issue", Method: "GET", Path: "/issues/{id}"},
		waygate.HTTPAction{ID: "grouped", Method: "GET", Path: "/issues/{id}", Layout: waygate.LayoutGrouped},
		waygate.HTTPAction{ID: "create", Method: "POST", Path: "/issues", InputSchema: json.RawMessage(
			`{"type":"object","additionalProperties":false,"required":["title"],"properties":{"title":{"type":"string"},"labels":{},
			"who":{"type":"object","additionalProperties":false,"properties":{"a/name":{}}}}}`)},
		waygate.HTTPAction{ID: "declared", Method: "POST", Path: "/issues", Parameters: []waygate.Parameter{
			{Name: "title", In: waygate.InBody, Required: true}, {Name: "titles", In: waygate.InBody}}},
	)
	in.ID = "tracker"
	in.Parameters = []waygate.ConnectionParameter{{Name: "region", Optional: true}}
	return in
}

// TestMeant shows which names an error puts forward, and which not.
func TestMeant(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	must(t, gw.Register(t.Context(), misspelt()))
	acme, other := connect(t, gw, "acme", "tracker", pat), gw.Tenant("other")
	for _, slug := range []string{"main-eu", "backup"} {
		_, err := acme.Connect(t.Context(), "tracker", waygate.ConnectionSpec{Slug: slug, Credential: pat})
		must(t, err)
	}
	_, err := other.Connect(t.Context(), "tracker", waygate.ConnectionSpec{Slug: "backups-of-other", Credential: pat})
	must(t, err)
	invoke := func(action string, in any, opts ...waygate.Option) error {
		_, err := acme.Invoke(t.Context(), action, in, opts...)
		return err
	}
	second := func(_ any, err error) error { return err }
	for name, c := range map[string]struct {
		err  error
		kind waygate.Kind
		end  string // of the error's text
	}{
		"action":                  {invoke("tracker.list_isues", nil), waygate.KindUnresolved, `: did you mean "list_issues"?`},
		"action in another style": {invoke("tracker.ListUsers", nil), waygate.KindUnresolved, `: did you mean "list_users"?`},
		"action far away":         {invoke("tracker.delete_all", nil), waygate.KindUnresolved, `has no action "delete_all"`},
		"no integration":          {invoke("list_issues", nil), waygate.KindUnresolved, `: did you mean tracker.list_issues?`},
		"integration alone":       {invoke("tracker", nil), waygate.KindUnresolved, `want one of its actions: tracker.create, tracker.declared, tracker.get_issue, tracker.grouped, tracker.list_issues, tracker.list_users`},
		"another separator":       {invoke("tracker/list_issues", nil), waygate.KindUnresolved, `: did you mean "tracker.list_issues"?`},
		"integration":             {invoke("traker.list_issues", nil), waygate.KindUnresolved, `: did you mean "tracker"?`},
		"integration of Connect":  {second(acme.Connect(t.Context(), "trakcer", waygate.ConnectionSpec{Slug: "x", Credential: pat})), waygate.KindUnresolved, `: did you mean "tracker"?`},
		"integration far away":    {invoke("stripe.list_issues", nil), waygate.KindUnresolved, `register or save it first`},
		"integration of look-up":  {second(acme.Connection(t.Context(), "trackr", "")), waygate.KindUnresolved, `: did you mean "tracker"?`},
		"connection":              {invoke("tracker.list_issues", nil, waygate.On("mian")), waygate.KindUnresolved, `: did you mean "main"?`},
		"connections":             {second(acme.Disable(t.Context(), "tracker", "main_e")), waygate.KindUnresolved, `: did you mean "main" or "main-eu"?`},
		"connection of look-up":   {second(acme.Connection(t.Context(), "tracker", "bakcup")), waygate.KindUnresolved, `: did you mean "backup"?`},
		"another tenant's":        {invoke("tracker.list_issues", nil, waygate.On("backups-of-othr")), waygate.KindUnresolved, `no connection "backups-of-othr" to "tracker": Tenant.Connections lists what there is`},
		"another tenant, look-up": {second(acme.Connection(t.Context(), "tracker", "backups-of-othr")), waygate.KindUnresolved, `no connection "backups-of-othr" to "tracker": Tenant.Connections lists what there is`},
		"connection parameter":    {second(acme.Connect(t.Context(), "tracker", waygate.ConnectionSpec{Slug: "x", Credential: pat, Parameters: map[string]string{"regoin": "eu"}})), waygate.KindInvalidInput, `: did you mean "region"?; /parameters/regoin: additionalProperties`},
		"path parameter":          {invoke("tracker.get_issue", map[string]any{"ID": 7}), waygate.KindInvalidInput, `/id: required wants present (not as "ID"), got absent`},
		"path parameter absent":   {invoke("tracker.get_issue", map[string]any{"number": 7}), waygate.KindInvalidInput, `/id: required wants present, got absent`},
		"grouped":                 {invoke("tracker.grouped", map[string]any{"path": map[string]any{"Id": 7}}), waygate.KindInvalidInput, `/path/Id: name wants a {name} of the path: did you mean "id"?, got another name`},
		"grouped elsewhere":       {invoke("tracker.grouped", map[string]any{"query": map[string]any{"Id": 7}}), waygate.KindInvalidInput, `/path/id: required wants present, got absent`},
		"declared parameter":      {invoke("tracker.declared", map[string]any{"Title": "x"}), waygate.KindInvalidInput, `/title: required wants present (not as "Title"), got absent`},
		"declared by that name":   {invoke("tracker.declared", map[string]any{"titles": "x"}), waygate.KindInvalidInput, `/title: required wants present, got absent`},
		"schema's member":         {invoke("tracker.create", map[string]any{"title": "x", "lables": nil}), waygate.KindInvalidInput, `/lables: additionalProperties wants absent (did you mean "labels"?), got null`},
		"schema's inner member":   {invoke("tracker.create", map[string]any{"title": "x", "who": map[string]any{"a/nmae": 1}}), waygate.KindInvalidInput, `wants absent (did you mean "a/name"?), got integer`},
		"schema's required":       {invoke("tracker.create", map[string]any{"titel": "x"}), waygate.KindInvalidInput, `/titel: additionalProperties wants absent (did you mean "title"?), got string; /title: required wants present (not as "titel"), got absent`},
	} {
		failure(t, c.err, c.kind)
		if !strings.HasSuffix(c.err.Error(), c.end) {
			t.Errorf("%s: got %v, want it to end in %s", name, c.err, c.end)
		}
	}
}

// TestRegisteredOrSaved shows which method removes what.
func TestRegisteredOrSaved(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	saved, registered := api(get("a")), misspelt()
	_, err := gw.SaveIntegration(t.Context(), saved)
	must(t, err)
	must(t, gw.Register(t.Context(), registered))
	err = gw.Unregister(t.Context(), "api")
	failure(t, err, waygate.KindUnresolved)
	says(t, err, "saved in the store", "DeleteIntegration")
	err = gw.DeleteIntegration(t.Context(), "tracker")
	failure(t, err, waygate.KindUnresolved)
	says(t, err, "registered in this process", "Unregister")
	err = gw.Unregister(t.Context(), "trackr")
	failure(t, err, waygate.KindUnresolved)
	says(t, err, `did you mean "tracker"?`)
	must(t, gw.Unregister(t.Context(), "tracker"))
	must(t, gw.DeleteIntegration(t.Context(), "api"))
}

// TestMeantOfAStoreThatFails shows that the answer doesn't depend on what is only
// a help.
func TestMeantOfAStoreThatFails(t *testing.T) {
	t.Parallel()
	store := newSpyStore(memory.New())
	gw := wired(t, always(200, `{}`), func(cfg *waygate.Config) { cfg.Store = store })
	must(t, gw.Register(t.Context(), misspelt()))
	acme := connect(t, gw, "acme", "tracker", pat)
	store.fail("List")
	_, err := acme.Invoke(t.Context(), "tracker.list_issues", nil, waygate.On("mian"))
	failure(t, err, waygate.KindUnresolved)
	says(t, err, `no connection "mian"`)
}

// TestConnectOfTakenSlug shows that a slug that is taken costs the provider no
// request, and that the store has the last word.
func TestConnectOfTakenSlug(t *testing.T) {
	t.Parallel()
	w, store := statuses(nil), newSpyStore(memory.New())
	gw := wired(t, w, func(cfg *waygate.Config) { cfg.Store = store })
	must(t, gw.Register(t.Context(), proved()))
	acme := connect(t, gw, "acme", "api", pat)
	w.forget()
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("another-token")})
	failure(t, err, waygate.KindConflict)
	says(t, err, "main", "SetCredential")
	if n := len(w.seen()); n != 0 {
		t.Errorf("%d requests for a slug that is taken", n)
	}
	info, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	if _, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: pat}); err != nil || len(w.seen()) != 1 {
		t.Errorf("a free slug: %v, %d requests", err, len(w.seen()))
	}
	taken := false
	store.hook(func(ctx context.Context, method string) error { // somebody else is faster
		if method == "Find" && !taken {
			taken = true
			_, err := store.Store.Connections().Insert(ctx, waygate.StoredConnection{ID: "con_" + strings.Repeat("0", 40), Tenant: "acme", Integration: "api",
				Slug: "third", Status: waygate.StatusActive}, nil, nil)
			return errors.Join(err, waygate.ErrUnresolved)
		}
		return nil
	})
	_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "third", Credential: pat})
	failure(t, err, waygate.KindConflict)
	if says(t, err, "third"); !taken || info.Slug != "main" {
		t.Error("the store wasn't asked")
	}
}
