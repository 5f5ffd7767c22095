package pagination_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/waygate-go/waygate/pagination"
)

// A provider with three pages, each of which names the next.
func fetch(n pagination.Next) pagination.Page {
	pages := map[string]pagination.Page{
		"":  {Body: map[string]any{"ids": []any{int64(1), int64(2)}, "next": "b"}},
		"b": {Body: map[string]any{"ids": []any{int64(3), int64(4)}, "next": "c"}},
		"c": {Body: map[string]any{"ids": []any{int64(5)}, "next": ""}},
	}
	token := ""
	for _, p := range n.Set {
		if text, ok := p.Text(); ok && p.Name == "cursor" {
			token = text
		}
	}
	return pages[token]
}

// Pages by a cursor, from the first to the one without a next; the guard ends a read that goes in circles.
func Example() {
	s, err := pagination.Prepare(pagination.Cursor{Path: "next", Param: "cursor", Limit: 2, LimitParam: "per_page"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var guard pagination.Guard
	for next := (&pagination.Next{Set: s.First()}); next != nil; {
		page := fetch(*next)
		fmt.Println(page.Body)
		if next, err = s.Next(page); err == nil && next != nil {
			err = guard.Seen(*next)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// map[ids:[1 2] next:b]
	// map[ids:[3 4] next:c]
	// map[ids:[5] next:]
}

// The header Link (RFC 8288). A next page at another origin isn't followed.
func ExampleLink() {
	page := pagination.Page{
		URL:    &url.URL{Scheme: "https", Host: "api.example.com", Path: "/items"},
		Header: http.Header{"Link": {`</items?page=2>; rel="next", </items?page=9>; rel="last"`}},
	}
	next, err := pagination.Link{}.Next(page)
	fmt.Println(next.URL, err)

	page.Header.Set("Link", `<https://elsewhere.example.net/items?page=2>; rel="next"`)
	_, err = pagination.Link{}.Next(page)
	fmt.Println(err)
	// Output:
	// https://api.example.com/items?page=2 <nil>
	// pagination: next link: header Link: the next link leads from "https://api.example.com:443" to another origin, "https://elsewhere.example.net:443"; set any_origin if that is meant to be
}

// The id of a page's last record is the cursor of the next.
func ExampleCursor() {
	s := pagination.Cursor{LastField: "id", Param: "starting_after", More: "has_more"}
	next, err := s.Next(pagination.Page{
		Body:    map[string]any{"has_more": true},
		Records: 2,
		Last:    map[string]any{"id": "ch_2"},
	})
	fmt.Println(next.Set, err)
	// Output: [{query starting_after ch_2}] <nil>
}

// The offset grows by the records that came, not by the limit that was asked for.
func ExampleOffset() {
	s := pagination.Offset{Param: "offset", Total: "meta.total", Limit: 100, LimitParam: "limit"}
	fmt.Println(s.First())
	next, err := s.Next(pagination.Page{
		Body:    map[string]any{"meta": map[string]any{"total": int64(250)}},
		Records: 50, // the provider caps the page size
		Sent:    s.First(),
	})
	fmt.Println(next.Set, err)
	// Output:
	// [{query offset 0} {query limit 100}]
	// [{query offset 50}] <nil>
}

// A header says how many pages there are, so that the last one is known.
func ExamplePageNumber() {
	s := pagination.PageNumber{Param: "page", PagesHeader: "X-WP-TotalPages"}
	page := pagination.Page{Header: http.Header{"X-Wp-Totalpages": {"2"}}, Records: 10, Sent: s.First()}
	next, err := s.Next(page)
	fmt.Println(next.Set, err)

	page.Sent = next.Set
	next, err = s.Next(page)
	fmt.Println(next, err)
	// Output:
	// [{query page 2}] <nil>
	// <nil> <nil>
}

// A connection in the sense of GraphQL (Relay's): its cursor becomes a variable of the query.
func ExampleGraphQL() {
	s := pagination.GraphQL{Path: "data.issues.pageInfo", Limit: 50}
	next, err := s.Next(pagination.Page{Body: map[string]any{"data": map[string]any{
		"issues": map[string]any{"pageInfo": map[string]any{"hasNextPage": true, "endCursor": "Y3Vyc29y"}},
	}}})
	fmt.Println(s.First(), next.Set, err)
	// Output: [{body variables.first 50}] [{body variables.after Y3Vyc29y}] <nil>
}

// What an answer looks like to be paged by, and the strategy to write into a definition.
func ExampleDetect() {
	s, evidence := pagination.Detect(pagination.Page{Body: map[string]any{
		"data": []any{"a", "b"},
		"meta": map[string]any{"next_cursor": "c", "has_more": true},
	}})
	written, err := json.Marshal(s)
	fmt.Println(evidence)
	fmt.Println(string(written), err)
	// Output:
	// cursor by $.meta.next_cursor, $.meta.has_more into cursor
	// {"kind":"cursor","path":"$.meta.next_cursor","param":"cursor","more":"$.meta.has_more"} <nil>
}

// A provider of five numbers in pages of two, read with a plain http.Client.
func ExamplePages() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := map[string]string{"1": `{"data":[1,2],"more":true}`, "2": `{"data":[3,4],"more":true}`, "3": `{"data":[5],"more":false}`}
		fmt.Fprint(w, page[r.URL.Query().Get("page")])
	}))
	defer provider.Close()

	ctx := context.Background()
	first, err := http.NewRequestWithContext(ctx, http.MethodGet, provider.URL+"/numbers", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fetch := func(ctx context.Context, n pagination.Next) (p pagination.Page, err error) {
		req, err := pagination.Apply(first.WithContext(ctx), n)
		if err != nil {
			return p, err
		}
		resp, err := provider.Client().Do(req)
		if err != nil {
			return p, err
		}
		defer resp.Body.Close()
		var body map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			return p, err
		}
		records, _ := body["data"].([]any)
		return pagination.Page{URL: req.URL, Header: resp.Header, Status: resp.StatusCode, Body: body, Records: len(records)}, nil
	}
	for page, err := range pagination.Pages(ctx, pagination.PageNumber{Param: "page", More: "more"}, fetch) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(page.Index, page.Before, page.Body)
	}
	// Output:
	// 0 0 map[data:[1 2] more:true]
	// 1 2 map[data:[3 4] more:true]
	// 2 4 map[data:[5] more:false]
}

// There is no next page.
func ExampleNone() {
	next, err := pagination.None{}.Next(pagination.Page{})
	fmt.Println(next, err)
	// Output: <nil> <nil>
}

// A page that was asked for already would be read again and again.
func ExampleGuard() {
	var guard pagination.Guard
	next := pagination.Next{Set: []pagination.Param{{Name: "cursor", Value: "b"}}}
	fmt.Println(guard.Seen(next))
	fmt.Println(errors.Is(guard.Seen(next), pagination.ErrRepeated))
	// Output:
	// <nil>
	// true
}

// The links of a header (RFC 8288), with their parameters.
func ExampleParseLink() {
	links, err := pagination.ParseLink([]string{`</items?page=2>; rel="next"; title="a, b"`})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(links[0].URI, links[0].Params["rel"], links[0].Params["title"])
	// Output: /items?page=2 next a, b
}

// The written form of a strategy, read and written again.
func ExampleDecode() {
	s, err := pagination.Decode([]byte(`{"kind":"cursor","path":"meta.next","param":"cursor"}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	written, err := json.Marshal(s)
	fmt.Println(string(written), err)
	// Output: {"kind":"cursor","path":"meta.next","param":"cursor"} <nil>
}

// A strategy of the host's own, by its name in written forms. A gateway takes it as part of its Config.Kinds.
func ExampleKinds() {
	kinds := pagination.Kinds()
	kinds["in_house"] = func([]byte, pagination.KindMap) (pagination.Strategy, error) {
		return pagination.Cursor{Path: "page.after", Param: "after"}, nil
	}
	s, err := pagination.Decode([]byte(`{"kind":"in_house"}`), kinds)
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := s.Next(pagination.Page{Body: map[string]any{"page": map[string]any{"after": "c2"}}})
	fmt.Println(next.Set, err)
	// Output: [{query after c2}] <nil>
}
