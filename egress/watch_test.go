package egress_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// told counts what a Watcher is told.
type told struct {
	mu           sync.Mutex
	asked, found int
	reused       bool
}

func (w *told) GetConn(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
}

func (w *told) GotConn(i httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found++
	w.reused = i.Reused
}

// A watched request is judged as any other, and its watcher is told of its connection.
func TestWatchedHeaderLimit(t *testing.T) {
	t.Parallel()
	const ok, end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "\r\n"
	for name, tc := range map[string]struct {
		answer string
		want   outcome
	}{
		"fine": {ok + lines(40) + end, fine}, "too long": {ok + lines(80) + end, refused}, "cut": {ok + lines(10), broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := mustNew(t, rawServer(t, says(tc.answer)))
			var watch egress.Watch
			var w told
			ctx := watch.Begin(t.Context(), &w)
			for n := 1; n <= 2; n++ { // again when the first is over
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.com/", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if err == nil {
					egress.Drain(resp.Body)
				}
				if got := outcomeOf(err); got != tc.want {
					t.Fatalf("%s: %v; want %s", got, err, tc.want)
				}
				w.mu.Lock()
				if w.asked < n || w.found < n {
					t.Errorf("after %d requests told of %d and %d connections", n, w.asked, w.found)
				}
				w.mu.Unlock()
			}
		})
	}
}

// Requests at the same time under one Watch, as a transport around this one may send them, are each judged alone.
func TestWatchAtTheSameTime(t *testing.T) {
	t.Parallel()
	const ok, end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "\r\n"
	transport := mustNew(t, rawServer(t, says(ok, lines(80), end)))
	var watch egress.Watch
	ctx := watch.Begin(t.Context(), &told{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.com/", nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err = transport.RoundTrip(req); outcomeOf(err) != refused {
				t.Errorf("got %v, want its header to be too long", err)
			}
		})
	}
	all.Wait()
}

// What net/http/httptrace would tell of a connection, for one request.
func ExampleWatch() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	port := netip.MustParseAddrPort(server.Listener.Addr().String()).Port()
	transport, err := egress.New(egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{port}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		var watch egress.Watch
		var w told
		req, err := http.NewRequestWithContext(watch.Begin(context.Background(), &w), http.MethodGet, server.URL, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		egress.Drain(resp.Body)
		fmt.Println("reused:", w.reused)
	}
	// Output:
	// reused: false
	// reused: true
}

// AllowOrigin of a list that is read once.
func ExampleNewOrigins() {
	own := egress.NewOrigins("https://uploads.example.com:8443")
	u := &url.URL{Scheme: "https", Host: "uploads.example.com:8443"}
	var p egress.Policy
	fmt.Println(p.CheckURLContext(own.Allow(context.Background()), u))
	fmt.Println(p.CheckURL(u))
	// Output:
	// <nil>
	// egress: host "uploads.example.com" refused: its port 8443 is not allowed; use 443, or add the port to Policy.Ports
}

// TestSendTakesTheRequest gives a request away, and lends one: only the first is changed, and both are asked for and
// unpacked the same way.
func TestSendTakesTheRequest(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.Header.Get("Accept-Encoding"))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := mustNew(t, egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ctx := egress.AllowOrigin(t.Context(), u.String())
	for name, tc := range map[string]struct {
		send func(*http.Request) (*http.Response, error)
		left string
	}{"lent": {transport.RoundTrip, ""}, "given": {transport.Send, "gzip"}} {
		for _, header := range []http.Header{{"X-One": {"1"}}, nil} {
			req := (&http.Request{Method: "GET", URL: u, Header: header}).WithContext(ctx)
			resp, err := tc.send(req)
			if err != nil {
				t.Fatal(name, err)
			}
			body, _, err := egress.ReadBody(t.Context(), resp.Body, 0, nil, "")
			_ = resp.Body.Close()
			if err != nil || string(body) != "gzip" || header.Get("Accept-Encoding") != tc.left && header != nil || resp.Request != req {
				t.Errorf("%s: %q, %v; its header is %v", name, body, err, header)
			}
		}
	}
}
