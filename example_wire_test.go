package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// archive is a provider that keeps files.
func archive(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/me":
		if r.Header.Get("Authorization") != "Bearer token-of-acme" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	case r.Method == "POST":
		file, header, err := r.FormFile("file")
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"error": {"code": "no_file", "message": "Where is the file?"}}`)
			return
		}
		content, _ := io.ReadAll(file)
		fmt.Printf("stored %s (%s): %s, %q\n", header.Filename, header.Header.Get("Content-Type"), r.FormValue("title"), content)
		_, _ = io.WriteString(w, `{"id": 7}`)
	default:
		_, _ = io.WriteString(w, "line 1\nline 2\n")
	}
}

// A file stands in the input like any other value, and is opened for each
// attempt. What the provider says of a request that it doesn't take is in the
// error.
func ExampleFile() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(archive)) // prints what it gets
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: provider.URL, Auth: auth.Bearer{},
		Errors: &waygate.ErrorFormat{Message: []string{"$.error.message"}, Code: []string{"$.error.code"}},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "store", Method: "POST", Path: "/files", Body: &waygate.Body{Encoding: waygate.BodyMultipart},
		}},
	})

	type upload struct {
		Title string       `json:"title"`
		File  waygate.File `json:"file"`
	}
	_, err := acme.Invoke(ctx, "archive.store", upload{"Q3", waygate.FileBytes("report.csv", "text/csv", []byte("a,b"))})
	noError(err)

	_, err = acme.Invoke(ctx, "archive.store", map[string]any{"title": "Q3"})
	var e *waygate.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Status, e.Code, e.Message)
	}
	// Output:
	// stored report.csv (text/csv): Q3, "a,b"
	// rejected 422 no_file Where is the file?
}

// A stream is read while it comes, and the call ends when it is closed.
func ExampleResult_Stream() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(archive))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: provider.URL, Auth: auth.Bearer{},
		AttemptTimeout: waygate.Duration(10 * time.Second), // of a stream, what each Read may take
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "read", Method: "GET", Path: "/files/{id}", Response: waygate.ResponseStream,
		}},
	})

	res, err := acme.Invoke(ctx, "archive.read", map[string]any{"id": 7})
	noError(err)
	body := res.Stream()
	defer func() { noError(body.Close()) }()
	content, err := io.ReadAll(body)
	noError(err)
	fmt.Print(string(content))
	// Output:
	// line 1
	// line 2
}

// Preview shows what would be sent, without secrets and without sending it.
func ExampleTenant_Preview() {
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: "https://archive.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "search", Method: "GET", Path: "/files",
			Parameters: []waygate.Parameter{{Name: "filter", In: waygate.InQuery, Style: waygate.StyleDeepObject}},
		}},
	})

	p, err := acme.Preview(context.Background(), "archive.search", map[string]any{
		"filter": map[string]any{"type": "pdf", "year": 2026}, "sort": []string{"name", "size"},
	})
	noError(err)
	fmt.Println(p.Method, p.URL)
	fmt.Println(p.Header.Get("Authorization"))
	// Output:
	// GET https://archive.example.com/files?filter%5Btype%5D=pdf&filter%5Byear%5D=2026&sort=name&sort=size
	// [redacted]
}

// A name that stands in two places of a request: the input says which is meant.
func ExampleLayout() {
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: "https://archive.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "rename", Method: "PUT", Path: "/files/{name}", Layout: waygate.LayoutGrouped}},
	})
	p, err := acme.Preview(context.Background(), "archive.rename", map[string]any{
		"path": map[string]any{"name": "old.csv"}, "body": map[string]any{"name": "new.csv"},
	})
	noError(err)
	fmt.Println(p.Method, p.URL, p.Body)
	// Output: PUT https://archive.example.com/files/old.csv {"name":"new.csv"}
}

// With a Verification, a credential that the provider doesn't take isn't saved.
func ExampleVerification() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(archive)) // knows token-of-acme
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "archive", BaseURL: provider.URL, Auth: auth.Bearer{},
		Verify: &waygate.Verification{Path: "/me", Status: []int{200}}, // any 2xx without Status
	})

	_, err := acme.Connect(ctx, "archive", waygate.ConnectionSpec{Slug: "other", Credential: auth.Token("mistyped")})
	fmt.Println(errors.Is(err, waygate.ErrAuth))
	_, err = acme.Connection(ctx, "archive", "other")
	fmt.Println(errors.Is(err, waygate.ErrUnresolved))
	// Output:
	// true
	// true
}
