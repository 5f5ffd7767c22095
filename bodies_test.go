package waygate_test

import (
	"bytes"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

// arrival is a request as a real server reads it.
type arrival struct {
	method, uri, cookie, body string
	header                    http.Header
	length                    int64 // -1 for a chunked body
	broken                    bool  // the body ended too soon
}

// arrivals is a server's handler that notes what arrives.
type arrivals struct {
	mu     sync.Mutex
	list   []arrival
	answer func(n int, w http.ResponseWriter) // nil: {}
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	a.mu.Lock()
	a.list = append(a.list, arrival{method: r.Method, uri: r.RequestURI, cookie: strings.Join(r.Header["Cookie"], " | "),
		body: string(body), header: r.Header, length: r.ContentLength, broken: err != nil})
	n := len(a.list)
	a.mu.Unlock()
	if a.answer != nil {
		a.answer(n, w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{}`)
}

func (a *arrivals) seen() []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

// served connects acme to a real server that notes what arrives.
func served(t *testing.T, a *arrivals, actions ...waygate.Action) *waygate.Tenant {
	t.Helper()
	s := serve(t, a.ServeHTTP)
	gw := open(t, s.URL)
	in := api(actions...)
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	return connect(t, gw, "acme", "api", pat)
}

// sends is the request that an action makes of an input.
func sends(t *testing.T, a waygate.HTTPAction, in any) trip {
	t.Helper()
	w := always(200, `{}`)
	a.ID = "a"
	_, acme := ready(t, w, api(a))
	_, err := acme.Invoke(t.Context(), "api.a", in)
	must(t, err)
	return w.last(t)
}

// refuses is the error of an input that an action doesn't send.
func refuses(t *testing.T, a waygate.HTTPAction, in any) *waygate.Error {
	t.Helper()
	w := always(200, `{}`)
	a.ID = "a"
	_, acme := ready(t, w, api(a))
	_, err := acme.Invoke(t.Context(), "api.a", in)
	if n := len(w.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	return failure(t, err, waygate.KindInvalidInput)
}

// refusesAt also compares the place in the input.
func refusesAt(t *testing.T, a waygate.HTTPAction, in any, pointer string) {
	t.Helper()
	e := refuses(t, a, in)
	if len(e.Fields) != 1 || e.Fields[0].Pointer != pointer {
		t.Errorf("fields %+v, want the pointer %q: %v", e.Fields, pointer, e)
	}
}

// TestBodies sends one input in each encoding.
func TestBodies(t *testing.T) {
	t.Parallel()
	list := []any{int64(1), "b&c"}
	nested := map[string]any{"name": "x y", "items": list, "card": map[string]any{"exp": map[string]any{"month": 0}}}
	form := func(b waygate.Body, p ...waygate.Parameter) waygate.HTTPAction {
		b.Encoding = "form"
		return waygate.HTTPAction{Body: &b, Parameters: p}
	}
	const formType = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		action waygate.HTTPAction
		in     any
		typ    string
		want   string
	}{
		"json whole":     {waygate.HTTPAction{Body: &waygate.Body{Member: "all"}}, map[string]any{"all": list}, "application/json", `[1,"b&c"]`},
		"json grouped":   {waygate.HTTPAction{Layout: "grouped"}, map[string]any{"body": list}, "application/json", `[1,"b&c"]`},
		"json typed":     {waygate.HTTPAction{Body: &waygate.Body{Type: "application/vnd.x+json"}}, nested, "application/vnd.x+json", `{"card":{"exp":{"month":0}},"items":[1,"b&c"],"name":"x y"}`},
		"form":           {form(waygate.Body{}), nested, formType, "card%5Bexp%5D%5Bmonth%5D=0&items%5B%5D=1&items%5B%5D=b%26c&name=x+y"},
		"form repeated":  {form(waygate.Body{Arrays: "repeat", Objects: "dots"}), nested, formType, "card.exp.month=0&items=1&items=b%26c&name=x+y"},
		"form indices":   {form(waygate.Body{Arrays: "indices"}), map[string]any{"items": list}, formType, "items%5B0%5D=1&items%5B1%5D=b%26c"},
		"form comma":     {form(waygate.Body{Arrays: "comma"}), map[string]any{"items": list}, formType, "items=1%2Cb%26c"},
		"form of zeros":  {form(waygate.Body{}), map[string]any{"a": 0, "b": false, "c": "", "d": nil}, formType, "a=0&b=false&c="},
		"form styled":    {form(waygate.Body{}, waygate.Parameter{Name: "items", In: "body", Style: waygate.StylePipeDelimited}), map[string]any{"items": list}, formType, "items=1%7Cb%26c"},
		"form, mixed":    {form(waygate.Body{}, waygate.Parameter{Name: "l", In: "body", As: "items", Style: "spaceDelimited"}), map[string]any{"l": list, "a": 1}, formType, "a=1&items=1%20b%26c"},
		"form as JSON":   {form(waygate.Body{}, waygate.Parameter{Name: "o", In: "body", Style: "json"}), map[string]any{"o": map[string]any{"a": 1}}, formType, "o=%7B%22a%22%3A1%7D"},
		"form of {}":     {form(waygate.Body{}), map[string]any{}, formType, ""},
		"form default":   {form(waygate.Body{}, waygate.Parameter{Name: "v", In: "body", As: "version", Default: 0}), nil, formType, "version=0"},
		"grouped form":   {waygate.HTTPAction{Layout: "grouped", Body: &waygate.Body{Encoding: "form"}}, map[string]any{"body": nested}, formType, "card%5Bexp%5D%5Bmonth%5D=0&items%5B%5D=1&items%5B%5D=b%26c&name=x+y"},
		"text":           {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text"}}, map[string]any{"body": "ä"}, "text/plain; charset=utf-8", "ä"},
		"text of 0":      {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text", Member: "n", Type: "text/csv"}}, map[string]any{"n": 0}, "text/csv", "0"},
		"empty text":     {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text"}}, map[string]any{"body": ""}, "text/plain; charset=utf-8", ""},
		"grouped text":   {waygate.HTTPAction{Layout: "grouped", Body: &waygate.Body{Encoding: "text"}}, map[string]any{"body": "x"}, "text/plain; charset=utf-8", "x"},
		"bytes":          {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes", Type: "image/png"}}, map[string]any{"body": strings.NewReader("raw")}, "image/png", "raw"},
		"bytes of text":  {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes"}}, map[string]any{"body": "raw"}, "application/octet-stream", "raw"},
		"file":           {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes"}}, map[string]any{"body": waygate.FileBytes("a", "image/gif", []byte("raw"))}, "image/gif", "raw"},
		"file over type": {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes", Type: "image/png"}}, map[string]any{"body": waygate.FileBytes("a", "image/gif", []byte("raw"))}, "image/gif", "raw"},
		"own header": {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes", Type: "image/png"}, Headers: map[string]string{"Content-Type": "image/x"}},
			map[string]any{"body": "raw"}, "image/x", "raw"},
		"DELETE whole":               {waygate.HTTPAction{Method: "DELETE", Body: &waygate.Body{Member: "ids"}}, map[string]any{"ids": list}, "application/json", `[1,"b&c"]`},
		"OPTIONS whole":              {waygate.HTTPAction{Method: "OPTIONS", Body: &waygate.Body{Member: "ids"}}, map[string]any{"ids": list}, "application/json", `[1,"b&c"]`},
		"DELETE of {}":               {waygate.HTTPAction{Method: "DELETE", Body: &waygate.Body{Type: "application/vnd.x+json"}}, map[string]any{}, "", ""},
		"text of {}":                 {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text"}}, map[string]any{}, "", ""},
		"required text":              {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text", Required: true}}, map[string]any{"body": "x"}, "text/plain; charset=utf-8", "x"},
		"grouped names":              {waygate.HTTPAction{Layout: "grouped", Parameters: []waygate.Parameter{{Name: "a", In: "body", As: "b"}}}, map[string]any{"body": map[string]any{"a": 1, "c": 2}}, "application/json", `{"b":1,"c":2}`},
		"null whole":                 {waygate.HTTPAction{Body: &waygate.Body{Member: "all"}}, map[string]any{"all": nil}, "application/json", `null`},
		"default of the whole":       {waygate.HTTPAction{Body: &waygate.Body{Member: "all"}, Parameters: []waygate.Parameter{{Name: "all", In: "body", Default: list}}}, nil, "application/json", `[1,"b&c"]`},
		"default of the whole text":  {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text"}, Parameters: []waygate.Parameter{{Name: "body", In: "body", Default: "x"}}}, nil, "text/plain; charset=utf-8", `x`},
		"grouped {} and its default": {waygate.HTTPAction{Layout: "grouped", Parameters: []waygate.Parameter{{Name: "a", In: "body", Default: 1}}}, map[string]any{"body": map[string]any{}}, "application/json", `{"a":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.action.Path = "/a"
			if c.action.Method == "" {
				c.action.Method = "POST"
			}
			got := sends(t, c.action, c.in)
			if got.body != c.want || got.header.Get("Content-Type") != c.typ || got.query != "" {
				t.Errorf("sent %s %q, query %q; want %s %q", got.header.Get("Content-Type"), got.body, got.query, c.typ, c.want)
			}
		})
	}
}

// TestMultipart reads a multipart body as a server does.
func TestMultipart(t *testing.T) {
	t.Parallel()
	type input struct {
		Title string         `json:"title"`
		Empty string         `json:"empty"`
		Zero  int            `json:"zero"`
		Null  *string        `json:"null"`
		List  []int          `json:"list"`
		Meta  map[string]any `json:"meta"`
		File  waygate.File   `json:"file"`
		More  []io.Reader    `json:"more"`
		Gone  *waygate.File  `json:"gone"`
	}
	got := sends(t, waygate.HTTPAction{Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"},
		Parameters: []waygate.Parameter{{Name: "meta", In: "body", Type: "application/vnd.x+json"}, {Name: "kind", In: "body", As: "type", Default: "k"}}},
		input{Title: "hi", List: []int{1, 2}, Meta: map[string]any{"a": 1}, File: waygate.FileBytes("ü.txt", "text/csv", []byte("1,2")),
			More: []io.Reader{bytes.NewReader([]byte("x")), strings.NewReader("y")}})
	_, params, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	must(t, err)
	form, err := multipart.NewReader(strings.NewReader(got.body), params["boundary"]).ReadForm(1 << 20)
	must(t, err)
	want := map[string][]string{"title": {"hi"}, "empty": {""}, "zero": {"0"}, "list": {"1", "2"}, "meta": {`{"a":1}`}, "type": {"k"}}
	if diff := cmp.Diff(want, map[string][]string(form.Value)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"file", "more"}, slices.Sorted(maps.Keys(form.File))); diff != "" {
		t.Error(diff)
	}
	if f := form.File["file"][0]; f.Filename != "ü.txt" || f.Header.Get("Content-Type") != "text/csv" || len(form.File["more"]) != 2 {
		t.Errorf("got %+v", form.File)
	}
	if !strings.Contains(got.body, "Content-Type: application/vnd.x+json\r\n\r\n{\"a\":1}") {
		t.Errorf("the declared type of a part is missing: %q", got.body)
	}
}
