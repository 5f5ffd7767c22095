package waygate_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// browser is how a callback is visited.
type browser struct {
	target  string // path and query without the flow's
	mounted string // a prefix that http.StripPrefix takes away
	prefix  string // one that a proxy took away
	post    bool
}

// visit goes to a gateway's callback, and returns the answer and what Done was told.
func (b browser) visit(gw *waygate.Gateway, q url.Values, binding string) (*httptest.ResponseRecorder, *waygate.ConnectionInfo, error) {
	var info *waygate.ConnectionInfo
	told := errors.New("Done was not called")
	h := http.Handler(gw.Callback(waygate.CallbackConfig{
		Tenant:  func(*http.Request) (string, error) { return "acme", nil },
		Binding: func(*http.Request) (string, error) { return binding, nil },
		Prefix:  b.prefix,
		Done: func(_ http.ResponseWriter, _ *http.Request, i *waygate.ConnectionInfo, err error) {
			info, told = i, err
		},
	}))
	if b.mounted != "" {
		h = http.StripPrefix(b.mounted, h)
	}
	target := b.target
	if !b.post {
		target += map[bool]string{true: "&", false: "?"}[strings.Contains(target, "?")] + q.Encode()
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if b.post {
		r = httptest.NewRequest(http.MethodPost, target, strings.NewReader(q.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w, info, told
}

// TestMixUp has one provider pass its answer off as another's: by the redirect URL, of
// which each integration has its own, the code isn't sent to the wrong one.
func TestMixUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		redirect string
		by       browser
		ok       bool
	}{
		"its own":                {"https://app.example.org/oauth/api", browser{target: "/oauth/api"}, true},
		"its own by POST":        {"https://app.example.org/oauth/api", browser{target: "/oauth/api", post: true}, true},
		"another's":              {"https://app.example.org/oauth/api", browser{target: "/oauth/other"}, false},
		"another's by POST":      {"https://app.example.org/oauth/api", browser{target: "/oauth/other", post: true}, false},
		"another's begins alike": {"https://app.example.org/oauth/api", browser{target: "/oauth/api2"}, false},
		"a proxy's prefix":       {"https://app.example.org/v1/oauth/api", browser{target: "/oauth/api", prefix: "/v1"}, true},
		"a prefix not told":      {"https://app.example.org/v1/oauth/api", browser{target: "/oauth/api"}, false},
		"a longer path":          {"https://app.example.org/oauth/api", browser{target: "/evil/oauth/api"}, false},
		"a mounted handler":      {"https://app.example.org/oauth/api", browser{target: "/oauth/api", mounted: "/oauth/api"}, true},
		"another mounted one":    {"https://app.example.org/oauth/api", browser{target: "/oauth/other", mounted: "/oauth/other"}, false},
		"by query":               {"https://app.example.org/oauth?of=api", browser{target: "/oauth?of=api"}, true},
		"another's by query":     {"https://app.example.org/oauth?of=api", browser{target: "/oauth?of=other"}, false},
		"without the query":      {"https://app.example.org/oauth?of=api", browser{target: "/oauth"}, false},
		"both by query":          {"https://app.example.org/oauth?of=api", browser{target: "/oauth?of=api&of=other"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			gw := wired(t, s)
			must(t, gw.Register(t.Context(), oauthAPI()))
			client := platformClient()
			client.RedirectURLs = []string{c.redirect}
			_, err := gw.PutApp(t.Context(), client)
			must(t, err)
			a, err := gw.Tenant("acme").Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
			must(t, err)
			w, info, told := c.by.visit(gw, s.consent(t, a.URL), a.Binding)
			if w.Code != http.StatusSeeOther || strings.Contains(w.Header().Get("Location"), "code") {
				t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
			}
			if (info != nil) != c.ok || (told == nil) != c.ok || (len(s.seen()) > 0) != c.ok {
				t.Errorf("connected %v with %d requests: %v", info != nil, len(s.seen()), told)
			}
			if !c.ok {
				failure(t, told, waygate.KindInvalidInput)
			}
		})
	}
}

// TestIssuer shows that where a definition says its issuer, the callback must name it
// (RFC 9207, section 2.4): also a callback that brings an error.
func TestIssuer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		iss []string
		ok  bool
	}{
		"its own":       {[]string{authBase}, true},
		"another":       {[]string{"https://" + evilHost}, false},
		"none":          {nil, false},
		"empty":         {[]string{""}, false},
		"with a slash":  {[]string{authBase + "/"}, false},
		"in other case": {[]string{strings.ToUpper(authBase)}, false},
		"two":           {[]string{authBase, "https://" + evilHost}, false},
		"two the same":  {[]string{authBase, authBase}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			_, acme := oauthReady(t, s, oauthAPI(func(o *auth.OAuth2) { o.Issuer = authBase }))
			a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
			must(t, err)
			q := s.consent(t, a.URL)
			if c.iss != nil {
				q["iss"] = c.iss
			}
			if _, err = acme.Complete(t.Context(), q, a.Binding); c.ok {
				must(t, err)
				return
			}
			failure(t, err, waygate.KindAuth)
			if len(s.seen()) != 0 {
				t.Error("the code was sent")
			}
		})
	}
}

// TestRedirects holds where a browser is sent back to to what the app lists.
func TestRedirects(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw := wired(t, s)
	must(t, gw.Register(t.Context(), oauthAPI()))
	client := platformClient()
	client.RedirectURLs = []string{redirectURL, "http://127.0.0.1:8085/back"}
	_, err := gw.PutApp(t.Context(), client)
	must(t, err)
	for _, redirect := range []string{"https://" + evilHost, redirectURL + "/", redirectURL + "?x=1", redirectURL + "/../evil",
		"https://app.example.org.evil.example.org/oauth/api", "http://127.0.0.1:8086/back"} {
		_, err := gw.Tenant("acme").Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", RedirectURL: redirect})
		if failure(t, err, waygate.KindInvalidInput); strings.Contains(err.Error(), "evil") {
			t.Errorf("quoted: %v", err)
		}
	}
	a, err := gw.Tenant("acme").Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", RedirectURL: client.RedirectURLs[1]})
	must(t, err)
	if u, err := url.Parse(a.URL); err != nil || u.Query().Get("redirect_uri") != client.RedirectURLs[1] {
		t.Errorf("sent to %s: %v", a.URL, err)
	}
	for _, bad := range []string{"http://app.example.org/back", "https://app.example.org/#x", "https://user@app.example.org/", "/back", "javascript:alert(1)",
		"http://localhost.evil.example.org/", "https:///back", "//app.example.org/"} {
		client.RedirectURLs = []string{bad}
		_, err := gw.PutApp(t.Context(), client)
		failure(t, err, waygate.KindInvalidInput)
	}
}

// TestExtra shows that what a caller adds to the authorize URL replaces nothing that
// protects the flow.
func TestExtra(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	_, acme := oauthReady(t, s, oauthAPI(func(o *auth.OAuth2) { o.Rename = map[string]string{"client_id": "app_id"} }))
	for _, name := range []string{"state", "redirect_uri", "code_challenge", "code_challenge_method", "response_type", "client_id", "app_id", "scope"} {
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Extra: map[string]string{name: "evil"}})
		if err == nil && strings.Contains(a.URL, "evil") {
			t.Errorf("%s: %s", name, a.URL)
		}
	}
}
