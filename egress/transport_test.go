package egress_test

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

const publicAddr = "8.8.8.8"

// tlsServer is a server that calls itself example.com, and the pool that trusts it.
func tlsServer(t *testing.T, h http.Handler, http2 bool) (addr string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.Listener.Addr().String(), roots
}

func echoProto(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Proto, r.Host, body)
}

func TestTLSOverBothProtocols(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name              string
		serverH2, onlyOne bool
		want              string
	}{
		{"http2", true, false, "HTTP/2.0 example.com "},
		{"http1", false, false, "HTTP/1.1 example.com "},
		{"http1 only", true, true, "HTTP/1.1 example.com "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr, roots := tlsServer(t, http.HandlerFunc(echoProto), tc.serverH2)
			w := &wire{to: addr}
			tr := mustNew(t, egress.Policy{
				RootCAs: roots, Dial: w.dial, HTTP1Only: tc.onlyOne,
				Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
			})
			resp, err := get(t, tr, "https://example.com/")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			if string(body) != tc.want {
				t.Errorf("got %q, want %q", body, tc.want)
			}
			// The proxies in the environment (see TestMain) would have been dialled instead.
			if diff := cmp.Diff([]string{"8.8.8.8:443"}, w.dialled()); diff != "" {
				t.Errorf("dialled (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	addr, _ := tlsServer(t, http.HandlerFunc(echoProto), true)
	w := &wire{to: addr}
	tr := mustNew(t, egress.Policy{
		RootCAs: x509.NewCertPool(), Dial: w.dial,
		Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	})
	if _, err := get(t, tr, "https://example.com/"); err == nil {
		t.Error("a certificate that nobody vouches for was accepted")
	}
}

// countedListener tells how many connections reached it.
func countedListener(t *testing.T) (port string, accepted *atomic.Int64) {
	t.Helper()
	accepted = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(echoProto))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, accepted
}

// The same requests, to a listener that would answer, under a policy that refuses them and one that does not.
func TestLoopbackListener(t *testing.T) {
	t.Parallel()
	port, accepted := countedListener(t)
	resolver := resolving(map[string][]string{
		"inside.example": {"127.0.0.1"},
		"mixed.example":  {publicAddr, "127.0.0.1"},
		"mapped.example": {"::ffff:127.0.0.1"},
	})
	urls := []string{"http://127.0.0.1:", "http://[::ffff:127.0.0.1]:", "http://inside.example:", "http://mapped.example:"}
	closed := mustNew(t, egress.Policy{AllowHTTP: true, Resolver: resolver})
	for _, u := range append(urls, "http://mixed.example:", "http://0x7f.1:", "http://2130706433:", "http://127.1:") {
		req, err := http.NewRequestWithContext(egress.AllowOrigin(t.Context(), u+port), "GET", u+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := closed.RoundTrip(req); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", u, err)
		}
	}
	if n := accepted.Load(); n != 0 {
		t.Fatalf("the listener saw %d connections through a policy that refuses it", n)
	}
	opened := mustNew(t, egress.Policy{AllowHTTP: true, Resolver: resolver, Allow: prefixes("127.0.0.1/32")})
	for _, u := range urls {
		req, err := http.NewRequestWithContext(egress.AllowOrigin(t.Context(), u+port), "GET", u+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := opened.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		egress.Drain(resp.Body)
	}
	if accepted.Load() == 0 {
		t.Error("the listener saw nothing through a policy that opens it: this test proves nothing")
	}
}

func TestNumericHostsNeverReachTheResolver(t *testing.T) {
	t.Parallel()
	resolver := &names{}
	tr := mustNew(t, egress.Policy{Resolver: resolver})
	for _, host := range []string{"0x7f.1", "2130706433", "0177.0.0.1", "127.1", "127.0.0.1.", "１２７.0.0.1"} {
		if _, err := get(t, tr, "https://"+host+"/"); !errors.Is(err, egress.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", host, err)
		}
	}
	if n := resolver.questions(); n != 0 {
		t.Errorf("the resolver was asked %d times", n)
	}
}

// A name that is public at the first look-up and private at the second is refused at the second.
func TestRebinding(t *testing.T) {
	t.Parallel()
	addr, roots := tlsServer(t, http.HandlerFunc(echoProto), false)
	w := &wire{to: addr}
	resolver := &names{answers: map[string][][]string{"example.com": {{publicAddr}, {publicAddr}, {"10.0.0.1"}}}}
	tr := mustNew(t, egress.Policy{RootCAs: roots, Dial: w.dial, Resolver: resolver})
	for range 2 {
		resp, err := get(t, tr, "https://example.com/")
		if err != nil {
			t.Fatal(err)
		}
		egress.Drain(resp.Body)
		tr.CloseIdleConnections()
	}
	_, err := get(t, tr, "https://example.com/")
	var denied *egress.DeniedError
	if !errors.As(err, &denied) || denied.Host != "example.com" || denied.Addr.String() != "10.0.0.1" {
		t.Fatalf("got %v, want a DeniedError", err)
	}
	if strings.Contains(err.Error(), "10.0.0.1") {
		t.Errorf("%q tells who asked what the name stands for inside", err)
	}
	if n := resolver.questions(); n != 3 {
		t.Errorf("the resolver was asked %d times, want 3", n)
	}
	if diff := cmp.Diff([]string{"8.8.8.8:443", "8.8.8.8:443"}, w.dialled()); diff != "" {
		t.Errorf("dialled (-want +got):\n%s", diff)
	}
}

// rawServer answers every connection's first request with the same bytes.
func rawServer(t *testing.T, answer func(io.Writer)) egress.Policy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					answer(conn)
				}
			}()
		}
	}()
	w := &wire{to: l.Addr().String()}
	return egress.Policy{
		AllowHTTP: true, Dial: w.dial,
		Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
	}
}

func TestSwitchingProtocolsIsRefused(t *testing.T) {
	t.Parallel()
	tr := mustNew(t, rawServer(t, func(w io.Writer) {
		_, _ = io.WriteString(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	}))
	_, err := get(t, tr, "http://example.com/")
	var refused *egress.ResponseError
	if !errors.As(err, &refused) || refused.Status != 101 {
		t.Fatalf("got %v, want a ResponseError with status 101", err)
	}
}

func TestConnectIsRefused(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, "https://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mustNew(t, egress.Policy{}).RoundTrip(req); !errors.Is(err, egress.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

// closing remembers that it was closed.
type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }

func TestRefusedRequestIsClosed(t *testing.T) {
	t.Parallel()
	for name, rt := range map[string]http.RoundTripper{
		"transport":      mustNew(t, egress.Policy{}),
		"zero transport": &egress.Transport{},
		"follower":       egress.FollowRedirects(nil),
	} {
		body := &closing{Reader: strings.NewReader("x")}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://10.0.0.1/", body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rt.RoundTrip(req); err == nil || !body.closed.Load() {
			t.Errorf("%s: err %v, body closed %v", name, err, body.closed.Load())
		}
	}
	(&egress.Transport{}).CloseIdleConnections()
}
