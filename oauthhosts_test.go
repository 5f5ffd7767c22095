package waygate_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// evilHost is where a tenant would like the platform's secret to be sent.
const evilHost = "evil.example.org"

// clients prove who they are in each way.
func clients(t *testing.T) map[auth.ClientAuth]auth.Client {
	id := identityOf(t, "waygate", nil)
	cert, key := id.certPEM, id.keyPEM
	return map[auth.ClientAuth]auth.Client{
		auth.ClientAuthBody:       {ID: "client-1", Secret: secret.New(clientSecret)},
		auth.ClientAuthBasic:      {ID: "client-1", Secret: secret.New(clientSecret)},
		auth.ClientAuthPrivateKey: {ID: "client-1", Key: secret.New(key), KeyID: "k1"},
		auth.ClientAuthTLS:        {ID: "client-1", Key: secret.New(key), Certificate: cert},
	}
}

// whoseApp says with whose app the host of the token endpoint is free.
var whoseApps = map[string]struct {
	own     bool
	origins []string
	allowed bool
}{
	"the platform's":             {},
	"the platform's, other host": {origins: []string{"https://good.example.org"}},
	"the platform's, listed":     {origins: []string{"https://" + evilHost}, allowed: true},
	"the tenant's own":           {own: true, allowed: true},
}

// hostsAsked are the hosts that token requests went to.
func hostsAsked(s *authServer) []string {
	var hosts []string
	for _, x := range s.seen() {
		if x.host != "api.example.com" {
			hosts = append(hosts, x.host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// TestTokenHost holds the client's secret, whatever proves it, to where its owner lets
// it go, in each flow and in a refresh.
func TestTokenHost(t *testing.T) {
	t.Parallel()
	evil := map[string]string{"domain": evilHost}
	flows := map[string]struct {
		change func(*auth.OAuth2)
		try    func(*testing.T, *authServer, *waygate.Tenant) error
	}{
		"code": {try: func(t *testing.T, s *authServer, acme *waygate.Tenant) error { return tryCode(t, s, acme, evil, nil) }},
		"callback": {change: func(o *auth.OAuth2) {
			o.Capture = []auth.Capture{{Parameter: "domain", From: auth.CaptureCallback, Pattern: `[a-z.]+`}}
		}, try: func(t *testing.T, s *authServer, acme *waygate.Tenant) error {
			return tryCode(t, s, acme, nil, url.Values{"domain": {evilHost}})
		}},
		"refresh": {try: func(t *testing.T, s *authServer, acme *waygate.Tenant) error { return tryRefresh(t, s, acme, evil) }},
		"device": {change: func(o *auth.OAuth2) {
			o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", "https://{domain}/device"
		}, try: func(t *testing.T, _ *authServer, acme *waygate.Tenant) error {
			_, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Parameters: evil})
			return err
		}},
		"revocation": {change: func(o *auth.OAuth2) { o.TokenURL, o.RevokeURL = authBase+"/token", "https://{domain}/revoke" },
			try: func(t *testing.T, s *authServer, acme *waygate.Tenant) error { return tryRefresh(t, s, acme, evil) }},
	}
	for how, client := range clients(t) {
		for whose, app := range whoseApps {
			for name, flow := range flows {
				t.Run(string(how)+"/"+whose+"/"+name, func(t *testing.T) {
					t.Parallel()
					s := newAuthServer()
					in := oauthAPI(func(o *auth.OAuth2) {
						o.TokenURL, o.RevokeURL, o.ClientAuth = "https://{domain}/token", "", how
						o.Assertion = &auth.Assertion{Algorithm: "ES256"}
						if flow.change != nil {
							flow.change(o)
						}
					})
					in.Parameters = []waygate.ConnectionParameter{{Name: "domain"}}
					gw := wired(t, s)
					must(t, gw.Register(t.Context(), in))
					acme, put := gw.Tenant("acme"), gw.PutApp
					if app.own {
						put = acme.PutApp
					}
					_, err := put(t.Context(), waygate.App{Integration: "api", ID: "main", RedirectURLs: []string{redirectURL}, Client: client, Origins: app.origins})
					must(t, err)
					err = flow.try(t, s, acme)
					switch hosts := hostsAsked(s); {
					case app.allowed && (err != nil || !slices.Contains(hosts, evilHost) && name != "revocation"):
						t.Errorf("asked %v: %v", hosts, err)
					case !app.allowed && (!errors.Is(err, egress.ErrDenied) || slices.Contains(hosts, evilHost)):
						t.Errorf("asked %v, want ErrDenied: %v", hosts, err)
					}
				})
			}
		}
	}
}

// tryCode goes through the code flow; more is what the callback brings beside.
func tryCode(t *testing.T, s *authServer, acme *waygate.Tenant, parameters map[string]string, more url.Values) error {
	a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Parameters: parameters})
	if err != nil {
		return err
	}
	q := s.consent(t, a.URL)
	for name, v := range more {
		q[name] = v
	}
	_, err = acme.Complete(t.Context(), q, a.Binding)
	return err
}

// tryRefresh connects where the secret may go, leads the connection elsewhere, and
// makes a call that has to refresh.
func tryRefresh(t *testing.T, s *authServer, acme *waygate.Tenant, parameters map[string]string) error {
	s.mu.Lock()
	s.grants["a-refresh-token-0123"] = &issued{refresh: "a-refresh-token-0123"}
	s.mu.Unlock()
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Parameters: parameters,
		Credential: auth.Grant("a-stale-access-token", "a-refresh-token-0123", time.Now().Add(-time.Hour))})
	if err != nil {
		return err
	}
	_, err = acme.Invoke(t.Context(), "api.read", nil)
	return err
}

// TestMovedTokenHost leads a connection away after it was made with the platform's app.
func TestMovedTokenHost(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	in := oauthAPI(func(o *auth.OAuth2) { o.TokenURL, o.RevokeURL = "https://{domain}/token", "https://{domain}/revoke" })
	in.Parameters = []waygate.ConnectionParameter{{Name: "domain"}}
	gw := wired(t, s)
	must(t, gw.Register(t.Context(), in))
	client := platformClient()
	client.Origins = []string{authBase}
	_, err := gw.PutApp(t.Context(), client)
	must(t, err)
	acme := gw.Tenant("acme")
	must(t, tryCode(t, s, acme, map[string]string{"domain": "login.example.net"}, nil))
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Parameters: map[string]string{"domain": evilHost}})
	must(t, err)
	s.expireAll()
	_, err = acme.Invoke(t.Context(), "api.read", nil)
	if !errors.Is(err, egress.ErrDenied) {
		t.Errorf("want ErrDenied, got %v", err)
	}
	failure(t, err, waygate.KindConfig)
	_, err = acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
	if !errors.Is(err, egress.ErrDenied) {
		t.Errorf("authorized again: want ErrDenied, got %v", err)
	}
	must(t, acme.Disconnect(t.Context(), "api", "main"))
	if hosts := hostsAsked(s); !slices.Equal(hosts, []string{"login.example.net"}) {
		t.Errorf("asked %v", hosts)
	}
}

// TestCapturedHost shows that what a callback brings is held to the rules of the
// parameter before its host is asked, and not only to the pattern of the capture.
func TestCapturedHost(t *testing.T) {
	t.Parallel()
	suffix := waygate.ConnectionParameter{Name: "shop", Format: "hostname", Suffix: ".shops.example.net"}
	domains := waygate.ConnectionParameter{Name: "shop", Format: "hostname", Domains: []string{"shops.example.net"}}
	optional := waygate.ConnectionParameter{Name: "shop", Enum: []string{"eu", "us"}, Optional: true}
	for name, c := range map[string]struct {
		param   waygate.ConnectionParameter
		url     string
		pattern string
		brought string
		host    string // that is asked; empty for none
	}{
		"domains":               {domains, "https://{shop}/token", ".+", "acme.shops.example.net", "acme.shops.example.net"},
		"another domain":        {domains, "https://{shop}/token", ".+", evilHost, ""},
		"suffix":                {suffix, "https://{shop}/token", ".+", "acme.shops.example.net", "acme.shops.example.net"},
		"a suffix that is left": {suffix, "https://{shop}/token", ".+", evilHost, ""},
		"pattern":               {waygate.ConnectionParameter{Name: "shop"}, "https://{shop}.example.net/token", "[a-z]+", "acme", "acme.example.net"},
		"another pattern":       {waygate.ConnectionParameter{Name: "shop"}, "https://{shop}.example.net/token", "[a-z]+", "evil.example.org/", ""},
		"a default":             {optional, "https://{shop:-login}.example.net/token", ".+", "", "login.example.net"},
		"no choice":             {optional, "https://{shop:-login}.example.net/token", ".+", "evil", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			in := oauthAPI(func(o *auth.OAuth2) {
				o.TokenURL, o.Capture = c.url, []auth.Capture{{Parameter: "shop", From: auth.CaptureCallback, Pattern: c.pattern, Optional: true}}
			})
			in.Parameters = []waygate.ConnectionParameter{c.param}
			_, acme := oauthReady(t, s, in)
			more := url.Values{}
			if c.brought != "" {
				more.Set("shop", c.brought)
			}
			err := tryCode(t, s, acme, nil, more)
			hosts := hostsAsked(s)
			if c.host != "" && (err != nil || !slices.Equal(hosts, []string{c.host})) || c.host == "" && (err == nil || len(hosts) != 0) {
				t.Errorf("asked %v: %v", hosts, err)
			}
		})
	}
}

// TestTokenHeaders refuses a definition by which a tenant could have a header of the
// platform's sent to itself.
func TestTokenHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url, header, value string
		ok                 bool
	}{
		"free host":     {"https://{domain}/token", "X-Partner-Key", "a-partner-key-0123", false},
		"public header": {"https://{domain}/token", "Accept-Language", "en-US,en;q=0.9", true},
		"fixed host":    {authBase + "/token", "X-Partner-Key", "a-partner-key-0123", true},
		"fixed domain":  {"https://{domain}.example.net/token", "X-Partner-Key", "a-partner-key-0123", true},
	} {
		in := oauthAPI(func(o *auth.OAuth2) { o.TokenURL, o.TokenHeaders = c.url, map[string]string{c.header: c.value} })
		in.Parameters = []waygate.ConnectionParameter{{Name: "domain", Optional: true}}
		err := wired(t, newAuthServer()).Register(t.Context(), in)
		if (err == nil) != c.ok || err != nil && (!strings.Contains(err.Error(), "token_headers") || strings.Contains(err.Error(), c.value)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
