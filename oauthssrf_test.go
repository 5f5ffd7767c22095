package waygate_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// oauthWorld is one try to lead a token request to a row's host.
type oauthWorld struct {
	*testing.T
	row    inside
	acme   *waygate.Tenant
	events *eventBook
}

// oauthWay is a URL of a scheme's whose host a tenant can name, or who makes a callback,
// or who answers.
type oauthWay struct {
	def auth.Scheme
	// base is that of the integration, empty for one that nobody else names.
	base string
	// key is the private key of the app, which has a secret otherwise.
	key string
	try func(*oauthWorld) error
	// still says that the gateway doesn't ask the URL in this: a name, which nobody
	// looks up, may stand in it.
	still bool
	// unfollowed says that what names the host isn't followed, whatever the policy.
	unfollowed bool
}

// host is the parameter that names it.
func (w *oauthWorld) host() map[string]string { return map[string]string{"host": w.row.host} }

func (w *oauthWorld) authorize(parameters map[string]string) (*waygate.Authorization, error) {
	return w.acme.Authorize(w.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Parameters: parameters})
}

// complete goes through the code flow with what the browser brings.
func (w *oauthWorld) complete(parameters map[string]string, more url.Values) error {
	a, err := w.authorize(parameters)
	if err != nil {
		return err
	}
	u, err := url.Parse(a.URL)
	must(w, err)
	q := url.Values{"code": {"a-code-0123456789"}, "state": {u.Query().Get("state")}}
	for name, values := range more {
		q[name] = values
	}
	_, err = w.acme.Complete(w.Context(), q, a.Binding)
	return err
}

func (w *oauthWorld) connect(parameters map[string]string, c auth.Credential) error {
	_, err := w.acme.Connect(w.Context(), "api", waygate.ConnectionSpec{Slug: "main", Parameters: parameters, Credential: c})
	return err
}

// imported connects with tokens of which the access token has expired.
func (w *oauthWorld) imported(parameters map[string]string) error {
	return w.connect(parameters, auth.Grant("an-access-token-0123", "a-refresh-token-0123", time.Now().Add(-time.Minute)))
}

func (w *oauthWorld) refreshed() error {
	if err := w.imported(w.host()); err != nil {
		return err
	}
	_, err := w.acme.Invoke(w.Context(), "api.read", nil)
	return err
}

// moved leads a connection elsewhere after it was made.
func (w *oauthWorld) moved() error {
	must(w, w.imported(map[string]string{"host": "example.com"}))
	if _, err := w.acme.Update(w.Context(), "api", "main", waygate.ConnectionUpdate{Parameters: w.host()}); err != nil {
		return err
	}
	_, err := w.acme.Invoke(w.Context(), "api.read", nil)
	return err
}

// revoked disconnects; the error is what observers are told of the revocation.
func (w *oauthWorld) revoked() error {
	if err := w.imported(w.host()); err != nil {
		return err
	}
	must(w, w.acme.Disconnect(w.Context(), "api", "main"))
	for _, e := range w.events.events {
		if e.Event == "revoke_failed" {
			return e.Err
		}
	}
	return nil
}

// oauthWays are all of them.
func oauthWays() map[string]oauthWay {
	def := func(change func(*auth.OAuth2)) auth.OAuth2 {
		o := auth.OAuth2{AuthorizeURL: "https://example.com/authorize", TokenURL: "https://example.com/token"}
		change(&o)
		return o
	}
	token := def(func(o *auth.OAuth2) { o.TokenURL = "https://{host}/token" })
	alone := func(g auth.GrantType) auth.OAuth2 { return auth.OAuth2{Grant: g, TokenURL: "https://{host}/token"} }
	refresh := def(func(o *auth.OAuth2) { o.RefreshURL = "https://{host}/refresh" })
	lookup := func(url string) auth.OAuth2 {
		return def(func(o *auth.OAuth2) {
			o.TokenURL = "https://example.com/good-token"
			o.Lookup = []auth.LoginStep{{Method: "GET", URL: url, Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
				Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "number", Path: "id"}}}}}
		})
	}
	captured := token
	captured.Capture = []auth.Capture{{Parameter: "host", From: auth.CaptureCallback, Pattern: ".+"}}
	return map[string]oauthWay{
		"authorize_url": {still: true, def: def(func(o *auth.OAuth2) { o.AuthorizeURL = "https://{host}/authorize" }),
			try: func(w *oauthWorld) error { _, err := w.authorize(w.host()); return err }},
		"introspect_url": {still: true, def: def(func(o *auth.OAuth2) { o.IntrospectURL = "https://{host}/introspect" }),
			try: func(w *oauthWorld) error { return w.imported(w.host()) }},
		"code": {def: token, try: func(w *oauthWorld) error { return w.complete(w.host(), nil) }},
		"client credentials": {def: alone(auth.GrantClientCredentials), try: func(w *oauthWorld) error {
			return w.connect(w.host(), auth.ClientCredentials("client-of-acme", "secret-of-acme-0123"))
		}},
		"password": {def: alone(auth.GrantPassword), try: func(w *oauthWorld) error {
			return w.connect(w.host(), auth.PasswordGrant("ann", "a-password-0123"))
		}},
		"refresh at token_url":     {def: token, try: (*oauthWorld).refreshed},
		"refresh_url":              {def: refresh, try: (*oauthWorld).refreshed},
		"refresh_url after Update": {def: refresh, try: (*oauthWorld).moved},
		"revoke_url":               {def: def(func(o *auth.OAuth2) { o.RevokeURL = "https://{host}/revoke" }), try: (*oauthWorld).revoked},
		"device_url": {def: auth.OAuth2{Grant: auth.GrantDeviceCode, DeviceURL: "https://{host}/device", TokenURL: "https://example.com/token"},
			try: func(w *oauthWorld) error {
				_, err := w.acme.AuthorizeDevice(w.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Parameters: w.host()})
				return err
			}},
		"lookup": {def: lookup("https://{host}/me"), try: func(w *oauthWorld) error { return w.complete(w.host(), nil) }},
		"redirect of a lookup": {unfollowed: true, def: lookup("https://example.com/redirect"),
			try: func(w *oauthWorld) error { return w.complete(w.host(), nil) }},
		"callback": {def: captured, try: func(w *oauthWorld) error {
			return w.complete(map[string]string{"host": "example.com"}, url.Values{"host": {w.row.host}})
		}},
		"redirect": {unfollowed: true, def: def(func(o *auth.OAuth2) { o.TokenURL = "https://example.com/redirect" }),
			try: func(w *oauthWorld) error { return w.complete(w.host(), nil) }},
	}
}

// newOAuthWorld makes a gateway with the tenant's own app, whose secret may go where
// the tenant leads it: only the policy stands between it and an address.
func newOAuthWorld(t *testing.T, n *network, way oauthWay, open bool) *oauthWorld {
	w := &oauthWorld{T: t, row: n.row, events: &eventBook{}}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: n.policy(open), Retry: resilience.Never{}, Observers: []waygate.Observer{w.events}})
	must(t, err)
	t.Cleanup(func() { must(t, gw.Shutdown(context.Background())) })
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: cmp.Or(way.base, "https://example.com"), Auth: way.def, Actions: []waygate.Action{get("read")},
		Parameters: []waygate.ConnectionParameter{{Name: "host", Optional: true}, {Name: "number", Default: pointer("42")}}}))
	w.acme = gw.Tenant("acme")
	own := waygate.App{Integration: "api", ID: "own", RedirectURLs: []string{redirectURL}, Client: auth.Client{ID: "client-of-acme", Secret: secret.New("secret-of-acme-0123")}}
	if way.key != "" {
		own = waygate.App{Integration: "api", ID: "own", Client: keyOf("client-of-acme", way.key)}
	}
	_, err = w.acme.PutApp(t.Context(), own)
	must(t, err)
	return w
}

// TestOAuthInside holds promise 3 for what OAuth and the logins ask: whoever names an
// address inside, and in whatever form, nothing is dialled; and it is the policy, or the
// form, that keeps it so.
func TestOAuthInside(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[inside]
	provider := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/redirect"):
			w.Header().Set("Location", "https://"+current.Load().host+"/inside")
			w.WriteHeader(http.StatusTemporaryRedirect)
		case path == "/login":
			_, _ = io.WriteString(w, `{"token":"a-session-0123","again":"a-refresh-token-0123"}`)
		case path == "/good-token":
			_, _ = io.WriteString(w, `{"access_token":"an-access-token-0123","refresh_token":"a-refresh-token-0123"}`)
		case path == "/read":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_request"}`)
		}
	})
	all := oauthWays()
	maps.Copy(all, loginWays(t))
	for name, way := range all {
		denied, dialled := 0, 0
		for form, row := range insides() {
			current.Store(&row)
			for _, open := range []bool{false, true} {
				n := newNetwork(t, row, provider)
				err := way.try(newOAuthWorld(t, n, way, open))
				accepted := n.accepted.Load()
				var e *waygate.Error
				badForm := written("parameter", row) && errors.As(err, &e) && e.Kind == waygate.KindInvalidInput
				switch {
				case accepted != 0 && (!open || row.never != "" || way.still || way.unfollowed):
					t.Errorf("%s/%s: open %v: %d connections: %v", name, form, open, accepted, err)
				case err == nil && !way.still:
					t.Errorf("%s/%s: open %v: no error", name, form, open)
				case way.still && err == nil && len(row.answers) == 0 && !open:
					t.Errorf("%s/%s: an address inside is taken", name, form)
				case way.unfollowed, badForm, way.still && err == nil:
				case !open && (!errors.Is(err, egress.ErrDenied) || e != nil && e.Kind != waygate.KindConfig):
					t.Errorf("%s/%s: want ErrDenied of kind config, got %v", name, form, err)
				case open && accepted == 0 && row.never == "" && !way.still:
					t.Errorf("%s/%s: the open policy lets nothing through either: %v", name, form, err)
				}
				if dialled += int(accepted); errors.Is(err, egress.ErrDenied) && !open {
					denied++
				}
			}
		}
		if way.unfollowed {
			continue
		}
		if denied < 25 || dialled < 20 && !way.still {
			t.Errorf("%s: only %d refusals by the policy, and %d connections without it", name, denied, dialled)
		}
	}
}
