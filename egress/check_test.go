package egress_test

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for raw, allowed := range map[string]bool{
		"https://api.example.com/v1?x=1":                  true,
		"https://API.Example.COM/":                        true,
		"https://api.example.com.":                        true,
		"https://api.example.com:":                        true,
		"https://api.example.com:443":                     true,
		"https://api.example.com:80":                      true,
		"https://api_v2.example.com":                      true,
		"https://bücher.example":                          true,
		"https://xn--bcher-kva.example":                   true,
		"https://1and1.com":                               true,
		"https://0x.example":                              true,
		"https://8.8.8.8":                                 true,
		"https://[2606:4700::1111]":                       true,
		"http://api.example.com":                          false,
		"ftp://api.example.com":                           false,
		"unix:///var/run/docker.sock":                     false,
		"file:///etc/passwd":                              false,
		"//api.example.com":                               false,
		"/path":                                           false,
		"https:///path":                                   false,
		"https://:443/":                                   false,
		"https:api.example.com":                           false,
		"https://user@api.example.com":                    false,
		"https://user:pw@api.example.com":                 false,
		"https://@api.example.com":                        false,
		"https://api.example.com:8443":                    false,
		"https://api.example.com:22":                      false,
		"https://api.example.com:0":                       false,
		"https://api.example.com:65979":                   false, // 443 modulo 65536
		"https://api.example.com..":                       false,
		"https://api..example.com":                        false,
		"https://.example.com":                            false,
		"https://exa mple.com":                            false,
		"https://exa%25mple.com":                          false,
		"https://127.0.0.1":                               false,
		"https://127.0.0.1.":                              false,
		"https://127.1":                                   false,
		"https://127.0.1":                                 false,
		"https://0177.0.0.1":                              false,
		"https://0x7f.1":                                  false,
		"https://0x7f.0x0.0x0.0x1":                        false,
		"https://0X7F000001":                              false,
		"https://2130706433":                              false,
		"https://017700000001":                            false,
		"https://127.0.0.0x1":                             false,
		"https://0x":                                      false,
		"https://1.2.3.4.5":                               false,
		"https://256.1.1.1":                               false,
		"https://010.8.8.8":                               false,
		"https://example.127":                             false,
		"https://１２７.0.0.1":                               false, // full width digits
		"https://127。0。0。1":                               false, // ideographic full stops
		"https://①②⑦.0.0.1":                               false, // circled digits
		"https://[::1]":                                   false,
		"https://[::]":                                    false,
		"https://[::ffff:127.0.0.1]":                      false,
		"https://[::ffff:7f00:1]":                         false,
		"https://[::ffff:8.8.8.8]":                        true,
		"https://[::127.0.0.1]":                           false,
		"https://[64:ff9b::7f00:1]":                       false,
		"https://[2002:7f00:1::]":                         false,
		"https://[2001::1]":                               false,
		"https://[fd00::1%25lo]":                          false,
		"https://[fe80::1%25eth0]":                        false,
		"https://169.254.169.254/latest":                  false,
		"https://168.63.129.16":                           false,
		"https://192.0.0.192":                             false,
		"https://" + strings.Repeat("a.", 127) + "com":    false,
		"https://" + strings.Repeat("a", 64) + ".example": false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			if allowed {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		err = egress.Policy{}.CheckURL(u)
		if (err == nil) != allowed {
			t.Errorf("CheckURL(%s) = %v, want allowed %v", raw, err, allowed)
		}
		if err != nil && !errors.Is(err, egress.ErrDenied) {
			t.Errorf("CheckURL(%s) = %v, not an ErrDenied", raw, err)
		}
	}
}

// URLs that url.Parse would not give, but that a caller can put together.
func TestCheckURLMadeByHand(t *testing.T) {
	t.Parallel()
	for name, u := range map[string]*url.URL{
		"nil":             nil,
		"zero":            {},
		"bare loopback":   {Scheme: "https", Host: "::1"},
		"bracketed IPv4":  {Scheme: "https", Host: "[127.0.0.1]"},
		"user in host":    {Scheme: "https", Host: "user:hunter2@127.0.0.1"},
		"path in host":    {Scheme: "https", Host: "example.com/@127.0.0.1"},
		"letters as port": {Scheme: "https", Host: "example.com:https"},
		"two ports":       {Scheme: "https", Host: "example.com:443:443"},
		"line break":      {Scheme: "https", Host: "example.com\r\nX: y"},
		"backslash":       {Scheme: "https", Host: `example.com\@internal`},
		"opaque":          {Scheme: "https", Host: "example.com", Opaque: "//internal/"},
		"upper-case http": {Scheme: "HTTP", Host: "example.com"},
		"invalid UTF-8":   {Scheme: "https", Host: "ex\xffample.com"},
		"open bracket":    {Scheme: "https", Host: "[::1"},
	} {
		err := egress.Policy{}.CheckURL(u)
		if !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v gives the password away", name, err)
		}
	}
}

func TestCheckURLOpened(t *testing.T) {
	t.Parallel()
	p := egress.Policy{AllowHTTP: true, Ports: []uint16{8443}, Allow: prefixes("127.0.0.1/32")}
	for raw, allowed := range map[string]bool{
		"http://api.example.com":       true,
		"http://api.example.com:443":   true,
		"https://api.example.com:8443": true,
		"https://api.example.com:8444": false,
		"http://127.0.0.1":             true,
		"http://127.0.0.1:08443":       true,
		"http://127.0.0.2":             false,
		"http://127.1":                 false, // one form only, so that nothing is read twice in two ways
		"ws://api.example.com":         false,
	} {
		if err := p.CheckURL(parse(t, raw)); (err == nil) != allowed {
			t.Errorf("CheckURL(%s) = %v, want allowed %v", raw, err, allowed)
		}
	}
}

func TestAllowOrigin(t *testing.T) {
	t.Parallel()
	ctx := egress.AllowOrigin(context.Background(), "https://Gitlab.Example.com.:8443/api")
	ctx = egress.AllowOrigin(ctx, "http://plain.example.com:8080")
	ctx = egress.AllowOrigin(ctx, "https://127.0.0.1:9000")
	ctx = egress.AllowOrigin(ctx, "://")
	ctx = egress.AllowOrigin(ctx, "https://bad host:7000")
	for raw, allowed := range map[string]bool{
		"https://gitlab.example.com:8443/x":   true,
		"https://gitlab.example.com":          true,
		"https://gitlab.example.com:8444":     false,
		"http://gitlab.example.com:8443":      false,
		"https://other.example.com:8443":      false,
		"https://x.gitlab.example.com:8443":   false,
		"http://plain.example.com:8080":       false, // the scheme needs AllowHTTP
		"https://127.0.0.1:9000":              false, // the address needs Allow
		"https://u:p@gitlab.example.com:8443": false,
	} {
		if err := (egress.Policy{}).CheckURLContext(ctx, parse(t, raw)); (err == nil) != allowed {
			t.Errorf("CheckURLContext(%s) = %v, want allowed %v", raw, err, allowed)
		}
	}
	open := egress.Policy{AllowHTTP: true, Allow: prefixes("127.0.0.1/32")}
	for _, raw := range []string{"http://plain.example.com:8080", "https://127.0.0.1:9000"} {
		if err := open.CheckURLContext(ctx, parse(t, raw)); err != nil {
			t.Errorf("CheckURLContext(%s) = %v under the open policy", raw, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://Example.com/a?b#c":     "https://example.com:443",
		"HTTPS://EXAMPLE.com.":          "https://example.com:443",
		"https://u:p@example.com:0443":  "https://example.com:443",
		"http://example.com":            "http://example.com:80",
		"http://example.com:443":        "http://example.com:443",
		"https://Bücher.example":        "https://xn--bcher-kva.example:443",
		"https://[2001:DB8:0::1]:8443/": "https://[2001:db8::1]:8443",
		"https://10.0.0.1":              "https://10.0.0.1:443",
		"https://0x7f.1":                "",
		"https://example.com:99999":     "",
		"https://":                      "",
		"ftp://example.com":             "",
		"mailto:a@example.com":          "",
		"/path":                         "",
	} {
		if got := egress.Origin(parse(t, raw)); got != want {
			t.Errorf("Origin(%s) = %q, want %q", raw, got, want)
		}
	}
	if got := egress.Origin(nil); got != "" {
		t.Errorf("Origin(nil) = %q", got)
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"https://example.com/a", "https://EXAMPLE.com:443/b", true},
		{"https://example.com", "http://example.com", false},
		{"https://example.com", "https://example.com:8443", false},
		{"https://example.com", "https://example.com.evil.test", false},
		{"/a", "/a", false},
		{"https://0x7f.1", "https://0x7f.1", false},
	} {
		if got := egress.SameOrigin(parse(t, tc.a), parse(t, tc.b)); got != tc.want {
			t.Errorf("SameOrigin(%s, %s) = %v", tc.a, tc.b, got)
		}
	}
	if egress.SameOrigin(nil, nil) {
		t.Error("nil has the origin of nil")
	}
}

// FuzzCheckURL holds that a URL that passes and has a literal host has a public address, in whatever way it was
// written, and that no input panics.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{
		"https://127.0.0.1", "https://[::ffff:7f00:1]", "https://0x7f.1", "https://2130706433", "https://a@b",
		"https://[fe80::1%25eth0]", "https://127。0。0。1", "https://example.com.", "https://8.8.8.8:443", "https://%31",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil {
			u = &url.URL{Scheme: "https", Host: raw}
		}
		err = egress.Policy{}.CheckURL(u)
		_ = egress.Origin(u)
		_ = egress.AllowOrigin(t.Context(), raw)
		if err != nil {
			if !errors.Is(err, egress.ErrDenied) {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		if u.Scheme != "https" || u.User != nil {
			t.Fatalf("%q passed", raw)
		}
		if egress.Origin(u) == "" {
			t.Fatalf("%q passed without an origin", raw)
		}
		host := strings.TrimSuffix(u.Hostname(), ".")
		a, err := netip.ParseAddr(host)
		if err != nil {
			return
		}
		a = a.WithZone("").Unmap()
		if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
			t.Fatalf("%q passed, and is %s", raw, a)
		}
	})
}

func BenchmarkCheckURL(b *testing.B) {
	u, err := url.Parse("https://api.example.com/v1/things?x=1")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := (egress.Policy{}).CheckURL(u); err != nil {
			b.Fatal(err)
		}
	}
}

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		u, _ = url.Parse("https://")
	}
	return u
}
