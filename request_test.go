package waygate_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
)

// TestPathValues shows what becomes of a value in a path: it stays within its
// segment, or is refused before anything is sent.
func TestPathValues(t *testing.T) {
	t.Parallel()
	sent := map[string]any{
		"plain": "plain", "a%20b": "a b", "a%2Fb": "a/b", "%3Fq%3D1%23f": "?q=1#f", "%25": "%", "%252F": "%2F", "%C3%A9": "é",
		"%3A%40%26": ":@&", "...": "...", ".a": ".a", "a..": "a..", "0": 0, "false": false, "-1.5": -1.5,
		"12345678901234567890": json.Number("12345678901234567890"), "1e%2B21": 1e21,
		"https%3A%2F%2Fevil.example.com": "https://evil.example.com", "%40evil.example.com": "@evil.example.com", "%00": "\x00",
	}
	for want, value := range sent {
		w := always(200, `{}`)
		_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/{v}/y"}))
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"v": value})
		must(t, err)
		if got := w.last(t); got.path != "/x/"+want+"/y" || got.host != "api.example.com" || got.query != "" {
			t.Errorf("%v: sent to %s", value, got.url)
		}
	}
	for name, value := range map[string]any{"empty": "", "dot": ".", "dots": "..", "climbing": "a/../b", "dot inside": "./b", "backslash": `a\b`,
		"null": nil, "object": map[string]any{"a": 1}, "array": []any{"a"}} {
		w := always(200, `{}`)
		_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/{v}/y"}))
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"v": value})
		failure(t, err, waygate.KindInvalidInput)
		if says(t, err, "v"); len(w.seen()) != 0 {
			t.Errorf("%s: a request was sent", name)
		}
	}
	w := always(200, `{}`)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/x/{v}/y"}))
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindInvalidInput)
	says(t, err, "v")
}

// TestURLs shows how base URL, path and query are put together.
func TestURLs(t *testing.T) {
	t.Parallel()
	cases := []struct {
		base, path, want string
	}{
		{apiBase, "/a", "/a"}, {apiBase + "/", "/a", "/a"}, {apiBase + "/v1", "/a", "/v1/a"}, {apiBase + "/v1/", "/a", "/v1/a"},
		{apiBase + "/v1", "", "/v1"}, {apiBase + "/v1", "/", "/v1/"}, {apiBase + "/a%2Fb", "/c", "/a%2Fb/c"},
		{apiBase, "/a?x=1", "/a?x=1"}, {apiBase, "/a?x=1&x=2&y=%20", "/a?x=1&x=2&y=%20"}, {apiBase, "/a:run(1)", "/a:run(1)"},
		{apiBase + ":443", "/a", "/a"}, {"HTTPS://API.example.com", "/a", "/a"},
	}
	for _, c := range cases {
		w := always(200, `{}`)
		in := api(waygate.HTTPAction{ID: "a", Method: "GET", Path: c.path})
		in.BaseURL = c.base
		_, acme := ready(t, w, in)
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		got := w.last(t)
		if _, rest, _ := strings.Cut(strings.TrimPrefix(got.url, "https://"), "/"); "/"+rest != c.want {
			t.Errorf("%s and %s: sent to %s, want %s", c.base, c.path, got.url, c.want)
		}
		if got.header.Get("Authorization") == "" {
			t.Errorf("%s: not signed", c.base)
		}
	}
}

// TestPlaces shows where each member of the input goes.
func TestPlaces(t *testing.T) {
	t.Parallel()
	type want struct {
		query, body, contentType string
		header                   map[string]string
	}
	declared := []waygate.Parameter{
		{Name: "q", In: waygate.InQuery, As: "query"}, {Name: "h", In: waygate.InHeader, As: "X-H"}, {Name: "d", In: waygate.InQuery, Default: 5},
	}
	cases := map[string]struct {
		method string
		params []waygate.Parameter
		in     any
		want   want
	}{
		"nothing":             {"GET", nil, nil, want{}},
		"GET":                 {"GET", nil, map[string]any{"b": true, "a": "x y&", "n": 1.5}, want{query: "a=x%20y%26&b=true&n=1.5"}},
		"DELETE":              {"DELETE", nil, map[string]any{"a": 1}, want{query: "a=1"}},
		"OPTIONS":             {"OPTIONS", nil, map[string]any{"a": 1}, want{query: "a=1"}},
		"HEAD":                {"HEAD", nil, map[string]any{"a": 1}, want{query: "a=1"}},
		"POST":                {"POST", nil, map[string]any{"b": []any{nil, map[string]any{}}, "a": "é"}, want{body: `{"a":"é","b":[null,{}]}`, contentType: "application/json"}},
		"PUT":                 {"PUT", nil, map[string]any{"a": nil}, want{body: `{"a":null}`, contentType: "application/json"}},
		"PATCH":               {"PATCH", nil, map[string]any{"zero": 0, "no": false, "empty": ""}, want{body: `{"empty":"","no":false,"zero":0}`, contentType: "application/json"}},
		"POST of nothing":     {"POST", nil, nil, want{}},
		"array in query":      {"GET", nil, map[string]any{"a": []any{"1", 2, false}}, want{query: "a=1&a=2&a=false"}},
		"empty array":         {"GET", nil, map[string]any{"a": []any{}}, want{}},
		"null in query":       {"GET", nil, map[string]any{"a": nil, "b": ""}, want{query: "b="}},
		"zeros in query":      {"GET", nil, map[string]any{"a": 0, "b": false}, want{query: "a=0&b=false"}},
		"declared":            {"POST", declared, map[string]any{"q": 1, "h": "v", "x": 2}, want{query: "d=5&query=1", body: `{"x":2}`, contentType: "application/json", header: map[string]string{"X-H": "v"}}},
		"declared, all null":  {"POST", declared, map[string]any{"q": nil, "h": nil, "d": nil}, want{}},
		"default false":       {"GET", []waygate.Parameter{{Name: "a", In: waygate.InQuery, Default: false}}, nil, want{query: "a=false"}},
		"default in the body": {"POST", []waygate.Parameter{{Name: "a", In: waygate.InBody, As: "b", Default: []int{1}}}, nil, want{body: `{"b":[1]}`, contentType: "application/json"}},
		"body of DELETE":      {"DELETE", []waygate.Parameter{{Name: "a", In: waygate.InBody}}, map[string]any{"a": 1}, want{body: `{"a":1}`, contentType: "application/json"}},
		"struct": {"POST", nil, struct {
			A int    `json:"a"`
			B string `json:"b,omitempty"`
			c int
		}{A: 1}, want{body: `{"a":1}`, contentType: "application/json"}},
		"big numbers": {"POST", nil, map[string]any{"a": uint64(math.MaxUint64), "b": json.Number("1e400")}, want{body: `{"a":18446744073709551615,"b":1e400}`, contentType: "application/json"}},
		"own content type": {"POST", []waygate.Parameter{{Name: "ct", In: waygate.InHeader, As: "content-type"}}, map[string]any{"ct": "application/vnd.x+json", "a": 1},
			want{body: `{"a":1}`, contentType: "application/vnd.x+json"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: c.method, Path: "/a", Parameters: c.params}))
			_, err := acme.Invoke(t.Context(), "api.a", c.in)
			must(t, err)
			got := w.last(t)
			if diff := cmp.Diff([]string{c.method, c.want.query, c.want.body, c.want.contentType},
				[]string{got.method, got.query, got.body, got.header.Get("Content-Type")}); diff != "" {
				t.Error(diff)
			}
			for name, value := range c.want.header {
				if got.header.Get(name) != value {
					t.Errorf("%s: %q", name, got.header.Get(name))
				}
			}
		})
	}
}

// TestInputErrors shows input that is refused before anything is sent.
func TestInputErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		action waygate.HTTPAction
		in     any
		says   []string
	}{
		"text":             {get("a"), "text", []string{"object", "string"}},
		"array":            {get("a"), []int{1}, []string{"object", "array"}},
		"func":             {get("a"), map[string]any{"f": func() {}}, []string{"input", "f"}},
		"NaN":              {get("a"), map[string]any{"n": math.NaN()}, []string{"input", "n"}},
		"object in query":  {get("a"), map[string]any{"o": map[string]any{}}, []string{"/o", "object"}},
		"objects in query": {get("a"), map[string]any{"o": []any{map[string]any{}}}, []string{"/o", "object"}},
		"line in a header": {waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Parameters: []waygate.Parameter{{Name: "h", In: "header", As: "X-H"}}},
			map[string]any{"h": "a\r\nB: c"}, []string{"/h", "header", "control"}},
		"required query": {waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Parameters: []waygate.Parameter{{Name: "q", In: "query", Required: true}}},
			nil, []string{"/q", "required"}},
		"required null": {waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Parameters: []waygate.Parameter{{Name: "q", In: "query", Required: true, Default: 1}}},
			map[string]any{"q": nil}, []string{"/q", "null"}},
		"one place for two": {waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Parameters: []waygate.Parameter{{Name: "x", In: "body", As: "y"}}},
			map[string]any{"x": 1, "y": 2}, []string{"/y", "two"}},
		"one path for two": {waygate.HTTPAction{ID: "a", Method: "GET", Path: "/{y}", Parameters: []waygate.Parameter{{Name: "x", In: "path", As: "y"}}},
			map[string]any{"x": "1", "y": "2"}, []string{"/y", "two"}},
		"mapping": {waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", InputMapping: &mapping.Mapping{Mode: mapping.Fail, Fields: []mapping.Field{{From: "a", To: "b", Required: true}}}},
			map[string]any{"c": 1}, []string{"input mapping", "a"}},
		"cursor in what is no object": {waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Pagination: pagination.Cursor{Path: "n", Param: "page.after", In: "body", Limit: 5, LimitParam: "page.size", LimitIn: "body"}},
			map[string]any{"page": 1}, []string{"page"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			_, acme := ready(t, w, api(c.action))
			_, err := acme.Invoke(t.Context(), "api.a", c.in)
			e := failure(t, err, waygate.KindInvalidInput)
			says(t, err, c.says...)
			if len(w.seen()) != 0 || e.Attempts != 0 || e.Hint != waygate.HintRetryWithModifiedInput {
				t.Errorf("%d requests, %d attempts, hint %s", len(w.seen()), e.Attempts, e.Hint)
			}
			if list := recordsOf(t, acme); len(list) != 1 || list[0].Kind != waygate.KindInvalidInput || list[0].Error == "" {
				t.Errorf("the records are %+v", list)
			}
		})
	}
}

// TestSchemaOfInput shows all violations at once, without values.
func TestSchemaOfInput(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a",
		InputSchema:  json.RawMessage(`{"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"name":{"type":"string","maxLength":3}}}`),
		InputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "ident", To: "id"}}}}
	off := a
	off.ID, off.Validation.Input = "off", "off"
	_, acme := ready(t, w, api(a, off))
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"ident": 1, "name": "abc"})
	must(t, err) // mapped, then validated
	in := map[string]any{"ident": "hidden-value", "name": "hidden-value"}
	_, err = acme.Invoke(t.Context(), "api.a", in)
	e := failure(t, err, waygate.KindInvalidInput)
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Pointer+" "+f.Keyword)
	}
	if diff := cmp.Diff([]string{"/id type", "/name maxLength"}, got); diff != "" || strings.Contains(err.Error(), "hidden-value") {
		t.Errorf("%v: %s", err, diff)
	}
	if diff := cmp.Diff(map[string]any{"ident": "hidden-value", "name": "hidden-value"}, in); diff != "" {
		t.Errorf("the caller's input was changed: %s", diff)
	}
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	if e := failure(t, err, waygate.KindInvalidInput); e.Fields[0].Keyword != "required" {
		t.Errorf("got %+v", e.Fields)
	}
	_, err = acme.Invoke(t.Context(), "api.off", in)
	must(t, err)
}

// TestHeaderOrder shows who wins a header: input, connection, action,
// integration, gateway.
func TestHeaderOrder(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	in := api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"x-1": "action", "X-2": "action", "X-3": "action"},
		Parameters: []waygate.Parameter{{Name: "one", In: waygate.InHeader, As: "X-1"}}})
	in.Headers = map[string]string{"X-1": "integration", "x-2": "integration", "X-3": "integration", "X-4": "integration", "user-agent": "integration"}
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), in))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, Headers: map[string]string{"X-1": "connection", "X-2": "connection"}})
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"one": "input"})
	must(t, err)
	got := w.last(t).header
	for name, want := range map[string]string{"X-1": "input", "X-2": "connection", "X-3": "action", "X-4": "integration", "User-Agent": "integration", "Accept": "application/json"} {
		if diff := cmp.Diff([]string{want}, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
