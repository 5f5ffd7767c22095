package waygate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// lossy does what it is asked and then breaks the connection, so that the answer
// is lost. It counts what it did.
type lossy struct {
	*httptest.Server
	mu    sync.Mutex
	posts []string // idempotency keys as they came, "" without
	proto string
	lose  int // how many answers to lose
}

type connKey struct{}

func newLossy(t *testing.T, http2 bool) *lossy {
	l := &lossy{lose: 1}
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(l.serve))
	l.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	l.EnableHTTP2 = http2
	l.StartTLS()
	t.Cleanup(l.Close)
	return l
}

func (l *lossy) serve(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	l.mu.Lock()
	l.proto = r.Proto
	lose := false
	if r.Method == http.MethodPost {
		l.posts = append(l.posts, r.Header.Get("Idempotency-Key"))
		lose = len(l.posts) <= l.lose
	}
	l.mu.Unlock()
	if lose {
		_ = r.Context().Value(connKey{}).(net.Conn).Close()
		return
	}
	_, _ = w.Write([]byte(`{}`))
}

func (l *lossy) seen() ([]string, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.posts), l.proto
}

func (l *lossy) gateway(t *testing.T) *waygate.Tenant {
	gw := open(t, l.URL, func(c *waygate.Config) {
		c.Egress.RootCAs = x509.NewCertPool()
		c.Egress.RootCAs.AddCert(l.Certificate())
	})
	sdk := func(header string, body string) waygate.Action {
		id := "sdk_" + strings.ToLower(strings.ReplaceAll(header+body, "-", "_"))
		return waygate.ActionFunc(waygate.ActionInfo{ID: strings.Trim(id, "_")}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+"/pay", strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			if header != "" {
				req.Header.Set(header, "made-by-an-sdk")
			}
			resp, err := c.HTTPClient().Do(req)
			if err != nil {
				return nil, err
			}
			return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
		})
	}
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "bank", BaseURL: l.URL, Auth: auth.Bearer{}, Actions: []waygate.Action{
		waygate.HTTPAction{ID: "get", Method: "GET", Path: "/ok"},
		waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/pay"},
		waygate.HTTPAction{ID: "pay_keyed", Method: "POST", Path: "/pay", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"}},
		sdk("", "body"), sdk("Idempotency-Key", "body"), sdk("X-Idempotency-Key", "body"), sdk("Idempotency-Key", ""),
	}}))
	return connect(t, gw, "acme", "bank", auth.Token("a-token-of-the-bank"))
}

// TestPostOnce shows that a POST which may have had its effect is not repeated,
// by us or by net/http: the provider counts.
func TestPostOnce(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, reused := range []bool{false, true} {
			for _, action := range []string{"pay", "pay_keyed", "sdk_body", "sdk_idempotency_keybody", "sdk_x_idempotency_keybody", "sdk_idempotency_key"} {
				name := strings.Join([]string{map[bool]string{false: "http1", true: "http2"}[http2], map[bool]string{false: "fresh", true: "reused"}[reused], action}, "/")
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					l := newLossy(t, http2)
					bank := l.gateway(t)
					if reused {
						_, err := bank.Invoke(t.Context(), "bank.get", nil)
						must(t, err)
					}
					_, err := bank.Invoke(t.Context(), "bank."+action, map[string]any{"amount": 5})
					posts, proto := l.seen()
					if !errors.Is(err, waygate.ErrNetwork) || len(posts) != 1 {
						t.Errorf("the provider saw %d POSTs, the caller %v", len(posts), err)
					}
					if (proto == "HTTP/2.0") != http2 {
						t.Errorf("went over %s", proto)
					}
					var e *waygate.Error
					if errors.As(err, &e) && e.Attempts != 1 {
						t.Errorf("%d attempts are reported", e.Attempts)
					}
				})
			}
		}
	}
}

// TestPostWithKeyIsRepeated shows the other side: with a declared key the call
// is repeated, with the same key.
func TestPostWithKeyIsRepeated(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, reused := range []bool{false, true} {
			l := newLossy(t, http2)
			l.lose = 2
			bank := l.gateway(t)
			if reused {
				_, err := bank.Invoke(t.Context(), "bank.get", nil)
				must(t, err)
			}
			res, err := bank.Invoke(t.Context(), "bank.pay_keyed", map[string]any{"amount": 5}, waygate.IdempotencyKey("order-1"))
			must(t, err)
			posts, _ := l.seen()
			if len(posts) != 3 || posts[0] == "" || posts[1] != posts[0] || posts[2] != posts[0] || res.Meta.Attempts != 3 {
				t.Errorf("http2 %v reused %v: the provider saw the keys %q in %d attempts", http2, reused, posts, res.Meta.Attempts)
			}
			if strings.Contains(posts[0], "order-1") {
				t.Errorf("the caller's key is on the wire: tenants that share an API key would read each other's answers")
			}
			// The same key again is the same on the wire; another tenant's isn't.
			_, err = bank.Invoke(t.Context(), "bank.pay_keyed", map[string]any{"amount": 5}, waygate.IdempotencyKey("order-1"))
			must(t, err)
			if posts, _ = l.seen(); posts[3] != posts[0] {
				t.Errorf("the same call has another key: %q", posts)
			}
		}
	}
}
