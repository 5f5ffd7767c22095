package pagination_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

func ExampleNone() {
	next, err := pagination.None{}.Next(pagination.Page{})
	fmt.Println(next, err)
	// Output: <nil> <nil>
}

func ExampleGuard() {
	var guard pagination.Guard
	next := pagination.Next{Set: []pagination.Param{{Name: "cursor", Value: "b"}}}
	fmt.Println(guard.Seen(next))
	fmt.Println(errors.Is(guard.Seen(next), pagination.ErrRepeated))
	// Output:
	// <nil>
	// true
}

func ExampleParseLink() {
	links, err := pagination.ParseLink([]string{`</items?page=2>; rel="next"; title="a, b"`})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(links[0].URI, links[0].Params["rel"], links[0].Params["title"])
	// Output: /items?page=2 next a, b
}

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
