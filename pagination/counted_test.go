package pagination_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
)

// TestCounting shows what is asked for after odd pages: a number, the end, or an
// error that names the field.
func TestCounting(t *testing.T) {
	t.Parallel()
	sent := func(v any) []pagination.Param { return []pagination.Param{{Name: "p", Value: v}} }
	page := func(records int, at any, body any) pagination.Page {
		return pagination.Page{Records: records, Body: body, Index: 1, Before: 3, Sent: sent(at)}
	}
	offset, number := pagination.Offset{Param: "p"}, pagination.PageNumber{Param: "p"}
	total := pagination.Offset{Param: "p", Total: "t"}
	for name, c := range map[string]struct {
		strategy pagination.Strategy
		page     pagination.Page
		want     any    // the next position; nil is the end
		field    string // of the error
	}{
		"offset":                        {offset, page(3, int64(3), nil), int64(6), ""},
		"offset as text":                {offset, page(3, "3", nil), int64(6), ""},
		"offset as a float":             {offset, page(3, 3.0, nil), int64(6), ""},
		"offset that isn't sent":        {offset, pagination.Page{Records: 2, Before: 4}, int64(6), ""},
		"offset, empty":                 {offset, page(0, int64(3), nil), nil, ""},
		"offset of half a record":       {offset, page(3, 3.5, nil), nil, "param"},
		"offset below 0":                {offset, page(3, int64(-3), nil), nil, "param"},
		"offset of a word":              {offset, page(3, "abc", nil), nil, "param"},
		"offset, no list":               {offset, page(-1, int64(3), nil), nil, "?"},
		"offset, no list at all":        {offset, pagination.Page{Records: -1, Sent: sent(int64(0))}, nil, ""},
		"offset, too far":               {offset, page(3, int64(1)<<53, nil), nil, "param"},
		"step":                          {pagination.Offset{Param: "p", Step: 9}, page(3, int64(9), nil), int64(18), ""},
		"step, empty":                   {pagination.Offset{Param: "p", Step: 9}, page(0, int64(9), nil), nil, ""},
		"step, empty, but a total":      {pagination.Offset{Param: "p", Step: 9, Total: "t"}, page(0, int64(9), obj{"t": int64(19)}), int64(18), ""},
		"total to come":                 {total, page(3, int64(3), obj{"t": int64(7)}), int64(6), ""},
		"total as text":                 {total, page(3, int64(3), obj{"t": "7"}), int64(6), ""},
		"total reached":                 {total, page(3, int64(3), obj{"t": int64(6)}), nil, ""},
		"total of 0":                    {total, pagination.Page{Sent: sent(int64(0)), Body: obj{"t": int64(0)}}, nil, ""},
		"total, but empty":              {total, page(0, int64(3), obj{"t": int64(7)}), nil, ""},
		"total that is missing":         {total, page(3, int64(3), obj{}), int64(6), ""},
		"total of -1":                   {total, page(3, int64(3), obj{"t": int64(-1)}), int64(6), ""},
		"total that is none":            {total, page(3, int64(3), obj{"t": "many"}), nil, "total"},
		"total that is an object":       {total, page(3, int64(3), obj{"t": obj{}}), nil, "total"},
		"more":                          {pagination.Offset{Param: "p", More: "m"}, page(1, int64(3), obj{"m": true}), int64(4), ""},
		"more, but empty":               {pagination.Offset{Param: "p", More: "m"}, page(0, int64(3), obj{"m": true}), nil, "more"},
		"more, empty, step":             {pagination.Offset{Param: "p", More: "m", Step: 2}, page(0, int64(3), obj{"m": true}), int64(5), ""},
		"no more":                       {pagination.Offset{Param: "p", More: "m"}, page(1, int64(3), obj{"m": false}), nil, ""},
		"more over total":               {pagination.Offset{Param: "p", More: "m", Total: "t"}, page(1, int64(3), obj{"m": true, "t": int64(1)}), int64(4), ""},
		"odd flag":                      {pagination.Offset{Param: "p", More: "m"}, page(1, int64(3), obj{"m": "maybe"}), nil, "more"},
		"short":                         {pagination.Offset{Param: "p", ShortPage: true, Limit: 3, LimitParam: "l"}, page(2, int64(3), nil), nil, ""},
		"not short":                     {pagination.Offset{Param: "p", ShortPage: true, Limit: 3, LimitParam: "l"}, page(3, int64(3), nil), int64(6), ""},
		"short, but a total":            {pagination.Offset{Param: "p", ShortPage: true, Limit: 3, LimitParam: "l", Total: "t"}, page(2, int64(3), obj{"t": int64(9)}), int64(5), ""},
		"short where not declared":      {pagination.Offset{Param: "p", Limit: 3, LimitParam: "l"}, page(2, int64(3), nil), int64(5), ""},
		"number":                        {number, page(3, int64(2), nil), int64(3), ""},
		"number that isn't sent":        {number, pagination.Page{Records: 2, Index: 1}, int64(3), ""},
		"number, empty":                 {number, page(0, int64(2), nil), nil, ""},
		"current":                       {pagination.PageNumber{Param: "p", Current: "c"}, page(1, int64(2), obj{"c": int64(2)}), int64(3), ""},
		"current alone":                 {pagination.PageNumber{Param: "p", Current: "c"}, pagination.Page{Records: 1, Body: obj{"c": int64(7)}}, int64(8), ""},
		"another than was asked for":    {pagination.PageNumber{Param: "p", Current: "c"}, page(1, int64(2), obj{"c": int64(1)}), nil, "current"},
		"pages to come":                 {pagination.PageNumber{Param: "p", Pages: "n"}, page(0, int64(2), obj{"n": int64(3)}), int64(3), ""},
		"pages reached":                 {pagination.PageNumber{Param: "p", Pages: "n"}, page(3, int64(3), obj{"n": int64(3)}), nil, ""},
		"pages from 0":                  {pagination.PageNumber{Param: "p", Pages: "n", Start: new(0)}, page(3, int64(2), obj{"n": int64(3)}), nil, ""},
		"pages of a list without any":   {pagination.PageNumber{Param: "p", Pages: "n"}, page(0, int64(1), obj{"n": int64(0)}), nil, ""},
		"number, total to come":         {pagination.PageNumber{Param: "p", Total: "t"}, page(3, int64(2), obj{"t": int64(7)}), int64(3), ""},
		"number, total reached":         {pagination.PageNumber{Param: "p", Total: "t"}, page(3, int64(2), obj{"t": int64(6)}), nil, ""},
		"number, total, unknown before": {pagination.PageNumber{Param: "p", Total: "t"}, pagination.Page{Records: 3, Before: -1, Sent: sent(int64(2)), Body: obj{"t": int64(3)}}, int64(3), ""},
	} {
		next, err := c.strategy.Next(c.page)
		var e *pagination.Error
		switch {
		case c.field != "":
			if !errors.As(err, &e) || e.Field != strings.Trim(c.field, "?") || e.Op != "next" || next != nil {
				t.Errorf("%s: got %v, %v", name, next, err)
			}
		case c.want == nil:
			if next != nil || err != nil {
				t.Errorf("%s: got %v, %v", name, next, err)
			}
		case err != nil || next == nil || len(next.Set) != 1 || next.Set[0] != (pagination.Param{In: "query", Name: "p", Value: c.want}):
			t.Errorf("%s: got %v, %v", name, next, err)
		}
	}
}

// TestNewDefinitionsRefused shows which field of a definition is at fault.
func TestNewDefinitionsRefused(t *testing.T) {
	t.Parallel()
	for field, list := range map[string][]pagination.Strategy{
		"param":        {pagination.Offset{}, pagination.PageNumber{}, pagination.Offset{Param: "a\n"}, pagination.Auto{In: "path"}, pagination.GraphQL{Path: "a", Param: "a..b"}},
		"in":           {pagination.Offset{Param: "p", In: "form"}, pagination.Auto{In: "cookie"}},
		"start":        {pagination.Offset{Param: "p", Start: -1}, pagination.PageNumber{Param: "p", Start: new(-1)}},
		"step":         {pagination.Offset{Param: "p", Step: -1}, pagination.Offset{Param: "p", Step: 1_000_001}},
		"current":      {pagination.Offset{Param: "p", Current: "a["}},
		"more":         {pagination.PageNumber{Param: "p", More: "a["}},
		"total":        {pagination.Offset{Param: "p", Total: "a["}},
		"total_header": {pagination.Offset{Param: "p", TotalHeader: "a b"}, pagination.PageNumber{Param: "p", Total: "t", TotalHeader: "T"}},
		"pages":        {pagination.PageNumber{Param: "p", Pages: "a["}},
		"pages_header": {pagination.PageNumber{Param: "p", Pages: "t", PagesHeader: "T"}},
		"limit":        {pagination.Offset{Param: "p", Limit: -1}, pagination.GraphQL{Path: "a", Limit: 1_000_001}, pagination.GraphQL{Path: "a", LimitParam: "n"}, pagination.Auto{LimitParam: "n"}},
		"limit_param": {pagination.Offset{Param: "p", Limit: 1}, pagination.PageNumber{Param: "p", Limit: 1, LimitParam: "p"},
			pagination.GraphQL{Path: "a", Limit: 1, LimitParam: "variables.after"}, pagination.Auto{Limit: 1, LimitParam: "page"}},
		"short_page": {pagination.Offset{Param: "p", ShortPage: true}, pagination.Cursor{Path: "a", Param: "p", ShortPage: true}},
		"end_status": {pagination.Offset{Param: "p", EndStatus: 200}, pagination.PageNumber{Param: "p", EndStatus: 500}, pagination.Link{EndStatus: 401},
			pagination.Cursor{Path: "a", Param: "p", EndStatus: 429}},
		"path": {pagination.GraphQL{}, pagination.GraphQL{Path: "a["}},
	} {
		for _, s := range list {
			var e *pagination.Error
			if err := s.Validate(); !errors.As(err, &e) || e.Field != field || e.Op != "validate" || e.Strategy != s.Kind() {
				t.Errorf("%+v: got %v, want the field %s", s, err, field)
			}
			if _, err := pagination.Prepare(s); err == nil {
				t.Errorf("%+v is prepared", s)
			}
			if next, err := s.Next(pagination.Page{Records: 1}); next != nil || err == nil && s.Kind() != "auto" && s.Kind() != "link" {
				t.Errorf("%+v answers %v, %v", s, next, err)
			}
		}
	}
}

// TestGraphQLKeepsTheContract runs the suite over connections of GraphQL.
func TestGraphQLKeepsTheContract(t *testing.T) {
	t.Parallel()
	post := func() *http.Request { return newRequest(http.MethodPost, "https://api.example.com/graphql") }
	write := func(w http.ResponseWriter, _ *http.Request, page []any, from int) {
		writeJSON(w, obj{"data": obj{"items": obj{"nodes": page, "pageInfo": obj{"hasNextPage": from >= 0, "endCursor": token(max(from, 0))}}}})
	}
	for _, s := range []pagination.GraphQL{
		{Path: "data.items.pageInfo"}, {Path: "data.items.pageInfo", Limit: 4},
	} {
		o := serve(s.Limit, readBody, write)
		o.Request = post
		o.Records = func(body any) []any {
			root, _ := body.(obj)
			data, _ := root["data"].(obj)
			items, _ := data["items"].(obj)
			nodes, _ := items["nodes"].([]any)
			return nodes
		}
		paginationtest.Strategy(t, s, o)
	}
}

// TestStopOnEmpty shows the two ends that have to be declared.
func TestStopOnEmpty(t *testing.T) {
	t.Parallel()
	empty := pagination.Page{Body: obj{"n": "x", "m": true, "u": "?a=b"}, Records: 0, URL: newRequest("GET", "https://a.example.com/").URL}
	for name, c := range map[string]struct {
		s    pagination.Strategy
		ends bool
	}{
		"cursor":           {pagination.Cursor{Path: "n", Param: "p"}, false},
		"cursor, declared": {pagination.Cursor{Path: "n", Param: "p", StopOnEmpty: true}, true},
		"cursor, flag":     {pagination.Cursor{Path: "n", Param: "p", StopOnEmpty: true, More: "m"}, false},
		"link":             {pagination.Link{Path: "u"}, false},
		"link, declared":   {pagination.Link{Path: "u", StopOnEmpty: true}, true},
	} {
		if next, err := c.s.Next(empty); err != nil || (next == nil) != c.ends {
			t.Errorf("%s: got %v, %v", name, next, err)
		}
	}
}

// FuzzDetect shows that no page makes what is recognised panic, loop on itself, or
// give a definition that isn't valid.
func FuzzDetect(f *testing.F) {
	for _, seed := range []string{`{"next":"/x"}`, `{"meta":{"page":1,"pages":9}}`, `{"offset":-1,"total":"x"}`, `{"paging":{"next":{"after":"x"}}}`, `{"object":"list","has_more":true}`, `[1]`} {
		f.Add([]byte(seed), `</a>; rel="next"`, 1)
	}
	f.Fuzz(func(t *testing.T, raw []byte, link string, records int) {
		var body any
		if json.Unmarshal(raw, &body) != nil {
			return
		}
		body = whole(body)
		p := pagination.Page{URL: newRequest("GET", "https://a.example.com/l").URL, Body: body, Records: max(records%100, -1), Header: http.Header{"Link": {link}}}
		s, evidence := pagination.Detect(p)
		if (s == nil) != (evidence.Kind == "") || s != nil && (s.Validate() != nil || s.Kind() != evidence.Kind || len(evidence.Found) == 0) {
			t.Fatalf("%s: %v, %v", raw, s, evidence)
		}
		_ = evidence.String()
		next, err := pagination.Auto{}.Next(p)
		if err == nil && next != nil && next.URL == "" && len(next.Set) == 0 {
			t.Fatal("it asks for nothing")
		}
	})
}
