package resilience_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate/resilience"
)

// breaking answers the first request on a connection and breaks it on the next, after having read that.
func breaking(t *testing.T, served *atomic.Int64) *httptest.Server {
	t.Helper()
	var first atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if first.CompareAndSwap(false, true) {
			return
		}
		served.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(s.Close)
	return s
}

// sent counts how often the server sees a POST with an idempotency key on a reused connection that breaks.
func sent(t *testing.T, wrap func(http.RoundTripper) http.RoundTripper, header, body string) int64 {
	t.Helper()
	var served atomic.Int64
	s := breaking(t, &served)
	pool := &http.Transport{}
	t.Cleanup(pool.CloseIdleConnections)
	client := &http.Client{Transport: wrap(pool)}
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(header, "k1")
	if resp, err := client.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Fatal("the server answered, it should have broken the connection")
	}
	return served.Load()
}

// net/http repeats such a POST by itself; through the loop it is sent once.
func TestWireSendsAnEffectOnce(t *testing.T) {
	t.Parallel()
	bare := func(rt http.RoundTripper) http.RoundTripper { return rt }
	loop := func(rt http.RoundTripper) http.RoundTripper { return &resilience.Transport{Next: rt} }
	for _, header := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		for _, body := range []string{"", "body"} {
			t.Run(header+" "+body, func(t *testing.T) {
				t.Parallel()
				if got := sent(t, bare, header, body); got < 2 {
					t.Errorf("net/http alone sent it %d times: this test would not notice a repeat", got)
				}
				if got := sent(t, loop, header, body); got != 1 {
					t.Errorf("sent %d times, want once", got)
				}
			})
		}
	}
}

// The server sees the key under its name.
func TestWireKeepsTheKey(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Proto+" "+strings.Join(r.Header.Values("Idempotency-Key"), ","))
		}))
		s.EnableHTTP2 = http2
		s.StartTLS()
		t.Cleanup(s.Close)
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Idempotency-Key", "k1")
		resp, err := (&resilience.Transport{Next: s.Client().Transport}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		want := "HTTP/1.1 k1"
		if http2 {
			want = "HTTP/2.0 k1"
		}
		if err != nil || string(raw) != want {
			t.Errorf("the server saw %q, %v, want %q", raw, err, want)
		}
	}
}

// A call that fails for good leaves the idle connections of the others alone.
func TestWireKeepsOtherConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	good := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	good.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	good.Start()
	t.Cleanup(good.Close)
	refused := httptest.NewServer(nil)
	refused.Close()
	pool := &http.Transport{}
	t.Cleanup(pool.CloseIdleConnections)
	get := func(url string) error {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&resilience.Transport{Next: pool, Policy: resilience.Exponential{Base: 1}}).RoundTrip(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return err
	}
	for range 10 {
		if err := get(good.URL); err != nil {
			t.Fatal(err)
		}
		if err := get(refused.URL); err == nil {
			t.Fatal("the closed server answered")
		}
	}
	if got := opened.Load(); got != 1 {
		t.Errorf("%d connections to the good server, want 1", got)
	}
}
