package egress_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// nobody is what a peer without certificate is called.
const nobody = "nobody"

// peers is a TLS server that asks for a client certificate, takes any, and notes who came over which connection. It
// answers with the name of the peer; to /open it sends that, and the rest when rest is closed.
type peers struct {
	addr  string
	roots *x509.CertPool
	rest  chan struct{}

	mu      sync.Mutex
	names   map[string][]string // by remote address: the names seen on it, each once
	closed  map[string]bool
	changed chan struct{} // closed at the next change of closed
	resumed int
}

func newPeers(t *testing.T, http2 bool) *peers {
	t.Helper()
	p := &peers{names: map[string][]string{}, closed: map[string]bool{}, changed: make(chan struct{}), rest: make(chan struct{})}
	server := issue(t, "example.com", nil)
	s := httptest.NewUnstartedServer(p)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = quiet()
	s.Config.ConnState = p.state
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{server.tls()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	p.addr, p.roots = s.Listener.Addr().String(), x509.NewCertPool()
	p.roots.AddCert(server.cert)
	return p
}

func (p *peers) state(c net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if state == http.StateClosed {
		p.closed[c.RemoteAddr().String()] = true
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

func (p *peers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := nobody
	if len(r.TLS.PeerCertificates) > 0 {
		name = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	p.note(r.RemoteAddr, name, r.TLS.DidResume)
	w.Header().Set("Conn", r.RemoteAddr)
	w.Header().Set("Proto", r.Proto)
	_, _ = io.WriteString(w, name)
	if r.URL.Path == "/open" {
		w.(http.Flusher).Flush()
		<-p.rest
		_, _ = io.WriteString(w, " and the rest")
	}
}

func (p *peers) note(conn, name string, resumed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if resumed {
		p.resumed++
	}
	for _, seen := range p.names[conn] {
		if seen == name {
			return
		}
	}
	p.names[conn] = append(p.names[conn], name)
}

// waitClosed waits until conn is closed, or long enough to say that it is not.
func (p *peers) waitClosed(t *testing.T, conn string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		p.mu.Lock()
		closed, changed := p.closed[conn], p.changed
		p.mu.Unlock()
		if closed {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

func (p *peers) isClosed(conn string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed[conn]
}

func (p *peers) policy() egress.Policy {
	return egress.Policy{
		RootCAs: p.roots, Dial: (&wire{to: p.addr}).dial,
		Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	}
}

// as sends a request with an identity, or with none, and gives what the server took it for.
func as(t testing.TB, rt http.RoundTripper, id *egress.Identity) (name string, header http.Header) {
	t.Helper()
	req := newGet(t, "https://example.com/")
	resp, err := rt.RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), id)))
	if err != nil {
		t.Error(err)
		return "", http.Header{}
	}
	defer egress.Drain(resp.Body)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body), resp.Header
}

func overBoth(t *testing.T, test func(t *testing.T, http2 bool)) {
	t.Helper()
	for _, http2 := range []bool{false, true} {
		t.Run("http2="+strconv.FormatBool(http2), func(t *testing.T) {
			t.Parallel()
			test(t, http2)
		})
	}
}
