package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/examples/internal/crm"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`GET /contacts?limit=5` + "\n" + `200 {"contacts":[{"name":"Ada of acme",…},{…},{…},{…},{"name":"Tony of acme",…}],"next":"…"}`,
		`GET /contacts?limit=5&next=…` + "\n" + `200 {"contacts":[{"name":"Frances of acme",…},{…},{"name":"Hedy of acme",…}]}`,
		"GET /contacts/summary\n" + `200 {"pages":3,"contacts":8}`,
		`POST /contacts` + "\n" + `422 {"error":"invalid_input","hint":"RETRY_WITH_MODIFIED_INPUT","fields":[{"pointer":"/email","keyword":"type",…},{"pointer":"/name","keyword":"required",…}],"call":"call_…"}`,
		`POST /contacts` + "\n" + `422 {"error":"rejected","hint":"RETRY_WITH_MODIFIED_INPUT","call":"call_…"}`,
		`GET /contacts?next=…` + "\n" + `422 {"error":"invalid_input",…}`,
		"GET /forecast\n" + `502 {"error":"server",…}`,
		"GET /forecast\n" + `503 (Retry-After: …) {"error":"circuit_open","hint":"RETRY_AFTER_DELAY",…}`,
		"GET /contacts\n" + `404 {"error":"unresolved",…}`,
		"GET /contacts\n" + `401 {"error":"unknown_key"}`,
	}
	for _, w := range want {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(w), "…", `[^\n]+`)
		if !regexp.MustCompile(pattern).MatchString(out.String()) {
			t.Errorf("no answer like\n%s", w)
		}
	}
	if n := strings.Count(out.String(), " of acme\""); n != 5+3+8 {
		t.Errorf("%d contacts, want 5 and 3 listed and 8 exported", n)
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestListIsComplete reads the list in portions of every size: no contact is
// lost or given out twice.
func TestListIsComplete(t *testing.T) {
	t.Parallel()
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 8}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	gw, err := newGateway(t.Context(), provider)
	if err != nil {
		t.Fatal(err)
	}
	if err := connect(t.Context(), gw, provider, "acme"); err != nil {
		t.Fatal(err)
	}
	handler := newBackend(gw, map[string]string{"key": "acme"})
	for limit := 1; limit <= 9; limit++ {
		var names []string
		for next := ""; ; {
			req := httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("/contacts?limit=%d&next=%s", limit, next), nil)
			req.Header.Set("Authorization", "Bearer key")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, req)
			list := decode[Listing](t, w)
			if len(list.Contacts) > limit {
				t.Fatalf("limit %d: a portion of %d", limit, len(list.Contacts))
			}
			for _, c := range list.Contacts {
				names = append(names, c.Name)
			}
			if next = list.Next; next == "" || len(names) > 8 {
				break
			}
		}
		var want []string
		for _, c := range provider.Contacts("acme") {
			want = append(want, c.Name)
		}
		if strings.Join(names, ", ") != strings.Join(want, ", ") {
			t.Errorf("limit %d: got %v, want %v", limit, names, want)
		}
	}
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
