package waygate_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
)

// FuzzParseIntegration shows that no definition makes the gateway panic, and
// that one which is accepted is written the same way again.
func FuzzParseIntegration(f *testing.F) {
	f.Add([]byte(jsonText(f, fullIntegration())))
	f.Add([]byte(`{"id":"api","base_url":"https://{a}.example.com","auth":{"kind":"none"},"parameters":[{"name":"a"}]}`))
	f.Add([]byte(`{"id":"api","auth":null,"retry":null,"pagination":null,"actions":null}`))
	f.Add([]byte(`{"actions":[null,{},[],{"kind":"http","path":"/{","method":"GET"}]}`))
	f.Add([]byte(`{"id":"api","base_url":"https://a.example.com","auth":{"kind":"none"},"actions":[{"id":"a","method":"GET","path":"/%","input_schema":1}]}`))
	gw := wired(f, always(200, `{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := gw.ParseIntegration(data)
		if err != nil {
			failure(t, err, waygate.KindConfig)
			return
		}
		if err := gw.Replace(t.Context(), in); err != nil {
			failure(t, err, waygate.KindConfig)
			return
		}
		first := jsonText(t, in)
		back, err := gw.ParseIntegration([]byte(first))
		must(t, err)
		if second := jsonText(t, back); second != first {
			t.Errorf("written as\n%s\nthen as\n%s", first, second)
		}
		if err := gw.Register(t.Context(), back); err != nil {
			t.Errorf("not the same definition: %v", err)
		}
		must(t, gw.Unregister(t.Context(), in.ID))
	})
}

// FuzzContinue shows that only a token that was given opens.
func FuzzContinue(f *testing.F) {
	w := always(200, `{"data":[1,2],"next":"x"}`)
	list := get("list")
	list.Records, list.Pagination = "data", pagination.Cursor{Path: "next", Param: "c"}
	_, acme := ready(f, w, api(list))
	res, err := acme.Collect(f.Context(), "api.list", nil, waygate.MaxPages(1))
	must(f, err)
	good := res.Meta.Next
	f.Add(good)
	for _, bad := range []string{"", "A", "AAAA", "====", good[1:], good[:len(good)-1], good + "A", strings.ToUpper(good), strings.Repeat("A", 20_000), "\x00", "{}"} {
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := acme.Invoke(t.Context(), "api.list", nil, waygate.Continue(text))
		if text == good {
			must(t, err)
			return
		}
		if !errors.Is(err, waygate.ErrInvalidInput) && !errors.Is(err, waygate.ErrConfig) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzPathValue shows that no value adds a segment, a query or a host to a
// request, or changes another part of it.
func FuzzPathValue(f *testing.F) {
	for _, v := range []string{"a", "a/b", "..", "...", "%2e%2e", "a?b=c", "#", "//evil.example.com", "@evil", "a\\b", "\r\nHost: evil", "é", "\xff", ";", "a%2Fb", " ", ":80"} {
		f.Add(v, v)
	}
	w := always(200, `{}`)
	_, acme := ready(f, w, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/{v}/y"}))
	f.Fuzz(func(t *testing.T, path, query string) {
		w.forget()
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"v": path, "q": query})
		if err != nil {
			failure(t, err, waygate.KindInvalidInput)
			if len(w.seen()) != 0 {
				t.Error("refused, but sent")
			}
			return
		}
		got := w.last(t)
		parts := strings.Split(got.path, "/")
		if len(parts) != 4 || parts[1] != "x" || parts[3] != "y" || got.host != "api.example.com" {
			t.Fatalf("%q was sent to %s", path, got.url)
		}
		path, query = string([]rune(path)), string([]rune(query)) // as encoding/json has it
		if value, err := url.PathUnescape(parts[2]); err != nil || value != path || slices.Contains([]string{"", ".", ".."}, parts[2]) {
			t.Errorf("%q arrives as %q", path, parts[2])
		}
		values, err := url.ParseQuery(got.query)
		if err != nil || len(values) != 1 || len(values["q"]) != 1 || values.Get("q") != query {
			t.Errorf("%q arrives as %q", query, got.query)
		}
	})
}

// FuzzTenantID shows which ids are taken, and that one which is taken gets to
// its own data.
func FuzzTenantID(f *testing.F) {
	for _, id := range []string{"", "a", "a\x00", "\xff", "ä", strings.Repeat("x", 200), strings.Repeat("x", 201), "\u0085", "a b", "../b"} {
		f.Add(id)
	}
	gw := wired(f, always(200, `{}`))
	must(f, gw.Register(f.Context(), api(get("a"))))
	f.Fuzz(func(t *testing.T, id string) {
		want := len(id) >= 1 && len(id) <= 200 && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl)
		door := gw.Tenant(id)
		info, err := door.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
		if !want {
			failure(t, err, waygate.KindInvalidInput)
			return
		}
		must(t, err)
		if info.Tenant != id {
			t.Errorf("%q connected as %q", id, info.Tenant)
		}
		_, err = door.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		if _, err := json.Marshal(info); err != nil {
			t.Error(err)
		}
		must(t, door.Disconnect(t.Context(), "api", "main"))
	})
}
