package egress_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// lines is a header of n lines of about 1,000 bytes that do not compress into references.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		_, _ = fmt.Fprintf(&b, "X-%d: %s\r\n", i, strings.Repeat("x", 990))
	}
	return b.String()
}

// overTLS makes the raw server of p one that speaks TLS.
func overTLS(t *testing.T, answer func(io.Writer)) egress.Policy {
	t.Helper()
	cert := issue(t, "example.com", nil)
	p := rawServer(t, answer)
	plain := p.Dial
	p.RootCAs = x509.NewCertPool()
	p.RootCAs.AddCert(cert.cert)
	p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := plain(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ours, theirs := net.Pipe()
		server := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{cert.tls()}, DynamicRecordSizingDisabled: true})
		go func() { _, _ = io.Copy(raw, server); _ = raw.Close() }()
		go func() { _, _ = io.Copy(server, raw); _ = theirs.Close(); _ = raw.Close() }()
		return ours, nil
	}
	return p
}

// says makes an answer of text.
func says(texts ...string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, strings.Join(texts, "")) }
}

// outcome is what became of an exchange.
type outcome string

const (
	fine    outcome = "fine"
	refused outcome = "refused"
	broken  outcome = "broken"
)

func outcomeOf(err error) outcome {
	var odd *egress.ResponseError
	switch {
	case err == nil:
		return fine
	case errors.As(err, &odd):
		return refused
	}
	return broken
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	const ok, end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "\r\n"
	hint := "HTTP/1.1 103 Early Hints\r\n" + lines(1) + end
	for _, tc := range []struct {
		name   string
		answer string
		limit  int64 // 0 is 64 KiB
		want   outcome
	}{
		{"40 KB", ok + lines(40) + end, 0, fine},
		{"80 KB", ok + lines(80) + end, 0, refused},
		{"10 MB", ok + lines(10_000) + end, 0, refused},
		{"one line of 1 MB", ok + "X: " + strings.Repeat("x", 1<<20) + "\r\n" + end, 0, refused},
		{"a status of 100 KB", "HTTP/1.1 200 " + strings.Repeat("x", 100_000) + "\r\n" + end, 0, refused},
		{"lines without end", ok + strings.Repeat("a:\r\n", 20_000) + end, 0, refused},
		{"under a limit of its own", ok + lines(1) + end, 2000, fine},
		{"over a limit of its own", ok + lines(3) + end, 2000, refused},
		{"a few 1xx", strings.Repeat(hint, 5) + ok + end, 0, fine},
		{"many 1xx", strings.Repeat(hint, 80) + ok + end, 0, refused},
		{"1xx without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10_000), 0, refused},
		// what breaks is the network, however much came before
		{"cut at once", "", 0, broken},
		{"cut in the status", "HTTP/1.1 2", 0, broken},
		{"cut in the header", ok + lines(10), 0, broken},
		{"cut just below the limit", ok + lines(65), 0, broken},
		{"cut where TLS has brought more bytes than the limit", ok + "X: " + strings.Repeat("x", 1940), 2000, broken},
		{"malformed", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0, broken},
		{"not HTTP", "SSH-2.0 hello\r\n\r\n", 0, broken},
	} {
		for scheme, policy := range map[string]func(*testing.T, func(io.Writer)) egress.Policy{"http": rawServer, "https": overTLS} {
			t.Run(scheme+" "+tc.name, func(t *testing.T) {
				t.Parallel()
				p := policy(t, says(tc.answer))
				p.MaxHeaderBytes = tc.limit
				_, err := get(t, mustNew(t, p), scheme+"://example.com/")
				var odd *egress.ResponseError
				if got := outcomeOf(err); got != tc.want {
					t.Fatalf("%s: %v; want %s", got, err, tc.want)
				}
				limit := cmp.Or(tc.limit, 64<<10)
				if errors.As(err, &odd) && odd.Reason != fmt.Sprintf("its header has more than %d bytes", limit) {
					t.Errorf("reason: %s", odd.Reason)
				}
			})
		}
	}
}

// A body that breaks is the network's fault too.
func TestBrokenBodyIsNoResponseError(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, body := range map[string]string{
		"broken chunk": "zz\r\n", "cut": "5\r\nhel", "after much": "11170\r\n" + strings.Repeat("x", 70_000) + "\r\nzz\r\n",
		"long trailer": "1\r\nx\r\n0\r\n" + lines(80) + "\r\n",
	} {
		resp, err := get(t, mustNew(t, rawServer(t, says(head, body))), "http://example.com/")
		if err != nil {
			t.Errorf("%s: no response: %v", name, err)
			continue
		}
		_, err = io.ReadAll(resp.Body)
		if outcomeOf(err) != broken {
			t.Errorf("%s: got %v, want an error of the network", name, err)
		}
	}
}

// handler2 is a policy that leads to a server over HTTP/2.
func handler2(t *testing.T, h http.HandlerFunc) egress.Policy {
	t.Helper()
	addr, roots := tlsServer(t, h, true)
	return egress.Policy{RootCAs: roots, Dial: (&wire{to: addr}).dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}})}
}

func headerOf(w http.ResponseWriter, n int) {
	for i := range n {
		w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 990))
	}
}

func TestHeaderLimitOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   outcome
	}{
		{"40 KB", func(w http.ResponseWriter, _ *http.Request) { headerOf(w, 40) }, fine},
		{"little too long", func(w http.ResponseWriter, _ *http.Request) { headerOf(w, 65) }, refused},
		{"80 KB", func(w http.ResponseWriter, _ *http.Request) { headerOf(w, 80) }, refused},
		{"300 KB", func(w http.ResponseWriter, _ *http.Request) { headerOf(w, 300) }, refused},
		{"4 MB", func(w http.ResponseWriter, _ *http.Request) { headerOf(w, 4000) }, refused},
		{"by reference", func(w http.ResponseWriter, _ *http.Request) {
			for range 2000 {
				w.Header().Add("X", strings.Repeat("x", 990))
			}
		}, refused},
		{"a few 1xx", func(w http.ResponseWriter, _ *http.Request) { hints(w, 5) }, fine},
		{"many 1xx", func(w http.ResponseWriter, _ *http.Request) { hints(w, 80) }, refused},
		{"stream reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, broken},
		{"reset after 1xx", func(w http.ResponseWriter, _ *http.Request) { hints(w, 5); panic(http.ErrAbortHandler) }, broken},
		{"connection cut", func(w http.ResponseWriter, r *http.Request) { cut(r) }, broken},
		{"cut after 1xx", func(w http.ResponseWriter, r *http.Request) { longHints(w, 60); cut(r) }, broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr, roots := cuttable(t, tc.answer)
			tr := mustNew(t, egress.Policy{
				RootCAs: roots, Dial: (&wire{to: addr}).dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}}),
			})
			req, err := http.NewRequestWithContext(t.Context(), "POST", "https://example.com/", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			req.GetBody = nil // lest it be sent again
			resp, err := tr.RoundTrip(req)
			if got := outcomeOf(err); got != tc.want {
				t.Fatalf("%s: %v; want %s", got, err, tc.want)
			}
			if err != nil && tc.want == refused && !strings.Contains(err.Error(), "more than 65536 bytes") {
				t.Errorf("reason: %v", err)
			}
			if err == nil {
				egress.Drain(resp.Body)
			}
		})
	}
}

// hints sends the same 1xx n times. It leaves the header alone after that: where the client has reset the stream, the
// server may still be reading it.
func hints(w http.ResponseWriter, n int) {
	w.Header().Set("Link", strings.Repeat("x", 990))
	for range n {
		w.WriteHeader(http.StatusEarlyHints)
	}
}

// longHints sends n that differ, so that they don't become references.
func longHints(w http.ResponseWriter, n int) {
	for i := range n {
		w.Header().Set("Link", fmt.Sprintf("%d%s", i, strings.Repeat("x", 950)))
		w.WriteHeader(http.StatusEarlyHints)
	}
}

// connKey is where cuttable puts the connection of a request.
type connKey struct{}

func cut(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		_ = c.Close()
	}
	<-r.Context().Done()
}

// cuttable is an HTTP/2 server whose handlers can cut their connection.
func cuttable(t *testing.T, h http.Handler) (addr string, roots *x509.CertPool) {
	t.Helper()
	cert := issue(t, "example.com", nil)
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert.tls()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(cert.cert)
	return s.Listener.Addr().String(), roots
}

// Over HTTP/2 a header that is far too long breaks the connection for all. The others are not blamed for it.
func TestHeaderOfAnotherRequest(t *testing.T) {
	t.Parallel()
	waiting := make(chan struct{})
	tr := mustNew(t, handler2(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/flood" {
			headerOf(w, 300)
			return
		}
		close(waiting)
		<-r.Context().Done()
	}))
	failed := make(chan error, 1)
	go func() {
		req := newGet(t, "https://example.com/wait")
		req.Method, req.Body = "POST", io.NopCloser(bytes.NewReader([]byte("x"))) // not sent again
		resp, err := tr.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	<-waiting
	_, _ = get(t, tr, "https://example.com/flood")
	if err := <-failed; outcomeOf(err) != broken {
		t.Errorf("got %v, want an error of the network", err)
	}
}

// The request that a caller gets back is the one it sent, and its context the one it gave.
func TestResponseNamesTheRequest(t *testing.T) {
	t.Parallel()
	tr := mustNew(t, rawServer(t, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))
	req := newGet(t, "http://example.com/")
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Request != req {
		t.Error("another request")
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	b.Cleanup(s.Close)
	guarded := mustNew(b, egress.Policy{AllowHTTP: true, Dial: (&wire{to: s.Listener.Addr().String()}).dial})
	bare := &http.Transport{DialContext: (&wire{to: s.Listener.Addr().String()}).dial}
	b.Cleanup(bare.CloseIdleConnections)
	for name, rt := range map[string]http.RoundTripper{"egress": guarded, "net/http": bare} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, err := rt.RoundTrip(newGet(b, "http://8.8.8.8/"))
				if err != nil {
					b.Fatal(err)
				}
				egress.Drain(resp.Body)
			}
		})
	}
}
