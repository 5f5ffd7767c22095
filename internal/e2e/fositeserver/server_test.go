package fositeserver_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

func start(t *testing.T, o fositeserver.Options) *fositeserver.Server {
	t.Helper()
	s, err := fositeserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// grant obtains tokens by the code flow.
func grant(t *testing.T, s *fositeserver.Server, user string) fositeserver.Tokens {
	t.Helper()
	tokens, err := s.Grant(t.Context(), user, "contacts.read")
	if err != nil || tokens.Access == "" || tokens.Refresh == "" {
		t.Fatalf("tokens %+v, %v", tokens, err)
	}
	return tokens
}

// refresh wants an outcome: "" or an error code.
func refresh(t *testing.T, s *fositeserver.Server, token, want string) fositeserver.Tokens {
	t.Helper()
	tokens, err := s.Refresh(t.Context(), token)
	if err != nil || tokens.Error != want {
		t.Fatalf("refresh: %+v, %v, want the error %q", tokens, err, want)
	}
	return tokens
}

// me calls the API and gives its status and body.
func me(t *testing.T, s *fositeserver.Server, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/api/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(body))
}

func wantMe(t *testing.T, s *fositeserver.Server, token string, want int) {
	t.Helper()
	if status, body := me(t, s, token); status != want {
		t.Errorf("/api/me: status %d, want %d: %s", status, want, body)
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, fositeserver.Options{TLS: tls, Lifetime: 90 * time.Second})
			first := grant(t, s, "ada")
			if first.ExpiresIn != 90 || first.Scope != "contacts.read" {
				t.Errorf("tokens %+v", first)
			}
			if status, body := me(t, s, first.Access); status != 200 || body != `{"sub":"ada"}` {
				t.Errorf("/api/me: %d %s", status, body)
			}
			wantMe(t, s, first.Refresh, 401)
			wantMe(t, s, "", 401)
			second := refresh(t, s, first.Refresh, "")
			if second.Refresh == first.Refresh || second.Access == first.Access || second.ExpiresIn != 90 {
				t.Errorf("second tokens %+v", second)
			}
			wantMe(t, s, first.Access, 200) // lives on
			wantMe(t, s, second.Access, 200)
			got := s.Stats()
			want := fositeserver.Stats{
				Requests:  map[string]int{"authorization_code": 1, "refresh_token": 1},
				Refreshes: 1, Families: 1, ActiveTokens: 2, Calls: fositeserver.Calls{OK: 3, Unauthorized: 2},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("stats (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReuse: a refresh token that is presented twice ends all that came from the same consent, and nothing else.
func TestReuse(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	first, other := grant(t, s, "ada"), grant(t, s, "grace")
	second := refresh(t, s, first.Refresh, "")
	third := refresh(t, s, second.Refresh, "")
	refresh(t, s, first.Refresh, "invalid_grant")
	for _, token := range []string{first.Access, second.Access, third.Access} {
		wantMe(t, s, token, 401)
	}
	refresh(t, s, third.Refresh, "invalid_grant") // not spent, but over
	refresh(t, s, first.Refresh, "invalid_grant")
	wantMe(t, s, other.Access, 200)
	refresh(t, s, other.Refresh, "")

	stats := s.Stats()
	if stats.Reuses != 2 || stats.FamiliesRevoked != 1 || stats.Families != 2 {
		t.Errorf("stats %+v", stats)
	}
	var kinds []string
	for _, e := range s.Log() {
		kinds = append(kinds, e.Subject+" "+e.Kind)
	}
	want := []string{"ada granted", "grace granted", "ada refreshed", "ada refreshed", "ada reused", "ada reuse", "ada reused", "grace refreshed"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	f, current, ok := s.FamilyOf(third.Refresh)
	if f.Revoked != "reuse" || f.Subject != "ada" || f.Refreshes != 2 || current || !ok {
		t.Errorf("family %+v, current %t, %t", f, current, ok)
	}
}

// TestAtOnce: of many who present one refresh token at once, one wins.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	first := grant(t, s, "ada")
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 20 {
		group.Go(func() {
			tokens, err := s.Refresh(t.Context(), first.Refresh)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && tokens.Error == "" {
				won++
			}
		})
	}
	group.Wait()
	if stats := s.Stats(); won != 1 || stats.Refreshes != 1 || stats.Reuses != 19 || stats.FamiliesRevoked != 1 {
		t.Errorf("%d won, stats %+v", won, stats)
	}
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{Lifetime: time.Second, RefreshLifetime: 2 * time.Second})
	first := grant(t, s, "ada")
	wantMe(t, s, first.Access, 200)
	time.Sleep(1100 * time.Millisecond)
	wantMe(t, s, first.Access, 401)
	if n := s.Stats().ActiveTokens; n != 0 {
		t.Errorf("%d active tokens", n)
	}
	second := refresh(t, s, first.Refresh, "")
	wantMe(t, s, second.Access, 200)
	time.Sleep(2100 * time.Millisecond)
	refresh(t, s, second.Refresh, "invalid_grant")
}

func TestRevokeOnRefresh(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{RevokeOnRefresh: true})
	first := grant(t, s, "ada")
	second := refresh(t, s, first.Refresh, "")
	wantMe(t, s, first.Access, 401)
	wantMe(t, s, second.Access, 200)
}

// TestGrace: a spent token gets the same answer for a while, as long as that answer wasn't used.
func TestGrace(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{Grace: time.Second})
	first := grant(t, s, "ada")
	second := refresh(t, s, first.Refresh, "")
	again := refresh(t, s, first.Refresh, "")
	if again.Access != second.Access || again.Refresh != second.Refresh || again.ExpiresIn > second.ExpiresIn {
		t.Errorf("again: %+v, want %+v", again, second)
	}
	if stats := s.Stats(); stats.Refreshes != 1 || stats.Repeats != 1 || stats.Reuses != 0 {
		t.Errorf("stats %+v", stats)
	}
	wrong, err := s.Token(t.Context(), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}})
	if err != nil || wrong.Error != "invalid_grant" {
		t.Errorf("%+v, %v", wrong, err)
	}
	time.Sleep(1100 * time.Millisecond)
	refresh(t, s, first.Refresh, "invalid_grant")
	wantMe(t, s, second.Access, 401)

	one := grant(t, s, "grace")
	two := refresh(t, s, one.Refresh, "")
	refresh(t, s, two.Refresh, "")
	refresh(t, s, one.Refresh, "invalid_grant") // its answer was used
}
