package waygate_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
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

// FuzzContinuedStep shows that no content of a token that was sealed makes a call
// panic, or send a request to anybody else.
func FuzzContinuedStep(f *testing.F) {
	w := always(200, `{"data":[1,2],"next":"x"}`)
	list := get("list")
	list.Records, list.Pagination = "data", pagination.Cursor{Path: "next", Param: "c"}
	keyring := ring(f, "k1")
	_, acme := ready(f, w, api(list), func(c *waygate.Config) { c.Keyring = keyring })
	info, err := acme.Connection(f.Context(), "api", "main")
	must(f, err)
	binding := secret.Binding{Purpose: secret.PurposeContinuation, Kind: "step", Tenant: "acme", ID: info.ID, Field: "api.list"}
	res, err := acme.Collect(f.Context(), "api.list", nil, waygate.MaxPages(1))
	must(f, err)
	sealed, err := base64.RawURLEncoding.DecodeString(res.Meta.Next)
	must(f, err)
	good, err := keyring.Open(binding, sealed)
	must(f, err)
	head, tail, _ := strings.Cut(string(good), `"step":`)
	_, tail, _ = strings.Cut(tail, `,"input"`)
	tail = `,"input"` + tail
	for _, step := range []string{string(good), `{}`, `null`, `{"page":-1,"skip":-5,"seen":-7}`, `{"next":{"set":[{"name":"c","value":"x"}]},"page":2}`,
		`{"next":{"url":"https://evil.example.org/"},"page":2}`, `{"next":{"url":"::"},"page":2}`, `{"has_input":true,"input":{"a":[1]},"page":3}`,
		`{"next":{"set":[{"in":"path","name":"x","value":"y"},{"in":"body","name":"a.b","value":1},{"in":"header","name":"Host","value":"a\r\nb"}]}}`} {
		f.Add(step)
	}
	f.Fuzz(func(t *testing.T, step string) {
		sealed, err := keyring.Seal(binding, []byte(head+`"step":`+step+tail))
		must(t, err)
		text := base64.RawURLEncoding.EncodeToString(sealed)
		w.forget()
		for _, err := range waygate.Pages[any](t.Context(), acme, "api.list", nil, waygate.Continue(text), waygate.MaxPages(2)) {
			if err != nil && !errors.Is(err, waygate.ErrInvalidInput) && !errors.Is(err, waygate.ErrConfig) && !errors.Is(err, waygate.ErrInvalidResponse) {
				t.Errorf("%q: %v", step, err)
			}
		}
		for _, x := range w.seen() {
			if x.host != "api.example.com" && x.header.Get("Authorization") != "" {
				t.Errorf("%q: %s was sent the credential", step, x.host)
			}
		}
	})
}

// FuzzCursorPlace shows that a token of a page gets to its place whole, or
// nowhere, and changes nothing else.
func FuzzCursorPlace(f *testing.F) {
	for _, v := range []string{"a", "a/b", "..", ".", "a?b=c", "a&b=c", "#", "a b", "a+b", "\r\nX: y", "%2e%2e", "é", "\xff", "\x00", `"},"x":{"`, "[1]", "{x}", "\\"} {
		f.Add(v)
	}
	w := &wire{}
	actions := []waygate.Action{}
	for _, in := range []pagination.In{"query", "header", "path", "body", "form"} {
		a := waygate.HTTPAction{ID: string(in), Method: "POST", Path: "/x/{at}", Records: "data", Effects: waygate.Effects{ReadOnly: true}}
		a.Parameters = []waygate.Parameter{{Name: "q", In: waygate.InQuery}}
		if in == "form" {
			in, a.Body = "body", &waygate.Body{Encoding: waygate.BodyForm}
		}
		name := map[pagination.In]string{"header": "X-At", "body": "page.at"}[in]
		if name == "" {
			name = "at"
		}
		a.Pagination = pagination.Cursor{Path: "next", Param: name, In: in}
		actions = append(actions, a)
	}
	_, acme := ready(f, w, api(actions...))
	f.Fuzz(func(t *testing.T, token string) {
		w.answer = func(n int, r *http.Request, _ string) (*http.Response, error) {
			if n == 1 {
				return reply(r, 200, jsonText(t, map[string]any{"data": []int{1}, "next": token})), nil
			}
			return reply(r, 200, `{"data":[2]}`), nil
		}
		token = string([]rune(token)) // as encoding/json has it
		for _, in := range []string{"query", "header", "path", "body", "form"} {
			w.forget()
			res, err := acme.Collect(t.Context(), "api."+in, map[string]any{"at": "first", "q": "1"})
			if token == "" {
				must(t, err)
				continue
			}
			if err != nil {
				failure(t, err, waygate.KindInvalidResponse)
				if len(w.seen()) != 1 || res.Meta.Items > 1 {
					t.Errorf("%s: %q was refused, but sent", in, token)
				}
				continue
			}
			got := w.last(t)
			parts := strings.Split(got.path, "/")
			q, err := url.ParseQuery(got.query)
			if err != nil || got.host != "api.example.com" || len(parts) != 3 || parts[1] != "x" || q.Get("q") != "1" {
				t.Fatalf("%s: %q changes %s", in, token, got.url)
			}
			form, _ := url.ParseQuery(got.body)
			var body struct{ Page struct{ At string } }
			_ = json.Unmarshal([]byte(got.body), &body)
			last, _ := url.PathUnescape(parts[2])
			at := map[string]string{"query": q.Get("at"), "header": got.header.Get("X-At"), "path": last, "body": body.Page.At, "form": form.Get("page[at]")}[in]
			if at != token {
				t.Errorf("%s: %q arrives as %q", in, token, at)
			}
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
