package egress_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

// Tenants with certificates of their own, and requests without one, never meet on a connection, though connections
// are used again and again.
func TestIdentitiesNeverShareAConnection(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, http2 bool) {
		p := newPeers(t, http2)
		tr := mustNew(t, p.policy())
		ids := map[string]*egress.Identity{nobody: nil}
		for _, name := range []string{"acme", "globex", "initech"} {
			ids[name] = issue(t, name, nil).identity(t, "")
		}
		names := []string{"acme", nobody, "globex", "initech"}
		const goroutines, each = 50, 8
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				for i := range each {
					want := names[(g+i)%len(names)]
					if got, _ := as(t, tr, ids[want]); got != want {
						t.Errorf("sent as %s, arrived as %s", want, got)
					}
				}
				if g%10 == 0 { // new handshakes in between, in which a session could be resumed
					tr.CloseIdleConnections()
				}
			})
		}
		all.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		for conn, seen := range p.names {
			if len(seen) != 1 {
				t.Errorf("connection %s carried %v", conn, seen)
			}
		}
		if n := len(p.names); n < len(ids) || n >= goroutines*each {
			t.Errorf("%d connections for %d requests: this test proves nothing", n, goroutines*each)
		}
		if p.resumed != 0 {
			t.Errorf("%d sessions were resumed", p.resumed)
		}
	})
}

// The same identity, made twice, is one; its connection is used again.
func TestSameIdentityReusesItsConnection(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, http2 bool) {
		p := newPeers(t, http2)
		tr := mustNew(t, p.policy())
		acme := issue(t, "acme", nil)
		_, first := as(t, tr, acme.identity(t, ""))
		_, second := as(t, tr, acme.identity(t, ""))
		if first.Get("Conn") == "" || first.Get("Conn") != second.Get("Conn") {
			t.Errorf("connections %s and %s", first.Get("Conn"), second.Get("Conn"))
		}
		if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; first.Get("Proto") != want {
			t.Errorf("spoke %s, want %s", first.Get("Proto"), want)
		}
	})
}

// Roots of an identity stand in place of the policy's, and for its own requests only.
func TestIdentityRoots(t *testing.T) {
	t.Parallel()
	server := issue(t, "example.com", nil)
	stranger := issue(t, "stranger", nil)
	addr := tlsServerWith(t, server)
	policy := egress.Policy{
		RootCAs: x509.NewCertPool(), Dial: (&wire{to: addr}).dial,
		Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(server.cert)
	for _, tc := range []struct {
		name   string
		policy *x509.CertPool
		id     *egress.Identity
		ok     bool
	}{
		{"no roots anywhere", x509.NewCertPool(), nil, false},
		{"its own", x509.NewCertPool(), mustIdentity(t, "", "", server.certPEM()), true},
		{"one of its own", x509.NewCertPool(), mustIdentity(t, "", "", stranger.certPEM()+server.certPEM()), true},
		{"its own, and a certificate", x509.NewCertPool(), stranger.identity(t, server.certPEM()), true},
		{"the policy's", trusted, stranger.identity(t, ""), true},
		{"not the policy's", trusted, stranger.identity(t, stranger.certPEM()), false},
	} {
		policy.RootCAs = tc.policy
		req := newGet(t, "https://example.com/")
		resp, err := mustNew(t, policy).RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), tc.id)))
		var unknown x509.UnknownAuthorityError
		if (err == nil) != tc.ok || err != nil && !errors.As(err, &unknown) {
			t.Errorf("%s: got %v", tc.name, err)
		}
		if err == nil {
			egress.Drain(resp.Body)
		}
	}
}

// A certificate is presented also to a server that names other authorities than its issuer.
func TestCertificateIsPresentedWhateverTheServerNames(t *testing.T) {
	t.Parallel()
	server, other := issue(t, "example.com", nil), issue(t, "other", nil)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strconv.Itoa(len(r.TLS.PeerCertificates)))
	}))
	named := x509.NewCertPool()
	named.AddCert(other.cert)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, ClientCAs: named, Certificates: []tls.Certificate{server.tls()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	tr := mustNew(t, egress.Policy{
		Dial: (&wire{to: s.Listener.Addr().String()}).dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	})
	if got, _ := as(t, tr, issue(t, "acme", nil).identity(t, server.certPEM())); got != "1" {
		t.Errorf("%s certificates arrived, want 1", got)
	}
}

// tlsServerWith is a server with that certificate.
func tlsServerWith(t *testing.T, server issued) (addr string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(echoProto))
	s.Config.ErrorLog = quiet()
	s.TLS = &tls.Config{Certificates: []tls.Certificate{server.tls()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// Of more identities than there is room for, those used last keep their connections; a response that is being read is
// not cut, and its connection is closed after it.
func TestOldIdentitiesMakeRoom(t *testing.T) {
	t.Parallel()
	const room = 1000
	crowd := manyIdentities(t, room)
	overBoth(t, func(t *testing.T, http2 bool) {
		p := newPeers(t, http2)
		policy := p.policy()
		open := policy.Dial
		policy.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":80") { // where the crowd goes: it only has to be there
				return nil, errors.New("no route")
			}
			return open(ctx, network, address)
		}
		policy.AllowHTTP = true
		tr := mustNew(t, policy)
		crowds := func(ids []*egress.Identity) {
			for _, id := range ids {
				req := newGet(t, "http://example.com/")
				if _, err := tr.RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), id))); err == nil {
					t.Fatal("connected")
				}
			}
		}
		idle, busy, kept := issue(t, "idle", nil).identity(t, ""), issue(t, "busy", nil).identity(t, ""), issue(t, "kept", nil).identity(t, "")
		_, header := as(t, tr, idle)
		idleConn := header.Get("Conn")
		req := newGet(t, "https://example.com/open")
		resp, err := tr.RoundTrip(req.WithContext(egress.WithIdentity(req.Context(), busy)))
		if err != nil {
			t.Fatal(err)
		}
		busyConn := resp.Header.Get("Conn")
		_, header = as(t, tr, kept)
		keptConn := header.Get("Conn")

		crowds(crowd[:room-3]) // full
		if p.isClosed(idleConn) {
			t.Error("closed although there was room")
		}
		as(t, tr, kept)                // used again: now idle and busy are the oldest
		crowds(crowd[room-3 : room-1]) // which have to go
		if !p.waitClosed(t, idleConn) {
			t.Error("the oldest identity's idle connection stays open")
		}
		if p.isClosed(busyConn) {
			t.Error("a connection in use was closed")
		}
		close(p.rest)
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "busy and the rest" {
			t.Errorf("the open response gave %q, %v", body, err)
		}
		_ = resp.Body.Close()
		if !p.waitClosed(t, busyConn) {
			t.Error("the connection stays open after its last response")
		}
		if _, header = as(t, tr, kept); header.Get("Conn") != keptConn || p.isClosed(keptConn) {
			t.Errorf("an identity in use lost its connection: %s, then %s", keptConn, header.Get("Conn"))
		}
		if got, _ := as(t, tr, idle); got != "idle" {
			t.Errorf("an identity that comes back arrives as %s", got)
		}
	})
}

// CloseIdleConnections reaches every identity.
func TestCloseIdleConnectionsOfAll(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, http2 bool) {
		p := newPeers(t, http2)
		tr := mustNew(t, p.policy())
		var conns []string
		for _, id := range []*egress.Identity{nil, issue(t, "acme", nil).identity(t, ""), issue(t, "globex", nil).identity(t, "")} {
			_, header := as(t, tr, id)
			conns = append(conns, header.Get("Conn"))
		}
		tr.CloseIdleConnections()
		var still []string
		for _, conn := range conns {
			if !p.waitClosed(t, conn) {
				still = append(still, conn)
			}
		}
		if diff := cmp.Diff([]string(nil), still); diff != "" {
			t.Errorf("still open:\n%s", diff)
		}
	})
}
