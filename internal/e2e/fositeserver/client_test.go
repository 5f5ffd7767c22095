package fositeserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

// TestClientAuthentication: in the body or by Basic, and never without.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{Grace: time.Minute})
	ask := func(form url.Values, id, secret string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.TokenURL(), strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if id != "" {
			req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		}
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	spent := grant(t, s, "ada").Refresh
	refresh(t, s, spent, "")
	for name, form := range map[string]url.Values{
		"client credentials":    {"grant_type": {"client_credentials"}},
		"within a grace period": {"grant_type": {"refresh_token"}, "refresh_token": {spent}},
	} {
		body := url.Values{"client_id": {s.ClientID()}, "client_secret": {s.ClientSecret()}}
		wrong := url.Values{"client_id": {s.ClientID()}, "client_secret": {"x"}}
		for _, values := range []url.Values{body, wrong} {
			for k, v := range form {
				values[k] = v
			}
		}
		got := []int{
			ask(form, s.ClientID(), s.ClientSecret()), ask(body, "", ""),
			ask(form, s.ClientID(), "x"), ask(wrong, "", ""), ask(form, "", ""),
		}
		if diff := cmp.Diff([]int{200, 200, 401, 401, 400}, got); diff != "" {
			t.Errorf("%s: statuses (-want +got):\n%s", name, diff)
		}
	}
	s.SetClientSecret("another")
	if tokens := grant(t, s, "ada"); tokens.Error != "" {
		t.Errorf("with the new secret: %+v", tokens)
	}
}

// TestPKCE: no code without a challenge, no token without its verifier, and none for a code that was used.
func TestPKCE(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	ask := func(change url.Values) *url.URL {
		q := url.Values{
			"response_type": {"code"}, "client_id": {s.ClientID()}, "redirect_uri": {fositeserver.DefaultRedirect}, "state": {"0123456789"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, // RFC 7636, appendix B
		}
		for k, v := range change {
			q[k] = v
		}
		callback, err := s.NewBrowser("ada").Authorize(t.Context(), s.AuthorizeURL()+"?"+q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if got := callback.Query().Get("state"); got != "0123456789" {
			t.Errorf("state %q", got)
		}
		return callback
	}
	for _, change := range []url.Values{{"code_challenge": nil, "code_challenge_method": nil}, {"code_challenge_method": {"plain"}}} {
		if got := ask(change).Query(); got.Get("error") != "invalid_request" || got.Get("code") != "" {
			t.Errorf("%v: %v", change, got)
		}
	}
	exchange := func(code, verifier, want string) {
		t.Helper()
		got, err := s.Token(t.Context(), url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {fositeserver.DefaultRedirect}, "code_verifier": {verifier},
		})
		if err != nil || got.Error != want {
			t.Errorf("%+v, %v, want the error %q", got, err, want)
		}
	}
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	exchange(ask(nil).Query().Get("code"), "another"+verifier, "invalid_grant")
	callback := ask(nil)
	if got := callback.Query().Get("iss"); got != s.URL() {
		t.Errorf("iss %q", got)
	}
	code := callback.Query().Get("code")
	exchange(code, verifier, "")
	exchange(code, verifier, "invalid_grant")
	if families := s.Families(); len(families) != 1 || families[0].Revoked != "code_reuse" {
		t.Errorf("families %+v", families)
	}
}

// TestPages: what a person may do wrong, or not want.
func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	q := url.Values{
		"response_type": {"code"}, "client_id": {s.ClientID()}, "redirect_uri": {fositeserver.DefaultRedirect}, "state": {"0123456789"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	page := s.AuthorizeURL() + "?" + q.Encode()
	b := s.NewBrowser("ada")
	b.Deny = true
	if callback, err := b.Authorize(t.Context(), page); err != nil || callback.Query().Get("error") != "access_denied" {
		t.Errorf("denied: %v, %v", callback, err)
	}
	post := func(client *http.Client, to string, form url.Values) int {
		resp, err := client.PostForm(to, form)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := post(b.Client, page, url.Values{"decision": {"allow"}, "csrf": {"x"}}); got != 403 {
		t.Errorf("a form of another session: status %d", got)
	}
	login := url.Values{"user": {"ada"}, "password": {"x"}, "return": {"/oauth2/authorize?x"}}
	if got := post(s.NewBrowser("").Client, s.URL()+"/login", login); got != 403 {
		t.Errorf("a wrong password: status %d", got)
	}
	login.Set("password", fositeserver.Password)
	login.Set("return", "https://evil.example/oauth2/authorize")
	if got := post(s.NewBrowser("").Client, s.URL()+"/login", login); got != 400 {
		t.Errorf("another place to go back to: status %d", got)
	}
	q.Set("redirect_uri", "https://evil.example/")
	if callback, err := s.NewBrowser("ada").Authorize(t.Context(), s.AuthorizeURL()+"?"+q.Encode()); err == nil {
		t.Errorf("an unknown redirect: went to %v", callback)
	}
	s.AllowRedirect("https://evil.example/")
	if _, err := s.NewBrowser("ada").Authorize(t.Context(), s.AuthorizeURL()+"?"+q.Encode()); err != nil {
		t.Errorf("a redirect that was allowed: %v", err)
	}
}

// TestEnds: the ways in which a grant ends, but for reuse.
func TestEnds(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	for cause, end := range map[string]func(fositeserver.Tokens) error{
		"killed": func(fositeserver.Tokens) error { return s.KillSubject("killed") },
		"revoked": func(tokens fositeserver.Tokens) error {
			resp, err := s.Client().PostForm(s.RevokeURL(), url.Values{
				"token": {tokens.Refresh}, "client_id": {s.ClientID()}, "client_secret": {s.ClientSecret()},
			})
			if err != nil {
				return err
			}
			_ = resp.Body.Close()
			if resp.StatusCode != 200 {
				return errors.New(resp.Status)
			}
			return nil
		},
	} {
		first := grant(t, s, cause)
		second := refresh(t, s, first.Refresh, "")
		if err := end(second); err != nil {
			t.Fatal(err)
		}
		wantMe(t, s, first.Access, 401)
		wantMe(t, s, second.Access, 401)
		refresh(t, s, second.Refresh, "invalid_grant")
		if f, _, _ := s.FamilyOf(second.Refresh); f.Revoked != cause || f.Reuses != 0 {
			t.Errorf("family %+v, want cause %q", f, cause)
		}
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	tokens := grant(t, s, "ada")
	for token, want := range map[string]string{tokens.Access: `"active":true`, "x": `"active":false`} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.IntrospectURL(), strings.NewReader(url.Values{"token": {token}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(url.QueryEscape(s.ClientID()), url.QueryEscape(s.ClientSecret()))
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s, %v, want %s", body, err, want)
		}
	}
}

// TestFaults: the work is done whatever becomes of the answer.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{})
	first := grant(t, s, "ada")
	requests := make(chan fositeserver.TokenRequest, 1)
	s.SetFault(func(r fositeserver.TokenRequest) fositeserver.Fault {
		requests <- r
		return fositeserver.Fault{Lose: true}
	})
	if tokens, err := s.Refresh(t.Context(), first.Refresh); err == nil {
		t.Errorf("lost: %+v", tokens)
	}
	if asked := <-requests; asked.Subject != "ada" || asked.Family == "" || asked.Grant != "refresh_token" || asked.N != 2 {
		t.Errorf("asked about %+v", asked)
	}
	if f, current, _ := s.FamilyOf(first.Refresh); f.Refreshes != 1 || current {
		t.Errorf("family %+v, current %t", f, current)
	}
	s.SetFault(func(fositeserver.TokenRequest) fositeserver.Fault {
		return fositeserver.Fault{Delay: 50 * time.Millisecond}
	})
	began := time.Now()
	second := grant(t, s, "grace")
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("delayed: took %v", took)
	}
	wait := make(chan struct{})
	s.SetFault(func(fositeserver.TokenRequest) fositeserver.Fault { return fositeserver.Fault{Wait: wait} })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Refresh(ctx, second.Refresh); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("held: %v", err)
	}
	if f, _, _ := s.FamilyOf(second.Refresh); f.Refreshes != 1 {
		t.Errorf("family %+v", f)
	}
	close(wait)
	s.SetFault(nil)
	grant(t, s, "ada")
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []fositeserver.Options{{Lifetime: time.Millisecond}, {Lifetime: -time.Second}, {Grace: -1}, {RefreshLifetime: -1}} {
		if s, err := fositeserver.Start(o); err == nil {
			s.Close()
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	s := start(t, fositeserver.Options{Wrap: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"error":"teapot"}`, http.StatusTeapot) })
	}})
	if tokens, err := s.Refresh(t.Context(), "x"); err != nil || tokens.Error != "teapot" {
		t.Errorf("%+v, %v", tokens, err)
	}
}
