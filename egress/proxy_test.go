package egress_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

// Every way through a proxy: it in clear and over TLS, the target in clear, over HTTP/1.1 and HTTP/2.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	root := issue(t, "root", nil)
	proxyCert, serverCert := issue(t, "proxy.example", &root), issue(t, "example.com", &root)
	for _, tc := range []struct {
		name          string
		proxyTLS      bool
		url           string
		http2         bool
		asked, answer string
	}{
		{"http proxy, http", false, "http://example.com/x?y=1", false, "GET http://example.com/x?y=1", "HTTP/1.1 example.com /x?y=1 nobody"},
		{"http proxy, https", false, "https://example.com/x", false, "CONNECT example.com:443", "HTTP/1.1 example.com /x nobody"},
		{"http proxy, http2", false, "https://example.com/x", true, "CONNECT example.com:443", "HTTP/2.0 example.com /x nobody"},
		{"https proxy, http", true, "http://example.com/x", false, "GET http://example.com/x", "HTTP/1.1 example.com /x nobody"},
		{"https proxy, https", true, "https://example.com/x", false, "CONNECT example.com:443", "HTTP/1.1 example.com /x nobody"},
		{"https proxy, http2", true, "https://example.com/x", true, "CONNECT example.com:443", "HTTP/2.0 example.com /x nobody"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var backend *target
			if strings.HasPrefix(tc.url, "https:") {
				backend = newTarget(t, &serverCert, tc.http2)
			} else {
				backend = newTarget(t, nil, false)
			}
			p := &proxy{to: backend.addr, accept: basic("us er", proxyPassword)}
			var cert *issued
			if tc.proxyTLS {
				cert = &proxyCert
			}
			u := p.start(t, cert)
			w := &wire{to: u.Host}
			u.Host = "proxy.example:3128"
			roots := x509.NewCertPool()
			roots.AddCert(root.cert)
			tr := mustNew(t, egress.Policy{
				Proxy: u, AllowHTTP: true, RootCAs: roots, Dial: w.dial,
				// a private address, without Allow; the target's name is the proxy's to look up
				Resolver: resolving(map[string][]string{"proxy.example": {"10.0.0.9"}}),
			})
			for range 2 {
				resp, err := get(t, tr, tc.url)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(resp.Body)
				if string(body) != tc.answer {
					t.Errorf("got %q, want %q", body, tc.answer)
				}
				egress.Drain(resp.Body)
			}
			asked, _ := p.requests()
			if len(asked) == 0 || asked[0] != tc.asked {
				t.Errorf("the proxy was asked for %q, want %q", asked, tc.asked)
			}
			if diff := cmp.Diff([]string{"10.0.0.9:3128"}, w.dialled()); diff != "" {
				t.Errorf("dialled (-want +got):\n%s", diff)
			}
			if backend.gotProxyHeaders() {
				t.Error("the target was sent what is for the proxy")
			}
		})
	}
}

// Without Dial the proxy's address is dialled although it is private, and no other is.
func TestProxyOnLoopback(t *testing.T) {
	t.Parallel()
	backend := newTarget(t, nil, false)
	p := &proxy{to: backend.addr}
	tr := mustNew(t, egress.Policy{Proxy: p.start(t, nil), AllowHTTP: true, Deny: prefixes("127.0.0.0/8")})
	if _, err := get(t, tr, "http://example.com/"); err != nil {
		t.Error(err)
	}
	for _, raw := range []string{"http://" + backend.addr, "http://127.0.0.1/", tr.Policy().Proxy.Scheme + "://" + tr.Policy().Proxy.Host + "/"} {
		if _, err := get(t, tr, raw); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", raw, err)
		}
	}
	if asked, _ := p.requests(); len(asked) != 1 {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

// What a URL shows is checked as ever.
func TestProxiedURLsAreChecked(t *testing.T) {
	t.Parallel()
	w := &wire{to: "127.0.0.1:1"}
	proxyURL := parse(t, "http://proxy.example:3128")
	tr := mustNew(t, egress.Policy{Proxy: proxyURL, Dial: w.dial})
	for _, raw := range []string{
		"http://example.com/", "https://example.com:22/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://0x7f.1/",
		"https://u:p@example.com/", "https://169.254.169.254/", "ftp://example.com/",
	} {
		if _, err := get(t, tr, raw); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", raw, err)
		}
	}
	if got := w.dialled(); len(got) != 0 {
		t.Errorf("dialled %v", got)
	}
}

// A proxy is told by the Host where a plain request goes.
func TestProxiedHost(t *testing.T) {
	t.Parallel()
	backend := newTarget(t, nil, false)
	p := &proxy{to: backend.addr}
	tr := mustNew(t, egress.Policy{Proxy: p.start(t, nil), AllowHTTP: true})
	for host, allowed := range map[string]bool{
		"": true, "example.com": true, "EXAMPLE.com.": true, "example.com:80": true,
		"127.0.0.1": false, "169.254.169.254": false, "[::1]": false, "other.example": false, "example.com:22": false,
		"example.com/@127.0.0.1": false, "x@127.0.0.1": false, "127.0.0.1/example.com": false,
	} {
		req := newGet(t, "http://example.com/")
		req.Host = host
		resp, err := tr.RoundTrip(req)
		if (err == nil) != allowed || err != nil && !errors.Is(err, egress.ErrDenied) {
			t.Errorf("Host %q: got %v, want allowed %v", host, err, allowed)
		}
		if err == nil {
			egress.Drain(resp.Body)
		}
	}
	asked, _ := p.requests()
	for _, line := range asked {
		if !strings.HasPrefix(strings.ToLower(line), "get http://example.com") {
			t.Errorf("the proxy was asked for %q", line)
		}
	}
}

// The environment's proxies are ignored with and without one of our own: nothing reaches the listener they name. Not
// parallel, as it sets variables.
func TestProxyEnvironmentIsIgnored(t *testing.T) {
	trap := &proxy{}
	trapURL := trap.start(t, nil)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, trapURL.String())
	}
	t.Setenv("NO_PROXY", "excepted.example") // which would lead past a proxy of our own
	t.Setenv("no_proxy", "excepted.example")
	backend := newTarget(t, nil, false)
	own := &proxy{to: backend.addr}
	direct := egress.Policy{
		AllowHTTP: true, Dial: (&wire{to: backend.addr}).dial,
		Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	}
	for name, tr := range map[string]*egress.Transport{
		"example.com":      mustNew(t, direct),
		"excepted.example": mustNew(t, egress.Policy{AllowHTTP: true, Proxy: own.start(t, nil)}),
	} {
		resp, err := get(t, tr, "http://"+name+"/")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		egress.Drain(resp.Body)
	}
	if asked, _ := trap.requests(); len(asked) != 0 {
		t.Errorf("the environment's proxy was asked for %q", asked)
	}
	if asked, _ := own.requests(); len(asked) != 1 {
		t.Errorf("our own proxy was asked for %q", asked)
	}
}

// The client's certificate is for the target. An https proxy isn't shown it, and isn't believed on the word of the
// roots that came with it.
func TestIdentityThroughAProxy(t *testing.T) {
	t.Parallel()
	root := issue(t, "root", nil)
	proxyCert, serverCert := issue(t, "127.0.0.1", &root), issue(t, "example.com", nil)
	backend := newTarget(t, &serverCert, true)
	p := &proxy{to: backend.addr}
	u := p.start(t, &proxyCert)
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	acme := issue(t, "acme", nil).identity(t, serverCert.certPEM())
	tr := mustNew(t, egress.Policy{Proxy: u, RootCAs: roots})
	if got, _ := as(t, tr, acme); got != "HTTP/2.0 example.com / acme" {
		t.Errorf("the target saw %q", got)
	}
	p.mu.Lock()
	certs, alpn := p.certs, p.alpn
	p.mu.Unlock()
	if certs != 0 || len(alpn) != 1 || alpn[0] != "" {
		t.Errorf("the proxy was shown %d certificates and agreed on %q", certs, alpn)
	}
	// Roots of the tenant that would vouch for the proxy.
	tr = mustNew(t, egress.Policy{Proxy: u, RootCAs: x509.NewCertPool()})
	req := newGet(t, "https://example.com/")
	_, err := tr.RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), mustIdentity(t, "", "", root.certPEM()))))
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("a proxy that only the tenant's roots vouch for: got %v", err)
	}
}

// The URL that a Transport was made with can be changed afterwards without effect.
func TestProxyIsACopy(t *testing.T) {
	t.Parallel()
	backend := newTarget(t, nil, false)
	p := &proxy{to: backend.addr}
	u := p.start(t, nil)
	tr := mustNew(t, egress.Policy{Proxy: u, AllowHTTP: true})
	u.Host = "127.0.0.1:1"
	tr.Policy().Proxy.Host = "127.0.0.1:1"
	for _, id := range []*egress.Identity{nil, mustIdentity(t, "", "", issue(t, "root", nil).certPEM())} { // whose pool is made now
		req := newGet(t, "http://example.com/")
		resp, err := tr.RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), id)))
		if err != nil {
			t.Error(err)
			continue
		}
		egress.Drain(resp.Body)
	}
}

// A proxy that accepts and then says nothing to the handshake is given up.
func TestSilentTLSProxy(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	tr := mustNew(t, egress.Policy{Proxy: &url.URL{Scheme: "https", Host: l.Addr().String()}, TLSHandshakeTimeout: 1})
	_, err = get(t, tr, "https://example.com/")
	var network net.Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &network) || !network.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
}
