package waygate_test

import (
	"testing"

	"github.com/waygate-go/waygate"
)

// TestPreview shows a request that isn't sent.
func TestPreview(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a/{id}", Body: &waygate.Body{Encoding: "form"}}))
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"id": "7", "name": "x"})
	must(t, err)
	if p.Method != "POST" || p.URL != "https://api.example.com/a/7" || p.Body != "name=x" || p.Header.Get("Authorization") != "[redacted]" {
		t.Errorf("%+v", p)
	}
	if len(w.seen()) != 0 {
		t.Error("it was sent")
	}
}
