package waygate_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// TestBodies sends one input in each encoding.
func TestBodies(t *testing.T) {
	t.Parallel()
	list := []any{int64(1), "b&c"}
	nested := map[string]any{"name": "x y", "items": list, "card": map[string]any{"exp": map[string]any{"month": 0}}}
	for name, c := range map[string]struct {
		action waygate.HTTPAction
		in     any
		typ    string
		want   string
	}{
		"json whole":    {waygate.HTTPAction{Body: &waygate.Body{Member: "all"}}, map[string]any{"all": list}, "application/json", `[1,"b&c"]`},
		"json grouped":  {waygate.HTTPAction{Layout: "grouped"}, map[string]any{"body": list}, "application/json", `[1,"b&c"]`},
		"form":          {waygate.HTTPAction{Body: &waygate.Body{Encoding: "form"}}, nested, "application/x-www-form-urlencoded", "card%5Bexp%5D%5Bmonth%5D=0&items%5B%5D=1&items%5B%5D=b%26c&name=x+y"},
		"form repeated": {waygate.HTTPAction{Body: &waygate.Body{Encoding: "form", Arrays: "repeat", Objects: "dots"}}, nested, "application/x-www-form-urlencoded", "card.exp.month=0&items=1&items=b%26c&name=x+y"},
		"form styled": {waygate.HTTPAction{Body: &waygate.Body{Encoding: "form"}, Parameters: []waygate.Parameter{{Name: "items", In: "body", Style: waygate.StylePipeDelimited}}},
			map[string]any{"items": list}, "application/x-www-form-urlencoded", "items=1%7Cb%26c"},
		"text":  {waygate.HTTPAction{Body: &waygate.Body{Encoding: "text"}}, map[string]any{"body": "ä"}, "text/plain; charset=utf-8", "ä"},
		"bytes": {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes", Type: "image/png"}}, map[string]any{"body": strings.NewReader("raw")}, "image/png", "raw"},
		"file":  {waygate.HTTPAction{Body: &waygate.Body{Encoding: "bytes"}}, map[string]any{"body": waygate.FileBytes("a", "image/gif", []byte("raw"))}, "image/gif", "raw"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			c.action.ID, c.action.Method, c.action.Path = "a", "POST", "/a"
			_, acme := ready(t, w, api(c.action))
			_, err := acme.Invoke(t.Context(), "api.a", c.in)
			must(t, err)
			got := w.last(t)
			if got.body != c.want || got.header.Get("Content-Type") != c.typ {
				t.Errorf("sent %s %q, want %s %q", got.header.Get("Content-Type"), got.body, c.typ, c.want)
			}
		})
	}
}

// TestMultipart reads a multipart body as a server does.
func TestMultipart(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"},
		Parameters: []waygate.Parameter{{Name: "meta", In: "body", Type: "application/vnd.x+json"}}}))
	type input struct {
		Title string         `json:"title"`
		Meta  map[string]any `json:"meta"`
		File  waygate.File   `json:"file"`
		More  []io.Reader    `json:"more"`
	}
	_, err := acme.Invoke(t.Context(), "api.a", input{"hi", map[string]any{"a": 1}, waygate.FileBytes("ü.txt", "text/csv", []byte("1,2")),
		[]io.Reader{bytes.NewReader([]byte("x")), strings.NewReader("y")}})
	must(t, err)
	got := w.last(t)
	_, params, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	must(t, err)
	form, err := multipart.NewReader(strings.NewReader(got.body), params["boundary"]).ReadForm(1 << 20)
	must(t, err)
	if form.Value["title"][0] != "hi" || form.Value["meta"][0] != `{"a":1}` || form.File["file"][0].Filename != "ü.txt" || len(form.File["more"]) != 2 {
		t.Errorf("got %+v", form)
	}
}

// TestStream reads an answer while it comes.
func TestStream(t *testing.T) {
	t.Parallel()
	w := always(200, `streamed`)
	gw, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Response: "stream"}))
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	must(t, gw.Flush(t.Context()))
	if n := len(recordsOf(t, acme)); n != 0 {
		t.Errorf("%d records before the end", n)
	}
	body, err := io.ReadAll(res.Stream())
	must(t, err)
	must(t, res.Stream().Close())
	must(t, res.Stream().Close())
	if string(body) != "streamed" || recordsOf(t, acme)[0].ResponseBytes != 8 {
		t.Errorf("read %q, record %+v", body, recordsOf(t, acme)[0])
	}
	if _, err := waygate.Decode[string](res); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("decoded a stream: %v", err)
	}
}

// TestPreview shows a request that isn't sent.
func TestPreview(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a/{id}", Body: &waygate.Body{Encoding: "form"}}))
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"id": "7", "name": "x"})
	must(t, err)
	if p.Method != "POST" || p.URL != "https://api.example.com/a/7" || p.Body != "name=x" || p.Header.Get("Authorization") != "[redacted]" {
		t.Errorf("%+v", p)
	}
	if len(w.seen()) != 0 {
		t.Error("it was sent")
	}
}
