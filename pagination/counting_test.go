package pagination_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
)

// shelf is a provider that is asked by position. It finds the position and the
// page size wherever they are.
type shelf struct {
	list  []any
	size  int
	count string                                    // "offset" or "page"
	start int                                       // position of the first page
	cap   int                                       // most records on a page, whatever is asked for; 0 for no cap
	past  int                                       // status of a page after the last; 0 for an empty one
	tell  func(w http.ResponseWriter, at place) any // the body
}

// place is where a page of a shelf stands.
type place struct {
	page                             []any
	position, offset, size, total, n int // n pages in all
	last                             bool
	url                              *url.URL
}

func (s shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	given := positions(r)
	size := s.size
	if n, err := strconv.Atoi(given["size"]); err == nil {
		size = n
	}
	if s.cap > 0 {
		size = min(size, s.cap)
	}
	position, err := strconv.Atoi(given["at"])
	if err != nil {
		position = s.start
	}
	offset := position - s.start
	if s.count == "page" {
		offset *= size
	}
	if s.past != 0 && offset > 0 && offset >= len(s.list) {
		http.Error(w, `{"message":"no such page"}`, s.past)
		return
	}
	from := min(max(offset, 0), len(s.list))
	to := min(from+size, len(s.list))
	writeJSON(w, s.tell(w, place{page: s.list[from:to:to], position: position, offset: offset, size: size, total: len(s.list),
		n: (len(s.list) + size - 1) / size, last: to == len(s.list), url: r.URL}))
}

// positions reads "at" and "size" from the query, headers, the end of the path,
// a JSON body or a form.
func positions(r *http.Request) map[string]string {
	q := r.URL.Query()
	given := map[string]string{"at": q.Get("at") + r.Header.Get("X-At"), "size": q.Get("size") + r.Header.Get("X-Size")}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/p/"); ok {
		given["at"] = rest
	}
	if r.Body == nil {
		return given
	}
	var in struct {
		Page struct {
			At, Size json.Number
		}
	}
	if json.NewDecoder(r.Body).Decode(&in) == nil {
		given["at"], given["size"] = in.Page.At.String(), in.Page.Size.String()
	}
	return given
}

// data is a body with members beside the records.
func data(members func(at place) map[string]any) func(http.ResponseWriter, place) any {
	return func(_ http.ResponseWriter, at place) any {
		m := members(at)
		m["data"] = at.page
		return m
	}
}

// TestCountingKeepsTheContract runs the suite over each way to count, each place
// to count in, and each sign of the end.
func TestCountingKeepsTheContract(t *testing.T) {
	t.Parallel()
	type members = map[string]any
	bare := data(func(place) members { return members{} })
	total := data(func(at place) members { return members{"meta": members{"total": at.total}} })
	offset := func(s shelf) shelf { s.count = "offset"; return s }
	page := func(start int, s shelf) shelf { s.count, s.start = "page", start; return s }
	post := func() *http.Request { return newRequest(http.MethodPost, "https://api.example.com/v1/search") }
	path := func() *http.Request { return newRequest(http.MethodGet, "https://api.example.com/p/{at}") }
	for name, c := range map[string]struct {
		strategy pagination.Strategy
		shelf    shelf
		request  func() *http.Request
	}{
		"offset until empty":      {pagination.Offset{Param: "at"}, offset(shelf{tell: bare}), nil},
		"offset, limit":           {pagination.Offset{Param: "at", Limit: 4, LimitParam: "size"}, offset(shelf{tell: bare}), nil},
		"offset, capped limit":    {pagination.Offset{Param: "at", Limit: 40, LimitParam: "size"}, offset(shelf{tell: bare, cap: 3}), nil},
		"offset from 1":           {pagination.Offset{Param: "at", Start: 1, Total: "meta.total"}, shelf{count: "offset", start: 1, tell: total}, nil},
		"offset, total":           {pagination.Offset{Param: "at", Total: "meta.total"}, offset(shelf{tell: total}), nil},
		"offset, short page":      {pagination.Offset{Param: "at", Limit: 3, LimitParam: "size", ShortPage: true}, offset(shelf{tell: bare}), nil},
		"offset, step":            {pagination.Offset{Param: "at", Step: 3, Limit: 3, LimitParam: "size"}, offset(shelf{tell: bare}), nil},
		"offset, 404 at the end":  {pagination.Offset{Param: "at", EndStatus: 404}, offset(shelf{tell: bare, past: 404}), nil},
		"offset, flag":            {pagination.Offset{Param: "at", More: "more"}, offset(shelf{tell: data(func(at place) members { return members{"more": !at.last} })}), nil},
		"offset, current":         {pagination.Offset{Param: "at", Current: "from"}, offset(shelf{tell: data(func(at place) members { return members{"from": at.offset} })}), nil},
		"offset in a header":      {pagination.Offset{Param: "X-At", In: "header", Limit: 2, LimitParam: "X-Size", LimitIn: "header"}, offset(shelf{tell: bare}), nil},
		"offset in the path":      {pagination.Offset{Param: "at", In: "path"}, offset(shelf{tell: bare}), path},
		"offset in a body":        {pagination.Offset{Param: "page.at", In: "body", Limit: 2, LimitParam: "page.size", LimitIn: "body"}, offset(shelf{tell: bare}), post},
		"total in a header":       {pagination.Offset{Param: "at", TotalHeader: "X-Total-Count"}, offset(shelf{tell: totalHeader}), nil},
		"page until empty":        {pagination.PageNumber{Param: "at"}, page(1, shelf{tell: bare}), nil},
		"page from 0":             {pagination.PageNumber{Param: "at", Start: new(0)}, page(0, shelf{tell: bare}), nil},
		"page from 7":             {pagination.PageNumber{Param: "at", Start: new(7)}, page(7, shelf{tell: bare}), nil},
		"page, total":             {pagination.PageNumber{Param: "at", Total: "meta.total"}, page(1, shelf{tell: total}), nil},
		"page, pages":             {pagination.PageNumber{Param: "at", Pages: "pages"}, page(1, shelf{tell: data(func(at place) members { return members{"pages": at.n} })}), nil},
		"page, pages from 0":      {pagination.PageNumber{Param: "at", Start: new(0), Pages: "pages"}, page(0, shelf{tell: data(func(at place) members { return members{"pages": strconv.Itoa(at.n)} })}), nil},
		"page, pages in a header": {pagination.PageNumber{Param: "at", PagesHeader: "X-WP-TotalPages", EndStatus: 400}, page(1, shelf{tell: totalHeader, past: 400}), nil},
		"page, capped limit":      {pagination.PageNumber{Param: "at", Limit: 40, LimitParam: "size", Total: "meta.total"}, page(1, shelf{tell: total, cap: 3}), nil},
		"page, short page":        {pagination.PageNumber{Param: "at", Limit: 3, LimitParam: "size", ShortPage: true}, page(1, shelf{tell: bare}), nil},
		"page, 404 at the end":    {pagination.PageNumber{Param: "at", EndStatus: 404}, page(1, shelf{tell: bare, past: 404}), nil},
		"page, current and flag":  {pagination.PageNumber{Param: "at", Current: "page", More: "more"}, page(1, shelf{tell: data(func(at place) members { return members{"page": at.position, "more": !at.last} })}), nil},
		"page in a header":        {pagination.PageNumber{Param: "X-At", In: "header", Limit: 2, LimitParam: "X-Size", LimitIn: "header"}, page(1, shelf{tell: bare}), nil},
		"page in the path":        {pagination.PageNumber{Param: "at", In: "path"}, page(1, shelf{tell: bare}), path},
		"page in a body":          {pagination.PageNumber{Param: "page.at", In: "body", Limit: 2, LimitParam: "page.size", LimitIn: "body"}, page(1, shelf{tell: bare}), post},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			paginationtest.Strategy(t, c.strategy, shelfOptions(c.shelf, c.request))
		})
	}
}

func totalHeader(w http.ResponseWriter, at place) any {
	w.Header().Set("X-Total-Count", strconv.Itoa(at.total))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(at.n))
	return at.page
}

func shelfOptions(s shelf, request func() *http.Request) paginationtest.Options {
	o := serve(0, nil, nil)
	o.Request = request
	o.Provider = func(list []any, size int) http.Handler {
		filled := s // asked for at the same time
		filled.list, filled.size = list, size
		return filled
	}
	return o
}
