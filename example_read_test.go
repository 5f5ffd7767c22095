package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// One record of a provider's, as a type of one's own.
func ExampleInvoke() {
	provider := httptest.NewServer(http.HandlerFunc(tracker))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "tracker", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get_issue", Method: "GET", Path: "/issues/{id}"}},
	})

	type Issue struct {
		Title string `json:"title"`
	}
	issue, err := waygate.Invoke[Issue](context.Background(), acme, "tracker.get_issue", map[string]any{"id": 7})
	noError(err)
	fmt.Println(issue.Title)
	// Output: Crash at start
}

// All records, page after page. The definition says where they are, and how the provider pages.
func ExampleItems() {
	provider := httptest.NewServer(http.HandlerFunc(billing)) // five invoices, two to a page
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "billing", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "invoices", Method: "GET", Path: "/invoices",
			Records: "invoices", Pagination: pagination.Cursor{Path: "next", Param: "after"},
		}},
	})

	type Invoice struct {
		Number int `json:"number"`
	}
	for invoice, err := range waygate.Items[Invoice](context.Background(), acme, "billing.invoices", nil) {
		noError(err)
		fmt.Print(invoice.Number, " ")
	}
	// Output: 1 2 3 4 5
}

// Text for a language model: at most so many characters, cut between records. FullSet is for the other extreme.
func ExampleForModel() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))
	ctx := context.Background()

	res, err := acme.Collect(ctx, "billing.invoices", nil, waygate.ForModel(), waygate.MaxChars(30)) // the later option counts
	noError(err)
	fmt.Println(string(res.JSON()), res.Meta.Characters, "characters, ended by", res.Meta.Truncated)
	rest, err := acme.Collect(ctx, "billing.invoices", nil, waygate.FullSet(), waygate.Continue(res.Meta.Next))
	noError(err)
	fmt.Println(string(rest.JSON()), "more:", rest.Meta.HasMore)
	// Output:
	// [{"number":1},{"number":2}] 24 characters, ended by characters
	// [{"number":3},{"number":4},{"number":5}] more: false
}

// Bounds of a read: pages, and the time that all of it may take.
func ExampleMaxPages() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	res, err := acme.Collect(context.Background(), "billing.invoices", nil, waygate.MaxPages(2), waygate.Timeout(20*time.Second))
	noError(err)
	fmt.Println(res.Meta.Items, "records of", res.Meta.Pages, "pages, ended by", res.Meta.Truncated)
	// Output: 4 records of 2 pages, ended by pages
}

// The next page is asked for while the records of this one are worked on.
func ExamplePrefetch() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	type invoice struct {
		Number int `json:"number"`
	}
	sum := 0
	for i, err := range waygate.Items[invoice](context.Background(), acme, "billing.invoices", nil, waygate.Prefetch()) {
		noError(err)
		sum += i.Number
	}
	fmt.Println(sum)
	// Output: 15
}

// A provider whose documentation doesn't say how it pages: what was recognised, to be written into the definition.
func ExampleMeta_pagination() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("cursor") == "" {
			_, _ = fmt.Fprint(w, `{"data": [1, 2], "meta": {"next_cursor": "c2"}}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"data": [3], "meta": {"next_cursor": null}}`)
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "unknown", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list", Method: "GET", Path: "/list", Records: "data", Pagination: pagination.Auto{}}},
	})
	res, err := acme.Collect(context.Background(), "unknown.list", nil)
	noError(err)
	fmt.Println(string(res.JSON()))
	first, err := acme.Invoke(context.Background(), "unknown.list", nil)
	noError(err)
	fmt.Println(first.Meta.Pagination)
	// Output:
	// [1,2,3]
	// cursor by $.meta.next_cursor into cursor
}

// An agent that may look, but not touch.
func ExampleReadOnly() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	in := invoices(provider.URL)
	in.Actions = append(in.Actions,
		waygate.HTTPAction{ID: "void_invoice", Method: "POST", Path: "/invoices/{number}/void", Effects: waygate.Effects{Destructive: true}},
		waygate.HTTPAction{ID: "search", Method: "POST", Path: "/invoices", Effects: waygate.Effects{ReadOnly: true}})
	_, acme := connected(waygate.Config{}, in)

	for _, action := range []string{"billing.invoices", "billing.search", "billing.void_invoice"} {
		_, err := acme.Invoke(context.Background(), action, map[string]any{"number": 1}, waygate.ReadOnly())
		fmt.Println(action, "refused:", errors.Is(err, waygate.ErrConfig))
	}
	// Output:
	// billing.invoices refused: false
	// billing.search refused: false
	// billing.void_invoice refused: true
}

// A result can be read as more than one type. Names match as they are written, and a mismatch names the place.
func ExampleDecode() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))
	res, err := acme.Invoke(context.Background(), "billing.invoices", nil)
	noError(err)

	type invoice struct {
		Number int `json:"number"`
	}
	list, err := waygate.Decode[[]invoice](res)
	noError(err)
	fmt.Println(list, res.Value(), res.Body() != nil)

	type wrong struct {
		Number []string `json:"number"`
	}
	_, err = waygate.Decode[[]wrong](res)
	var e *waygate.Error
	fmt.Println(errors.Is(err, waygate.ErrInvalidResponse), errors.As(err, &e))
	for _, f := range e.Fields {
		fmt.Println(f.Pointer, "wants", f.Expected, "and got", f.Received)
	}
	// Output:
	// [{1} {2}] [map[number:1] map[number:2]] true
	// true true
	// /0/number wants []string and got integer
}
