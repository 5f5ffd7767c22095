package waygate_test

import (
	"context"

	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// pages answers each request with the next of the bodies, and 404 after them.
func pages(bodies ...string) *wire {
	return &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		if n > len(bodies) {
			return reply(r, 404, `{"message":"no such page"}`), nil
		}
		return reply(r, 200, bodies[n-1]), nil
	}}
}

// TestBeginWithinAList shows that an input which names a page begins there, and
// goes on from there, in each place.
func TestBeginWithinAList(t *testing.T) {
	t.Parallel()
	number := pagination.PageNumber{Param: "page", EndStatus: 404}
	inBody, inHeader := number, number
	inBody.Param, inBody.In = "at.page", "body"
	inHeader.Param, inHeader.In = "X-Page", "header"
	inPath := number
	inPath.In = "path"
	declared := []waygate.Parameter{{Name: "page", In: waygate.InPath, Required: true}}
	for name, c := range map[string]struct {
		action waygate.HTTPAction
		page   pagination.Strategy
		in     any
		want   []string
	}{
		"query":                 {get("list"), number, nil, []string{"page=1", "page=2", "page=3"}},
		"query, given":          {get("list"), number, map[string]any{"page": 5}, []string{"page=5", "page=6", "page=7"}},
		"query, given null":     {get("list"), number, map[string]any{"page": nil}, []string{"page=1", "page=2", "page=3"}},
		"query, given as text":  {get("list"), number, map[string]any{"page": "5"}, []string{"page=5", "page=6", "page=7"}},
		"offset, given":         {get("list"), pagination.Offset{Param: "from", EndStatus: 404}, map[string]any{"from": 30}, []string{"from=30", "from=31", "from=32"}},
		"header, given":         {waygate.HTTPAction{Method: "GET", Layout: "grouped"}, inHeader, map[string]any{"header": map[string]any{"X-Page": 5}}, []string{"5", "6", "7"}},
		"body, given":           {waygate.HTTPAction{Method: "POST"}, inBody, map[string]any{"at": map[string]any{"page": 5}}, []string{`{"at":{"page":5}}`, `{"at":{"page":6}}`, `{"at":{"page":7}}`}},
		"body, nothing":         {waygate.HTTPAction{Method: "POST"}, inBody, nil, []string{`{"at":{"page":1}}`, `{"at":{"page":2}}`, `{"at":{"page":3}}`}},
		"path, given":           {waygate.HTTPAction{Method: "GET", Path: "/list/{page}"}, inPath, map[string]any{"page": 5}, []string{"/list/5", "/list/6", "/list/7"}},
		"path, nothing":         {waygate.HTTPAction{Method: "GET", Path: "/list/{page}"}, inPath, nil, []string{"/list/1", "/list/2", "/list/3"}},
		"path, declared":        {waygate.HTTPAction{Method: "GET", Path: "/list/{page}", Parameters: declared}, inPath, nil, []string{"/list/1", "/list/2", "/list/3"}},
		"auto, given":           {get("list"), pagination.Auto{}, map[string]any{"page": 5}, []string{"page=5", "page=6"}},
		"the page size is ours": {get("list"), pagination.Offset{Param: "from", Limit: 2, LimitParam: "n", EndStatus: 404}, map[string]any{"n": 9}, []string{"from=0&n=2", "from=1&n=2", "from=2&n=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pages(`{"d":[1]}`, `{"d":[2]}`)
			if name == "auto, given" {
				w = pages(`{"d":[1],"page":5,"pages":6}`, `{"d":[2],"page":6,"pages":6}`)
			}
			a := c.action
			if a.ID, a.Records, a.Pagination = "list", "d", c.page; a.Path == "" {
				a.Path = "/list"
			}
			_, acme := ready(t, w, api(a))
			res, err := acme.Collect(t.Context(), "api.list", c.in)
			must(t, err)
			if jsonText(t, res.Value()) != "[1,2]" || res.Meta.Pages != 2 || res.Meta.Truncated != "" || res.Meta.HasMore || res.Meta.Attempts != len(c.want) {
				t.Errorf("%s, %+v", res.JSON(), res.Meta)
			}
			got := []string{}
			for _, x := range w.seen() {
				at := x.query + x.body + x.header.Get("X-Page")
				if at == "" {
					at = x.path
				}
				got = append(got, at)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPastTheEnd shows what a status after the last page is taken for: the end,
// in every way to read, and only after the first page.
func TestPastTheEnd(t *testing.T) {
	t.Parallel()
	a := get("list")
	a.Records, a.Pagination = "d", pagination.PageNumber{Param: "page", EndStatus: 404}
	w := pages(`{"d":[1]}`, `{"d":[2]}`)
	_, acme := ready(t, w, api(a))
	n := 0
	var ends []waygate.Checkpoint
	keep := waygate.OnPage(func(_ context.Context, c waygate.Checkpoint) error { ends = append(ends, c); return nil })
	for page, err := range waygate.Pages[int](t.Context(), acme, "api.list", nil, keep) {
		must(t, err)
		n += len(page.Items)
	}
	if n != 2 || len(ends) != 3 || ends[2].Next != "" || ends[2].Items != 2 || ends[1].Next == "" {
		t.Errorf("%d items, checkpoints %+v", n, ends)
	}
	list := recordsOf(t, acme)
	if len(list) != 3 || list[0].Status != 404 || !list[0].Succeeded() || list[0].Records != 0 {
		t.Errorf("records %+v", list)
	}
	w.forget()
	res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxPages(2))
	must(t, err)
	res, err = acme.Invoke(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
	must(t, err)
	if jsonText(t, res.Value()) != "[]" || res.Meta.HasMore || res.Status != 404 {
		t.Errorf("beyond the end: %s, %+v", res.JSON(), res.Meta)
	}
	_, err = acme.Invoke(t.Context(), "api.list", nil) // it has no pages left
	failure(t, err, waygate.KindMissing)
}

// TestRepeatedPage shows that a provider which doesn't know the parameter is
// noticed before its first page is given twice.
func TestRepeatedPage(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]pagination.Strategy{
		"page number": pagination.PageNumber{Param: "page"},
		"offset":      pagination.Offset{Param: "offset", Step: 2},
		"current":     pagination.PageNumber{Param: "page", Current: "page"},
		"auto":        pagination.Auto{},
		"auto, token": pagination.Auto{},
	} {
		a := get("list")
		a.Records, a.Pagination = "d", s
		w := always(200, `{"d":[1,2],"page":1,"pages":9}`)
		if name == "auto, token" {
			w = always(200, `{"d":[1,2],"next_cursor":"x"}`)
		}
		_, acme := ready(t, w, api(a))
		res, err := acme.Collect(t.Context(), "api.list", nil)
		e := failure(t, err, waygate.KindInvalidResponse)
		if jsonText(t, res.Value()) != "[1,2]" || e.Action != "api.list" || len(w.seen()) != 2 {
			t.Errorf("%s: %s beside %v", name, res.JSON(), err)
		}
		if repeated := errors.Is(err, pagination.ErrRepeated); repeated != (name == "page number" || name == "offset") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAutoTells shows what Auto went by, and that it never guesses for a write.
func TestAutoTells(t *testing.T) {
	t.Parallel()
	a := get("list")
	a.Records, a.Pagination = "d", pagination.Auto{}
	none := get("none")
	none.Records, none.Pagination = "d", pagination.Auto{}
	w := pages(`{"d":[1],"meta":{"next_cursor":"x","has_more":true}}`, `{"d":[2],"meta":{"has_more":false}}`, `{"d":[3]}`)
	_, acme := ready(t, w, api(a, none))
	res, err := acme.Collect(t.Context(), "api.list", nil)
	must(t, err)
	want := &pagination.Evidence{Kind: "cursor", Found: []string{"$.meta.next_cursor", "$.meta.has_more"}, Param: "cursor"}
	if diff := cmp.Diff(want, res.Meta.Pagination); diff != "" || jsonText(t, res.Value()) != "[1,2]" {
		t.Errorf("%s: %s", res.JSON(), diff)
	}
	res, err = acme.Invoke(t.Context(), "api.none", nil)
	must(t, err)
	if diff := cmp.Diff(&pagination.Evidence{}, res.Meta.Pagination); diff != "" {
		t.Error(diff)
	}
	// A link that was followed counts for more than what the input said.
	w = pages(`{"d":[1],"next":"/list?page=2"}`, `{"d":[2],"page":2,"pages":2}`)
	gw, acme := ready(t, w, api(a))
	res, err = acme.Collect(t.Context(), "api.list", map[string]any{"page": 1})
	must(t, err)
	if jsonText(t, res.Value()) != "[1,2]" {
		t.Errorf("got %s", res.JSON())
	}
	for method, effects := range map[string]waygate.Effects{"POST": {Idempotent: true}, "PUT": {}, "DELETE": {}, "PATCH": {}} {
		write := a
		write.Method, write.Effects = method, effects
		err := gw.Replace(t.Context(), api(write))
		failure(t, err, waygate.KindConfig)
		says(t, err, "pagination", "auto", "read_only")
		write.Pagination = nil
		in := api(write)
		in.Pagination = pagination.Auto{} // a write doesn't inherit it
		must(t, gw.Replace(t.Context(), in))
		before := len(w.seen())
		w.answer = func(_ int, r *http.Request, _ string) (*http.Response, error) {
			return reply(r, 200, `{"d":[1],"next_cursor":"x"}`), nil
		}
		res, err := acme.Collect(t.Context(), "api.list", nil)
		must(t, err)
		if len(w.seen()) != before+1 || res.Meta.Pagination != nil {
			t.Errorf("%s: %d requests, by %v", method, len(w.seen())-before, res.Meta.Pagination)
		}
	}
	search := a
	search.Method, search.Effects.ReadOnly, search.Pagination = "POST", true, pagination.Auto{In: "body"}
	must(t, gw.Replace(t.Context(), api(search)))
}

// TestGraphQLErrors shows that an answer with errors fails, with data or without,
// and tells them.
func TestGraphQLErrors(t *testing.T) {
	t.Parallel()
	a := waygate.HTTPAction{ID: "list", Method: "POST", Path: "/graphql", Records: "data.a.nodes", Effects: waygate.Effects{ReadOnly: true},
		Pagination: pagination.GraphQL{Path: "data.a.pageInfo"}}
	for body, text := range map[string]string{
		`{"errors":[{"message":"rate limited"}]}`:                                                  "errors",
		`{"errors":[{"message":"x"}],"data":{"a":{"nodes":[1],"pageInfo":{"hasNextPage":false}}}}`: "errors",
		`{"data":{"a":{"nodes":[1]}}}`:                                                             "pageInfo",
		`{"data":{"a":{"nodes":[1],"pageInfo":{"hasNextPage":true}}}}`:                             "endCursor",
		`{"data":{"a":{"nodes":[1],"pageInfo":{"endCursor":"x"}}}}`:                                "hasNextPage",
	} {
		_, acme := ready(t, always(200, body), api(a))
		_, err := acme.Collect(t.Context(), "api.list", map[string]any{"query": "{ a }"})
		e := failure(t, err, waygate.KindInvalidResponse)
		says(t, err, text)
		if string(e.Body) != body || e.Status != 200 {
			t.Errorf("%d %s beside the error", e.Status, e.Body)
		}
	}
	_, acme := ready(t, always(200, `{"errors":[],"data":{"a":{"nodes":[1],"pageInfo":{"hasNextPage":false}}}}`), api(a))
	res, err := acme.Collect(t.Context(), "api.list", map[string]any{"query": "{ a }"})
	must(t, err)
	if jsonText(t, res.Value()) != "[1]" {
		t.Errorf("got %s", res.JSON())
	}
}

// TestPaginationPlacesAreChecked shows that a definition whose pages have no place
// in the request is refused when it is registered.
func TestPaginationPlacesAreChecked(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	for text, c := range map[string]struct {
		method string
		s      pagination.Strategy
	}{
		`"page" goes into the path`:                  {"GET", pagination.PageNumber{Param: "page", In: "path"}},
		`"from" goes into the body, but GET`:         {"GET", pagination.Offset{Param: "from", In: "body"}},
		`"variables.after" goes into the body`:       {"GET", pagination.GraphQL{Path: "a"}},
		`is not a header that a param`:               {"GET", pagination.Offset{Param: "Authorization", In: "header"}},
		`short_page: needs limit`:                    {"GET", pagination.Offset{Param: "from", ShortPage: true}},
		`end_status: must be a 4xx`:                  {"GET", pagination.PageNumber{Param: "page", EndStatus: 500}},
		`total_header: leave it out, or total`:       {"GET", pagination.Offset{Param: "from", Total: "t", TotalHeader: "T"}},
		`limit_param: is the parameter that is coun`: {"GET", pagination.Offset{Param: "n", Limit: 1, LimitParam: "n"}},
	} {
		err := gw.Register(t.Context(), api(waygate.HTTPAction{ID: "list", Method: c.method, Path: "/list", Pagination: c.s}))
		failure(t, err, waygate.KindConfig)
		says(t, err, "pagination", text)
	}
}

// TestCountsRawRecords shows that what a mapping makes of the records changes
// neither where a list ends nor what counts for a limit.
func TestCountsRawRecords(t *testing.T) {
	t.Parallel()
	w := pages(`{"d":[{"a":1},{"a":2}],"few":[1]}`, `{"d":[{"a":3},{"a":4}],"few":[2]}`, `{"d":[{"a":5}],"few":[3]}`)
	a := get("list")
	a.Records, a.MappedRecords = "d", "few"
	a.Pagination = pagination.Offset{Param: "from", Limit: 2, LimitParam: "n", ShortPage: true}
	a.OutputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "few", To: "few"}}}
	_, acme := ready(t, w, api(a))
	res, err := acme.Collect(t.Context(), "api.list", nil)
	must(t, err)
	if jsonText(t, res.Value()) != "[1,2,3]" || len(w.seen()) != 3 || w.last(t).query != "from=4&n=2" || res.Meta.Truncated != "" {
		t.Errorf("%s in %d requests, the last %s", res.JSON(), len(w.seen()), w.last(t).query)
	}
	w.forget()
	res, err = acme.Collect(t.Context(), "api.list", nil, waygate.MaxItems(4))
	must(t, err)
	if jsonText(t, res.Value()) != "[1,2]" || res.Meta.Truncated != "items" || len(w.seen()) != 2 {
		t.Errorf("%s in %d requests, truncated %q", res.JSON(), len(w.seen()), res.Meta.Truncated)
	}
}

// TestTotalIsCounted shows that a total ends a list of numbered pages with the page
// that reaches it, also where the read was continued: no further page is asked for.
func TestTotalIsCounted(t *testing.T) {
	t.Parallel()
	w := pages(`{"d":[1,2],"total":5}`, `{"d":[3,4],"total":5}`, `{"d":[5],"total":5}`)
	a := get("list")
	a.Records, a.Pagination = "d", pagination.PageNumber{Param: "page", Total: "total"}
	_, acme := ready(t, w, api(a))
	for _, most := range []int{1, 2, 3} {
		w.forget()
		var opts []waygate.Option
		got := ""
		for {
			res, err := acme.Collect(t.Context(), "api.list", nil, append(opts, waygate.MaxPages(most))...)
			must(t, err)
			got += string(res.JSON())
			if res.Meta.Next == "" {
				break
			}
			opts = []waygate.Option{waygate.Continue(res.Meta.Next)}
		}
		if strings.NewReplacer("][", ",").Replace(got) != "[1,2,3,4,5]" || len(w.seen()) != 3 {
			t.Errorf("%d pages at a time: %s in %d requests", most, got, len(w.seen()))
		}
	}
}

// TestLongRead streams 100,000 pages, 5,000 under the race detector, and finds no
// more on the heap at the end than after the first 100.
func TestLongRead(t *testing.T) {
	most := 100_000
	if raceEnabled {
		most = 5_000
	}
	for name, opts := range map[string][]waygate.Option{"plain": nil, "prefetch": {waygate.Prefetch()}} {
		count := most
		if name == "prefetch" {
			count /= 20
		}
		gw, err := waygate.New(waygate.Config{Store: memory.New(memory.RecordLimit(10)), Transport: func(http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) string {
				page, _ := strconv.Atoi(r.URL.Query().Get("page"))
				return fmt.Sprintf(`{"items":[{"id":%d}],"more":%v}`, page, page < count)
			})
		}})
		must(t, err)
		must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: "https://api.example.com", Auth: auth.None{},
			Actions: []waygate.Action{waygate.HTTPAction{ID: "list", Method: "GET", Path: "/items", Records: "items",
				Pagination: pagination.PageNumber{Param: "page", More: "more"}}}}))
		heap := func() int64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		var early, late int64
		n := 0
		for i, err := range waygate.Items[item](t.Context(), gw.Tenant("acme"), "api.list", nil, opts...) {
			must(t, err)
			if n++; i.ID != n {
				t.Fatalf("%s: record %d is %d", name, n, i.ID)
			}
			switch n {
			case 100:
				early = heap()
			case count: // while the reader lives
				late = heap()
			}
		}
		if grown := late - early; n != count || grown > 2<<20 {
			t.Errorf("%s: %d pages, the heap grew by %d bytes since the first 100", name, n, grown)
		}
		must(t, gw.Shutdown(t.Context()))
	}
}
