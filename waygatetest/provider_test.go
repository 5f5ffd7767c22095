package waygatetest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/waygatetest"
)

// issues is an integration of one provider, which needs no credential.
func issues(p *waygatetest.Provider, retry resilience.Policy) waygate.Integration {
	return waygate.Integration{
		ID: "tracker", BaseURL: p.URL(), Auth: auth.None{}, Retry: retry,
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "list", Method: "GET", Path: "/issues"},
			waygate.HTTPAction{ID: "create", Method: "POST", Path: "/issues"},
		},
	}
}

func register(t *testing.T, gw *waygatetest.Gateway, in waygate.Integration) *waygate.Tenant {
	t.Helper()
	if err := gw.Register(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return gw.Tenant("acme")
}

// forms are the ways in which a provider can listen.
func forms() map[string][]waygatetest.ProviderOption {
	return map[string][]waygatetest.ProviderOption{
		"loopback":       nil,
		"loopback_tls":   {waygatetest.TLS()},
		"loopback_http2": {waygatetest.HTTP2()},
		"pipe":           {waygatetest.OverPipe()},
		"pipe_tls":       {waygatetest.OverPipe(), waygatetest.TLS()},
		"pipe_http2":     {waygatetest.OverPipe(), waygatetest.HTTP2()},
	}
}

func TestProviderForms(t *testing.T) {
	t.Parallel()
	for name, opts := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := waygatetest.NewProvider(t, opts...)
			p.On("POST /issues", waygatetest.Echo(201))
			gw := waygatetest.New(t, waygatetest.WithProvider(p))
			acme := register(t, gw, issues(p, nil))
			for range 3 {
				got, err := waygate.Invoke[map[string]string](t.Context(), acme, "tracker.create", map[string]any{"title": "x"})
				if err != nil || got["title"] != "x" {
					t.Fatalf("got %v, %v", got, err)
				}
			}
			arrived := p.Requests("POST /issues")
			if len(arrived) != 3 || p.Connections() != 1 || arrived[2].Conn != 1 {
				t.Errorf("got %d requests over %d connections, the last on %d: want 3 on the first", len(arrived), p.Connections(), arrived[2].Conn)
			}
			wantProto := "HTTP/1.1"
			if strings.HasSuffix(name, "http2") {
				wantProto = "HTTP/2.0"
			}
			if r := arrived[0]; r.Proto != wantProto || string(r.Body) != `{"title":"x"}` || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %+v", r)
			}
			if secure := strings.Contains(name, "tls") || strings.Contains(name, "http2"); secure != (p.RootCAs() != nil) || secure != strings.HasPrefix(p.URL(), "https://") {
				t.Errorf("url %s with roots %v", p.URL(), p.RootCAs() != nil)
			}
		})
	}
}

func TestProviderBreaks(t *testing.T) {
	t.Parallel()
	for name, opts := range forms() {
		for answer, a := range map[string]waygatetest.Answer{
			"drop": waygatetest.Drop(), "reset": waygatetest.Reset(), "cut": waygatetest.Cut(200, "application/json", `{"a":`),
		} {
			t.Run(name+"/"+answer, func(t *testing.T) {
				t.Parallel()
				p := waygatetest.NewProvider(t, opts...)
				p.On("POST /issues", waygatetest.Echo(200), a, waygatetest.Echo(200))
				gw := waygatetest.New(t, waygatetest.WithProvider(p))
				acme := register(t, gw, issues(p, nil))
				body := map[string]any{"text": strings.Repeat("x", 100_000)}
				for i, want := range []error{nil, waygate.ErrNetwork, nil} {
					if _, err := acme.Invoke(t.Context(), "tracker.create", body); !errors.Is(err, want) {
						t.Errorf("call %d: got %v, want %v", i, err, want)
					}
				}
				if n := len(p.Requests("POST /issues")); n != 3 {
					t.Errorf("the provider got %d requests, want 3: a POST whose answer is lost is not repeated", n)
				}
				if p.Connections() != 2 {
					t.Errorf("got %d connections, want 2", p.Connections())
				}
			})
		}
	}
}

func TestResetReachesTheClient(t *testing.T) {
	t.Parallel()
	p := waygatetest.NewProvider(t)
	p.On("GET /", waygatetest.Reset())
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a connection reset", err)
	}
}

// TestPipeTime waits 30 s of the bubble's clock, which take no time.
func TestPipeTime(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for name, opts := range forms() {
		if !strings.HasPrefix(name, "pipe") {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			p := waygatetest.NewProvider(t, opts...)
			p.On("GET /issues", waygatetest.Status(503), waygatetest.Delay(5*time.Second, waygatetest.JSON(200, []string{"a"})))
			gw := waygatetest.New(t, waygatetest.WithProvider(p))
			acme := register(t, gw, issues(p, resilience.Exponential{Base: 30 * time.Second}))
			start := time.Now()
			got, err := waygate.Invoke[[]string](t.Context(), acme, "tracker.list", nil)
			if err != nil || len(got) != 1 {
				t.Fatalf("%s: got %v, %v", name, got, err)
			}
			if took := time.Since(start); took != 35*time.Second {
				t.Errorf("%s: the call took %s of the bubble's clock, want 35s: 30s of backoff without jitter and 5s of answer", name, took)
			}
			if n := len(p.Requests("")); n != 2 {
				t.Errorf("%s: got %d requests, want 2", name, n)
			}
		})
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan time.Duration, 1)
		start := time.Now()
		p := waygatetest.NewProvider(t, waygatetest.OverPipe())
		p.On("GET /issues", func(w http.ResponseWriter, r *http.Request) {
			defer func() { gone <- time.Since(start) }()
			waygatetest.Hang()(w, r)
		})
		gw := waygatetest.New(t, waygatetest.WithProvider(p))
		acme := register(t, gw, issues(p, nil))
		_, err := acme.Invoke(t.Context(), "tracker.list", nil, waygate.Timeout(7*time.Second))
		if !errors.Is(err, waygate.ErrTimeout) {
			t.Errorf("got %v, want a timeout", err)
		}
		if at := <-gone; at != 7*time.Second {
			t.Errorf("the answer hung for %s, want until the client went at 7s", at)
		}
	})
}

// TestProviderEnds leaves a hanging answer to the end of its test.
func TestProviderEnds(t *testing.T) {
	t.Parallel()
	for name, opts := range forms() {
		var fake fakeTB
		p := waygatetest.NewProvider(&fake, opts...)
		entered := make(chan struct{})
		p.On("GET /", func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			waygatetest.Hang()(w, r)
		})
		gw := waygatetest.New(t, waygatetest.WithProvider(p))
		if err := gw.Register(t.Context(), waygate.Integration{ID: "x", BaseURL: p.URL(), Auth: auth.None{},
			Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"}}}); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := gw.Tenant("acme").Invoke(t.Context(), "x.get", nil, waygate.Retry(resilience.Never{}))
			if !errors.Is(err, waygate.ErrNetwork) {
				t.Errorf("%s: got %v, want a broken connection", name, err)
			}
		})
		<-entered
		fake.end()
		wg.Wait()
		if len(fake.errors) > 0 {
			t.Errorf("%s: the provider failed its test: %v", name, fake.errors)
		}
	}
}

func TestUnscriptedRequestFails(t *testing.T) {
	t.Parallel()
	var fake fakeTB
	defer fake.end()
	p := waygatetest.NewProvider(&fake)
	p.On("GET /known", waygatetest.Status(204))
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.RootCAs()}}
	defer tr.CloseIdleConnections()
	for path, want := range map[string]int{"/known": 204, "/other": 501} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
	fake.mu.Lock()
	defer fake.mu.Unlock()
	if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "GET /other") {
		t.Errorf("got failures %q, want one that names GET /other", fake.errors)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	p := waygatetest.NewProvider(t)
	p.On("GET /repos/{owner}/{repo}", waygatetest.Text(200, "text/plain", "any"))
	p.On("GET /repos/{owner}/x", waygatetest.Text(200, "text/plain", "x"))
	p.On("* /repos/{owner}/{repo}", waygatetest.Text(200, "text/plain", "method"))
	p.On("GET /turn", append(waygatetest.Repeat(2, waygatetest.Text(200, "text/plain", "a")), waygatetest.Text(200, "text/plain", "b"))...)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	ask := func(method, path string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, p.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	var got []string
	for _, c := range [][2]string{
		{"GET", "/repos/a/b"}, {"GET", "/repos/a/x"}, {"PUT", "/repos/a/x"}, {"GET", "/repos/a%2Fb/c?q=1"},
		{"GET", "/turn"}, {"GET", "/turn"}, {"GET", "/turn"}, {"GET", "/turn"},
	} {
		got = append(got, ask(c[0], c[1]))
	}
	if diff := cmp.Diff([]string{"any", "x", "method", "any", "a", "a", "b", "b"}, got); diff != "" {
		t.Error(diff)
	}
	escaped := p.Requests("GET /repos/{owner}/{repo}")[2]
	if escaped.Path != "/repos/a%2Fb/c" || escaped.Query.Get("q") != "1" {
		t.Errorf("got path %s and query %v", escaped.Path, escaped.Query)
	}
	if n := len(p.Requests("")); n != 8 {
		t.Errorf("got %d requests in all, want 8", n)
	}
}

// FuzzPattern gives On any text: it takes it or ends the test with a word, and
// what it takes can be asked for.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"GET /a", "* /{x}/b", "GET", "", " /", "GET /a b", "GET a", "GET /a?b", "GET /{", "\x00 /\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		var fake fakeTB
		p := waygatetest.NewProvider(&fake, waygatetest.OverPipe())
		defer fake.end()
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(fatal); !ok {
					t.Errorf("pattern %q panics: %v", pattern, r)
				}
			}
		}()
		p.On(pattern, waygatetest.Status(200))
		if len(p.Requests(pattern)) != 0 || pattern == "" {
			t.Errorf("pattern %q is taken, or has requests", pattern)
		}
	})
}

// fakeTB is a test that may fail and ends when it is told to.
type fakeTB struct {
	testing.TB // nil: what is not below isn't called

	mu       sync.Mutex
	cleanups []func()
	errors   []string
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors = append(f.errors, sprintf(format, args...))
}

// Fatalf ends the test's function, as that of testing.T does.
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(fatal{})
}

type fatal struct{}

// end runs the cleanups as testing does.
func (f *fakeTB) end() {
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.cleanups[i]()
	}
	f.cleanups = nil
}

// Context ends with the test process.
func (f *fakeTB) Context() context.Context { return context.Background() }

func (f *fakeTB) Fatal(args ...any) { f.Fatalf("%s", sprintf("%v", args)) }
