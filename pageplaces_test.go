package waygate_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
)

// oddPages asks for pages with a value that is neither text nor number.
type oddPages struct{ in pagination.In }

func (oddPages) Kind() string    { return "odd" }
func (oddPages) Validate() error { return nil }

func (s oddPages) First() []pagination.Param {
	return []pagination.Param{{In: s.in, Name: "X-Page", Value: map[string]any{"a": 1}}}
}

func (oddPages) Next(pagination.Page) (*pagination.Next, error) { return nil, nil }

// TestPagesWithoutPlace shows what a pagination asks for where it can't stand.
func TestPagesWithoutPlace(t *testing.T) {
	t.Parallel()
	for _, in := range []pagination.In{"header", "query"} {
		refuses(t, waygate.HTTPAction{Method: "GET", Path: "/a", Pagination: oddPages{in}}, nil)
	}
	for _, body := range []any{[]any{1}, "x", 5} {
		e := refuses(t, waygate.HTTPAction{Method: "POST", Path: "/a", Layout: "grouped",
			Pagination: pagination.Cursor{Path: "next", Param: "c", In: "body", Limit: 5, LimitParam: "limit", LimitIn: "body"}}, map[string]any{"body": body})
		says(t, e, "limit", "not an object")
	}
}

// TestPagesInEachPlace reads two pages, with the cursor in each place, over each
// layout.
func TestPagesInEachPlace(t *testing.T) {
	t.Parallel()
	type request struct{ path, query, header, body string }
	given := map[string]any{"page": map[string]any{"size": 2}, "q": "x"}
	for name, c := range map[string]struct {
		action      waygate.HTTPAction
		page        pagination.Cursor
		in          map[string]any
		first, then request
	}{
		"query": {waygate.HTTPAction{Method: "GET"}, pagination.Cursor{Param: "page[after]", Limit: 5, LimitParam: "page[size]"}, map[string]any{"q": "x"},
			request{"/a", "page%5Bsize%5D=5&q=x", "", ""}, request{"/a", "page%5Bafter%5D=c2&page%5Bsize%5D=5&q=x", "", ""}},
		"query over input": {waygate.HTTPAction{Method: "GET"}, pagination.Cursor{Param: "after"}, map[string]any{"after": "c1"},
			request{"/a", "after=c1", "", ""}, request{"/a", "after=c2", "", ""}},
		"query over a list": {waygate.HTTPAction{Method: "GET"}, pagination.Cursor{Param: "after"}, map[string]any{"after": []any{"c0", "c1"}},
			request{"/a", "after=c0&after=c1", "", ""}, request{"/a", "after=c2", "", ""}},
		"query over a literal": {waygate.HTTPAction{Method: "GET", Path: "/a?after=&x=1"}, pagination.Cursor{Param: "after"}, nil,
			request{"/a", "after=&x=1", "", ""}, request{"/a", "after=c2&x=1", "", ""}},
		"header": {waygate.HTTPAction{Method: "GET"}, pagination.Cursor{Param: "x-after", In: "header", Limit: 5, LimitParam: "X-Size", LimitIn: "header"}, nil,
			request{"/a", "", " 5", ""}, request{"/a", "", "c2 5", ""}},
		"header over input": {waygate.HTTPAction{Method: "GET", Layout: "grouped"}, pagination.Cursor{Param: "X-After", In: "header"}, map[string]any{"header": map[string]any{"x-after": "c1"}},
			request{"/a", "", "c1 ", ""}, request{"/a", "", "c2 ", ""}},
		"path": {waygate.HTTPAction{Method: "GET", Path: "/a/{after}"}, pagination.Cursor{Param: "after", In: "path"}, map[string]any{"after": "c1"},
			request{"/a/c1", "", "", ""}, request{"/a/c2", "", "", ""}},
		"path, grouped": {waygate.HTTPAction{Method: "GET", Path: "/a/{after}", Layout: "grouped"}, pagination.Cursor{Param: "after", In: "path"}, map[string]any{"path": map[string]any{"after": "c1"}},
			request{"/a/c1", "", "", ""}, request{"/a/c2", "", "", ""}},
		"JSON": {waygate.HTTPAction{Method: "POST"}, pagination.Cursor{Param: "page.after", In: "body", Limit: 5, LimitParam: "limit", LimitIn: "body"}, given,
			request{"/a", "", "", `{"limit":5,"page":{"size":2},"q":"x"}`}, request{"/a", "", "", `{"limit":5,"page":{"after":"c2","size":2},"q":"x"}`}},
		"JSON, nothing given": {waygate.HTTPAction{Method: "POST"}, pagination.Cursor{Param: "page.after", In: "body"}, nil,
			request{"/a", "", "", ""}, request{"/a", "", "", `{"page":{"after":"c2"}}`}},
		"JSON, grouped": {waygate.HTTPAction{Method: "POST", Layout: "grouped"}, pagination.Cursor{Param: "page.after", In: "body"}, map[string]any{"body": given},
			request{"/a", "", "", `{"page":{"size":2},"q":"x"}`}, request{"/a", "", "", `{"page":{"after":"c2","size":2},"q":"x"}`}},
		"JSON, grouped, empty": {waygate.HTTPAction{Method: "POST", Layout: "grouped"}, pagination.Cursor{Param: "after", In: "body"}, map[string]any{"body": map[string]any{}},
			request{"/a", "", "", `{}`}, request{"/a", "", "", `{"after":"c2"}`}},
		"JSON, grouped, null": {waygate.HTTPAction{Method: "POST", Layout: "grouped"}, pagination.Cursor{Param: "after", In: "body"}, map[string]any{"body": nil},
			request{"/a", "", "", `null`}, request{"/a", "", "", `{"after":"c2"}`}},
		"form": {waygate.HTTPAction{Method: "POST", Body: &waygate.Body{Encoding: "form"}}, pagination.Cursor{Param: "page.after", In: "body"}, given,
			request{"/a", "", "", `page%5Bsize%5D=2&q=x`}, request{"/a", "", "", `page%5Bafter%5D=c2&page%5Bsize%5D=2&q=x`}},
		"form, grouped": {waygate.HTTPAction{Method: "POST", Layout: "grouped", Body: &waygate.Body{Encoding: "form"}}, pagination.Cursor{Param: "after", In: "body"}, map[string]any{"body": given},
			request{"/a", "", "", `page%5Bsize%5D=2&q=x`}, request{"/a", "", "", `after=c2&page%5Bsize%5D=2&q=x`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
				return reply(r, 200, []string{`{"d":[1],"next":"c2"}`, `{"d":[2]}`}[n-1]), nil
			}}
			a := c.action
			if c.page.Path, a.ID, a.Records = "next", "a", "d"; a.Path == "" {
				a.Path = "/a"
			}
			a.Pagination = c.page
			_, acme := ready(t, w, api(a))
			before := jsonText(t, c.in)
			_, err := acme.Collect(t.Context(), "api.a", c.in)
			must(t, err)
			var got []request
			for _, x := range w.seen() {
				header := strings.Join(x.header.Values("X-After"), ",") + " " + strings.Join(x.header.Values("X-Size"), ",")
				if header == " " {
					header = ""
				}
				got = append(got, request{x.path, x.query, header, x.body})
			}
			if diff := cmp.Diff([]request{c.first, c.then}, got, cmp.AllowUnexported(request{})); diff != "" {
				t.Error(diff)
			}
			if after := jsonText(t, c.in); after != before {
				t.Errorf("the caller's input became %s", after)
			}
		})
	}
}
