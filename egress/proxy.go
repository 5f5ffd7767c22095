package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// validProxy refuses what is not an http or https proxy and nothing but that. No reason quotes the URL, which may hold
// a password.
func validProxy(u *url.URL) error {
	bad := func(reason string) error { return &PolicyError{"Proxy", reason} }
	switch {
	case u == nil:
		return nil
	case strings.HasPrefix(u.Scheme, "socks"):
		return bad("is a SOCKS proxy, which takes its password in clear and gives no reason when it refuses; use an https or http proxy")
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("is neither an https nor an http URL; write https://host:port")
	case Origin(u) == "" || u.Opaque != "":
		return bad("has no host or port that can be read; write https://host:port")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return bad("has a path, query or fragment, which a proxy has no use for; write https://host:port")
	case strings.Contains(u.User.Username(), ":"):
		return bad("has a user with a colon, which the proxy would take for the end of it (RFC 7617); use another user")
	}
	return nil
}

// proxyDialer opens connections to the proxy and to nothing else, whatever it is asked for.
//
// It does the TLS of an https proxy by itself and lets net/http see one that speaks in clear: net/http would take the
// proxy for a server, and show it the client certificate of the request, believe the request's roots about it, and
// offer it HTTP/2.
type proxyDialer struct {
	dialer
	address string      // host:port of the proxy
	tls     *tls.Config // nil for an http proxy
}

func newProxyDialer(p Policy) proxyDialer {
	port, _ := parsePort(p.Proxy)
	d := proxyDialer{
		dialer:  dialer{policy: p, check: anyAddr, dial: p.Dial},
		address: net.JoinHostPort(p.Proxy.Hostname(), strconv.Itoa(int(port))),
	}
	if d.dial == nil {
		d.dial = new(net.Dialer).DialContext
	}
	if p.Proxy.Scheme == "https" {
		d.tls = &tls.Config{ServerName: p.Proxy.Hostname(), RootCAs: p.RootCAs, MinVersion: tls.VersionTLS12}
	}
	return d
}

// anyAddr is the check of the proxy's address: the host chose it, so there is none.
func anyAddr(host string, a netip.Addr) error {
	if !a.IsValid() {
		return &DeniedError{Host: host, Reason: "it has no valid address; check the resolver"}
	}
	return nil
}

func (d proxyDialer) dialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	conn, err := d.dialer.dialContext(ctx, network, d.address)
	if err != nil || d.tls == nil {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.policy.TLSHandshakeTimeout)
	defer cancel()
	secured := tls.Client(conn, d.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// seen is the proxy as net/http is told of it, see proxyDialer.
func (d proxyDialer) seen() *url.URL {
	return &url.URL{Scheme: "http", Host: d.address, User: d.policy.Proxy.User}
}

// useProxy makes every request over base go through the proxy of p.
func useProxy(base *http.Transport, p Policy) {
	d := newProxyDialer(p)
	base.Proxy = http.ProxyURL(d.seen())
	base.DialContext = d.dialContext
	base.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return &ProxyError{Status: resp.StatusCode}
		}
		return nil
	}
}

// checkProxied looks at what only a proxy would see. It is told where a plain http request goes by the request's Host,
// so one that differs from the URL would lead it past the checks of the URL.
func checkProxied(req *http.Request) error {
	if req.URL.Scheme != "http" || req.Host == "" || req.Host == req.URL.Host {
		return nil
	}
	if SameOrigin(req.URL, &url.URL{Scheme: "http", Host: req.Host}) {
		return nil
	}
	return &DeniedError{Host: req.URL.Hostname(), Reason: "its Host header names another host, which the proxy would go to; leave Request.Host empty"}
}

// proxyRefusal is the error for a response that came from the proxy and not from the target: 407 is for proxies alone
// (RFC 9110 §15.5.8).
func proxyRefusal(req *http.Request, resp *http.Response) error {
	if req.URL.Scheme == "http" && resp.StatusCode == http.StatusProxyAuthRequired {
		return &ProxyError{Status: resp.StatusCode}
	}
	return nil
}
