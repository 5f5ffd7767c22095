package waygate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/store/memory"
)

// stubTransport answers at once, without a network.
type stubTransport struct{ body []byte }

func (s stubTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(s.body)),
		Body: io.NopCloser(bytes.NewReader(s.body))}, nil
}

type contact struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// oneKB is about 1 KB of JSON: ten contacts.
func oneKB() []byte {
	var list []map[string]any
	for i := range 10 {
		list = append(list, map[string]any{"id": i, "name": fmt.Sprint("Contact number ", i), "email": fmt.Sprintf("contact%d@example.com", i), "active": i%2 == 0})
	}
	body, _ := json.Marshal(list)
	return body
}

// BenchmarkCall is the call path over a stub transport: what the gateway itself
// costs.
func BenchmarkCall(b *testing.B) {
	body := oneKB()
	gw, err := waygate.New(waygate.Config{
		Store: memory.New(memory.RecordLimit(1000)), Egress: egress.Policy{},
		Transport: func(http.RoundTripper) http.RoundTripper { return stubTransport{body} },
	})
	must(b, err)
	schema := json.RawMessage(`{"type":"array","items":{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer"},"name":{"type":"string"}}}}`)
	must(b, gw.Register(b.Context(), waygate.Integration{ID: "crm", BaseURL: "https://crm.example.com/v1", Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get", Method: "GET", Path: "/accounts/{account}/contacts"},
			waygate.HTTPAction{ID: "post", Method: "POST", Path: "/accounts/{account}/contacts"},
			waygate.HTTPAction{ID: "full", Method: "POST", Path: "/accounts/{account}/contacts", OutputSchema: schema,
				InputSchema:  json.RawMessage(`{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`),
				InputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "name", To: "properties.name", Keep: true}}}},
		}}))
	acme := connect(b, gw, "acme", "crm", auth.Token("a-token-of-the-crm"))
	in := map[string]any{"account": "a1", "name": "Ada"}

	for _, action := range []string{"get", "post", "full"} {
		b.Run(action, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := waygate.Invoke[[]contact](b.Context(), acme, "crm."+action, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := waygate.Invoke[[]contact](b.Context(), acme, "crm.get", in); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("by hand", func(b *testing.B) { // the same exchange with encoding/json, and nothing else
		client := &http.Client{Transport: stubTransport{body}, Timeout: 30 * time.Second}
		b.ReportAllocs()
		for b.Loop() {
			req, _ := http.NewRequestWithContext(b.Context(), "GET", "https://crm.example.com/v1/accounts/a1/contacts?name=Ada", nil)
			req.Header.Set("Authorization", "Bearer a-token-of-the-crm")
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			data, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			var list []contact
			if err := json.Unmarshal(data, &list); err != nil {
				b.Fatal(err)
			}
		}
	})
}
