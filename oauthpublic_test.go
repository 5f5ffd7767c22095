package waygate_test

import (
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// TestPublicClient: an app without a secret gets tokens and renews them; where they come from is held to the definition
// like that of any other.
func TestPublicClient(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw := wired(t, s)
	must(t, gw.Register(t.Context(), oauthAPI(func(o *auth.OAuth2) { o.ClientAuth = auth.ClientAuthNone })))
	_, err := gw.PutApp(t.Context(), waygate.App{Integration: "api", ID: "main", RedirectURLs: []string{redirectURL}, Client: auth.Client{ID: "client-1"}})
	must(t, err)
	x := gw.Tenant("acme")
	authorized(t, s, x, "main")
	s.grants["a-refresh-token-of-before"] = &issued{refresh: "a-refresh-token-of-before"}
	expired := auth.Grant("an-access-token-of-before", "a-refresh-token-of-before", time.Now().Add(-time.Hour))
	_, err = x.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "imported", Credential: expired})
	must(t, err)
	for _, slug := range []string{"main", "imported"} {
		_, err = x.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
		must(t, err)
	}
	if s.count("authorization_code") != 1 || s.count("refresh_token") != 1 {
		t.Errorf("asked %v", s.asked)
	}
}
