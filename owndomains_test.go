package waygate_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// TestOwnDomains: what belongs to the platform goes to hosts below a shared suffix only where the definition says that it is
// the provider's.
func TestOwnDomains(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	for _, tt := range []struct {
		name, base string
		host       waygate.ConnectionParameter
		own        []string
		want       string // in the error; empty if there is none
	}{
		{"said", "https://{host}.myshopify.com", waygate.ConnectionParameter{}, []string{"myshopify.com"}, ""},
		{"in capitals", "https://{host}.MyShopify.com", waygate.ConnectionParameter{}, []string{"MYSHOPIFY.com"}, ""},
		{"below it", "https://{host}.eu.myshopify.com:8443", waygate.ConnectionParameter{}, []string{"myshopify.com"}, ""},
		{"as a suffix", "https://{host}", waygate.ConnectionParameter{Suffix: ".myshopify.com"}, []string{"myshopify.com"}, ""},
		{"not said", "https://{host}.myshopify.com", waygate.ConnectionParameter{}, nil, "base_url"},
		{"another", "https://{host}.github.io", waygate.ConnectionParameter{}, []string{"myshopify.com"}, "base_url"},
		{"nothing before it", "https://{host}.com", waygate.ConnectionParameter{}, []string{"myshopify.com"}, "base_url"},
		{"a registry's", apiBase, waygate.ConnectionParameter{}, []string{"co.uk"}, "own_domains[0]"},
		{"a top level", apiBase, waygate.ConnectionParameter{}, []string{"myshopify.com", "com"}, "own_domains[1]"},
		{"an address", apiBase, waygate.ConnectionParameter{}, []string{"10.0.0.1"}, "own_domains[0]"},
		{"one without need", apiBase, waygate.ConnectionParameter{}, []string{"acme.myshopify.com"}, "own_domains[0]"},
		{"no name", apiBase, waygate.ConnectionParameter{}, []string{"*.myshopify.com"}, "own_domains[0]"},
		{"too many", apiBase, waygate.ConnectionParameter{}, make([]string, 17), "own_domains"},
	} {
		for kind, change := range kinds {
			gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
			in := aimed(tt.base, change, tt.host)
			in.OwnDomains = tt.own
			err := gw.Register(t.Context(), in)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s with %s: %v", tt.name, kind, err)
			}
		}
	}
}

// TestSuffixBelow: a domain that the list has below a provider's, where anybody may have a server, isn't the provider's.
func TestSuffixBelow(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	for name, c := range map[string]struct {
		base, value string
		host        waygate.ConnectionParameter
		own         []string
		ok          bool
	}{
		"the provider's":  {"https://{host}.amazonaws.com", "sqs.eu-west-1", waygate.ConnectionParameter{}, nil, true},
		"a bucket":        {"https://{host}.amazonaws.com", "evil.s3", waygate.ConnectionParameter{}, nil, false},
		"the suffix":      {"https://{host}.amazonaws.com", "s3", waygate.ConnectionParameter{}, nil, true},
		"by a suffix":     {"https://{host}", "evil.s3", waygate.ConnectionParameter{Suffix: ".amazonaws.com"}, nil, false},
		"in domains":      {"https://{host}", "evil.S3.amazonaws.com", waygate.ConnectionParameter{Domains: []string{"amazonaws.com"}}, nil, false},
		"said to be own":  {"https://{host}.amazonaws.com", "mine.s3", waygate.ConnectionParameter{}, []string{"S3.amazonaws.com"}, true},
		"another is own":  {"https://{host}.amazonaws.com", "evil.s3", waygate.ConnectionParameter{}, []string{"myshopify.com"}, false},
		"own, and deeper": {"https://{host}.myshopify.com", "a.b", waygate.ConnectionParameter{}, []string{"myshopify.com"}, true},
	} {
		for kind, change := range kinds {
			w := always(200, `{}`)
			gw := wired(t, w, func(c *waygate.Config) { c.Env = env })
			in := aimed(c.base, change, c.host)
			in.OwnDomains = c.own
			must(t, gw.Register(t.Context(), in))
			_, err := gw.Tenant("acme").Connect(t.Context(), "api",
				waygate.ConnectionSpec{Slug: "main", Parameters: map[string]string{"host": c.value, "who": "x"}, Credential: pat})
			if c.ok {
				must(t, err)
			} else if failure(t, err, waygate.KindInvalidInput); len(w.seen()) > 0 {
				t.Errorf("%s with %s: %s was asked", name, kind, w.last(t).host)
			}
		}
		gw := wired(t, always(200, `{}`))
		in := aimed(c.base, func(*waygate.Integration) {}, c.host)
		in.OwnDomains = c.own
		must(t, gw.Register(t.Context(), in)) // nothing of the platform's: the tenant's own key goes where the tenant says
		_, err := gw.Tenant("acme").Connect(t.Context(), "api",
			waygate.ConnectionSpec{Slug: "main", Parameters: map[string]string{"host": c.value}, Credential: pat})
		must(t, err)
	}
}

// TestSuffixBelowTokens: nor does a token endpoint there get the secret of the platform's app.
func TestSuffixBelowTokens(t *testing.T) {
	t.Parallel()
	for value, ok := range map[string]bool{"sso.eu-west-1": true, "evil.s3": false} {
		s := newAuthServer()
		in := oauthAPI(func(o *auth.OAuth2) { o.TokenURL = "https://{host}.amazonaws.com/token" })
		in.Parameters = []waygate.ConnectionParameter{{Name: "host"}}
		_, acme := oauthReady(t, s, in)
		err := tryCode(t, s, acme, map[string]string{"host": value}, nil)
		if ok {
			must(t, err)
		} else if failure(t, err, waygate.KindConfig); len(s.seen()) > 0 {
			t.Errorf("%s was asked", s.last(t).host)
		}
	}
}

// TestEnumAtHostEnd: where the listed values are but the end of a name, they make a domain fixed only with what is written
// out before them.
func TestEnumAtHostEnd(t *testing.T) {
	t.Parallel()
	kinds, env := entrusted(t)
	for base, ok := range map[string]bool{
		"https://api.example.{host}": true, "https://{who}.example.{host}": true, "https://{who}.{host}": false, "https://{who}example.{host}": false,
	} {
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = env })
		err := gw.Register(t.Context(), aimed(base, kinds["literal"], waygate.ConnectionParameter{Enum: []string{"com", "co.uk"}}))
		if ok != (err == nil) {
			t.Errorf("%s: %v", base, err)
		}
	}
	in := oauthAPI(func(o *auth.OAuth2) {
		o.TokenURL, o.RefreshURL = "https://{who}/token", "https://login.example.{site}/refresh"
	})
	in.Parameters = []waygate.ConnectionParameter{{Name: "who"}, {Name: "site", Enum: []string{"org", "net"}}}
	for who, ok := range map[string]bool{evilHost: false, "login.example.net": true, "login.example.org": true} {
		s := newAuthServer()
		_, acme := oauthReady(t, s, in)
		err := tryCode(t, s, acme, map[string]string{"who": who, "site": "net"}, nil)
		if ok != (err == nil) || !ok && len(s.seen()) > 0 {
			t.Errorf("%s: %d requests: %v", who, len(s.seen()), err)
		}
	}
}
