package waygate_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

// TestRegisterChecksEndpoints shows the same of where tokens are got.
func TestRegisterChecksEndpoints(t *testing.T) {
	t.Parallel()
	plain := egress.Policy{AllowHTTP: true}
	for name, c := range map[string]struct {
		policy egress.Policy
		token  string
		says   []string // nil where it is taken
	}{
		"https":                 {token: "https://login.example.com/token"},
		"a port of its own":     {token: "https://login.example.com:8443/token"},
		"http":                  {token: "http://login.example.com/token", says: []string{"AllowHTTP", "Config.Egress"}},
		"http, allowed":         {policy: plain, token: "http://login.example.com/token"},
		"an internal address":   {token: "https://10.0.0.8/token", says: []string{"Policy.Allow", "Config.Egress"}},
		"a host that is given":  {token: "https://{host}.example.com/token"},
		"a host given, http":    {token: "http://{host}.example.com/token", says: []string{"AllowHTTP"}},
		"a host given, allowed": {policy: plain, token: "http://{host}.example.com/token"},
		"a path that is given":  {token: "https://10.0.0.8/{host}/token"}, // told when it is authorized
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: c.policy})
			must(t, err)
			err = gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: "https://api.example.com", Actions: []waygate.Action{get("a")},
				Auth:       auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: c.token},
				Parameters: []waygate.ConnectionParameter{{Name: "host", Pattern: "[a-z]+"}}})
			if c.says == nil {
				must(t, err)
				return
			}
			e := failure(t, err, waygate.KindConfig)
			if says(t, err, c.says...); !errors.Is(err, egress.ErrDenied) || len(e.Fields) != 1 || e.Fields[0].Pointer != "/auth/token_url" {
				t.Errorf("fields %v: %v", e.Fields, err)
			}
		})
	}
}

// TestRegisterChecksEgress shows that what no call could reach is refused when it
// is registered, with the way out.
func TestRegisterChecksEgress(t *testing.T) {
	t.Parallel()
	local := egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	for name, c := range map[string]struct {
		policy  egress.Policy
		base    string
		origins []string
		field   string   // "" where it is taken
		says    []string // what else the error says
	}{
		"https":                     {base: "https://api.example.com"},
		"a port of its own":         {base: "https://api.example.com:8443", origins: []string{"https://up.example.com:9000"}},
		"http":                      {base: "http://api.example.com", field: "/base_url", says: []string{"AllowHTTP", "Config.Egress"}},
		"http, allowed":             {policy: egress.Policy{AllowHTTP: true}, base: "http://api.example.com"},
		"a test server":             {policy: local, base: "http://127.0.0.1:41234"},
		"an internal address":       {base: "https://10.0.0.1", field: "/base_url", says: []string{"Policy.Allow", "Config.Egress"}},
		"a host that is given":      {base: "https://{host}"},
		"a host given, http":        {base: "http://{host}/v1", field: "/base_url", says: []string{"AllowHTTP", "Config.Egress"}},
		"a host given, HTTP":        {base: "HTTP://{host}/v1", field: "/base_url", says: []string{"AllowHTTP"}},
		"a host given, allowed":     {policy: local, base: "http://{host}/v1"},
		"an origin over http":       {base: "https://api.example.com", origins: []string{"https://a.example.com", "http://b.example.com"}, field: "/origins/1", says: []string{"AllowHTTP"}},
		"an origin that is nearby":  {base: "https://api.example.com", origins: []string{"https://[::1]"}, field: "/origins/0", says: []string{"Policy.Allow"}},
		"an origin that is allowed": {policy: local, base: "https://api.example.com", origins: []string{"http://127.0.0.1:9000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: c.policy})
			must(t, err)
			in := waygate.Integration{ID: "api", BaseURL: c.base, Origins: c.origins, Auth: auth.Bearer{}, Actions: []waygate.Action{get("a")}}
			if strings.Contains(c.base, "{host}") {
				in.Parameters = []waygate.ConnectionParameter{{Name: "host"}}
			}
			err = gw.Register(t.Context(), in)
			if c.field == "" {
				must(t, err)
				return
			}
			e := failure(t, err, waygate.KindConfig)
			if says(t, err, c.says...); !errors.Is(err, egress.ErrDenied) || len(e.Fields) != 1 || e.Fields[0].Pointer != c.field {
				t.Errorf("fields %v: %v", e.Fields, err)
			}
		})
	}
}
