package waygate_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// slugs is what a name may be, as it is promised.
var slugs = regexp.MustCompile(`\A[a-z0-9](?:_?[a-z0-9-])*\z`)

// FuzzSlug shows that integrations, actions and connections take the same names,
// and that a tool name made of two of them can be taken apart again.
func FuzzSlug(f *testing.F) {
	for _, s := range []string{"", "a", "A", "a_b", "a__b", "_a", "a_", "-a", "a-", "a-_b", "a_-b", "a.b", "ä", "a b", "a\n", "0", strings.Repeat("a", 40), strings.Repeat("a", 41)} {
		f.Add(s)
	}
	gw := wired(f, always(200, `{}`))
	must(f, gw.Register(f.Context(), waygate.Integration{ID: "open", BaseURL: apiBase, Auth: auth.None{}}))
	f.Fuzz(func(t *testing.T, s string) {
		want := len(s) <= 40 && slugs.MatchString(s)
		in := waygate.Integration{ID: s, BaseURL: apiBase, Auth: auth.None{}}
		if err := gw.Replace(t.Context(), in); (err == nil) != want {
			t.Errorf("integration %q: %v", s, err)
		}
		in.ID, in.Actions = "other", []waygate.Action{get("x"), waygate.HTTPAction{ID: s, Method: "GET", Path: "/"}}
		if err := gw.Replace(t.Context(), in); (err == nil) != (want && s != "x") {
			t.Errorf("action %q: %v", s, err)
		}
		_, err := gw.Tenant("acme").Connect(t.Context(), "open", waygate.ConnectionSpec{Slug: s})
		if (err == nil) != want {
			t.Errorf("connection %q: %v", s, err)
		}
		if err == nil {
			must(t, gw.Tenant("acme").Disconnect(t.Context(), "open", s))
		}
		if want && strings.Contains(s, "__") {
			t.Errorf("%q can't stand in a tool name", s)
		}
	})
}

// TestIDs shows that ids are unlike slugs, distinct, and sort by age.
func TestIDs(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `{}`), api(get("a")))
	seen := map[string]bool{}
	for range 100 {
		res, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		id := res.Meta.CallID
		if !strings.HasPrefix(id, "call_") || len(id) != len("call_")+32 || seen[id] {
			t.Fatalf("the id %q", id)
		}
		seen[id] = true
	}
	info, err := acme.Connection(t.Context(), "api", "")
	must(t, err)
	if !strings.HasPrefix(info.ID, "con_") || len(info.ID) <= 40 {
		t.Errorf("the connection's id %q could be a slug", info.ID)
	}
	_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: info.ID, Credential: pat})
	failure(t, err, waygate.KindInvalidInput)
}
