package waygate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// TestHookSendsUnderTheRequestsContext: what a hook sends by itself, under the ctx of the request that it signs, isn't
// taken for the attempt.
func TestHookSendsUnderTheRequestsContext(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	t.Cleanup(other.Close)
	url := bareServer(t, []byte(`{"id":1}`))
	hook := func(_ context.Context, r *http.Request, c auth.Credential) (auth.Credential, error) {
		for range 8 {
			req, err := http.NewRequestWithContext(r.Context(), "GET", other.URL, nil)
			if err != nil {
				return c, err
			}
			resp, err := other.Client().Do(req)
			if err != nil {
				return c, err
			}
			_ = resp.Body.Close()
		}
		return c, nil
	}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: loopback(t, url),
		Kinds: waygate.Kinds{BeforeSign: map[string]waygate.BeforeSign{"ask": hook}}})
	must(t, err)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "crm", BaseURL: url, Auth: auth.Bearer{}, BeforeSign: "ask",
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"}}}))
	acme := connect(t, gw, "acme", "crm", auth.Token("a-token-of-the-crm"))
	_, err = acme.Invoke(t.Context(), "crm.get", nil)
	must(t, err)
	page, err := acme.Records(t.Context(), waygate.RecordQuery{})
	must(t, err)
	if n := len(page.Records); n != 1 || len(page.Records[0].Attempts) != 1 || page.Records[0].Attempts[0].Repeats != 0 {
		t.Errorf("records %+v, want one of one attempt that nothing repeated", page.Records)
	}
}
