package openapi_test

import (
	"cmp"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/waygatetest"
)

// shop is the document of testdata/shop.yaml, served by a server that tells what it was asked.
func shop(t *testing.T, layout waygate.Layout) (acme *waygate.Tenant, last func() string) {
	t.Helper()
	var mu sync.Mutex
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := told(r)
		mu.Lock()
		defer mu.Unlock()
		asked = said
		if strings.HasSuffix(r.URL.Path, "/form") {
			w.Header().Set("Content-Type", "text/plain")
		} else {
			w.Header().Set("Content-Type", "application/json")
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	src, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	res := imported(t, strings.ReplaceAll(string(src), "http://localhost", server.URL), openapi.ImportOptions{Layout: layout})
	if res.Report.Skipped != 0 {
		t.Fatalf("skipped: %v", res.Report.Skips)
	}
	gw := waygatetest.New(t)
	if err := gw.Register(t.Context(), res.Integration); err != nil {
		t.Fatal(err)
	}
	acme = gw.Tenant("acme")
	cred := auth.Fields(map[string]string{"token": "t-12345678", "key": "k-12345678", "other": "o-12345678"})
	if _, err := acme.Connect(t.Context(), "shop_api", waygate.ConnectionSpec{Slug: "main", Credential: cred}); err != nil {
		t.Fatal(err)
	}
	return acme, func() string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

// told is a request in a line: as it was on the wire, with the headers that a test may look at.
func told(r *http.Request) string {
	line := r.Method + " " + r.RequestURI
	for _, h := range []string{"Authorization", "X-Key", "X-Trace", "Ids", "Cookie", "Accept", "Idempotency-Key"} {
		if v := r.Header.Get(h); v != "" && (h != "Accept" || v != "application/json" && v != "*/*") {
			line += " | " + h + ": " + v
		}
	}
	typ, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if typ == "multipart/form-data" {
		return line + " | " + parts(multipart.NewReader(r.Body, params["boundary"]))
	}
	body, _ := io.ReadAll(r.Body)
	if typ != "" {
		line += " | " + typ + " " + string(body)
	}
	return line
}

func parts(r *multipart.Reader) string {
	var list []string
	for {
		p, err := r.NextPart()
		if err != nil {
			slices.Sort(list)
			return strings.Join(list, "; ")
		}
		body, _ := io.ReadAll(p)
		list = append(list, p.FormName()+" "+cmp.Or(p.FileName(), "-")+" "+p.Header.Get("Content-Type")+" "+string(body))
	}
}

// call is one call of a flat input, of the same in groups, and the request that both make.
type call struct {
	action        string
	flat, grouped map[string]any
	want          string
}

func calls() []call {
	type m = map[string]any
	const bearer = " | Authorization: Bearer t-12345678"
	query := m{"tags": []any{"a", "b c"}, "piped": []any{"a", "b"}, "spaced": []any{"a", "b"}, "deep": m{"a": "x", "b": 0},
		"flat": m{"c": "y"}, "expand": []any{"data", "more"}, "filter": m{"n": 1}, "where": "a/b:c"}
	all := m{"id": []any{1, 2}, "path": "x/y", "session": "s1", "X-Trace": "t1", "ids": []any{7, 8}}
	for k, v := range query {
		all[k] = v
	}
	form := m{"plain": "a b", "list": []any{"x", "y"}, "commas": []any{"x", "y"}, "deep": m{"a": []any{"1"}, "b": m{"c": false}}, "json": m{"k": "v"}}
	file := waygate.FileBytes("a.png", "", []byte("PNG"))
	cart := m{"tags": []any{"a", "b"}, "lines": []any{m{"price": "p1"}, m{"price": "p2", "taxes": []any{m{"rate": 7}}}}}
	return []call{
		{"get_item", all, m{"path": m{"id": []any{1, 2}, "path": "x/y"}, "query": query, "header": m{"X-Trace": "t1", "ids": []any{7, 8}}, "cookie": m{"session": "s1"}},
			"GET /v1/items/.1,2/x/y?deep%5Ba%5D=x&deep%5Bb%5D=0&expand%5B%5D=data&expand%5B%5D=more&filter=%7B%22n%22%3A1%7D&c=y&piped=a%7Cb&spaced=a%20b&tags=a,b%20c&where=a/b:c" +
				bearer + " | X-Trace: t1 | Ids: 7,8 | Cookie: session=s1"},
		{"replace_item", m{"id": "a/b", "name": "q", "name_body": "n", "parts": []any{m{"n": 1}}},
			m{"path": m{"id": "a/b"}, "query": m{"name": "q"}, "body": m{"name": "n", "parts": []any{m{"n": 1}}}},
			"PUT /v1/items/a%2Fb?name=q" + bearer + ` | application/merge-patch+json {"name":"n","parts":[{"n":1}]}`},
		{"remove_item", m{"id": "1", "force": false, "reason": "old"}, m{"path": m{"id": "1"}, "query": m{"force": false}, "body": m{"reason": "old"}},
			"DELETE /v1/items/1?force=false" + bearer + ` | application/json {"reason":"old"}`},
		{"send_form", form, m{"body": form},
			"POST /v1/form" + bearer + " | Accept: text/plain | application/x-www-form-urlencoded deep%5Ba%5D%5B%5D=1&deep%5Bb%5D%5Bc%5D=false&plain=a+b&commas=x,y&json=%7B%22k%22%3A%22v%22%7D&list=x&list=y"},
		{"upload", m{"file": file, "meta": m{"a": 1}}, m{"body": m{"file": file, "meta": m{"a": 1}}},
			"POST /files/upload" + bearer + ` | file a.png image/png PNG; meta - application/json {"a":1}`},
		{"send_raw", m{"body": waygate.FileBytes("a.pdf", "", []byte("%PDF"))}, m{"body": waygate.FileBytes("a.pdf", "", []byte("%PDF"))},
			"POST /v1/raw | Accept: application/pdf | application/pdf %PDF"},
		{"send_list", m{"body": []any{1, 2}}, m{"body": []any{1, 2}},
			"POST /v1/list?other_key=o-12345678 | X-Key: k-12345678 | Accept: application/vnd.shop+json | application/json [1,2]"},
		{"find", m{"q": "x"}, m{"query": m{"q": "x"}}, "GET /v1/find?kind=all&q=x" + bearer},
		{"find_deep", m{"cart": cart}, m{"query": m{"cart": cart}},
			"GET /v1/deep?cart%5Blines%5D%5B0%5D%5Bprice%5D=p1&cart%5Blines%5D%5B1%5D%5Bprice%5D=p2&cart%5Blines%5D%5B1%5D%5Btaxes%5D%5B0%5D%5Brate%5D=7&cart%5Btags%5D=a&cart%5Btags%5D=b" + bearer},
	}
}

// sorted puts the pairs of a query or a form into an order: that of the document isn't promised.
func sorted(line string) string {
	words := strings.Split(line, " ")
	for i, w := range words {
		head, rest, ok := strings.Cut(w, "?")
		if !ok {
			head, rest = "", w
		}
		pairs := strings.Split(rest, "&")
		slices.Sort(pairs)
		words[i] = head + "?" + strings.Join(pairs, "&")
	}
	return strings.Join(words, " ")
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for _, layout := range []waygate.Layout{waygate.LayoutFlat, waygate.LayoutGrouped} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			acme, last := shop(t, layout)
			for _, tc := range calls() {
				in := tc.flat
				if layout == waygate.LayoutGrouped {
					in = tc.grouped
				}
				if _, err := acme.Invoke(t.Context(), "shop_api."+tc.action, in); err != nil {
					t.Errorf("%s: %v", tc.action, err)
					continue
				}
				if diff := gocmp.Diff(sorted(tc.want), sorted(last())); diff != "" {
					t.Errorf("%s: %s\n%s", tc.action, diff, last())
				}
			}
		})
	}
}

// TestDeepNote holds that what no standard says of arrays in a deepObject is told, and nothing where there are none.
func TestDeepNote(t *testing.T) {
	t.Parallel()
	const doc = "openapi: 3.0.3\ninfo: {title: t}\nservers: [{url: https://api.example.com}]\npaths: {/a: {get: {responses: {200: {description: ok}}, parameters: [{name: d, in: query, style: deepObject, schema: SCHEMA}]}}}\n"
	for schema, noted := range map[string]bool{
		"{type: object, properties: {a: {type: string}}}":                                                false,
		"{type: object, properties: {a: {type: array, items: {type: string}}}}":                          true,
		"{type: object, properties: {a: {type: object, properties: {b: {type: array}}}}}":                true,
		"{type: object, allOf: [{type: object, properties: {b: {type: array, items: {type: object}}}}]}": true,
	} {
		res := imported(t, strings.Replace(doc, "SCHEMA", schema, 1), openapi.ImportOptions{})
		if got := strings.Contains(codes(res.Report.Notes), string(openapi.NoteStyle)); got != noted {
			t.Errorf("%s: %v", schema, res.Report.Notes)
		}
	}
}

// TestCallsRefused holds that what the document doesn't allow never leaves the process.
func TestCallsRefused(t *testing.T) {
	t.Parallel()
	acme, last := shop(t, "")
	for name, in := range map[string]map[string]any{
		"find":         {},
		"remove_item":  {"id": "1", "forse": true},
		"replace_item": {"id": "1", "id_body": 5},
		"send_list":    {"body": "no list"},
		"get_item":     {"id": []any{"x"}, "path": "p"},
		"upload":       {"meta": map[string]any{}},
	} {
		_, err := acme.Invoke(context.WithoutCancel(t.Context()), "shop_api."+name, in)
		if err == nil || !strings.Contains(err.Error(), "invalid input") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if last() != "" {
		t.Errorf("was sent: %s", last())
	}
}

// TestIdempotencyKey holds that the header became the action's own.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	acme, last := shop(t, "")
	_, err := acme.Invoke(t.Context(), "shop_api.replace_item", map[string]any{"id": "1", "name_body": "n"}, waygate.IdempotencyKey("k1"))
	if err != nil || !strings.Contains(last(), "Idempotency-Key: ") {
		t.Errorf("%v: %s", err, last())
	}
}
