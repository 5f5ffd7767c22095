package waygate_test

import (
	"net/http"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
)

// TestPagesOfOwnBaseURL holds that the later pages of an action with a base URL of its
// own are asked for like the first one: signed, with its headers.
func TestPagesOfOwnBaseURL(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		if n == 1 {
			return reply(r, 200, `[1,2]`, "Link", `</list?page=2>; rel="next"`), nil
		}
		return reply(r, 200, `[3]`), nil
	}}
	a := waygate.HTTPAction{ID: "list", Method: "GET", Path: "/list", BaseURL: "https://files.example.com",
		Headers: map[string]string{"X-Version": "7"}, Pagination: pagination.Link{}}
	_, acme := ready(t, w, api(a))
	res, err := acme.Collect(t.Context(), "api.list", nil)
	must(t, err)
	if res.Meta.Items != 3 {
		t.Errorf("%d items", res.Meta.Items)
	}
	for i, trip := range w.seen() {
		if trip.host != "files.example.com" || trip.header.Get("Authorization") == "" || trip.header.Get("X-Version") != "7" {
			t.Errorf("page %d: host %s, signed %t, X-Version %q", i+1, trip.host, trip.header.Get("Authorization") != "", trip.header.Get("X-Version"))
		}
	}
}

// TestContinueAtOwnBaseURL holds that a token doesn't lead to where the action's own
// base URL led before the connection changed.
func TestContinueAtOwnBaseURL(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 200, `[1,2]`, "Link", `</list?page=2>; rel="next"`), nil
	}}
	in := api(waygate.HTTPAction{ID: "list", Method: "GET", Path: "/list", BaseURL: "https://{region}.example.com", Pagination: pagination.Link{}})
	in.Parameters = []waygate.ConnectionParameter{{Name: "region"}}
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), in))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"region": "eu"}})
	must(t, err)
	res, err := acme.Invoke(t.Context(), "api.list", nil)
	must(t, err)
	again, err := acme.Invoke(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
	must(t, err)
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Parameters: map[string]string{"region": "us"}})
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.list", nil, waygate.Continue(again.Meta.Next))
	failure(t, err, waygate.KindInvalidInput)
	if n := len(w.seen()); n != 2 {
		t.Errorf("%d requests", n)
	}
}
