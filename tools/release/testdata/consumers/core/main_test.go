package main

import (
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/waygatetest"
)

// TestStub is how the program's own tests do without the provider.
func TestStub(t *testing.T) {
	t.Parallel()
	gw := waygatetest.New(t)
	err := gw.Register(t.Context(), waygate.Integration{
		ID: "tracker", BaseURL: "https://tracker.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get_issue", Method: "GET", Path: "/issues/{id}"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	waygatetest.Stub(t, gw, "tracker.get_issue", map[string]any{"id": 7, "title": "seven"})
	issue, err := waygate.Invoke[Issue](t.Context(), gw.Tenant("acme"), "tracker.get_issue", map[string]any{"id": 7})
	if err != nil || issue.Title != "seven" {
		t.Errorf("got %+v, %v", issue, err)
	}
}
