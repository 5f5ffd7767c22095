package waygate_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// brought is a grant that the server gave to somebody before.
func (s *authServer) brought(dies time.Time) auth.Credential {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &issued{}
	s.give(&http.Request{}, g)
	return auth.Grant(g.access, g.refresh, dies)
}

// invoked is the error of a call of a connection.
func invoked(t *testing.T, x *waygate.Tenant, slug string) error {
	t.Helper()
	_, err := x.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
	return err
}

// TestGrantWithoutApp imports grants before there is an app: what is missing is the
// host's to mend, and mended by PutApp.
func TestGrantWithoutApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, events := newAuthServer(), &eventBook{}
		gw := wired(t, s, func(c *waygate.Config) { c.Observers = []waygate.Observer{events} })
		must(t, gw.Register(t.Context(), oauthAPI()))
		acme := gw.Tenant("acme")
		for _, slug := range []string{"main", "later"} {
			_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slug, Credential: s.brought(time.Now().Add(time.Hour))})
			must(t, err)
		}
		alone := waygate.ConnectionSpec{Slug: "alone", Credential: auth.Grant("", "a-refresh-token-0123", time.Time{})}
		_, err := acme.Connect(t.Context(), "api", alone)
		says(t, failure(t, err, waygate.KindConfig), `no app is registered for integration "api"`, "PutApp")
		must(t, invoked(t, acme, "main"))
		time.Sleep(2 * time.Hour)
		for range 2 {
			e := failure(t, invoked(t, acme, "main"), waygate.KindConfig)
			if says(t, e, `no app is registered for integration "api"`, "PutApp"); e.RetryAfter != 0 || e.Hint != waygate.HintCheckIntegrationConfig {
				t.Errorf("hint %q, retry after %s", e.Hint, e.RetryAfter)
			}
		}
		app := platformClient()
		_, err = gw.PutApp(t.Context(), app)
		must(t, err)
		time.Sleep(10 * time.Second)
		must(t, invoked(t, acme, "main"))
		s.mu.Lock()
		s.refuse = func(r *http.Request, _ url.Values) *http.Response { return reply(r, 401, `{"error":"invalid_client"}`) }
		s.mu.Unlock()
		failure(t, invoked(t, acme, "later"), waygate.KindAuth)
		if got := statusOf(t, gw); got != waygate.AppError || !events.has("app_error") {
			t.Errorf("the app that was refused is %s, events %v", got, events.names())
		}
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		app.ID = "other"
		_, err = gw.PutApp(t.Context(), app)
		must(t, err)
		time.Sleep(2 * time.Hour)
		says(t, failure(t, invoked(t, acme, "main"), waygate.KindConfig), "several", "AuthorizeSpec.App")
	})
}

// TestGrantWithItsOwnClient shows that a credential which brings its client needs no
// app, and is no business of one that is there.
func TestGrantWithItsOwnClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		gw := wired(t, s)
		must(t, gw.Register(t.Context(), oauthAPI(func(o *auth.OAuth2) { o.Grant = auth.GrantClientCredentials })))
		acme := gw.Tenant("acme")
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.ClientCredentials("own-client", "right-secret-01")})
		must(t, err)
		_, err = gw.PutApp(t.Context(), platformClient())
		must(t, err)
		s.mu.Lock()
		s.refuse = func(r *http.Request, _ url.Values) *http.Response { return reply(r, 401, `{"error":"invalid_client"}`) }
		s.mu.Unlock()
		time.Sleep(2 * time.Hour)
		e := failure(t, invoked(t, acme, "main"), waygate.KindAuth)
		if says(t, e, "compare"); statusOf(t, gw) != waygate.AppActive {
			t.Error("the app was blamed for a client that isn't its")
		}
	})
}

// TestRefusalsNameTheRemedy has what a connection has refused in the ways that differ in
// who can do what about it.
func TestRefusalsNameTheRemedy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		gw, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "short", Credential: auth.Grant("a-token-without-more", "", time.Now().Add(time.Hour))})
		must(t, err)
		_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "wrong", Credential: auth.Grant("a-token-without-end", "", time.Time{})})
		must(t, err)
		time.Sleep(2 * time.Hour)
		says(t, failure(t, invoked(t, acme, "short"), waygate.KindAuth), "expired at 2000-01-01T01:00:00Z", "Tenant.Authorize", "Tenant.SetCredential")
		info, err := acme.Connection(t.Context(), "api", "short")
		must(t, err)
		if info.Status != waygate.StatusActive || info.CredentialStatus != waygate.CredentialExpired {
			t.Errorf("connection %s, credential %s", info.Status, info.CredentialStatus)
		}
		e := failure(t, invoked(t, acme, "wrong"), waygate.KindAuth)
		says(t, e, "Tenant.Authorize")
		s.mu.Lock()
		s.refuse = func(r *http.Request, _ url.Values) *http.Response { return reply(r, 401, `{"error":"invalid_client"}`) }
		s.mu.Unlock()
		says(t, failure(t, invoked(t, acme, "main"), waygate.KindAuth), `the client of app "platform/main"`, "PutApp")
		must(t, gw.DeleteApp(t.Context(), "api", "main"))
		time.Sleep(time.Hour)
		says(t, failure(t, invoked(t, acme, "main"), waygate.KindConfig), `app "main" of integration "api" is gone`, "PutApp", "authorize")
	})
	_, acme := ready(t, always(401, `{}`), api(get("read")))
	_, err := acme.Invoke(t.Context(), "api.read", nil)
	says(t, failure(t, err, waygate.KindAuth), "Tenant.SetCredential")
	_, err = acme.Invoke(t.Context(), "api.read", nil, waygate.Through(vaultOf("acme", "api")))
	says(t, failure(t, err, waygate.KindAuth), "Credential has to return another")
}

// TestClientThatCannotBeSent: a token request that can't be made up, because of the app's client, is the host's to mend.
func TestClientThatCannotBeSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, in := newAuthServer(), oauthAPI()
		scheme := in.Auth.(auth.OAuth2)
		scheme.ClientAuth = auth.ClientAuthBasicRaw
		in.Auth = scheme
		gw := wired(t, s)
		must(t, gw.Register(t.Context(), in))
		app := platformClient()
		app.Client.ID = "an:id"
		_, err := gw.PutApp(t.Context(), app)
		must(t, err)
		acme := gw.Tenant("acme")
		_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: s.brought(time.Now().Add(time.Hour))})
		must(t, err)
		time.Sleep(2 * time.Hour)
		for range 2 { // the second within the pause after the first
			e := failure(t, invoked(t, acme, "main"), waygate.KindConfig)
			if says(t, e, "client.id", "colon"); e.RetryAfter != 0 || e.Hint != waygate.HintCheckIntegrationConfig {
				t.Errorf("hint %q, retry after %s", e.Hint, e.RetryAfter)
			}
		}
	})
}
