package egress_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// A refusal of the proxy is not an answer of the target, and says nothing about the inside.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	backend := newTarget(t, nil, false)
	p := &proxy{to: backend.addr, accept: "another"}
	u := p.start(t, nil)
	tr := mustNew(t, egress.Policy{Proxy: u, AllowHTTP: true})
	for _, raw := range []string{"http://example.com/", "https://example.com/"} {
		_, err := get(t, tr, raw)
		var refused *egress.ProxyError
		if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired {
			t.Errorf("%s: got %v, want a ProxyError with status 407", raw, err)
		}
		noPassword(t, "the error for "+raw, fmt.Sprintf("%v %+v %#v", err, err, err))
	}
	if len(backend.seen) != 0 {
		t.Error("the target was reached")
	}
}

// Errors of every stage: a name that is not found, a port where nobody is, a proxy that hangs up, one that is no proxy,
// one nobody vouches for.
func TestProxyErrorsKeepThePassword(t *testing.T) {
	t.Parallel()
	hangUp := rawServer(t, func(io.Writer) {})
	garbage := rawServer(t, func(w io.Writer) { _, _ = io.WriteString(w, "SSH-2.0 hello\r\n\r\n") })
	self := issue(t, "proxy.example", nil)
	tlsProxy := (&proxy{}).start(t, &self)
	user := url.UserPassword("us er", proxyPassword)
	for name, p := range map[string]egress.Policy{
		"not found": {Proxy: &url.URL{Scheme: "http", Host: "proxy.example:3128", User: user}, Resolver: resolving(nil)},
		"invalid":   {Proxy: &url.URL{Scheme: "http", Host: "proxy.example:3128", User: user}, Resolver: failing{addrs: make([]netip.Addr, 1)}},
		"nobody":    {Proxy: &url.URL{Scheme: "http", Host: "127.0.0.1:1", User: user}},
		"hangs up":  {Proxy: &url.URL{Scheme: "http", Host: "8.8.8.8:3128", User: user}, Dial: hangUp.Dial},
		"no proxy":  {Proxy: &url.URL{Scheme: "http", Host: "8.8.8.8:3128", User: user}, Dial: garbage.Dial},
		"untrusted": {Proxy: tlsProxy},
	} {
		p.AllowHTTP = true
		tr := mustNew(t, p)
		for _, raw := range []string{"http://example.com/", "https://example.com/"} {
			client := &http.Client{Transport: tr}
			req := newGet(t, raw)
			resp, err := client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Errorf("%s: %s worked", name, raw)
				continue
			}
			noPassword(t, name, fmt.Sprintf("%v %+v %#v", err, err, err))
			for ; err != nil; err = errors.Unwrap(err) {
				noPassword(t, name, fmt.Sprintf("%v %+v %#v", err, err, err))
			}
		}
	}
}

func noPassword(t *testing.T, what, text string) {
	t.Helper()
	for _, bad := range []string{proxyPassword, "us er", "us%20er", basic("us er", proxyPassword)[6:]} {
		if strings.Contains(text, bad) {
			t.Errorf("%s shows the proxy's user or password: %s", what, text)
		}
	}
}

func TestPolicyPrintsWithoutPassword(t *testing.T) {
	t.Parallel()
	p := egress.Policy{
		Proxy:   &url.URL{Scheme: "https", Host: "proxy.example:3128", User: url.UserPassword("us er", proxyPassword)},
		Deny:    prefixes("203.0.114.0/24"),
		RootCAs: x509.NewCertPool(), Dial: (&wire{}).dial, Resolver: &names{},
	}
	tr := mustNew(t, p)
	type config struct {
		Egress egress.Policy
		hidden egress.Policy
		Ptr    *egress.Policy
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10v"} {
		for _, value := range []any{p, &p, config{p, p, &p}, &config{p, p, &p}, tr, []egress.Policy{p}, tr.Policy(), p.Validate()} {
			noPassword(t, fmt.Sprintf("%s of a %T", verb, value), fmt.Sprintf(verb, value))
		}
	}
	for _, value := range []any{p, &p, config{p, p, &p}, tr} {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Errorf("JSON of a %T: %v", value, err)
		}
		noPassword(t, fmt.Sprintf("JSON of a %T", value), string(raw))
	}
	if got := fmt.Sprintf("%+v", p); !strings.Contains(got, "https://redacted@proxy.example:3128") || !strings.Contains(got, "203.0.114.0/24") {
		t.Errorf("hides too much: %s", got)
	}
	raw, _ := json.Marshal(p)
	var got struct {
		Proxy string
		Deny  []string
	}
	if err := json.Unmarshal(raw, &got); err != nil || got.Proxy != "https://redacted@proxy.example:3128" || len(got.Deny) != 1 {
		t.Errorf("JSON: %s, %v", raw, err)
	}
	if password, _ := tr.Policy().Proxy.User.Password(); password != proxyPassword {
		t.Error("a Transport made from the policy of another has lost the password")
	}
}

func TestValidateProxy(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://proxy.example":                               "",
		"https://proxy.example:3128/":                        "",
		"http://" + proxyPassword + "@[::1]:1":               "",
		"http://10.0.0.1:3128":                               "",
		"http://u:p:q@proxy.example":                         "",
		"socks5://u:" + proxyPassword + "@p:1080":            "SOCKS",
		"socks5h://p:1080":                                   "SOCKS",
		"socks4://p:1080":                                    "SOCKS",
		"ftp://u:" + proxyPassword + "@p":                    "neither",
		"//u:" + proxyPassword + "@p":                        "neither",
		"http:proxy.example":                                 "no host",
		"http://":                                            "no host",
		"http://u:" + proxyPassword + "@:3128":               "no host",
		"http://proxy.example:0":                             "no host",
		"http://0x7f.1:3128":                                 "no host",
		"http://u:" + proxyPassword + "@proxy.example/path":  "path",
		"http://proxy.example?" + proxyPassword:              "path",
		"http://proxy.example/#" + proxyPassword:             "path",
		"http://us%3Aer:" + proxyPassword + "@proxy.example": "colon",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		_, err = egress.New(egress.Policy{Proxy: u})
		var bad *egress.PolicyError
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", raw, err)
		case want != "" && (!errors.As(err, &bad) || bad.Field != "Proxy" || !strings.Contains(bad.Reason, want)):
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
		noPassword(t, raw, fmt.Sprintf("%v %#v", err, bad))
	}
}
