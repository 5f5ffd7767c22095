package waygate_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// regional has everything a connection can fill.
func regional() waygate.Integration {
	in := api(get("a"))
	in.BaseURL = "https://{region}.example.com/{account}"
	in.Parameters = []waygate.ConnectionParameter{
		{Name: "region", Enum: []string{"eu", "us"}, Default: pointer("eu")},
		{Name: "account", Pattern: "[0-9]{3}"},
		{Name: "note", Optional: true},
	}
	in.Headers = map[string]string{"X-Note": "{note}", "X-Region": "${connection.region}"}
	return in
}

// TestConnectErrors shows what Connect and Update refuse, and that the error
// names it.
func TestConnectErrors(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = "v"
	}
	cases := map[string]struct {
		change func(*waygate.ConnectionSpec)
		kind   waygate.Kind
		says   []string
	}{
		"no slug":             {func(s *waygate.ConnectionSpec) { s.Slug = "" }, waygate.KindInvalidInput, []string{"Slug"}},
		"long slug":           {func(s *waygate.ConnectionSpec) { s.Slug = strings.Repeat("a", 41) }, waygate.KindInvalidInput, []string{"Slug", "40"}},
		"odd slug":            {func(s *waygate.ConnectionSpec) { s.Slug = "a/b" }, waygate.KindInvalidInput, []string{"Slug", "a/b"}},
		"no credential":       {func(s *waygate.ConnectionSpec) { s.Credential = auth.Credential{} }, waygate.KindConfig, []string{"Credential"}},
		"other credential":    {func(s *waygate.ConnectionSpec) { s.Credential = auth.UserPassword("u", "p") }, waygate.KindInvalidInput, []string{"Credential"}},
		"empty credential":    {func(s *waygate.ConnectionSpec) { s.Credential = auth.Token("") }, waygate.KindInvalidInput, []string{"Credential"}},
		"missing parameter":   {func(s *waygate.ConnectionSpec) { s.Parameters = nil }, waygate.KindInvalidInput, []string{"account", "missing"}},
		"pattern":             {func(s *waygate.ConnectionSpec) { s.Parameters["account"] = "1234" }, waygate.KindInvalidInput, []string{"account", "[0-9]{3}"}},
		"pattern and a line":  {func(s *waygate.ConnectionSpec) { s.Parameters["account"] = "123\n" }, waygate.KindInvalidInput, []string{"account"}},
		"enum":                {func(s *waygate.ConnectionSpec) { s.Parameters["region"] = "evil" }, waygate.KindInvalidInput, []string{"region", "eu, us"}},
		"undeclared":          {func(s *waygate.ConnectionSpec) { s.Parameters["else"] = "x" }, waygate.KindInvalidInput, []string{"else", "not declared"}},
		"long parameter":      {func(s *waygate.ConnectionSpec) { s.Parameters["note"] = strings.Repeat("a", 1025) }, waygate.KindInvalidInput, []string{"note", "1024"}},
		"tag":                 {func(s *waygate.ConnectionSpec) { s.Tags = []string{"a b"} }, waygate.KindInvalidInput, []string{"tag", "a b"}},
		"tags":                {func(s *waygate.ConnectionSpec) { s.Tags = make([]string, 11) }, waygate.KindInvalidInput, []string{"tags", "10"}},
		"header name":         {func(s *waygate.ConnectionSpec) { s.Headers = map[string]string{"a b": "x"} }, waygate.KindInvalidInput, []string{"Headers", "a b"}},
		"header of scheme":    {func(s *waygate.ConnectionSpec) { s.Headers = map[string]string{"AUTHORIZATION": "x"} }, waygate.KindInvalidInput, []string{"Headers", "Authorization"}},
		"header of transport": {func(s *waygate.ConnectionSpec) { s.Headers = map[string]string{"host": "x"} }, waygate.KindInvalidInput, []string{"Headers", "Host"}},
		"header value":        {func(s *waygate.ConnectionSpec) { s.Headers = map[string]string{"X-A": "a\r\nB: c"} }, waygate.KindInvalidInput, []string{"Headers", "X-A"}},
		"headers":             {func(s *waygate.ConnectionSpec) { s.Headers = many }, waygate.KindInvalidInput, []string{"Headers", "50"}},
		"metadata":            {func(s *waygate.ConnectionSpec) { s.Metadata = many }, waygate.KindInvalidInput, []string{"Metadata", "50"}},
		"long metadata":       {func(s *waygate.ConnectionSpec) { s.Metadata = map[string]string{"k": strings.Repeat("a", 4097)} }, waygate.KindInvalidInput, []string{"Metadata", "4096"}},
		"long name":           {func(s *waygate.ConnectionSpec) { s.Metadata = map[string]string{strings.Repeat("a", 201): ""} }, waygate.KindInvalidInput, []string{"Metadata", "200"}},
		"metadata not UTF-8":  {func(s *waygate.ConnectionSpec) { s.Metadata = map[string]string{"k": "a\xff"} }, waygate.KindInvalidInput, []string{"Metadata", "k"}},
		"metadata with NUL":   {func(s *waygate.ConnectionSpec) { s.Metadata = map[string]string{"k": "a\x00"} }, waygate.KindInvalidInput, []string{"Metadata", "k"}},
		"relative base":       {func(s *waygate.ConnectionSpec) { s.BaseURL = "/v1" }, waygate.KindInvalidInput, []string{"base_url"}},
		"base with query":     {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://x.example.com/?a" }, waygate.KindInvalidInput, []string{"base_url", "query"}},
		"base with user":      {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://u@x.example.com" }, waygate.KindInvalidInput, []string{"base_url", "user"}},
		"long base":           {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://x.example.com/" + strings.Repeat("a", 10_000) }, waygate.KindInvalidInput, []string{"BaseURL"}},
		"plain base":          {func(s *waygate.ConnectionSpec) { s.BaseURL = "http://x.example.com" }, waygate.KindConfig, []string{"http"}},
		"port":                {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://x.example.com:8443" }, waygate.KindConfig, []string{"port"}},
		"private address":     {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://10.0.0.1" }, waygate.KindConfig, []string{"10.0.0.1"}},
		"metadata service":    {func(s *waygate.ConnectionSpec) { s.BaseURL = "https://169.254.169.254/latest" }, waygate.KindConfig, []string{"169.254.169.254"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := wired(t, always(200, `{}`))
			must(t, gw.Register(t.Context(), regional()))
			acme := gw.Tenant("acme")
			spec := waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"account": "123"}}
			_, err := acme.Connect(t.Context(), "api", spec)
			must(t, err)
			spec.Slug = "other"
			c.change(&spec)
			_, err = acme.Connect(t.Context(), "api", spec)
			e := failure(t, err, c.kind)
			says(t, err, c.says...)
			if e.Op != "connect" || e.Tenant != "acme" || e.Integration != "api" {
				t.Errorf("got op %q of tenant %q and integration %q", e.Op, e.Tenant, e.Integration)
			}
			switch {
			case strings.Contains(name, "slug"):
				return
			case strings.Contains(name, "credential"):
				_, err = acme.SetCredential(t.Context(), "api", "main", spec.Credential)
			default:
				if spec.Parameters == nil {
					spec.Parameters = map[string]string{}
				}
				_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{BaseURL: &spec.BaseURL,
					Parameters: spec.Parameters, Headers: spec.Headers, Metadata: spec.Metadata, Tags: spec.Tags})
			}
			failure(t, err, c.kind)
			says(t, err, c.says...)
			list, err := acme.Connections(t.Context(), waygate.ConnectionQuery{})
			must(t, err)
			if len(list.Connections) != 1 || list.Connections[0].Version != 1 {
				t.Errorf("something was changed: %+v", list.Connections)
			}
		})
	}
}

// TestConnectionLife follows connections from Connect to Disconnect.
func TestConnectionLife(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), regional()))
	acme := gw.Tenant("acme")
	spec := waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"account": "123"},
		Headers: map[string]string{"X-Own": "a"}, Metadata: map[string]string{"m": "1"}, Tags: []string{"crm"}}
	main, err := acme.Connect(t.Context(), "api", spec)
	must(t, err)
	if !main.Primary || main.Status != waygate.StatusActive || main.CredentialStatus != waygate.CredentialActive || !strings.HasPrefix(main.ID, "con_") || len(main.ID) <= 40 {
		t.Errorf("connected as %+v", main)
	}
	spec.Metadata["m"], spec.Tags[0], spec.Parameters["account"] = "2", "changed", "999"
	again, err := acme.Connection(t.Context(), "api", main.ID)
	must(t, err)
	if diff := cmp.Diff(main, again); diff != "" {
		t.Errorf("the store sees what the caller does later: %s", diff)
	}
	_, err = acme.Connect(t.Context(), "api", spec)
	failure(t, err, waygate.KindConflict)
	says(t, err, "main", "SetCredential", "Update")
}

// TestPrimary shows which connection a call without On uses.
func TestPrimary(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), api(get("a"))))
	acme := gw.Tenant("acme")
	for _, slug := range []string{"one", "two", "three"} {
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, Credential: auth.Token("token-of-" + slug)})
		must(t, err)
	}
	uses := func(want string, opts ...waygate.Option) {
		t.Helper()
		res, err := acme.Invoke(t.Context(), "api.a", nil, opts...)
		must(t, err)
		if got := w.last(t).header.Get("Authorization"); got != "Bearer token-of-"+want || res.Meta.Connection != want {
			t.Errorf("called with %s over %s, want %s", got, res.Meta.Connection, want)
		}
	}
	uses("one")
	uses("two", waygate.On("two"))
	two, err := acme.Connection(t.Context(), "api", "two")
	must(t, err)
	uses("two", waygate.On(two.ID))
	must(t, acme.SetPrimary(t.Context(), "api", "three"))
	uses("three")
	_, err = acme.Disable(t.Context(), "api", "three")
	must(t, err)
	uses("one") // the oldest active one
	_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("three"))
	failure(t, err, waygate.KindConfig)
	says(t, err, "disabled", "Enable")
	failure(t, acme.SetPrimary(t.Context(), "api", "three"), waygate.KindConfig)
	must(t, acme.Disconnect(t.Context(), "api", "one"))
	uses("two")
	info, err := acme.Enable(t.Context(), "api", "three")
	must(t, err)
	if info.Primary || info.Status != waygate.StatusActive {
		t.Errorf("enabled as %+v", info)
	}
	uses("three", waygate.On("three"))
	_, err = acme.SetCredential(t.Context(), "api", "three", auth.Token("token-of-three-b"))
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("three"))
	must(t, err)
	if got := w.last(t).header.Get("Authorization"); got != "Bearer token-of-three-b" {
		t.Errorf("after SetCredential called with %s", got)
	}
	must(t, gw.Unregister(t.Context(), "api"))
	must(t, acme.Disconnect(t.Context(), "api", "two")) // works without the definition
	must(t, acme.Disconnect(t.Context(), "api", "three"))
	failure(t, acme.Disconnect(t.Context(), "api", "three"), waygate.KindUnresolved)
	_, err = acme.Connection(t.Context(), "api", "")
	says(t, err, "primary")
}

// TestStates shows what calls, SetCredential, Enable and SetPrimary make of each
// state.
func TestStates(t *testing.T) {
	t.Parallel()
	for status, want := range map[waygate.Status]struct {
		call, enable waygate.Kind
		after        waygate.Status // SetCredential
	}{
		waygate.StatusActive:      {"", "", waygate.StatusActive},
		waygate.StatusError:       {waygate.KindConfig, "", waygate.StatusActive},
		waygate.StatusNeedsReauth: {waygate.KindNeedsReauth, waygate.KindNeedsReauth, waygate.StatusActive},
		waygate.StatusDisabled:    {waygate.KindConfig, "", waygate.StatusDisabled},
		"odd":                     {waygate.KindConfig, "", "odd"},
	} {
		store := memory.New()
		w := always(200, `{}`)
		_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) { c.Store = store })
		set := func() {
			row, _, err := store.Connections().Find(t.Context(), "acme", "api", "main")
			must(t, err)
			row.Status = status
			_, err = store.Connections().Update(t.Context(), row, nil)
			must(t, err)
		}
		check := func(what string, err error, kind waygate.Kind) {
			t.Helper()
			if kind == "" {
				must(t, err)
				return
			}
			if failure(t, err, kind); len(w.seen()) != 0 {
				t.Errorf("%s in state %s: a request was sent", what, status)
			}
		}
		set()
		check("SetPrimary", acme.SetPrimary(t.Context(), "api", "main"), want.call)
		_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.On("main"))
		check("Invoke", err, want.call)
		info, err := acme.SetCredential(t.Context(), "api", "main", auth.Token("another-token-0123"))
		must(t, err)
		if info.Status != want.after {
			t.Errorf("SetCredential in state %s: %s", status, info.Status)
		}
		set()
		_, err = acme.Enable(t.Context(), "api", "main")
		if want.enable != "" {
			failure(t, err, want.enable)
			continue
		}
		must(t, err)
		_, err = acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		if got := w.last(t).header.Get("Authorization"); got != "Bearer another-token-0123" {
			t.Errorf("called with %s", got)
		}
	}
}

// TestUpdateVersion shows that an update of what was changed meanwhile is a
// conflict.
func TestUpdateVersion(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `{}`), api(get("a")))
	info, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	next, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Metadata: map[string]string{"a": "1"}, Version: info.Version})
	must(t, err)
	if next.Version != info.Version+1 || next.Metadata["a"] != "1" {
		t.Errorf("updated to %+v", next)
	}
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Metadata: map[string]string{}, Version: info.Version})
	failure(t, err, waygate.KindConflict)
	same, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Tags: []string{"crm"}})
	must(t, err)
	if diff := cmp.Diff(next.Metadata, same.Metadata); diff != "" {
		t.Errorf("a nil field changed something: %s", diff)
	}
}

// TestConnectionsListing reads the list page by page.
func TestConnectionsListing(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	must(t, gw.Register(t.Context(), api(get("a"))))
	open := waygate.Integration{ID: "open", BaseURL: apiBase, Auth: auth.None{}, Actions: []waygate.Action{get("a")}}
	must(t, gw.Register(t.Context(), open))
	acme := gw.Tenant("acme")
	var want []string
	for i := range 7 {
		slug := fmt.Sprint("c", i)
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, Credential: pat, Tags: []string{"even-odd"[i%2*5 : i%2*5+3]}})
		must(t, err)
		want = append(want, slug)
	}
	var got []string
	q := waygate.ConnectionQuery{Limit: 3}
	for {
		page, err := acme.Connections(t.Context(), q)
		must(t, err)
		for _, c := range page.Connections {
			got = append(got, c.Slug)
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	page, err := acme.Connections(t.Context(), waygate.ConnectionQuery{Tag: "odd"})
	must(t, err)
	if len(page.Connections) != 3 {
		t.Errorf("%d are odd", len(page.Connections))
	}
	actions := func(x *waygate.Tenant) (ids []string) {
		list, err := x.Actions(t.Context(), waygate.ActionFilter{})
		must(t, err)
		for _, a := range list {
			ids = append(ids, a.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"api.a", "open.a"}, actions(acme)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"open.a"}, actions(gw.Tenant("nobody"))); diff != "" {
		t.Error(diff)
	}
	_, err = acme.Connect(t.Context(), "open", waygate.ConnectionSpec{Slug: "main", Credential: pat})
	failure(t, err, waygate.KindInvalidInput)
	says(t, err, "Credential", "none")
	_, err = acme.Connect(t.Context(), "nothing", waygate.ConnectionSpec{Slug: "main"})
	failure(t, err, waygate.KindUnresolved)
}

// TestWhereConnectionsLead shows what a call is sent to, by what its connection
// says.
func TestWhereConnectionsLead(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spec waygate.ConnectionSpec
		url  string
		want http.Header
	}{
		"defaults": {waygate.ConnectionSpec{Parameters: map[string]string{"account": "123"}}, "https://eu.example.com/123/a",
			http.Header{"X-Region": {"eu"}, "X-Note": {""}}},
		"given": {waygate.ConnectionSpec{Parameters: map[string]string{"account": "123", "region": "us", "note": "n"}}, "https://us.example.com/123/a",
			http.Header{"X-Region": {"us"}, "X-Note": {"n"}}},
		"own base": {waygate.ConnectionSpec{Parameters: map[string]string{"account": "123"}, BaseURL: "https://own.example.org/api/"}, "https://own.example.org/api/a", nil},
		"own header": {waygate.ConnectionSpec{Parameters: map[string]string{"account": "123"}, Headers: map[string]string{"x-region": "mine", "accept": "text/x"}},
			"https://eu.example.com/123/a", http.Header{"X-Region": {"mine"}, "Accept": {"text/x"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			gw := wired(t, w)
			must(t, gw.Register(t.Context(), regional()))
			c.spec.Slug, c.spec.Credential = "main", pat
			_, err := gw.Tenant("acme").Connect(t.Context(), "api", c.spec)
			must(t, err)
			_, err = gw.Tenant("acme").Invoke(t.Context(), "api.a", nil)
			must(t, err)
			got := w.last(t)
			if got.url != c.url {
				t.Errorf("sent to %s, want %s", got.url, c.url)
			}
			for header, values := range c.want {
				if diff := cmp.Diff(values, got.header[header]); diff != "" {
					t.Errorf("%s: %s", header, diff)
				}
			}
		})
	}
}
