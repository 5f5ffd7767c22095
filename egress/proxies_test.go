package egress_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

const proxyPassword = "hunter2-of-the-proxy"

// proxy is an HTTP proxy that leads every request to one server, and notes what it was asked for.
type proxy struct {
	to     string // address of the server
	accept string // the Proxy-Authorization it wants; empty for none

	mu    sync.Mutex
	asked []string // "CONNECT example.com:443"
	auth  []string
	certs int // client certificates it was shown
	alpn  []string
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.RequestURI)
	p.auth = append(p.auth, r.Header.Get("Proxy-Authorization"))
	if r.TLS != nil {
		p.certs += len(r.TLS.PeerCertificates)
		p.alpn = append(p.alpn, r.TLS.NegotiatedProtocol)
	}
	p.mu.Unlock()
	if p.accept != "" && r.Header.Get("Proxy-Authorization") != p.accept {
		w.Header().Set("Proxy-Authenticate", `Basic realm="inside"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.forward(w, r)
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// forward passes a request on as a proxy does, without what is meant for the proxy.
func (p *proxy) forward(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Host = "", p.to
	out.Header.Del("Proxy-Authorization")
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

func (p *proxy) requests() (asked, auth []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...), append([]string(nil), p.auth...)
}

// start runs the proxy, over TLS if cert is given, and gives its URL with a user and password.
func (p *proxy) start(t *testing.T, cert *issued) *url.URL {
	t.Helper()
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = quiet()
	u := &url.URL{Scheme: "http", User: url.UserPassword("us er", proxyPassword)}
	if cert == nil {
		s.Start()
	} else {
		u.Scheme = "https"
		s.EnableHTTP2 = true // which would break CONNECT, were it agreed on
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert.tls()}, ClientAuth: tls.RequestClientCert}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	u.Host = s.Listener.Addr().String()
	return u
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// target is a server that keeps the headers it was sent.
type target struct {
	addr string
	mu   sync.Mutex
	seen []http.Header
}

func newTarget(t *testing.T, cert *issued, http2 bool) *target {
	t.Helper()
	tt := &target{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tt.mu.Lock()
		tt.seen = append(tt.seen, r.Header.Clone())
		tt.mu.Unlock()
		name := nobody
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Proto, r.Host, r.URL, name)
	}))
	if cert == nil {
		s.Start()
	} else {
		s.EnableHTTP2 = http2
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert.tls()}, ClientAuth: tls.RequestClientCert}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	tt.addr = s.Listener.Addr().String()
	return tt
}

func (tt *target) gotProxyHeaders() bool {
	tt.mu.Lock()
	defer tt.mu.Unlock()
	for _, h := range tt.seen {
		for name, values := range h {
			if strings.HasPrefix(name, "Proxy-") || strings.Contains(strings.Join(values, " "), basic("us er", proxyPassword)) {
				return true
			}
		}
	}
	return false
}
