package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// How lists and objects are written, by what the provider reads; and a path value that may have several segments.
func ExampleStyle() {
	together := false
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: "https://archive.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "search", Method: "GET", Path: "/in/{folder}",
			Parameters: []waygate.Parameter{
				{Name: "folder", In: waygate.InPath, AllowSlash: true},
				{Name: "id", In: waygate.InQuery}, // id=1&id=2, the default
				{Name: "tag", In: waygate.InQuery, Explode: &together, AllowReserved: true},
				{Name: "size", In: waygate.InQuery, Style: waygate.StyleDeepObject},
				{Name: "sort", In: waygate.InQuery, Style: waygate.StyleJSON},
			},
		}},
	})
	for _, in := range []map[string]any{
		{"folder": "2026/q3", "id": []int{1, 2}},
		{"folder": "a b", "tag": []string{"x", "y/z"}},
		{"folder": "a", "size": map[string]any{"min": 1, "max": 9}},
		{"folder": "a", "sort": []string{"name"}},
	} {
		p, err := acme.Preview(context.Background(), "archive.search", in)
		noError(err)
		fmt.Println(strings.TrimPrefix(p.URL, "https://archive.example.com"))
	}
	// Output:
	// /in/2026/q3?id=1&id=2
	// /in/a%20b?tag=x,y/z
	// /in/a?size%5Bmax%5D=9&size%5Bmin%5D=1
	// /in/a?sort=%5B%22name%22%5D
}

// A list is the whole body, in place of an object with a member for it.
func ExampleBody_member() {
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add_all", Method: "POST", Path: "/lists/{list}/people",
			Body: &waygate.Body{Member: "people", Type: "application/vnd.people+json", Required: true},
		}},
	})
	p, err := acme.Preview(context.Background(), "crm.add_all", map[string]any{"list": 7, "people": []string{"Ann", "Bob"}})
	noError(err)
	fmt.Println(p.Header.Get("Content-Type"), p.Body)
	_, err = acme.Preview(context.Background(), "crm.add_all", map[string]any{"list": 7})
	fmt.Println("without:", errors.Is(err, waygate.ErrInvalidInput))
	// Output:
	// application/vnd.people+json ["Ann","Bob"]
	// without: true
}

// A file on disk as the whole body. It is opened for each attempt, and its size is sent ahead.
func ExampleFile_open() {
	dir, err := os.MkdirTemp("", "waygate")
	noError(err)
	defer func() { noError(os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "photo.png")
	noError(os.WriteFile(path, []byte("not really a photo"), 0o600))
	provider := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("Content-Type"), r.ContentLength, string(body))
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "store", Method: "PUT", Path: "/files/{name}", Body: &waygate.Body{Encoding: waygate.BodyBytes, Member: "content"},
		}},
	})

	info, err := os.Stat(path)
	noError(err)
	_, err = acme.Invoke(context.Background(), "archive.store", map[string]any{"name": info.Name(), "content": waygate.File{
		Type: "image/png",
		Size: info.Size(),
		Open: func() (io.ReadCloser, error) { return os.Open(path) },
	}})
	noError(err)
	// Output: image/png 18 not really a photo
}

// One operation of an API that wants its key in another place than the rest, and one that wants none.
func ExampleHTTPAction_auth() {
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "shop", BaseURL: "https://shop.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "orders", Method: "GET", Path: "/orders"},
			waygate.HTTPAction{ID: "old_orders", Method: "GET", Path: "/v1/orders", Auth: auth.Key{Name: "X-Token", Field: "token"}},
			waygate.HTTPAction{ID: "status", Method: "GET", Path: "/status", Auth: auth.None{}},
		},
	})
	for _, action := range []string{"orders", "old_orders", "status"} {
		p, err := acme.Preview(context.Background(), "shop."+action, nil)
		noError(err)
		fmt.Printf("%s %q %q\n", action, p.Header.Get("Authorization"), p.Header.Get("X-Token"))
	}
	// Output:
	// orders "[redacted]" ""
	// old_orders "" "[redacted]"
	// status "" ""
}

// A second host of the provider's, which gets the credential too. What an action in Go sends to any other host goes out
// unsigned, if the egress policy lets it.
func ExampleIntegration_origins() {
	uploads := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Authorization"))
	}))
	defer uploads.Close()
	send := waygate.ActionFunc(waygate.ActionInfo{ID: "send"}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, uploads.URL+"/files/7", nil)
		if err != nil {
			return nil, err
		}
		resp, err := c.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: resp.StatusCode, Body: resp.Body}, nil
	})
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: "https://archive.example.com", Auth: auth.Bearer{},
		Origins: []string{uploads.URL},
		Actions: []waygate.Action{send},
	})
	_, err := acme.Invoke(context.Background(), "archive.send", nil)
	noError(err)
	// Output: PUT /files/7 Bearer token-of-acme
}

// A provider that answers 503 before it does anything: a POST may be repeated after it.
func ExampleIntegration_notProcessed() {
	for _, sure := range []bool{false, true} {
		requests := 0
		provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if requests++; requests == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		_, acme := connected(waygate.Config{}, waygate.Integration{
			ID: "shop", BaseURL: provider.URL, Auth: auth.Bearer{}, NotProcessed: sure,
			Actions: []waygate.Action{waygate.HTTPAction{ID: "order", Method: "POST", Path: "/orders"}},
		})
		_, err := acme.Invoke(context.Background(), "shop.order", map[string]any{"item": "bolt"})
		fmt.Println("failed:", errors.Is(err, waygate.ErrServer), "requests:", requests)
		provider.Close()
	}
	// Output:
	// failed: true requests: 1
	// failed: false requests: 2
}

// All lists of an API page in the same way, so that it is said once; an action that doesn't says so.
func ExampleIntegration_pagination() {
	provider := httptest.NewServer(http.HandlerFunc(billing)) // five invoices, two to a page
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "billing", BaseURL: provider.URL, Auth: auth.Bearer{},
		Pagination: pagination.Cursor{Path: "next", Param: "after"},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "all", Method: "GET", Path: "/invoices", Records: "invoices"},
			waygate.HTTPAction{ID: "first", Method: "GET", Path: "/invoices", Records: "invoices", Pagination: pagination.None{}},
		},
	})
	for _, action := range []string{"billing.all", "billing.first"} {
		res, err := acme.Collect(context.Background(), action, nil)
		noError(err)
		fmt.Println(action, res.Meta.Items)
	}
	// Output:
	// billing.all 5
	// billing.first 2
}
