package waygate_test

import (
	"context"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// entrusted are definitions that send something of the platform's.
func entrusted(t *testing.T) (kinds map[string]func(*waygate.Integration), env map[string]string) {
	t.Helper()
	ca := identityOf(t, "authority", nil)
	header := func(name, value string) func(*waygate.Integration) {
		return func(in *waygate.Integration) { in.Headers = map[string]string{name: value} }
	}
	return map[string]func(*waygate.Integration){
		"env":             header("X-K", "${env.k}"),
		"env within":      header("X-K", "{who}-${env.k}"),
		"env in public":   header("User-Agent", "us/${env.k}"),
		"literal":         header("X-Platform-Key", "a-literal-secret"),
		"literal around":  header("X-Platform-Key", "a-lite{who}ral-key"),
		"literal default": header("X-Platform-Key", "${call.k:-a-literal-secret}"),
		"action's env": func(in *waygate.Integration) {
			in.Actions = []waygate.Action{get("b"), waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"X-K": "${env.k}"}}}
		},
		"action's literal": func(in *waygate.Integration) {
			in.Actions = []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"X-Key": "a-literal-secret"}}}
		},
		"certificate": func(in *waygate.Integration) { in.TLS = &waygate.TLS{Certificate: "${env.cert}", Key: "${env.key}"} },
	}, map[string]string{"k": "v", "cert": ca.certPEM, "key": ca.keyPEM}
}

// anyone are definitions that send nothing of it.
func anyone(t *testing.T) map[string]func(*waygate.Integration) {
	t.Helper()
	roots := identityOf(t, "authority", nil).certPEM
	header := func(name, value string) func(*waygate.Integration) {
		return func(in *waygate.Integration) { in.Headers = map[string]string{name: value} }
	}
	return map[string]func(*waygate.Integration){
		"nothing": func(*waygate.Integration) {}, "accept": header("accept", "application/vnd.something+json"), "language": header("Accept-Language", "en-US, en;q=0.5"),
		"version": header("Stripe-Version", "2026-01-01.and-more"), "short": header("X-Flag", "yes"), "tenant's": header("X-Own", "${tenant.own:-}"),
		"connection's": header("X-Own", "${connection.own:-}{who}"), "agent": header("User-Agent", "our-service/1.0"), "type": header("Content-Type", "application/vnd.something+json"),
		"no text": func(in *waygate.Integration) {
			in.Actions = []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Parameters: []waygate.Parameter{
				{Name: "q", In: "query", Default: "a-long-default-text"}, {Name: "n", In: "header", As: "X-N", Default: 12345},
				{Name: "s", In: "header", As: "X-S", Default: "short"}, {Name: "v", In: "header", As: "Api-Version", Default: "2026-01-01-and-more"}}}}
		},
		"prefer": header("Prefer", "return=representation"), "roots": func(in *waygate.Integration) { in.TLS = &waygate.TLS{Roots: roots} },
	}
}

// aimed is a definition at a base URL whose parameters are declared.
func aimed(base string, change func(*waygate.Integration), host waygate.ConnectionParameter) waygate.Integration {
	in := api(get("a"))
	in.BaseURL, host.Name = base, "host"
	in.Parameters = []waygate.ConnectionParameter{host, {Name: "who", Optional: true}}
	change(&in)
	return in
}

// TestTrustInParameters shows which base URLs may have parameters in them where
// something of the platform's is sent.
func TestTrustInParameters(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	plain := waygate.ConnectionParameter{}
	bases := map[string]struct {
		base string
		host waygate.ConnectionParameter
		ok   bool
	}{
		"fixed":            {apiBase, plain, true},
		"in the path":      {apiBase + "/{host}", plain, true},
		"subdomain":        {"https://{host}.example.com", plain, true},
		"its port":         {"https://{host}.example.com:8443", plain, true},
		"enum":             {"https://{host}", waygate.ConnectionParameter{Enum: []string{"a.example.com", "b.example.net"}}, true},
		"domains":          {"https://{host}", waygate.ConnectionParameter{Domains: []string{"example.com"}}, true},
		"suffix":           {"https://{host}", waygate.ConnectionParameter{Suffix: ".example.com"}, true},
		"host":             {"https://{host}", plain, false},
		"a pattern":        {"https://{host}", waygate.ConnectionParameter{Pattern: "[a-z.]+"}, false},
		"a format":         {"https://{host}", waygate.ConnectionParameter{Format: "hostname"}, false},
		"a default":        {"https://{host}", waygate.ConnectionParameter{Default: pointer("api.example.com")}, false},
		"public suffix":    {"https://{host}.co.uk", plain, false},
		"shared suffix":    {"https://{host}.github.io", plain, false},
		"suffix of a name": {"https://my{host}.com", plain, false},
		"port":             {"https://api.example.com:{host}", plain, false},
		"glued":            {"https://{host}example.com", plain, false},
		"glued suffix":     {"https://{host}", waygate.ConnectionParameter{Suffix: "example.com"}, false},
		"of a number":      {"https://{host}.0.1", plain, false},
		"at the end":       {"https://api.{host}", plain, false},
		"two, one open":    {"https://{host|who}", waygate.ConnectionParameter{Domains: []string{"example.com"}}, false},
	}
	for name, b := range bases {
		for kind, change := range kinds {
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
			err := gw.Register(t.Context(), aimed(b.base, change, b.host))
			if b.ok != (err == nil) {
				t.Errorf("%s with %s: %v", name, kind, err)
			}
			if err == nil {
				continue
			}
			if e := failure(t, err, waygate.KindConfig); !strings.HasPrefix(name, "glued") && name != "suffix of a name" && (len(e.Fields) != 1 || e.Fields[0].Pointer != "/base_url") {
				t.Errorf("%s with %s: fields %+v", name, kind, e.Fields)
			}
		}
	}
	for kind, change := range anyone(t) {
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
		if err := gw.Register(t.Context(), aimed("https://{host}", change, plain)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestTrustInConnections shows which base URLs of its own a connection may have,
// at each door where it may bring one.
func TestTrustInConnections(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	bases := map[string]bool{
		apiBase: true, apiBase + "/v2": true, "https://API.EXAMPLE.com:443": true, "https://eu.example.com": true, "https://example.com": true,
		"https://api.example.com.": true, "https://partner.example.net": true,
		"https://example.net": false, "https://evil-example.com": false, "https://example.com.evil.net": false, "https://other.example.net": false,
		"https://partner.example.net.evil.com": false, "https://1.1.1.1": false, "https://com": false,
	}
	type env2 struct {
		gw   *waygate.Gateway
		acme *waygate.Tenant
	}
	gateway := func(change func(*waygate.Integration)) env2 {
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
		in := api(get("a"))
		in.Origins = []string{"https://partner.example.net"}
		in.Parameters = []waygate.ConnectionParameter{{Name: "who", Optional: true}}
		change(&in)
		must(t, gw.Register(t.Context(), in))
		return env2{gw, connect(t, gw, "acme", "api", pat)}
	}
	doors := map[string]func(e env2, base string) error{
		"Connect": func(e env2, base string) error {
			_, err := e.acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "own", Credential: pat, BaseURL: base})
			_ = e.acme.Disconnect(t.Context(), "api", "own")
			return err
		},
		"Update": func(e env2, base string) error {
			_, err := e.acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{BaseURL: &base})
			return err
		},
		"Through": func(e env2, base string) error {
			_, err := e.acme.Invoke(t.Context(), "api.a", nil, waygate.Through(hosted{base}))
			return err
		},
		"Preview": func(e env2, base string) error {
			_, err := e.acme.Preview(t.Context(), "api.a", nil, waygate.Through(hosted{base}))
			return err
		},
	}
	for kind, change := range kinds {
		e := gateway(change)
		for base, ok := range bases {
			for door, open := range doors {
				if err := open(e, base); ok != (err == nil) {
					t.Errorf("%s, %s to %s: %v", kind, door, base, err)
				}
			}
		}
	}
	for kind, change := range anyone(t) {
		e := gateway(change)
		for door, open := range doors {
			if err := open(e, "https://tenant.example.net"); err != nil {
				t.Errorf("%s, %s: %v", kind, door, err)
			}
		}
	}
}

// hosted is a connection of the host's own.
type hosted struct{ base string }

func (h hosted) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault-1", Slug: "vault", Tenant: "acme", Integration: "api", BaseURL: h.base}
}

func (hosted) Credential(context.Context) (auth.Credential, error) { return pat, nil }

// TestTrustAfterReplace shows that a definition which begins to send something of
// the platform's sends nothing to a connection that leads elsewhere.
func TestTrustAfterReplace(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	for kind, change := range kinds {
		w := always(200, `{}`)
		gw := wired(t, w, func(c *waygate.Config) { c.Env = env })
		in := api(get("a"))
		in.Parameters = []waygate.ConnectionParameter{{Name: "who", Optional: true}}
		must(t, gw.Register(t.Context(), in))
		acme := gw.Tenant("acme")
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, BaseURL: "https://tenant.example.net"})
		must(t, err)
		change(&in)
		must(t, gw.Replace(t.Context(), in))
		_, err = acme.Invoke(t.Context(), "api.a", nil)
		if failure(t, err, waygate.KindConfig); len(w.seen()) != 0 {
			t.Errorf("%s: sent %+v", kind, w.last(t))
		}
	}
}

// TestTrustOfDefaults shows that what a definition sends in a header by default is
// as much the platform's as what it writes there.
func TestTrustOfDefaults(t *testing.T) {
	t.Parallel()
	for _, place := range []waygate.In{"header", "cookie"} {
		in := aimed("https://{host}", func(in *waygate.Integration) {
			in.Actions = []waygate.Action{waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a",
				Parameters: []waygate.Parameter{{Name: "k", In: place, As: "X-Key", Default: "a-literal-secret"}}}}
		}, waygate.ConnectionParameter{})
		failure(t, wired(t, always(200, `{}`)).Register(t.Context(), in), waygate.KindConfig)
	}
}

// TestTrustOfAddresses shows hosts that have no registrable domain: only the same
// origin is of the same owner; and that http is never.
func TestTrustOfAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		base, own string
		ok        bool
	}{
		{"https://93.184.216.34", "https://93.184.216.34/v2", true},
		{"https://93.184.216.34", "https://8.8.216.34", false},
		{"https://93.184.216.34", "https://[::ffff:8.8.216.34]", false},
		{"https://[2606:2800::1]", "https://[2606:2800::2]", false},
		{"https://localhost", "https://localhost2", false},
		{apiBase, "http://eu.example.com", false},
		{"https://{who}", "https://com", false},
	} {
		gw := wired(t, always(200, `{}`), func(cfg *waygate.Config) { cfg.Env, cfg.Egress.AllowHTTP = map[string]string{"k": "platform"}, true })
		in := api(get("a"))
		in.BaseURL, in.Headers = c.base, map[string]string{"X-K": "${env.k}"}
		in.Parameters = []waygate.ConnectionParameter{{Name: "who", Enum: []string{"a.example.com"}, Default: pointer("a.example.com")}}
		must(t, gw.Register(t.Context(), in))
		_, err := gw.Tenant("acme").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, BaseURL: c.own})
		if c.ok != (err == nil) {
			t.Errorf("%s to %s: %v", c.base, c.own, err)
		}
	}
}

// TestNamesOfOtherScopes shows that a variable of the tenant's may have the name
// of a value of the platform's that couldn't stand in its place.
func TestNamesOfOtherScopes(t *testing.T) {
	t.Parallel()
	in := api(get("a"))
	in.Headers = map[string]string{"X-Own": "${tenant.key}"}
	gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = map[string]string{"key": "two\nlines"} })
	must(t, gw.Register(t.Context(), in))
}
