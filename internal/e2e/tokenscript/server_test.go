package tokenscript_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/e2e/tokenscript"
)

func start(t *testing.T, o tokenscript.Options) *tokenscript.Server {
	t.Helper()
	s, err := tokenscript.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// ask sends a refresh, and reads at most 1 MiB of its answer within a second.
func ask(t *testing.T, s *tokenscript.Server, refresh string) (a answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.TokenURL(), strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

// TestTricks: each does what its name says, and spends the refresh token or not.
func TestTricks(t *testing.T) {
	t.Parallel()
	contains := func(status int, parts ...string) func(answer) bool {
		return func(a answer) bool {
			for _, part := range parts {
				if !strings.Contains(a.body, part) {
					return false
				}
			}
			return a.status == status && a.err == nil
		}
	}
	fails := func(want error) func(answer) bool { return func(a answer) bool { return errors.Is(a.err, want) } }
	endless := func(a answer) bool { return a.err == nil && len(a.body) == 1<<20 }
	retry := func(status int) func(answer) bool {
		return func(a answer) bool { return a.status == status && a.header.Get("Retry-After") == "1" }
	}
	without := func(field string) func(answer) bool {
		return func(a answer) bool { return a.status == 200 && !strings.Contains(a.body, field) }
	}
	want := map[string]func(answer) bool{
		"healthy": contains(200, `"access_token":"at-`, `"refresh_token":"rt-`, `"expires_in":10,`),
		"end":     fails(io.EOF), "end, spent": fails(io.EOF),
		"reset": fails(syscall.ECONNRESET), "reset, spent": fails(syscall.ECONNRESET),
		"500": contains(500), "502": contains(502), "503 Retry-After 1": retry(503), "504, spent": contains(504),
		"429 Retry-After 1": retry(429), "401": contains(401),
		"302 Location /elsewhere": func(a answer) bool { return a.status == 302 && a.header.Get("Location") == "/elsewhere" },
		"html 200":                contains(200, "<!doctype html>"), "html 200, spent": contains(200, "<!doctype html>"),
		"html 404":                    contains(404, "<!doctype html>"),
		"temporarily_unavailable 200": contains(200, `"error":"temporarily_unavailable"`),
		"invalid_grant 400":           contains(400, `"error":"invalid_grant"`),
		"invalid_request 400":         contains(400, `"error":"invalid_request"`),
		"invalid_client 401":          contains(401, `"error":"invalid_client"`),
		"unauthorized_client 400":     contains(400, `"error":"unauthorized_client"`),
		"truncated":                   fails(io.ErrUnexpectedEOF),
		"endless":                     endless, "endless, spent": endless,
		"form-encoded":      contains(200, "access_token=at-", "refresh_token=rt-", "expires_in=10", "token_type=Bearer"),
		"string expires_in": contains(200, `"expires_in":"10"`), "no expires_in": without("expires_in"),
		"no access_token": without("access_token"),
	}
	s := start(t, tokenscript.Options{Lifetime: 10 * time.Second})
	for _, trick := range tokenscript.Tricks() {
		check := want[trick.Name()]
		if check == nil {
			t.Errorf("%s isn't tested, or twice", trick.Name())
			continue
		}
		delete(want, trick.Name())
		refresh := s.Grant("ada").Refresh
		s.Play(trick)
		if a := ask(t, s, refresh); !check(a) {
			t.Errorf("%s: %.200v", trick.Name(), a)
		}
		if current := s.Current(refresh); current == trick.Works() {
			t.Errorf("%s: the refresh token can be used again: %t", trick.Name(), current)
		}
	}
	for name := range want {
		t.Errorf("%s isn't listed", name)
	}
}

// TestSlow are those that take their time.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := start(t, tokenscript.Options{})
	refresh := s.Grant("ada").Refresh
	s.PlayNext(tokenscript.Hang(), tokenscript.Slow(50*time.Millisecond), tokenscript.Slow(time.Minute))
	if a := ask(t, s, refresh); !errors.Is(a.err, context.DeadlineExceeded) || !s.Current(refresh) {
		t.Errorf("hang: %v", a)
	}
	began := time.Now()
	if a := ask(t, s, refresh); a.status != 200 || time.Since(began) < 50*time.Millisecond || s.Current(refresh) {
		t.Errorf("slow: %v after %v", a, time.Since(began))
	}
	refresh = s.Grant("ada").Refresh
	if a := ask(t, s, refresh); !errors.Is(a.err, context.DeadlineExceeded) || s.Current(refresh) {
		t.Errorf("too slow: %v", a)
	}
	if a := ask(t, s, s.Grant("ada").Refresh); a.status != 200 {
		t.Errorf("healthy again: %v", a)
	}
	var seen []string
	for _, x := range s.Seen() {
		seen = append(seen, x.Trick+" "+x.Grant)
	}
	want := []string{"hang refresh_token", "slow 50ms refresh_token", "slow 1m0s refresh_token", "healthy refresh_token"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

// TestIssuer: a spent token ends its family; with Keep none is ever spent.
func TestIssuer(t *testing.T) {
	t.Parallel()
	me := func(s *tokenscript.Server, token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/api/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	s := start(t, tokenscript.Options{Lifetime: time.Second})
	first := s.Grant("ada")
	statuses := []int{me(s, first.Access), ask(t, s, first.Refresh).status, ask(t, s, first.Refresh).status, me(s, first.Access)}
	second := s.Grant("ada")
	time.Sleep(1100 * time.Millisecond)
	statuses = append(statuses, me(s, second.Access), ask(t, s, second.Refresh).status)
	third := s.Grant("ada")
	s.Kill("ada")
	statuses = append(statuses, ask(t, s, third.Refresh).status, me(s, third.Access))
	if diff := cmp.Diff([]int{200, 200, 400, 401, 401, 200, 400, 401}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	want := tokenscript.Stats{Refreshes: 2, Reuses: 1, Families: 3, FamiliesRevoked: 3, OK: 1, Unauthorized: 3}
	if diff := cmp.Diff(want, s.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	kept := start(t, tokenscript.Options{Keep: true})
	refresh := kept.Grant("ada").Refresh
	for range 2 {
		if a := ask(t, kept, refresh); a.status != 200 || strings.Contains(a.body, "refresh_token") {
			t.Errorf("kept: %v", a)
		}
	}
}

// TestAway: a script that refuses connections and comes back.
func TestAway(t *testing.T) {
	t.Parallel()
	s := start(t, tokenscript.Options{TLS: true})
	refresh := s.Grant("ada").Refresh
	if err := s.Leave(); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, s, refresh); !errors.Is(a.err, syscall.ECONNREFUSED) {
		t.Errorf("away: %v", a)
	}
	if err := s.Return(); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, s, refresh); a.status != 200 {
		t.Errorf("back: %v", a)
	}
}

// TestJSONRequest: the parameters may come as JSON.
func TestJSONRequest(t *testing.T) {
	t.Parallel()
	s := start(t, tokenscript.Options{})
	for body, want := range map[string]int{
		`{"grant_type":"client_credentials"}`: 200, `{"grant_type":"x"}`: 400, `{`: 400,
	} {
		resp, err := s.Client().Post(s.TokenURL(), "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", body, resp.StatusCode, want)
		}
	}
}
