package waygate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
)

// TestBlockingBody shows that a Body which gives nothing, and knows no ctx, is
// freed at the call's deadline.
func TestBlockingBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pr, pw := io.Pipe()
		_, acme := ready(t, always(200, `{}`), inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) {
			return &waygate.Response{Body: pr}, nil
		}))
		start := time.Now()
		_, err := acme.Invoke(t.Context(), "api.go", nil, waygate.Timeout(5*time.Second))
		if failure(t, err, waygate.KindTimeout); time.Since(start) != 5*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
		if _, err := pw.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the body is still open: %v", err)
		}
	})
}

// TestHeadWithLength shows that an answer to HEAD holds no room for the body that
// it only announces, over HTTP/1.1 and HTTP/2.
func TestHeadWithLength(t *testing.T) {
	t.Parallel()
	for _, http1 := range []bool{true, false} {
		proto := make(chan string, 1)
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			proto <- r.Proto
			w.Header().Set("Content-Length", "50000000")
		}))
		s.EnableHTTP2 = true
		s.StartTLS()
		t.Cleanup(s.Close)
		gw := open(t, s.URL, func(c *waygate.Config) {
			c.Egress.RootCAs, c.Egress.HTTP1Only = x509.NewCertPool(), http1
			c.Egress.RootCAs.AddCert(s.Certificate())
			c.Retry = resilience.Never{}
		})
		must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: s.URL, Auth: auth.None{},
			Actions: []waygate.Action{waygate.HTTPAction{ID: "head", Method: "HEAD", Path: "/f"}}}))
		res, err := gw.Tenant("acme").Invoke(t.Context(), "api.head", nil)
		must(t, err)
		if got := <-proto; (got == "HTTP/1.1") != http1 || res.Header.Get("Content-Length") != "50000000" || res.Value() != nil {
			t.Errorf("over %s: %v, %s", got, res.Header, res.JSON())
		}
	}
}

// TestBudgetKeepsCircuit shows that waiting for room among the bodies in flight
// is no failure of the provider: its circuit stays closed.
func TestBudgetKeepsCircuit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		in := inGo(func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
			resp, err := c.HTTPClient().Get(apiBase + "/x")
			if err != nil {
				return nil, err
			}
			<-leave // with the body held
			return &waygate.Response{}, resp.Body.Close()
		})
		gw, acme := ready(t, always(200, `"`+strings.Repeat("x", 900)+`"`), in, func(c *waygate.Config) {
			c.Egress = egress.Policy{MaxBodyBytes: 1000, MaxTenantBytes: 1000, MaxInFlightBytes: 1000}
			c.AttemptTimeout = 50 * time.Millisecond
		})
		done := make(chan error, 1)
		go func() { _, err := acme.Invoke(t.Context(), "api.go", nil); done <- err }()
		synctest.Wait()
		for range 12 { // more than open a circuit
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			e := failure(t, err, waygate.KindTimeout)
			if says(t, err, "no room"); e.Attempts != 1 {
				t.Errorf("%d attempts: the provider is asked again for what there is no room for", e.Attempts)
			}
		}
		close(leave)
		must(t, <-done)
		if got := gw.Breakers().List("acme"); len(got) != 1 || got[0].State != resilience.StateClosed {
			t.Errorf("the circuit is %+v", got)
		}
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
	})
}

// heap is what is reachable, in bytes. Tests that measure don't run beside
// others.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestKeptErrorsAreSmall keeps errors of large answers, as a queue of failed jobs
// would: each holds the part of the body that it shows.
func TestKeptErrorsAreSmall(t *testing.T) {
	const size, n = 2 << 20, 8
	for name, status := range map[string]int{"status": 400, "not JSON": 200} {
		w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
			return reply(r, status, strings.Repeat("z", size)), nil
		}}
		_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) { c.RecordBodies = true })
		before := heap()
		var kept []error
		for range n {
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			kept = append(kept, err)
		}
		if grown := heap() - before; grown > size/2 {
			t.Errorf("%s: %d errors of %d MiB hold %d KiB", name, n, size>>20, grown>>10)
		}
		for _, err := range kept {
			var e *waygate.Error
			if !errors.As(err, &e) || len(e.Body) != 10_000 || cap(e.Body) > 16_000 {
				t.Errorf("%s: a body of %d bytes in %d", name, len(e.Body), cap(e.Body))
			}
		}
		runtime.KeepAlive(kept)
	}
}

// TestLongBodiesAreCutFirst looks for a secret that hits everywhere in long
// bodies: only what can show is looked through, so that redaction costs no more
// memory and time than for short ones.
func TestLongBodiesAreCutFirst(t *testing.T) {
	body := strings.Repeat("a", 4<<20)
	x := waygate.HTTPAction{ID: "x", Method: "POST", Path: "/x", Headers: map[string]string{"X-V": "${tenant.v}"}}
	spent := func(change ...func(*waygate.Config)) (int64, time.Duration) {
		_, acme := ready(t, always(400, body), api(x), append(change, func(c *waygate.Config) { c.RecordBodies = true })...)
		must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: strings.Repeat("a", 60<<10), Secret: true}))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := acme.Invoke(t.Context(), "api.x", map[string]any{"text": body})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		failure(t, err, waygate.KindRejected)
		rec := recordsOf(t, acme)[0]
		if n := max(len(rec.Request.Body), len(rec.Response.Body)); n > 10_100 {
			t.Errorf("a body of %d bytes is recorded", n)
		}
		return int64(after.TotalAlloc - before.TotalAlloc), took
	}
	plain, _ := spent(waygate.KeepSecrets)
	redacted, took := spent()
	if more := redacted - plain; more > 24<<20 || took > 2*time.Second {
		t.Errorf("redaction took %d MiB, the call %s", more>>20, took)
	}
}
