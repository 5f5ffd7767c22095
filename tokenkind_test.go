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

// TestTokenOutageKinds shows that a call without a token fails by the kind of what
// went wrong: only a refusal says that the credential is to blame. While the next
// try is not due, the same is said without asking.
func TestTokenOutageKinds(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) func(*http.Request, url.Values) *http.Response {
		return func(r *http.Request, _ url.Values) *http.Response { return reply(r, status, body) }
	}
	for name, c := range map[string]struct {
		refuse func(*http.Request, url.Values) *http.Response
		kind   waygate.Kind
		status int
	}{
		"maintenance":   {answer(503, `<html>`), waygate.KindServer, 503},
		"rate limited":  {answer(429, `{}`), waygate.KindRateLimited, 429},
		"unreadable":    {answer(200, `<html>`), waygate.KindNetwork, 200},
		"wrong client":  {answer(401, `{"error":"invalid_client"}`), waygate.KindAuth, 401},
		"grant is gone": {answer(400, `{"error":"invalid_grant"}`), waygate.KindNeedsReauth, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAuthServer()
				_, acme := oauthReady(t, s, oauthAPI())
				authorized(t, s, acme, "main")
				time.Sleep(2 * time.Hour)
				s.mu.Lock()
				s.refuse = c.refuse
				s.mu.Unlock()
				s.forget()
				for range 2 {
					_, err := acme.Invoke(t.Context(), "api.read", nil)
					e := failure(t, err, c.kind)
					if e.Status != c.status || (e.RetryAfter > 0) != (c.kind != waygate.KindNeedsReauth) {
						t.Errorf("status %d, retry after %s: %v", e.Status, e.RetryAfter, err)
					}
				}
				if n := len(s.seen()); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestCredentialMissing shows that a connection without credential is told how its
// grant begins.
func TestCredentialMissing(t *testing.T) {
	t.Parallel()
	for grant, want := range map[auth.GrantType]string{
		"": "Authorize", auth.GrantClientCredentials: "auth.ClientCredentials", auth.GrantPassword: "auth.PasswordGrant",
		auth.GrantJWTBearer: "auth.ClientKey", auth.GrantDeviceCode: "AuthorizeDevice",
	} {
		_, acme := oauthReady(t, newAuthServer(), oauthAPI(func(o *auth.OAuth2) { o.Grant, o.DeviceURL = grant, authBase+"/device" }))
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main"})
		failure(t, err, waygate.KindConfig)
		says(t, err, want)
	}
}
