package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	_, acme := oauthReady(t, s, oauthAPI())
	a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Extra: map[string]string{"login_hint": "ann@example.org"}})
	must(t, err)
	u, err := url.Parse(a.URL)
	must(t, err)
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": "client-1", "redirect_uri": redirectURL, "scope": "read write",
		"code_challenge_method": "S256", "login_hint": "ann@example.org"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("state")) < 20 || len(a.Binding) < 20 || strings.Contains(a.URL, a.Binding) {
		t.Errorf("state %q, binding %q", q.Get("state"), a.Binding)
	}
	if len(s.seen()) != 0 {
		t.Error("Authorize sent a request")
	}
	info, err := acme.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
	must(t, err)
	if info.Slug != "main" || info.Status != waygate.StatusActive || !info.Primary || info.App != "platform/main" || time.Until(info.Expires) < 59*time.Minute {
		t.Errorf("connected %+v", info)
	}
	_, err = acme.Invoke(t.Context(), "api.read", nil)
	must(t, err)
	if got := s.last(t).header.Get("Authorization"); got != "Bearer an-access-token-0002" {
		t.Errorf("signed with %q", got)
	}
	if s.count("authorization_code") != 1 || s.count("refresh_token") != 0 {
		t.Errorf("token requests: %v", s.asked)
	}
}

// TestCompleteRefused shows whom a flow isn't completed for: nothing is asked of the
// provider, and nothing is connected.
func TestCompleteRefused(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw, acme := oauthReady(t, s, oauthAPI())
	begin := func() (*waygate.Authorization, url.Values) {
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		return a, s.consent(t, a.URL)
	}
	refused := func(name string, x *waygate.Tenant, q url.Values, binding string, kind waygate.Kind) {
		t.Helper()
		info, err := x.Complete(t.Context(), q, binding)
		if info != nil {
			t.Errorf("%s: connected", name)
		}
		failure(t, err, kind)
		if n := len(s.seen()); n != 0 {
			t.Errorf("%s: %d requests were sent", name, n)
		}
	}
	a, q := begin()
	refused("another tenant", gw.Tenant("evil"), q, a.Binding, waygate.KindInvalidInput)
	other, _ := begin()
	refused("another flow's binding", acme, q, other.Binding, waygate.KindInvalidInput)
	refused("used up by that", acme, q, a.Binding, waygate.KindInvalidInput)
	_, q = begin()
	refused("no binding", acme, q, "", waygate.KindInvalidInput)
	a, q = begin()
	refused("no state", acme, url.Values{"code": q["code"]}, a.Binding, waygate.KindInvalidInput)
	refused("another state", acme, url.Values{"code": q["code"], "state": {"x" + q.Get("state")}}, a.Binding, waygate.KindInvalidInput)
	refused("denied", acme, url.Values{"error": {"access_denied"}, "state": q["state"]}, a.Binding, waygate.KindAuth)
	refused("used up by the denial", acme, q, a.Binding, waygate.KindInvalidInput)
	a, q = begin()
	refused("no code", acme, url.Values{"state": q["state"]}, a.Binding, waygate.KindAuth)
	if _, err := acme.Connection(t.Context(), "api", "main"); !errors.Is(err, waygate.ErrUnresolved) {
		t.Errorf("there is a connection: %v", err)
	}
}

func TestFlowExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		_, acme := oauthReady(t, s, oauthAPI())
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		q := s.consent(t, a.URL)
		time.Sleep(10*time.Minute + time.Second)
		_, err = acme.Complete(t.Context(), q, a.Binding)
		failure(t, err, waygate.KindInvalidInput)
		if len(s.seen()) != 0 {
			t.Error("a request was sent")
		}
	})
}

// TestStateOnce completes one flow from two processes at once: the code goes out once.
func TestStateOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		s, store, keys := newAuthServer(), memory.New(), ring(t, "k1")
		shared := func(c *waygate.Config) { c.Store, c.Keyring = store, keys }
		one, acme := oauthReady(t, s, oauthAPI(), shared)
		two := wired(t, s, shared)
		must(t, two.Register(t.Context(), oauthAPI()))
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		q := s.consent(t, a.URL)
		var wg sync.WaitGroup
		var errs [2]error
		for i, gw := range []*waygate.Gateway{one, two} {
			wg.Go(func() { _, errs[i] = gw.Tenant("acme").Complete(t.Context(), q, a.Binding) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || s.count("authorization_code") != 1 {
			t.Fatalf("%d token requests, errors %v", s.count("authorization_code"), errs)
		}
	}
}

// TestStatesAreNoTokens uses one kind of token as the other.
func TestStatesAreNoTokens(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	in, tv, list := oauthAPI(), oauthAPI(func(o *auth.OAuth2) {
		o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
	}), get("list")
	list.Pagination = pagination.Link{}
	in.Actions, tv.ID = append(in.Actions, list), "tv"
	gw, acme := oauthReady(t, s, in)
	must(t, gw.Register(t.Context(), tv))
	client := platformClient()
	client.Integration = "tv"
	_, err := gw.PutApp(t.Context(), client)
	must(t, err)
	authorized(t, s, acme, "main")
	a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "second"})
	must(t, err)
	u, err := url.Parse(a.URL)
	must(t, err)
	_, err = acme.Collect(t.Context(), "api.list", nil, waygate.Continue(u.Query().Get("state")))
	failure(t, err, waygate.KindInvalidInput)
	d, err := acme.AuthorizeDevice(t.Context(), "tv", waygate.AuthorizeSpec{Slug: "third"})
	must(t, err)
	_, err = acme.Collect(t.Context(), "api.list", nil, waygate.Continue(d.Handle))
	failure(t, err, waygate.KindInvalidInput)
	_, err = acme.Complete(t.Context(), url.Values{"state": {d.Handle}, "code": {"x"}}, a.Binding)
	failure(t, err, waygate.KindInvalidInput)
	_, err = acme.CompleteDevice(t.Context(), "tv", u.Query().Get("state"))
	failure(t, err, waygate.KindInvalidInput)
}

func TestReauthorize(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	_, acme := oauthReady(t, s, oauthAPI())
	before := authorized(t, s, acme, "main")
	s.revokeAll()
	_, err := acme.Invoke(t.Context(), "api.read", nil)
	e := failure(t, err, waygate.KindNeedsReauth)
	if e.Hint != waygate.HintRefreshCredentials {
		t.Errorf("hint %s", e.Hint)
	}
	info, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	if info.Status != waygate.StatusNeedsReauth || info.CredentialStatus != waygate.CredentialNeedsReauth || info.CredentialCause != "invalid_grant" || !info.Primary {
		t.Errorf("after the grant went: %+v", info)
	}
	_, err = acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Tags: []string{"new"}})
	failure(t, err, waygate.KindInvalidInput)
	after := authorized(t, s, acme, "main")
	if after.ID != before.ID || after.Status != waygate.StatusActive || after.CredentialCause != "" {
		t.Errorf("authorized again: %+v", after)
	}
	_, err = acme.Invoke(t.Context(), "api.read", nil)
	must(t, err)
}

// TestOneGrantInTwoConnections imports a refresh token twice: both connections use one
// credential, and it is renewed once.
func TestOneGrantInTwoConnections(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw, acme := oauthReady(t, s, oauthAPI())
	authorized(t, s, acme, "main")
	s.mu.Lock()
	var refresh string
	for token := range s.grants {
		refresh = token
	}
	s.mu.Unlock()
	imported := auth.Grant("a-stale-access-token", refresh, time.Now().Add(time.Hour))
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "copy", Credential: imported})
	must(t, err)
	_, err = gw.Tenant("evil").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "stolen", Credential: imported})
	failure(t, err, waygate.KindConflict)
	s.expireAll()
	for _, slug := range []string{"main", "copy", "main"} {
		_, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
		must(t, err)
	}
	if s.count("refresh_token") != 1 || s.reused != 0 {
		t.Errorf("%d refreshes, %d reuses", s.count("refresh_token"), s.reused)
	}
}

func TestDisconnectRevokes(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	events := &eventBook{}
	_, acme := oauthReady(t, s, oauthAPI(), func(c *waygate.Config) { c.Observers = []waygate.Observer{events} })
	authorized(t, s, acme, "main")
	must(t, acme.Disconnect(t.Context(), "api", "main"))
	if s.count("revoke") == 0 || !events.has("revoked") {
		t.Errorf("%d revocations; events %v", s.count("revoke"), events.names())
	}
	authorized(t, s, acme, "main")
	s.mu.Lock()
	s.refuse = func(r *http.Request, _ url.Values) *http.Response { return reply(r, 503, `{}`) }
	s.mu.Unlock()
	must(t, acme.Disconnect(t.Context(), "api", "main"))
	if !events.has("revoke_failed") {
		t.Errorf("events %v", events.names())
	}
}

func TestCallback(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw, acme := oauthReady(t, s, oauthAPI())
	var told error
	cookie := func(r *http.Request) (string, error) {
		c, err := r.Cookie("__Host-waygate")
		if err != nil {
			return "", err
		}
		return c.Value, nil
	}
	cfg := waygate.CallbackConfig{Tenant: func(*http.Request) (string, error) { return "acme", nil }, Binding: cookie,
		Done: func(_ http.ResponseWriter, r *http.Request, _ *waygate.ConnectionInfo, err error) {
			told = err
			if strings.Contains(r.URL.String()+r.RequestURI, "code") {
				t.Error("Done sees the code")
			}
		}}
	visit := func(h http.Handler, q url.Values, binding string, post bool) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/oauth/api?"+q.Encode(), nil)
		if post {
			r = httptest.NewRequest(http.MethodPost, "/oauth/api", strings.NewReader(q.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if binding != "" {
			r.AddCookie(&http.Cookie{Name: "__Host-waygate", Value: binding})
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("headers %v", w.Header())
		}
		return w
	}
	begin := func(slug string) (*waygate.Authorization, url.Values) {
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: slug})
		must(t, err)
		return a, s.consent(t, a.URL)
	}
	h := gw.Callback(cfg)
	_, q := begin("main")
	if w := visit(h, q, "", false); w.Code != 303 || told == nil || len(s.seen()) != 0 {
		t.Errorf("without the cookie: %d, %v, %d requests", w.Code, told, len(s.seen()))
	}
	a, q := begin("main")
	q.Set("error", "access_denied")
	q.Set("error_description", "<script>alert(1)</script>")
	if w := visit(h, q, a.Binding, false); w.Code != 303 || strings.Contains(w.Body.String()+w.Header().Get("Location"), "script") || told == nil {
		t.Errorf("denied: %d %q %v", w.Code, w.Body, told)
	}
	for _, post := range []bool{false, true} {
		slug := map[bool]string{false: "main", true: "posted"}[post]
		a, q = begin(slug)
		w := visit(h, q, a.Binding, post)
		if w.Code != 303 || w.Header().Get("Location") != "/oauth/api" || told != nil {
			t.Errorf("%s: %d to %q, %v", slug, w.Code, w.Header().Get("Location"), told)
		}
		_, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
		must(t, err)
	}
	if w := visit(h, nil, "", false); w.Code != 200 || !strings.Contains(w.Body.String(), "close this window") {
		t.Errorf("at the end: %d %q", w.Code, w.Body)
	}
	_, q = begin("third")
	if w := visit(gw.Callback(waygate.CallbackConfig{Tenant: cfg.Tenant}), q, "", false); w.Code != 500 {
		t.Errorf("without Binding: %d", w.Code)
	}
}

// TestAppAsksAlone connects with nothing but the platform's client.
func TestAppAsksAlone(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	in := oauthAPI(func(o *auth.OAuth2) { o.Grant, o.AuthorizeURL = auth.GrantClientCredentials, "" })
	gw := wired(t, s)
	must(t, gw.Register(t.Context(), in))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main"})
	says(t, err, "auth.ClientCredentials", "App")
	_, err = gw.PutApp(t.Context(), platformClient())
	must(t, err)
	info, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main"})
	must(t, err)
	if info.App != "platform/main" {
		t.Errorf("connected %+v", info)
	}
	_, err = acme.Invoke(t.Context(), "api.read", nil)
	must(t, err)
	if s.count("client_credentials") != 1 {
		t.Errorf("asked %v", s.asked)
	}
}

// TestImportWithoutAccessToken imports a refresh token that is stored already, and has to
// be renewed before it can be used: only who holds the lease sends it, and nobody else's
// connection loses its grant.
func TestImportWithoutAccessToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(context.Context, *waygate.Gateway, auth.Credential) error
		kind waygate.Kind
	}{
		"Connect": {act: func(ctx context.Context, gw *waygate.Gateway, g auth.Credential) error {
			_, err := gw.Tenant("acme").Connect(ctx, "api", waygate.ConnectionSpec{Slug: "copy", Credential: g})
			return err
		}},
		"SetCredential": {act: func(ctx context.Context, gw *waygate.Gateway, g auth.Credential) error {
			_, err := gw.Tenant("acme").SetCredential(ctx, "api", "main", g)
			return err
		}},
		"another tenant's": {kind: waygate.KindConflict, act: func(ctx context.Context, gw *waygate.Gateway, g auth.Credential) error {
			_, err := gw.Tenant("evil").Connect(ctx, "api", waygate.ConnectionSpec{Slug: "stolen", Credential: g})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			gw, acme := oauthReady(t, s, oauthAPI())
			authorized(t, s, acme, "main")
			err := c.act(t.Context(), gw, auth.Grant("", "a-refresh-token-0002", time.Time{}))
			if c.kind != "" {
				failure(t, err, c.kind)
			} else {
				must(t, err)
			}
			if n := s.count("refresh_token"); n != 0 {
				t.Errorf("the refresh token was sent %d times, though the access token is good", n)
			}
			page, err := acme.Connections(t.Context(), waygate.ConnectionQuery{})
			must(t, err)
			s.expireAll()
			for _, info := range page.Connections {
				_, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(info.Slug))
				must(t, err)
			}
			if s.count("refresh_token") != 1 || s.reused != 0 {
				t.Errorf("%d refreshes, %d reuses", s.count("refresh_token"), s.reused)
			}
		})
	}
}

// TestImportOfTheTokenBefore sets a refresh token that was rotated away: the connection
// keeps the newer one.
func TestImportOfTheTokenBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		_, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		time.Sleep(2 * time.Hour)
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		_, err = acme.SetCredential(t.Context(), "api", "main", auth.Grant("a-stale-access-token", "a-refresh-token-0002", time.Now().Add(time.Hour)))
		must(t, err)
		time.Sleep(2 * time.Hour)
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		if s.count("refresh_token") != 2 || s.reused != 0 {
			t.Errorf("%d refreshes, %d reuses", s.count("refresh_token"), s.reused)
		}
	})
}
