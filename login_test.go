package waygate_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// loginServer is a provider with a login of its own in two steps, and the API that takes its sessions.
type loginServer struct {
	base string

	mu       sync.Mutex
	password string
	logins   int
	refused  int
	session  string // the one that is good
	lifetime int    // seconds, as the login tells
	away     bool
	calls    int
}

func newLoginServer(t *testing.T) *loginServer {
	s := &loginServer{password: "a-password-0123", lifetime: 3600}
	s.base = serve(t, s.serve).URL
	return s
}

func (s *loginServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(status int, body string) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	switch r.URL.Path {
	case "/challenge":
		if s.away {
			fail(http.StatusServiceUnavailable, "")
			return
		}
		_, _ = w.Write([]byte(`<challenge company="` + r.URL.Query().Get("company") + `"><nonce>a-nonce-0123</nonce></challenge>`))
	case "/login":
		var in struct {
			Auth struct{ User, Password, Nonce string } `json:"auth"`
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Auth.User != "ada" || in.Auth.Nonce != "a-nonce-0123" || in.Auth.Password != s.password {
			s.refused++
			fail(http.StatusBadRequest, `{"fault":{"code":"BAD_LOGIN","text":"not `+in.Auth.Password+`"}}`)
			return
		}
		s.logins++
		s.session = fmt.Sprintf("session-%04d", s.logins)
		w.Header().Set("X-Session", s.session)
		_, _ = fmt.Fprintf(w, `{"seconds":%d}`, s.lifetime)
	default:
		s.calls++
		if r.Header.Get("X-Session") != s.session || s.session == "" {
			fail(http.StatusUnauthorized, `{}`)
			return
		}
		_, _ = w.Write([]byte(`{"ok":true}`))
	}
}

// set changes the server between two requests.
func (s *loginServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// counts compares the logins and calls so far.
func (s *loginServer) counts(t *testing.T, logins, calls int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.logins != logins || s.calls != calls {
		t.Errorf("%d logins and %d calls, want %d and %d", s.logins, s.calls, logins, calls)
	}
}

// integration describes the server.
func (s *loginServer) integration() waygate.Integration {
	return waygate.Integration{
		ID: "erp", BaseURL: s.base, Actions: []waygate.Action{get("read")},
		Parameters: []waygate.ConnectionParameter{{Name: "company", Pattern: "[a-z]+"}},
		Auth: auth.Login{
			Steps: []auth.LoginStep{
				{Method: "GET", URL: s.base + "/challenge", Query: map[string]string{"company": "{company}"},
					Answer: auth.LoginAnswer{Format: auth.FormatXML, Values: []auth.LoginValue{{Name: "nonce", Path: "challenge.nonce"}}}},
				{URL: s.base + "/login", JSON: json.RawMessage(`{"auth":{"user":"{credential.user}","password":"{credential.password}","nonce":"{captured.nonce}"}}`),
					Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", From: auth.FromHeader, Path: "X-Session"}},
						Expires: &auth.LoginExpiry{Path: "seconds"}, Error: "fault.code", Description: "fault.text", RefusedCodes: []string{"BAD_LOGIN"}}},
			},
			Use: auth.Key{Name: "X-Session", Field: "access_token"},
		},
	}
}

// connected makes a gateway for the server and connects acme.
func (s *loginServer) connected(t *testing.T) *waygate.Tenant {
	t.Helper()
	gw := open(t, s.base)
	must(t, gw.Register(t.Context(), s.integration()))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "erp", s.spec("a-password-0123"))
	must(t, err)
	return acme
}

func (s *loginServer) spec(password string) waygate.ConnectionSpec {
	return waygate.ConnectionSpec{Slug: "main", Parameters: map[string]string{"company": "acme"},
		Credential: auth.Fields(map[string]string{"user": "ada", "password": password})}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := newLoginServer(t)
	gw := open(t, s.base)
	must(t, gw.Register(t.Context(), s.integration()))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "erp", s.spec("a-wrong-password"))
	if failure(t, err, waygate.KindAuth); strings.Contains(err.Error(), "a-wrong-password") {
		t.Errorf("the error says the password: %v", err)
	}
	info, err := acme.Connect(t.Context(), "erp", s.spec("a-password-0123"))
	must(t, err)
	if info.Status != waygate.StatusActive {
		t.Errorf("connected: %+v", info)
	}
	for range 3 {
		_, err = acme.Invoke(t.Context(), "erp.read", nil)
		must(t, err)
	}
	s.counts(t, 1, 3)
	// The provider ends the session: one 401, one login, one repeat.
	s.set(func() { s.session = "another" })
	_, err = acme.Invoke(t.Context(), "erp.read", nil)
	must(t, err)
	s.counts(t, 2, 5)
}

// TestLoginExpires lets a session run out by its own word: the next login comes before the call, and nobody sees a 401.
func TestLoginExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &loginServer{base: "https://erp.example.com", password: "a-password-0123", lifetime: 3600}
		gw := wired(t, &wire{answer: func(_ int, r *http.Request, body string) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(strings.NewReader(body))
			rec := httptest.NewRecorder()
			s.serve(rec, r)
			return rec.Result(), nil
		}})
		must(t, gw.Register(t.Context(), s.integration()))
		acme := gw.Tenant("acme")
		_, err := acme.Connect(t.Context(), "erp", s.spec("a-password-0123"))
		must(t, err)
		for i, d := range []time.Duration{0, 50 * time.Minute, 11 * time.Minute, 2 * time.Hour} {
			time.Sleep(d)
			_, err = acme.Invoke(t.Context(), "erp.read", nil)
			must(t, err)
			s.counts(t, []int{1, 1, 2, 3}[i], i+1)
		}
	})
}

// TestLoginRefused changes the password at the provider: the wrong one is tried once more, and never again until it was
// replaced.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	s := newLoginServer(t)
	acme := s.connected(t)
	s.set(func() { s.password, s.session = "another-password", "gone" })
	_, err := acme.Invoke(t.Context(), "erp.read", nil)
	failure(t, err, waygate.KindNeedsReauth)
	if strings.Contains(err.Error(), "a-password-0123") {
		t.Errorf("the error says the password: %v", err)
	}
	info, err := acme.Connection(t.Context(), "erp", "main")
	must(t, err)
	if info.Status != waygate.StatusNeedsReauth {
		t.Errorf("after a refused login: %+v", info)
	}
	s.counts(t, 1, 1)
	_, err = acme.Invoke(t.Context(), "erp.read", nil)
	failure(t, err, waygate.KindNeedsReauth)
	s.counts(t, 1, 1)
	if s.refused != 1 {
		t.Errorf("the wrong password was tried %d times", s.refused)
	}
	_, err = acme.SetCredential(t.Context(), "erp", "main", s.spec("another-password").Credential)
	must(t, err)
	_, err = acme.Invoke(t.Context(), "erp.read", nil)
	must(t, err)
	s.counts(t, 2, 2)
}

// TestLoginOutage shows that a provider which is away refuses nobody.
func TestLoginOutage(t *testing.T) {
	t.Parallel()
	s := newLoginServer(t)
	acme := s.connected(t)
	s.set(func() { s.away, s.session = true, "gone" })
	if _, err := acme.Invoke(t.Context(), "erp.read", nil); err == nil || errors.Is(err, waygate.ErrNeedsReauth) {
		t.Errorf("during an outage: %v", err)
	}
	info, err := acme.Connection(t.Context(), "erp", "main")
	must(t, err)
	if info.Status == waygate.StatusNeedsReauth {
		t.Errorf("during an outage: %+v", info)
	}
}

// TestGitHubAppInstallation connects an installation with the platform's App, and calls with its token.
func TestGitHubAppInstallation(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if r.URL.Path == "/app/installations/42/access_tokens" && strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") {
			return reply(r, 201, `{"token":"ghs_0123456789","expires_at":"`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"}`), nil
		}
		if r.Header.Get("Authorization") != "Bearer ghs_0123456789" {
			return reply(r, 401, `{}`), nil
		}
		return reply(r, 200, `{}`), nil
	}}
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "github", BaseURL: "https://api.github.com", Auth: auth.GitHubApp{}, Actions: []waygate.Action{get("read")},
		Parameters: []waygate.ConnectionParameter{{Name: "installation_id", Pattern: "[0-9]+"}}}))
	_, err = gw.PutApp(t.Context(), waygate.App{Integration: "github", ID: "main", Client: auth.Client{ID: "Iv1.0123",
		Key: secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))}})
	must(t, err)
	acme := gw.Tenant("acme")
	_, err = acme.Connect(t.Context(), "github", waygate.ConnectionSpec{Slug: "main", Credential: auth.Installation(), Parameters: map[string]string{"installation_id": "42"}})
	must(t, err)
	_, err = acme.Invoke(t.Context(), "github.read", nil)
	must(t, err)
	if n := len(w.seen()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// TestLoginTrust holds the platform's secret to hosts that the definition fixes.
func TestLoginTrust(t *testing.T) {
	t.Parallel()
	in := func(url, form string) waygate.Integration {
		return waygate.Integration{ID: "erp", BaseURL: apiBase, Actions: []waygate.Action{get("read")}, Parameters: []waygate.ConnectionParameter{{Name: "host", Format: "hostname"}},
			Auth: auth.Login{Steps: []auth.LoginStep{{URL: url, Form: map[string]string{"k": form, "p": "{credential.token}"},
				Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "t"}}}}}}}
	}
	for name, tt := range map[string]struct {
		in   waygate.Integration
		kind waygate.Kind // empty: it connects
	}{
		"any host":            {in("https://{host}/login", "{client.secret}"), waygate.KindConfig},
		"any host, hashed":    {in("https://{host}/login", "{sha256(client.secret)}"), waygate.KindConfig},
		"below a domain":      {in("https://{host}.example.com/login/{credential.token}", "{client.secret}"), ""},
		"another's parameter": {in("https://login.example.com/{nobody}", "x"), "register"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{"t":"a-session-0123"}`)
			gw := wired(t, w)
			err := gw.Register(t.Context(), tt.in)
			if tt.kind == "register" {
				if err == nil {
					t.Error("registered")
				}
				return
			}
			must(t, err)
			_, err = gw.PutApp(t.Context(), waygate.App{Integration: "erp", ID: "main", Client: auth.Client{ID: "1", Secret: secret.New(clientSecret)}})
			must(t, err)
			_, err = gw.Tenant("acme").Connect(t.Context(), "erp", waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"host": "evil"}})
			if tt.kind == "" {
				must(t, err)
			} else if failure(t, err, tt.kind); len(w.seen()) > 0 {
				t.Errorf("asked %+v", w.seen())
			}
		})
	}
}
