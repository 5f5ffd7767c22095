package waygate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestHookAddsToEachAttempt: what a hook adds to the query of one attempt isn't there in the next, nor in the request of
// whoever sends it.
func TestHookAddsToEachAttempt(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		if n%2 == 1 {
			return reply(r, 503, `{}`), nil
		}
		return reply(r, 200, `{}`), nil
	}}
	own := ""
	byGo := waygate.ActionFunc(waygate.ActionInfo{ID: "sdk"}, func(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
		req, err := http.NewRequestWithContext(ctx, "GET", apiBase+"/read?page=1", nil)
		if err != nil {
			return nil, err
		}
		resp, err := call.HTTPClient().Transport.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		own = req.URL.RawQuery
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	})
	in := api(get("read"), byGo)
	in.BeforeSign, in.Retry = "stamp", quick
	_, acme := ready(t, w, in, func(c *waygate.Config) {
		c.Kinds.BeforeSign = map[string]waygate.BeforeSign{"stamp": func(_ context.Context, r *http.Request, cred auth.Credential) (auth.Credential, error) {
			q := r.URL.Query()
			q.Add("stamp", "42")
			r.URL.RawQuery = q.Encode()
			return cred, nil
		}}
	})
	for _, id := range []string{"api.read", "api.sdk"} {
		_, err := acme.Invoke(t.Context(), id, nil)
		must(t, err)
	}
	if sent := w.seen(); len(sent) != 4 {
		t.Errorf("%d requests, want 4", len(sent))
	}
	for i, x := range w.seen() {
		if n := strings.Count(x.query, "stamp="); n != 1 {
			t.Errorf("request %d has the query %q: %d stamps, want 1", i+1, x.query, n)
		}
	}
	if own != "page=1" {
		t.Errorf("the action's own request has the query %q afterwards", own)
	}
}
