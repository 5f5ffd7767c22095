package waygate_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// authBase is where the authorization server of these tests is.
const authBase = "https://login.example.net"

// authServer is an authorization server and the API that takes its tokens, over a
// wire: codes are used once, PKCE is checked, refresh tokens rotate, and a second use
// of one ends the grant.
type authServer struct {
	*wire
	lifetime int     // seconds of an access token; 0: the answer doesn't tell
	interval float64 // seconds between two questions of a device

	mu       sync.Mutex
	n        int
	codes    map[string]url.Values // the authorize request behind each code
	grants   map[string]*issued    // by refresh token, spent ones too
	access   map[string]*issued
	reused   int
	asked    map[string]int // token requests by grant type, and revocations
	clients  []string       // of token requests
	refuse   func(r *http.Request, form url.Values) *http.Response
	approved string // the user code that the person has entered
}

// issued is one grant.
type issued struct {
	access, refresh string
	dead            bool
}

func newAuthServer() *authServer {
	s := &authServer{lifetime: 3600, interval: 5, codes: map[string]url.Values{}, grants: map[string]*issued{}, access: map[string]*issued{}, asked: map[string]int{}}
	s.wire = &wire{answer: func(_ int, r *http.Request, body string) (*http.Response, error) { return s.serve(r, body), nil }}
	return s
}

// consent plays the person: it follows the authorize URL and comes back with a code.
func (s *authServer) consent(t testing.TB, authorize string) url.Values {
	t.Helper()
	u, err := url.Parse(authorize)
	must(t, err)
	if got := u.Scheme + "://" + u.Host; got != authBase {
		t.Fatalf("the person is sent to %s", got)
	}
	return s.agree(u.Query())
}

// agree is what the person's browser comes back with.
func (s *authServer) agree(q url.Values) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	code := fmt.Sprintf("a-code-to-exchange-%d", s.n)
	s.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

// revokeAll ends every grant at the provider.
func (s *authServer) revokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.grants {
		g.dead = true
	}
}

// expireAll makes every access token unknown.
func (s *authServer) expireAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

func (s *authServer) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}

func (s *authServer) serve(r *http.Request, body string) *http.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	form, _ := url.ParseQuery(body)
	switch {
	case r.URL.Host == "api.example.com":
		g := s.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if g == nil || g.dead {
			return reply(r, 401, `{"message":"bad token"}`)
		}
		return reply(r, 200, `{"ok":true}`)
	case s.refuse != nil:
		if resp := s.refuse(r, form); resp != nil {
			return resp
		}
	}
	if id, _, ok := r.BasicAuth(); ok {
		s.clients = append(s.clients, id)
	} else {
		s.clients = append(s.clients, form.Get("client_id"))
	}
	switch r.URL.Path {
	case "/token":
		return s.token(r, form)
	case "/revoke":
		s.asked["revoke"]++
		if g := s.grants[form.Get("token")]; g != nil {
			g.dead = true
		}
		return reply(r, 200, `{}`)
	case "/device":
		return reply(r, 200, `{"device_code":"a-device-code-0123","user_code":"WDJB-MJHT","verification_uri":"https://login.example.net/device","expires_in":600,"interval":`+fmt.Sprint(s.interval)+`}`)
	}
	return reply(r, 404, `{}`)
}

func (s *authServer) token(r *http.Request, form url.Values) *http.Response {
	grant := form.Get("grant_type")
	s.asked[grant]++
	switch grant {
	case "authorization_code":
		q, ok := s.codes[form.Get("code")]
		delete(s.codes, form.Get("code"))
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if !ok || q.Get("redirect_uri") != form.Get("redirect_uri") || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
			return reply(r, 400, `{"error":"invalid_grant"}`)
		}
	case "refresh_token":
		old := s.grants[form.Get("refresh_token")]
		if old != nil && old.refresh != form.Get("refresh_token") {
			s.reused++
			old.dead = true
		}
		if old == nil || old.dead {
			return reply(r, 400, `{"error":"invalid_grant","error_description":"gone"}`)
		}
		return s.give(r, old)
	case "urn:ietf:params:oauth:grant-type:device_code":
		if s.approved == "" {
			return reply(r, 400, `{"error":"authorization_pending"}`)
		}
	case "client_credentials":
		if form.Get("client_secret") == "wrong" {
			return reply(r, 401, `{"error":"invalid_client"}`)
		}
	default:
		return reply(r, 400, `{"error":"unsupported_grant_type"}`)
	}
	return s.give(r, &issued{})
}

// give answers with new tokens of a grant.
func (s *authServer) give(r *http.Request, g *issued) *http.Response {
	s.n++
	delete(s.access, g.access)
	g.access, g.refresh = fmt.Sprintf("an-access-token-%04d", s.n), fmt.Sprintf("a-refresh-token-%04d", s.n)
	s.access[g.access], s.grants[g.refresh] = g, g
	expires := ""
	if s.lifetime > 0 {
		expires = fmt.Sprintf(`,"expires_in":%d`, s.lifetime)
	}
	return reply(r, 200, fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"token_type":"Bearer"%s,"shop":"acme-shop"}`, g.access, g.refresh, expires))
}

// oauthAPI is an integration whose tokens the server gives.
func oauthAPI(change ...func(*auth.OAuth2)) waygate.Integration {
	o := auth.OAuth2{AuthorizeURL: authBase + "/authorize", TokenURL: authBase + "/token", RevokeURL: authBase + "/revoke", Scopes: []string{"read", "write"}}
	for _, c := range change {
		c(&o)
	}
	return waygate.Integration{ID: "api", BaseURL: apiBase, Auth: o, Actions: []waygate.Action{get("read")}}
}

const (
	redirectURL  = "https://app.example.org/oauth/api"
	clientSecret = "the-client-secret-0123456789"
)

// platformClient is the app that the platform has with the server.
func platformClient() waygate.App {
	return waygate.App{Integration: "api", ID: "main", RedirectURLs: []string{redirectURL},
		Client: auth.Client{ID: "client-1", Secret: secret.New(clientSecret)}}
}

// oauthReady is a gateway with the integration and the platform's app.
func oauthReady(t testing.TB, s http.RoundTripper, in waygate.Integration, change ...func(*waygate.Config)) (*waygate.Gateway, *waygate.Tenant) {
	t.Helper()
	gw := wired(t, s, change...)
	must(t, gw.Register(t.Context(), in))
	_, err := gw.PutApp(t.Context(), platformClient())
	must(t, err)
	return gw, gw.Tenant("acme")
}

// authorized connects a tenant by the code flow.
func authorized(t testing.TB, s *authServer, x *waygate.Tenant, slug string) *waygate.ConnectionInfo {
	t.Helper()
	a, err := x.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: slug})
	must(t, err)
	info, err := x.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
	must(t, err)
	return info
}

// eventBook notes what became of connections.
type eventBook struct {
	mu     sync.Mutex
	events []waygate.ConnectionEvent
}

func (b *eventBook) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (b *eventBook) CallEnded(context.Context, waygate.CallRecord) {}

func (b *eventBook) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *eventBook) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, e := range b.events {
		names = append(names, e.Event)
	}
	return names
}

func (b *eventBook) has(event string) bool { return slices.Contains(b.names(), event) }

// enter plays the person who types the code of a device.
func (s *authServer) enter(userCode string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.approved = userCode
}
