package waygate_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// meddler is a host's transport that changes the header and the URL of what it is given, and keeps it.
type meddler struct {
	next http.RoundTripper

	mu   sync.Mutex // guards kept
	kept []*http.Request
}

func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Add("X-Meddled", "once")
	r.URL.RawQuery += "&meddled=once"
	resp, err := m.next.RoundTrip(r)
	r.Header.Set("X-Late", "too late")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, r)
	return resp, err
}

// TestRequestsAreTheirOwn has two tenants call at the same time, each call in two attempts, by an action of data and by one
// in Go, with and without a transport of the host's that changes what it is given: no attempt sees anything of another.
func TestRequestsAreTheirOwn(t *testing.T) {
	t.Parallel()
	for _, meddled := range []bool{false, true} {
		t.Run(fmt.Sprintf("meddled %v", meddled), func(t *testing.T) {
			t.Parallel()
			p := &strict{meddled: meddled, seen: map[string]int{}}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			hook := &meddler{}
			cfg := waygate.Config{Store: memory.New(), Egress: loopback(t, server.URL), RetryBudget: resilience.BudgetSettings{Disabled: true},
				HostBreaker: resilience.HostSettings{Disabled: true}, Breaker: resilience.BreakerSettings{Disabled: true}}
			if meddled {
				cfg.Transport = func(next http.RoundTripper) http.RoundTripper { hook.next = next; return hook }
			}
			gw, err := waygate.New(cfg)
			must(t, err)
			must(t, gw.Register(t.Context(), waygate.Integration{ID: "crm", BaseURL: server.URL + "/v1", Auth: auth.Bearer{}, Retry: quick,
				Headers: map[string]string{"X-Fixed": "one"},
				Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/{tenant}/{call}"}, byGo(t, server.URL)}}))
			var all sync.WaitGroup
			for _, name := range []string{"acme", "globex"} {
				tenant := connect(t, gw, name, "crm", auth.Token("token-of-"+name))
				for i := range 20 {
					all.Go(func() {
						action := []string{"crm.get", "crm.go"}[i%2]
						got, err := waygate.Invoke[string](t.Context(), tenant, action, map[string]any{"tenant": name, "call": fmt.Sprint(i)})
						if want := fmt.Sprintf("/v1/%s/%d", name, i); err != nil || got != want {
							t.Errorf("%s gave %q, %v; want %q", action, got, err, want)
						}
					})
				}
			}
			all.Wait()
			for _, fault := range p.faults {
				t.Error(fault)
			}
			for _, r := range hook.kept {
				if r.Header.Get("Accept-Encoding") != "" {
					t.Error("the host's transport finds a header that it didn't send")
				}
			}
		})
	}
}

// byGo sends a request of its own, and looks at what became of it.
func byGo(t *testing.T, base string) waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
		in, _ := call.Input.(map[string]any)
		own, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/v1/%v/%v", base, in["tenant"], in["call"]), nil)
		if err != nil {
			return nil, err
		}
		own.Header.Set("X-Fixed", "one")
		resp, err := call.HTTPClient().Transport.RoundTrip(own)
		if err != nil {
			return nil, err
		}
		if len(own.Header) != 1 || own.URL.RawQuery != "" || in["tenant"] != call.Tenant || call.Connection.Tenant != call.Tenant {
			t.Errorf("the action's own request became %v %s, for %q", own.Header, own.URL, call.Tenant)
		}
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	})
}

// strict is a provider that fails each path once, and then answers with it, compressed. It notes what is wrong with a
// request.
type strict struct {
	meddled bool

	mu     sync.Mutex // guards what follows
	seen   map[string]int
	faults []string
}

func (p *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant := strings.Split(r.URL.Path, "/")[2]
	want := http.Header{"Accept-Encoding": {"gzip"}, "Authorization": {"Bearer token-of-" + tenant}, "X-Fixed": {"one"}}
	query := ""
	if p.meddled {
		want["X-Meddled"], query = []string{"once"}, "&meddled=once"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range want {
		if fmt.Sprint(r.Header[name]) != fmt.Sprint(want[name]) {
			p.faults = append(p.faults, fmt.Sprintf("%s has %s %q", r.URL.Path, name, r.Header[name]))
		}
	}
	if r.URL.RawQuery != query || r.Header.Get("X-Late") != "" {
		p.faults = append(p.faults, fmt.Sprintf("%s came with the query %q and X-Late %q", r.URL.Path, r.URL.RawQuery, r.Header["X-Late"]))
	}
	if p.seen[r.URL.Path]++; p.seen[r.URL.Path] == 1 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = fmt.Fprintf(z, "%q", r.URL.Path)
	_ = z.Close()
}
