package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// An API is described once, a customer is connected once; then it is called. The other Examples leave the first steps to a
// function connected(config, integration), which gives the gateway and its tenant acme; noError panics where there is one.
func Example() {
	provider := httptest.NewServer(http.HandlerFunc(tracker)) // any API will do
	defer provider.Close()
	ctx := context.Background()

	gw, err := waygate.New(waygate.Config{
		Store:  memory.New(),
		Egress: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true},
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID:      "tracker",
		BaseURL: provider.URL,
		Auth:    auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get_issue", Method: "GET", Path: "/issues/{id}"},
			waygate.HTTPAction{ID: "list_issues", Method: "GET", Path: "/issues", Pagination: pagination.Link{}},
		},
	}))

	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, "tracker", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")})
	noError(err)

	type Issue struct {
		ID    int    `json:"id"`
		Title string `json:"title"`
	}
	issue, err := waygate.Invoke[Issue](ctx, acme, "tracker.get_issue", map[string]any{"id": 7})
	noError(err)
	fmt.Println("one:", issue.Title)

	for issue, err := range waygate.Items[Issue](ctx, acme, "tracker.list_issues", nil) { // page after page
		noError(err)
		fmt.Println("all:", issue.ID, issue.Title)
	}

	_, err = acme.Invoke(ctx, "tracker.get_issue", map[string]any{"id": 404})
	var e *waygate.Error
	if errors.Is(err, waygate.ErrMissing) && errors.As(err, &e) {
		fmt.Println("error:", e.Kind, e.Status, e.Hint)
	}
	// Output:
	// one: Crash at start
	// all: 7 Crash at start
	// all: 8 Typo
	// error: missing 404 RETRY_WITH_MODIFIED_INPUT
}

func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// tracker is a provider with two issues, one to a page.
func tracker(w http.ResponseWriter, r *http.Request) {
	const first, second = `{"id": 7, "title": "Crash at start"}`, `{"id": 8, "title": "Typo"}`
	switch {
	case r.Header.Get("Authorization") != "Bearer token-of-acme":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/issues/7":
		_, _ = fmt.Fprint(w, first)
	case r.URL.Path == "/issues" && r.FormValue("page") == "2":
		_, _ = fmt.Fprintf(w, "[%s]", second)
	case r.URL.Path == "/issues":
		w.Header().Set("Link", `</issues?page=2>; rel="next"`)
		_, _ = fmt.Fprintf(w, "[%s]", first)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
