package pagination_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
)

type obj = map[string]any

// shape is a way in which providers tell of the next page.
type shape struct {
	param string // that takes it; empty for a URL
	count string // "offset" or "page" for what is counted, else tokens
	start int
	tell  func(w http.ResponseWriter, at place) any
	after bool // the parameter is the id of the last record
}

// shapes are those that Auto must read, each as a provider would serve it.
func shapes() map[string]shape {
	token := func(at place) string { return "t" + strconv.Itoa(at.offset+len(at.page)) }
	next := func(at place, members func(token string) obj) any {
		m := members("")
		if !at.last {
			m = members(token(at))
		}
		m["data"] = at.page
		return m
	}
	tokens := func(param string, members func(token string) obj) shape {
		return shape{param: param, tell: func(_ http.ResponseWriter, at place) any { return next(at, members) }}
	}
	orNull := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	link := func(members func(link any) obj) shape {
		return shape{param: "cursor", tell: func(_ http.ResponseWriter, at place) any {
			m := members(nil)
			if !at.last {
				m = members("https://api.example.com/v1/items?cursor=" + token(at))
			}
			m["data"] = at.page
			return m
		}}
	}
	counted := func(param, count string, start int, members func(at place) obj) shape {
		return shape{param: param, count: count, start: start, tell: func(_ http.ResponseWriter, at place) any {
			m := members(at)
			m["data"] = at.page
			return m
		}}
	}
	return map[string]shape{
		"Link header": {param: "cursor", tell: func(w http.ResponseWriter, at place) any {
			w.Header().Add("Link", `</v1/items>; rel="first"`)
			if !at.last {
				w.Header().Add("Link", `<?cursor=`+token(at)+`>; rel="next"`)
			}
			return at.page
		}},
		"X-Next-Page": {param: "page", count: "page", start: 1, tell: func(w http.ResponseWriter, at place) any {
			w.Header().Set("X-Next-Page", "")
			if !at.last {
				w.Header().Set("X-Next-Page", strconv.Itoa(at.position+1))
			}
			return at.page
		}},
		"root cursor":          tokens("cursor", func(t string) obj { return obj{"next_cursor": t} }),
		"root cursor and flag": tokens("cursor", func(t string) obj { return obj{"nextCursor": t, "hasMore": t != ""} }),
		"meta cursor":          tokens("cursor", func(t string) obj { return obj{"meta": obj{"next_cursor": orNull(t)}} }),
		"pagination token":     tokens("page_token", func(t string) obj { return obj{"pagination": obj{"next_page_token": t}} }),
		"page token, absent": tokens("pageToken", func(t string) obj {
			if t == "" {
				return obj{}
			}
			return obj{"nextPageToken": t}
		}),
		"paging.next.after": tokens("after", func(t string) obj {
			if t == "" {
				return obj{}
			}
			return obj{"paging": obj{"next": obj{"after": t}}}
		}),
		"pages.next.starting_after": tokens("starting_after", func(t string) obj {
			if t == "" {
				return obj{"pages": obj{"next": nil}}
			}
			return obj{"pages": obj{"next": obj{"starting_after": t}}}
		}),
		"page_info": tokens("after", func(t string) obj {
			return obj{"page_info": obj{"end_cursor": "t" + strings.TrimPrefix(t, "t"), "has_next_page": t != ""}}
		}),
		"response_metadata": tokens("cursor", func(t string) obj { return obj{"response_metadata": obj{"next_cursor": t}} }),
		"links.next":        link(func(l any) obj { return obj{"links": obj{"next": l, "self": "/"}} }),
		"_links.next.href": link(func(l any) obj {
			if l == nil {
				return obj{"_links": obj{"self": obj{"href": "/"}}}
			}
			return obj{"_links": obj{"next": obj{"href": l}}}
		}),
		"paging.next":     link(func(l any) obj { return obj{"paging": obj{"next": l}} }),
		"root next":       link(func(l any) obj { return obj{"next": l, "count": 7} }),
		"next_page_url":   link(func(l any) obj { return obj{"next_page_url": l, "current_page": 1, "last_page": 9} }),
		"@odata.nextLink": link(func(l any) obj { return obj{"@odata.nextLink": l} }),
		"list of objects": {param: "starting_after", after: true, tell: func(_ http.ResponseWriter, at place) any {
			return obj{"object": "list", "has_more": !at.last, "data": at.page}
		}},
		"page and pages":    counted("page", "page", 1, func(at place) obj { return obj{"meta": obj{"current_page": at.position, "total_pages": at.n}} }),
		"page from 0":       counted("page", "page", 0, func(at place) obj { return obj{"page": obj{"number": at.position, "totalPages": at.n}} }),
		"next_page":         counted("page", "page", 1, func(at place) obj { return obj{"next_page": map[bool]any{false: at.position + 1}[at.last]} }),
		"offset and total":  counted("offset", "offset", 0, func(at place) obj { return obj{"pagination": obj{"offset": at.offset, "total": at.total}} }),
		"startAt and total": counted("startAt", "offset", 0, func(at place) obj { return obj{"startAt": at.offset, "maxResults": at.size, "total": at.total} }),
	}
}

// handler serves a shape: at comes by its parameter, as a token or a number.
func (s shape) handler(list []any, size int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.URL.Query().Get(s.param)
		position, err := strconv.Atoi(strings.TrimPrefix(given, "t"))
		if err != nil {
			position = s.start
		}
		offset := position - s.start
		switch {
		case s.after && err == nil:
			offset = position/7 + 1 // ids are 1, 8, 15, …
		case s.count == "page":
			offset *= size
		}
		from := min(offset, len(list))
		to := min(from+size, len(list))
		writeJSON(w, s.tell(w, place{page: list[from:to:to], position: position, offset: offset, size: size, total: len(list),
			n: (len(list) + size - 1) / size, last: to == len(list)}))
	})
}

// TestAutoReadsCommonShapes reads each shape with Pages, and runs the suite over
// some of them.
func TestAutoReadsCommonShapes(t *testing.T) {
	t.Parallel()
	thorough := []string{"Link header", "meta cursor", "page and pages", "offset and total", "list of objects"}
	for name, s := range shapes() {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			for n := range 9 {
				list := numbered(n)
				got, err := readAll(t, pagination.Auto{}, s.handler(list, 2))
				if diff := cmp.Diff(list, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
					t.Fatalf("%d records: %v %s", n, err, diff)
				}
			}
			if !slices.Contains(thorough, name) {
				return
			}
			o := serve(0, nil, nil)
			o.Provider = s.handler
			paginationtest.Strategy(t, pagination.Auto{}, o)
		})
	}
}

// TestDetect shows what is recognised, and by what.
func TestDetect(t *testing.T) {
	t.Parallel()
	page := func(body any, header ...string) pagination.Page {
		p := pagination.Page{URL: &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v1/items"}, Header: http.Header{}, Body: body, Records: 2}
		for i := 0; i < len(header); i += 2 {
			p.Header.Add(header[i], header[i+1])
		}
		return p
	}
	last := page(obj{"object": "list", "has_more": true, "data": []any{obj{"id": "a"}}})
	last.Last = obj{"id": "a"}
	later := page(obj{"page": int64(1), "pages": int64(4)})
	later.Index = 1
	for name, c := range map[string]struct {
		page     pagination.Page
		want     pagination.Strategy
		evidence string
	}{
		"nothing":           {page(obj{"data": []any{}}), nil, "nothing recognised"},
		"no object":         {page([]any{}), nil, "nothing recognised"},
		"Link":              {page(nil, "Link", `</a>; rel="prev"`), pagination.Link{}, "link by header Link"},
		"Link of no page":   {page(nil, "Link", `</a>; rel="help"`), nil, "nothing recognised"},
		"token over counts": {page(obj{"page": int64(1), "pages": int64(3), "next_cursor": "x"}), pagination.Cursor{Path: "$.next_cursor", Param: "cursor"}, "cursor by $.next_cursor into cursor"},
		"token over nulls":  {page(obj{"next": nil, "meta": obj{"next_token": "x", "has_more": true}}), pagination.Cursor{Path: "$.meta.next_token", Param: "next_token", More: "$.meta.has_more"}, "cursor by $.meta.next_token, $.meta.has_more into next_token"},
		"null over counts":  {page(obj{"links": obj{"next": nil}, "meta": obj{"page": int64(2), "total_pages": int64(9)}}), pagination.Link{Path: "$.links.next"}, "link by $.links.next"},
		"two deep":          {page(obj{"meta": obj{"pagination": obj{"links": obj{"next": "/x?page=2"}, "next_page": int64(2)}}}), pagination.Cursor{Path: "$.meta.pagination.next_page", Param: "page"}, "cursor by $.meta.pagination.next_page into page"},
		"a name with a dot": {page(obj{"@odata.nextLink": "/x"}), pagination.Link{Path: "$['@odata.nextLink']"}, "link by $['@odata.nextLink']"},
		"pages":             {page(obj{"page": int64(1), "pages": int64(3)}), pagination.PageNumber{Param: "page", Current: "$.page", Pages: "$.pages"}, "page_number by $.page, $.pages into page"},
		"pages from 0":      {later, pagination.PageNumber{Param: "page", Start: new(0), Current: "$.page", Pages: "$.pages"}, "page_number by $.page, $.pages into page"},
		"offset":            {page(obj{"offset": int64(0), "total_count": int64(3)}), pagination.Offset{Param: "offset", Current: "$.offset", Total: "$.total_count"}, "offset by $.offset, $.total_count into offset"},
		"last record":       {last, pagination.Cursor{LastField: "id", Param: "starting_after", More: "$.has_more"}, "cursor by id of the last record, $.has_more into starting_after"},
		"a flag alone":      {page(obj{"meta": obj{"has_more": true}}), nil, "nothing to go on with, but more by $.meta.has_more"},
		"a total alone":     {page([]any{}, "X-Total-Count", "3"), nil, "nothing to go on with, but more by header X-Total-Count"},
		"a total reached":   {page([]any{}, "X-Total-Count", "2"), nil, "nothing recognised"},
		"money":             {page(obj{"total": int64(300)}), nil, "nothing recognised"},
		"an odd next":       {page(obj{"next": "abc"}), nil, "nothing to go on with, but more by $.next"},
	} {
		got, evidence := pagination.Detect(c.page)
		if diff := cmp.Diff(c.want, got); diff != "" || evidence.String() != c.evidence {
			t.Errorf("%s: %s, %s", name, evidence, diff)
		}
		if got != nil && got.Validate() != nil {
			t.Errorf("%s: %v", name, got.Validate())
		}
	}
}

// TestAutoDoubts shows where Auto fails instead of guessing on.
func TestAutoDoubts(t *testing.T) {
	t.Parallel()
	sent := func(name string, value any) []pagination.Param { return []pagination.Param{{Name: name, Value: value}} }
	here := &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v1/items", RawQuery: "page=2"}
	for name, c := range map[string]struct {
		page pagination.Page
		says string
	}{
		"more, but how":        {pagination.Page{Body: obj{"has_more": true}, Records: 1}, "name the strategy"},
		"the same token":       {pagination.Page{Body: obj{"next_cursor": "x"}, Records: 1, Sent: sent("cursor", "x")}, "probably another"},
		"the same number":      {pagination.Page{Body: obj{"next_page": int64(2)}, Records: 1, Sent: sent("page", "2")}, "probably another"},
		"the same URL":         {pagination.Page{URL: here, Body: obj{"next": "?page=2"}, Records: 1}, "probably another"},
		"page 1 again":         {pagination.Page{Body: obj{"page": int64(1), "pages": int64(3)}, Records: 1, Index: 1, Sent: sent("page", int64(2))}, "another page than it was asked for"},
		"offset 0 again":       {pagination.Page{Body: obj{"offset": int64(0), "total": int64(3)}, Records: 1, Index: 1, Before: 1, Sent: sent("offset", int64(1))}, "another page than it was asked for"},
		"another origin":       {pagination.Page{URL: here, Body: obj{"next": "https://evil.example.net/"}, Records: 1}, "another origin"},
		"a flag, but no token": {pagination.Page{Body: obj{"next_cursor": "", "has_more": true}, Records: 1}, "no token"},
	} {
		if next, err := (pagination.Auto{}).Next(c.page); err == nil || next != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, %v", name, next, err)
		}
	}
	for name, p := range map[string]pagination.Page{
		"no list": {Body: obj{"next_cursor": "x"}, Records: -1},
		"nothing": {Body: obj{"id": int64(1)}, Records: 1},
	} {
		if next, err := (pagination.Auto{}).Next(p); err != nil || next != nil {
			t.Errorf("%s: got %v, %v", name, next, err)
		}
	}
	in := pagination.Auto{Param: "p", In: pagination.InBody}
	next, err := in.Next(pagination.Page{Body: obj{"next_cursor": "x"}, Records: 1})
	if err != nil || fmt.Sprint(next.Set) != "[{body p x}]" {
		t.Errorf("got %v, %v", next, err)
	}
	raw, err := json.Marshal(in.Explain(pagination.Page{Body: obj{"next_cursor": "x"}, Records: 1}))
	if err != nil || string(raw) != `{"kind":"cursor","found":["$.next_cursor"],"param":"p"}` {
		t.Errorf("got %s, %v", raw, err)
	}
}
