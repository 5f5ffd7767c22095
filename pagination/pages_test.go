package pagination_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/pagination"
)

// numbered makes a list of n records with ids 1, 8, 15, ….
func numbered(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = map[string]any{"id": int64(i*7 + 1)}
	}
	return list
}

// fetcher asks a handler, in memory, for pages of a list.
func fetcher(h http.Handler, first func() *http.Request) func(context.Context, pagination.Next) (pagination.Page, error) {
	return func(ctx context.Context, n pagination.Next) (pagination.Page, error) {
		r, err := pagination.Apply(first().WithContext(ctx), n)
		if err != nil {
			return pagination.Page{}, err
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		page := pagination.Page{URL: r.URL, Header: w.Header(), Status: w.Code, Records: -1}
		dec := json.NewDecoder(w.Body)
		dec.UseNumber()
		if err := dec.Decode(&page.Body); err != nil && !errors.Is(err, io.EOF) {
			return page, err
		}
		page.Body = whole(page.Body)
		list, ok := page.Body.([]any)
		if object, is := page.Body.(map[string]any); is {
			list, ok = object["data"].([]any)
		}
		if ok {
			page.Records = len(list)
		}
		if len(list) > 0 {
			page.Last = list[len(list)-1]
		}
		return page, nil
	}
}

// whole makes int64 of numbers.
func whole(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Int64()
		return n
	case map[string]any:
		for k := range v {
			v[k] = whole(v[k])
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	}
	return v
}

func readAll(t *testing.T, s pagination.Strategy, h http.Handler) (list []any, err error) {
	t.Helper()
	first := func() *http.Request { return newRequest(http.MethodGet, "https://api.example.com/v1/items?q=a%20b") }
	for p, err := range pagination.Pages(t.Context(), s, fetcher(h, first)) {
		if err != nil {
			return list, err
		}
		switch body := p.Body.(type) {
		case []any:
			list = append(list, body...)
		case map[string]any:
			page, _ := body["data"].([]any)
			list = append(list, page...)
		}
	}
	return list, nil
}

// TestPagesEnds shows what ends a read, and what it gave before.
func TestPagesEnds(t *testing.T) {
	t.Parallel()
	own := errors.New("the wire is cut")
	number := pagination.PageNumber{Param: "page", EndStatus: 404}
	page := func(n int, body any) pagination.Page { return pagination.Page{Body: body, Records: n, Status: 200} }
	for name, c := range map[string]struct {
		strategy pagination.Strategy
		fetch    func(i int) (pagination.Page, error)
		pages    int
		err      error
	}{
		"404 after the last": {number, func(i int) (pagination.Page, error) {
			return pagination.Page{Status: 200 + 204*(i/2), Records: 1, Body: i}, nil
		}, 2, nil},
		"404 of the first":    {number, func(int) (pagination.Page, error) { return pagination.Page{Status: 404, Records: 0}, nil }, 1, nil},
		"an error":            {number, func(i int) (pagination.Page, error) { return page(1, i), map[bool]error{true: own}[i == 2] }, 2, own},
		"the same page again": {number, func(i int) (pagination.Page, error) { return page(1, "same"), nil }, 1, pagination.ErrRepeated},
		"the same token":      {pagination.Cursor{Path: "n", Param: "c"}, func(i int) (pagination.Page, error) { return page(1, map[string]any{"n": "x"}), nil }, 2, pagination.ErrRepeated},
		"the same nothing":    {pagination.PageNumber{Param: "page", Pages: "n"}, func(i int) (pagination.Page, error) { return page(0, map[string]any{"n": int64(3)}), nil }, 3, nil},
	} {
		i, n := 0, 0
		var last error
		for _, err := range pagination.Pages(t.Context(), c.strategy, func(context.Context, pagination.Next) (pagination.Page, error) {
			i++
			return c.fetch(i - 1)
		}) {
			if last = err; err == nil {
				n++
			}
		}
		if n != c.pages || !errors.Is(last, c.err) {
			t.Errorf("%s: %d pages, then %v", name, n, last)
		}
	}
	for _, err := range pagination.Pages(t.Context(), pagination.Cursor{}, nil) {
		if err == nil {
			t.Error("an invalid definition reads")
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range pagination.Pages(ended, pagination.None{}, nil) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

// TestApply shows the request for a page, with a parameter in each place.
func TestApply(t *testing.T) {
	t.Parallel()
	param := func(in pagination.In, name string, v any) pagination.Next {
		return pagination.Next{Set: []pagination.Param{{In: in, Name: name, Value: v}}}
	}
	both := param("path", "a", "x/y")
	both.Set = append(both.Set, pagination.Param{In: "path", Name: "b", Value: int64(7)})
	moved := param("body", "n", int64(1))
	moved.URL = "https://api.example.com/v2?x=1"
	for name, c := range map[string]struct {
		method, url, body, contentType string
		next                           pagination.Next
		wantURL, wantHeader, wantBody  string
	}{
		"query":           {"GET", "https://a.example.com/v1?q=1&p=0", "", "", param("", "p", int64(2)), "https://a.example.com/v1?p=2&q=1", "", ""},
		"header":          {"GET", "https://a.example.com/v1", "", "", param("header", "X-P", true), "https://a.example.com/v1", "true", ""},
		"path":            {"GET", "https://a.example.com/v1/{a}/{b}", "", "", both, "https://a.example.com/v1/x%2Fy/7", "", ""},
		"empty body":      {"POST", "https://a.example.com/v1", "", "", param("body", "v.after", "c"), "https://a.example.com/v1", "", `{"v":{"after":"c"}}`},
		"JSON":            {"POST", "https://a.example.com/v1", `{"big":12345678901234567890,"v":{"q":1.5}}`, "application/json", param("body", "v.after", 1.5), "https://a.example.com/v1", "", `{"big":12345678901234567890,"v":{"after":1.5,"q":1.5}}`},
		"form":            {"POST", "https://a.example.com/v1", `q=a+b&v%5Bafter%5D=x`, "application/x-www-form-urlencoded", param("body", "v.after", "c"), "https://a.example.com/v1", "", `q=a+b&v%5Bafter%5D=c`},
		"URL and body":    {"POST", "https://a.example.com/v1?q=1", `{}`, "application/json", moved, "https://api.example.com/v2?x=1", "", `{"n":1}`},
		"body of nothing": {"POST", "https://a.example.com/v1", `any`, "text/plain", pagination.Next{}, "https://a.example.com/v1", "", `any`},
	} {
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		req, err := http.NewRequest(c.method, c.url, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", c.contentType)
		for range 2 { // the request stays as it was
			got, err := pagination.Apply(req, c.next)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var sent []byte
			if got.Body != nil {
				if sent, err = io.ReadAll(got.Body); err != nil {
					t.Fatal(err)
				}
				if int64(len(sent)) != got.ContentLength {
					t.Errorf("%s: the length is %d", name, got.ContentLength)
				}
			}
			if diff := cmp.Diff([]string{c.wantURL, c.wantHeader, c.wantBody}, []string{got.URL.String(), got.Header.Get("X-P"), string(sent)}); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if req.URL.String() != strings.NewReplacer("{", "%7B", "}", "%7D").Replace(c.url) || req.Header.Get("X-P") != "" {
			t.Errorf("%s: the first request became %s", name, req.URL)
		}
	}
}

// TestApplyRefuses shows what can't be sent.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	request := func(body io.Reader, contentType string) *http.Request {
		r, err := http.NewRequest(http.MethodPost, "https://a.example.com/v1/{a}", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		return r
	}
	for name, c := range map[string]struct {
		req *http.Request
		p   pagination.Param
	}{
		"dots":              {request(nil, ""), pagination.Param{In: "path", Name: "a", Value: ".."}},
		"no variable":       {request(nil, ""), pagination.Param{In: "path", Name: "b", Value: "x"}},
		"a line":            {request(nil, ""), pagination.Param{In: "header", Name: "X", Value: "a\r\nb"}},
		"the host":          {request(nil, ""), pagination.Param{In: "header", Name: "Host", Value: "evil"}},
		"an object":         {request(nil, ""), pagination.Param{Name: "x", Value: map[string]any{}}},
		"no JSON":           {request(strings.NewReader("x"), "application/json"), pagination.Param{In: "body", Name: "x", Value: "y"}},
		"an array":          {request(strings.NewReader("[]"), "application/json"), pagination.Param{In: "body", Name: "x", Value: "y"}},
		"through a number":  {request(strings.NewReader(`{"x":1}`), "application/json"), pagination.Param{In: "body", Name: "x.y", Value: "y"}},
		"no form":           {request(strings.NewReader("%zz"), "application/x-www-form-urlencoded"), pagination.Param{In: "body", Name: "x", Value: "y"}},
		"an object in form": {request(strings.NewReader(""), "application/x-www-form-urlencoded"), pagination.Param{In: "body", Name: "x", Value: []any{}}},
		"a stream":          {request(io.MultiReader(strings.NewReader("{}")), "application/json"), pagination.Param{In: "body", Name: "x", Value: "y"}},
		"too long":          {request(bytes.NewReader(bytes.Repeat([]byte(" "), 10<<20+1)), "application/json"), pagination.Param{In: "body", Name: "x", Value: "y"}},
	} {
		_, err := pagination.Apply(c.req, pagination.Next{Set: []pagination.Param{c.p}})
		var e *pagination.Error
		if !errors.As(err, &e) || e.Op != "apply" || e.Reason == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := pagination.Apply(request(nil, ""), pagination.Next{URL: "http://[::1"}); err == nil || strings.Contains(fmt.Sprint(err), "::1") {
		t.Errorf("got %v", err)
	}
}

// FuzzApply shows that no token gets out of the place it is put in.
func FuzzApply(f *testing.F) {
	for _, seed := range []string{"a", "a/b", "..", "a&b=c", "a b", "\r\nX: y", "%2e%2e", "é", "\xff", `"},"x":{"`, "a]=b&c[d", "{a}", "\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		for _, in := range []pagination.In{"query", "header", "path", "body"} {
			req, err := http.NewRequest(http.MethodPost, "https://a.example.com/v1/{a}/z?q=1", strings.NewReader(`{"q":1}`))
			if err != nil {
				t.Fatal(err)
			}
			got, err := pagination.Apply(req, pagination.Next{Set: []pagination.Param{{In: in, Name: "a", Value: token}}})
			if err != nil {
				continue
			}
			q, body := got.URL.Query(), struct {
				Q int
				A string
			}{}
			if err := json.NewDecoder(got.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(got.URL.EscapedPath(), "/")
			if got.URL.Host != "a.example.com" || q.Get("q") != "1" || body.Q != 1 || len(parts) != 4 || parts[1] != "v1" || parts[3] != "z" {
				t.Fatalf("%s: %q changes %s", in, token, got.URL)
			}
			text := string([]rune(token)) // as encoding/json has it
			arrived := map[pagination.In]bool{"query": q.Get("a") == token && len(q) == 2, "header": got.Header.Get("a") == token,
				"path": got.URL.Path == "/v1/"+token+"/z", "body": body.A == text}[in]
			if !arrived {
				t.Fatalf("%s: %q doesn't arrive in %s", in, token, got.URL)
			}
		}
	})
}
