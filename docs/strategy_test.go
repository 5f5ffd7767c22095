package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
	"github.com/waygate-go/waygate/store/memory"
)

// Chapters reads a list whose pages have names. Each page says its own, and all that there are, in order:
// {"page": "b", "pages": ["a", "b", "c"], "items": […]}.
type Chapters struct {
	Param string `json:"param"`
}

var (
	_ pagination.Strategy = Chapters{}
	_ pagination.Placer   = Chapters{}
)

// Kind is "chapters".
func (Chapters) Kind() string { return "chapters" }

// Validate is asked once, when a definition is registered.
func (s Chapters) Validate() error {
	if s.Param == "" {
		return &pagination.Error{Op: "validate", Strategy: s.Kind(), Field: "param", Reason: "is missing; name the query parameter that takes a page's name"}
	}
	return nil
}

// First gives the parameters of the first request: none.
func (Chapters) First() []pagination.Param { return nil }

// Next looks at one page and at nothing else, so that a read can go on in another process.
func (s Chapters) Next(p pagination.Page) (*pagination.Next, error) {
	body, _ := p.Body.(map[string]any)
	page, ok := body["page"].(string)
	pages, ok2 := body["pages"].([]any)
	at := slices.IndexFunc(pages, func(name any) bool { return name == any(page) })
	switch {
	case !ok || !ok2 || at < 0:
		return nil, &pagination.Error{Op: "next", Strategy: s.Kind(), Reason: "the page doesn't say which one it is; look at the members page and pages"}
	case at == len(pages)-1:
		return nil, nil // the last one
	}
	name, ok := pages[at+1].(string)
	if !ok || name == "" || len(name) > 4<<10 {
		return nil, &pagination.Error{Op: "next", Strategy: s.Kind(), Reason: "the name of the page after this one is no text of 1 to 4096 bytes"}
	}
	return &pagination.Next{Set: []pagination.Param{{Name: s.Param, Value: name}}}, nil
}

// Places lists what Next may set.
func (s Chapters) Places() []pagination.Param { return []pagination.Param{{Name: s.Param}} }

// MarshalJSON writes {"kind":"chapters","param":"page"}.
func (s Chapters) MarshalJSON() ([]byte, error) {
	type plain Chapters // without methods
	return json.Marshal(struct {
		Kind string `json:"kind"`
		plain
	}{s.Kind(), plain(s)})
}

// decodeChapters reads what MarshalJSON writes.
func decodeChapters(raw []byte, _ pagination.KindMap) (pagination.Strategy, error) {
	var written struct {
		Kind string `json:"kind"`
		Chapters
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&written); err != nil {
		return nil, &pagination.Error{Op: "decode", Strategy: "chapters", Reason: "takes the member param, a text, and no other", Err: err}
	}
	return written.Chapters, nil
}

// chapters serves items that way.
func chapters(items []any, size int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.Atoi(strings.TrimPrefix(r.FormValue("page"), "p"))
		var names []string
		for i := 0; i == 0 || i < len(items); i += size {
			names = append(names, fmt.Sprint("p", i))
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"page": fmt.Sprint("p", at), "pages": names, "items": items[at:min(at+size, len(items))],
		})
	})
}

func TestChapters(t *testing.T) {
	t.Parallel()
	paginationtest.Strategy(t, Chapters{Param: "page"}, paginationtest.Options{
		Provider: chapters,
		Records: func(body any) []any {
			object, _ := body.(map[string]any)
			items, _ := object["items"].([]any)
			return items
		},
		Kinds: pagination.KindMap{"chapters": decodeChapters},
	})
}

// Example_strategy reads a list by it.
func Example_strategy() {
	ctx := context.Background()
	books := chapters([]any{"Emma", "Faust", "Ulysses"}, 2)
	gw, err := waygate.New(waygate.Config{
		Store: memory.New(),
		Kinds: waygate.Kinds{Pagination: pagination.KindMap{"chapters": decodeChapters}},
		Transport: func(http.RoundTripper) http.RoundTripper {
			return answering(func(r *http.Request) string { return served(books, r) })
		},
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID: "library", BaseURL: "https://library.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "list_books", Method: "GET", Path: "/books", Records: "items", Pagination: Chapters{Param: "page"},
		}},
	}))
	for page, err := range waygate.Pages[string](ctx, gw.Tenant("acme"), "library.list_books", nil) {
		noError(err)
		fmt.Println(page.Items)
	}
	// Output:
	// [Emma Faust]
	// [Ulysses]
}
