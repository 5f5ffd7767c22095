package waygate_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
)

// TestRegister shows what happens to a definition that is there already.
func TestRegister(t *testing.T) {
	t.Parallel()
	goAction := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{}, nil
	})
	gw := wired(t, always(200, `{}`))
	must(t, gw.Register(t.Context(), api(get("a"))))
	must(t, gw.Register(t.Context(), api(get("a")))) // the same: nothing happens
	err := gw.Register(t.Context(), api(get("a"), get("b")))
	failure(t, err, waygate.KindConflict)
	says(t, err, "api", "Replace")
	err = gw.Register(t.Context(), api(get("a"), goAction))
	failure(t, err, waygate.KindConflict)
	says(t, err, "Go", "Replace")
	must(t, gw.Replace(t.Context(), api(get("b"), goAction)))
	failure(t, gw.Register(t.Context(), api(get("b"), goAction)), waygate.KindConflict)
	var ids []string
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		ids = append(ids, a.ID)
	}
	if diff := cmp.Diff([]string{"api.b", "api.go"}, ids); diff != "" {
		t.Error(diff)
	}
	must(t, gw.Unregister(t.Context(), "api"))
	failure(t, gw.Unregister(t.Context(), "api"), waygate.KindUnresolved)
	_, err = gw.Integration("api")
	failure(t, err, waygate.KindUnresolved)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	failure(t, gw.Register(ended, api(get("a"))), waygate.KindCanceled)
	failure(t, gw.Replace(ended, api(get("a"))), waygate.KindCanceled)
	failure(t, gw.Unregister(ended, "api"), waygate.KindCanceled)
}

// TestRegisterCopies shows that a definition is the gateway's own once it is
// registered.
func TestRegisterCopies(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	region := "eu"
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Headers: map[string]string{"X-A": "first"},
		Parameters: []waygate.Parameter{{Name: "q", In: waygate.InQuery}}, Idempotency: &waygate.Idempotency{Header: "X-Once"}}
	in := api(a)
	in.BaseURL = "https://{region}.example.com"
	in.Headers = map[string]string{"X-I": "first"}
	in.Parameters = []waygate.ConnectionParameter{{Name: "region", Default: &region, Enum: []string{"eu", "us"}}}
	gw, acme := ready(t, w, in)
	region = "evil"
	in.Headers["X-I"], a.Headers["X-A"] = "second", "second"
	in.Parameters[0].Enum[0] = "evil"
	a.Parameters[0].In = waygate.InBody
	a.Idempotency.Header = "X-Twice"
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"q": 1}, waygate.IdempotencyKey("k"))
	must(t, err)
	got := w.last(t)
	if got.host != "eu.example.com" || got.header.Get("X-I") != "first" || got.header.Get("X-A") != "first" || got.query != "q=1" {
		t.Errorf("the caller's later changes have an effect: %+v", got)
	}
	if len(got.raw("x-once")) != 1 || len(got.raw("x-twice")) != 0 {
		t.Errorf("the key's header changed: %v", got.header)
	}
	list := gw.Actions(waygate.ActionFilter{})
	list[0].Info.Tags = append(list[0].Info.Tags, "changed")
	if len(gw.Actions(waygate.ActionFilter{})[0].Info.Tags) != 0 {
		t.Error("a listing shares its tags")
	}
}

// TestReplaceInFlight shows that a call goes on with the definition that it
// began with, and a paginated read too.
func TestReplaceInFlight(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		once.Do(func() { close(entered); <-leave })
		if r.URL.Query().Get("c") == "" {
			return reply(r, 200, `{"data":[1],"next":"2"}`), nil
		}
		return reply(r, 200, `{"data":[2]}`), nil
	}}
	list := get("list")
	list.Records, list.Pagination = "data", pagination.Cursor{Path: "next", Param: "c"}
	gw, acme := ready(t, w, api(list))
	type end struct {
		items []int
		err   error
	}
	done := make(chan end)
	go func() {
		var e end
		for i, err := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
			e.items, e.err = append(e.items, i), err
		}
		done <- e
	}()
	<-entered
	moved := get("list")
	moved.Path = "/elsewhere"
	must(t, gw.Replace(t.Context(), api(moved)))
	close(leave)
	got := <-done
	must(t, got.err)
	if diff := cmp.Diff([]int{1, 2}, got.items); diff != "" {
		t.Error(diff)
	}
	for _, x := range w.seen() {
		if x.path != "/list" {
			t.Errorf("a page was read from %s", x.path)
		}
	}
	_, err := acme.Invoke(t.Context(), "api.list", nil)
	must(t, err)
	if got := w.last(t).path; got != "/elsewhere" {
		t.Errorf("a later call goes to %s", got)
	}
	must(t, gw.Unregister(t.Context(), "api"))
	_, err = acme.Invoke(t.Context(), "api.list", nil)
	failure(t, err, waygate.KindUnresolved)
}

// TestPlatformSecrets shows that values of Config.Env go only to hosts that a
// tenant can't choose.
func TestPlatformSecrets(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		apiBase:                              true,
		apiBase + "/{host}":                  true,
		"https://{host}.example.com":         true,
		"https://{host}.example.com:8443/v1": true,
		"https://eu-{host}.example.com":      true,
		"https://{host}":                     false,
		"https://{host}/v1":                  false,
		"HTTPS://{host}/v1":                  false,
		"http://{host}/v1":                   false,
		"https://{host}.com":                 false,
		"https://{host}.co.uk":               false,
		"https://my{host}.com":               false,
		"https://api.example.com:{host}":     false,
		"https://api.{host}":                 false,
	}
	for base, want := range cases {
		for _, where := range []string{"integration", "action"} {
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = map[string]string{"k": "platform-value"} })
			a := get("a")
			in := api()
			if where == "action" {
				a.Headers = map[string]string{"X-K": "${env.k}"}
			} else {
				in.Headers = map[string]string{"X-K": "${env.k}"}
			}
			in.Actions = []waygate.Action{a}
			in.BaseURL = base
			if strings.Contains(base, "{host}") {
				in.Parameters = []waygate.ConnectionParameter{{Name: "host"}}
			}
			err := gw.Register(t.Context(), in)
			if want && err != nil || !want && err == nil {
				t.Errorf("%s, header of the %s: %v", base, where, err)
			}
			if err != nil {
				says(t, err, "base_url", "env")
			}
		}
	}
}

// TestActionFilter shows each filter by itself.
func TestActionFilter(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	tagged := get("b")
	tagged.Tags, tagged.Name, tagged.Description = []string{"crm"}, "Find People", "looks people up"
	post := waygate.HTTPAction{ID: "c", Method: "POST", Path: "/c"}
	must(t, gw.Register(t.Context(), api(post, tagged, get("a"))))
	other := api(get("a"))
	other.ID = "another"
	must(t, gw.Register(t.Context(), other))
	cases := []struct {
		filter waygate.ActionFilter
		want   []string
	}{
		{waygate.ActionFilter{}, []string{"another.a", "api.a", "api.b", "api.c"}},
		{waygate.ActionFilter{Integration: "another"}, []string{"another.a"}},
		{waygate.ActionFilter{Tag: "crm"}, []string{"api.b"}},
		{waygate.ActionFilter{Method: "post"}, []string{"api.c"}},
		{waygate.ActionFilter{Text: "PEOPLE"}, []string{"api.b"}},
		{waygate.ActionFilter{Text: "people", Method: "POST"}, nil},
		{waygate.ActionFilter{Integration: "none"}, nil},
	}
	for _, c := range cases {
		var got []string
		for _, a := range gw.Actions(c.filter) {
			got = append(got, a.ID)
			if a.Integration+"."+a.Info.ID != a.ID {
				t.Errorf("%s is said to be %s of %s", a.ID, a.Info.ID, a.Integration)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.filter, diff)
		}
	}
}

// TestPointerAction shows that an HTTPAction behind a pointer or in another
// struct works, or is refused when it is registered; never in a call alone.
func TestPointerAction(t *testing.T) {
	t.Parallel()
	plain := get("a")
	for name, a := range map[string]waygate.Action{"pointer": &plain, "embedded": struct{ waygate.HTTPAction }{plain}} {
		gw := wired(t, always(200, `{}`))
		if err := gw.Register(t.Context(), api(a)); err != nil {
			says(t, err, "actions[0]", "HTTPAction")
			continue
		}
		_, err := connect(t, gw, "acme", "api", pat).Invoke(t.Context(), "api.a", nil)
		if err != nil {
			t.Errorf("%s: registered, but %v", name, err)
		}
	}
}
