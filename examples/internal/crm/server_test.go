package crm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/examples/internal/crm"
)

func start(t *testing.T, cfg crm.Config) *crm.Server {
	t.Helper()
	s, err := crm.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// ask sends one request, and reads what came into the value that into points to.
func ask(t *testing.T, s *crm.Server, token, method, target, body string, into any) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	}
	return resp
}

func TestPages(t *testing.T) {
	t.Parallel()
	for size := range 8 {
		s := start(t, crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: size, Deals: size}}})
		token := s.Token("acme")
		contacts := 0
		for target := "/contacts"; target != ""; {
			var page []crm.Contact
			link := ask(t, s, token, "GET", target, "", &page).Header.Get("Link")
			contacts += len(page)
			target, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		}
		deals := 0
		for cursor := "-"; cursor != ""; {
			var page struct {
				Deals []crm.Deal `json:"deals"`
				Next  string     `json:"next_cursor"`
			}
			ask(t, s, token, "GET", "/deals?limit=2&cursor="+strings.TrimPrefix(cursor, "-"), "", &page)
			deals += len(page.Deals)
			cursor = page.Next
		}
		if contacts != size || deals != size {
			t.Errorf("%d contacts and %d deals, want %d of each", contacts, deals, size)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	s := start(t, crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 2}, "globex": {}}, LimitEvery: 2})
	acme, old := s.Token("acme"), s.Token("globex")
	s.Issue("globex")
	for i, tc := range []struct {
		token, method, target, body string
		want                        int
	}{
		{acme, "GET", "/contacts", "", 200},
		{acme, "GET", "/contacts", "", 429},
		{acme, "GET", "/contacts?per_page=0", "", 400},
		{s.Token("globex"), "GET", "/contacts", "", 200}, // a limit of its own
		{s.Token("globex"), "GET", "/contacts/1", "", 404},
		{acme, "GET", "/contacts/1", "", 200},
		{old, "GET", "/contacts/1", "", 401},
		{"", "GET", "/forecast", "", 401},
		{acme, "GET", "/forecast", "", 500},
		{acme, "GET", "/reports/weekly", "", 503},
		{acme, "GET", "/reports/weekly", "", 503},
		{acme, "GET", "/reports/weekly", "", 200},
		{acme, "GET", "/reports/weekly", "", 200},
		{acme, "POST", "/contacts", `{"name": "Alan", "email": "alan@acme.example"}`, 201},
		{acme, "POST", "/contacts", `{"name": "Alan", "email": "alan@acme.example"}`, 422},
		{acme, "POST", "/contacts", `{"name": "Alan"}`, 422},
		{acme, "POST", "/contacts", `[]`, 400},
	} {
		resp := ask(t, s, tc.token, tc.method, tc.target, tc.body, nil)
		if resp.StatusCode != tc.want {
			t.Errorf("%d. %s %s: status %d, want %d", i, tc.method, tc.target, resp.StatusCode, tc.want)
		}
		if (resp.Header.Get("Retry-After") == "1") != (tc.want == 429) {
			t.Errorf("%d. %s %s: Retry-After %q", i, tc.method, tc.target, resp.Header.Get("Retry-After"))
		}
	}
	if got := fmt.Sprint(len(s.Contacts("acme")), len(s.Seen("acme")), len(s.Seen("globex")), s.Count()); got != "3 13 2 17" {
		t.Errorf("contacts, requests of acme, of globex, of all: %s", got)
	}
}
