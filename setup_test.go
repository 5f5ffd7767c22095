package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// apiBase is where the integrations of these tests are; a wire answers for it.
const apiBase = "https://api.example.com"

// pat is the credential that they are called with.
var pat = auth.Token("a-token-for-tests-0123")

// trip is one request as the provider saw it.
type trip struct {
	method string
	url    string
	host   string
	path   string // escaped
	query  string
	header http.Header
	body   string
}

// raw are the values of a header under the very name that they were sent by.
func (x trip) raw(name string) []string { return x.header[name] }

// wire stands in for the network: it remembers requests and answers with its
// handler.
type wire struct {
	answer func(n int, r *http.Request, body string) (*http.Response, error)

	mu    sync.Mutex
	trips []trip
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	w.mu.Lock()
	w.trips = append(w.trips, trip{method: r.Method, url: r.URL.String(), host: r.URL.Host, path: r.URL.EscapedPath(),
		query: r.URL.RawQuery, header: r.Header.Clone(), body: body})
	n := len(w.trips)
	w.mu.Unlock()
	if w.answer == nil {
		return reply(r, 200, `{}`), nil
	}
	return w.answer(n, r, body)
}

// seen are the requests so far.
func (w *wire) seen() []trip {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.trips)
}

// forget makes a wire as new.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trips = nil
}

// last is the latest request.
func (w *wire) last(t testing.TB) trip {
	t.Helper()
	all := w.seen()
	if len(all) == 0 {
		t.Fatal("no request was sent")
	}
	return all[len(all)-1]
}

// reply is a JSON answer, with headers given as name, value, ….
func reply(r *http.Request, status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Add(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader([]byte(body)))}
}

// always answers each request alike.
func always(status int, body string, headers ...string) *wire {
	return &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, status, body, headers...), nil
	}}
}

// wired makes a gateway over a wire; it is shut down at the end.
func wired(t testing.TB, w http.RoundTripper, change ...func(*waygate.Config)) *waygate.Gateway {
	t.Helper()
	gw, err := waygate.New(wiredConfig(w, change...))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := gw.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return gw
}

func wiredConfig(w http.RoundTripper, change ...func(*waygate.Config)) waygate.Config {
	cfg := waygate.Config{Store: memory.New(), Retry: quick, Transport: func(http.RoundTripper) http.RoundTripper { return w }}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// api is an integration with actions.
func api(actions ...waygate.Action) waygate.Integration {
	return waygate.Integration{ID: "api", BaseURL: apiBase, Auth: auth.Bearer{}, Actions: actions}
}

// get is the plainest action.
func get(id string) waygate.HTTPAction {
	return waygate.HTTPAction{ID: id, Method: "GET", Path: "/" + id}
}

// ready registers an integration, and connects acme to it as "main".
func ready(t testing.TB, w http.RoundTripper, in waygate.Integration, change ...func(*waygate.Config)) (*waygate.Gateway, *waygate.Tenant) {
	t.Helper()
	gw := wired(t, w, change...)
	must(t, gw.Register(t.Context(), in))
	if _, none := in.Auth.(auth.None); none {
		return gw, gw.Tenant("acme")
	}
	return gw, connect(t, gw, "acme", in.ID, pat)
}

// failure is err as an *Error of a kind.
func failure(t testing.TB, err error, kind waygate.Kind) *waygate.Error {
	t.Helper()
	var e *waygate.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error of kind %s", err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("got kind %s, want %s: %v", e.Kind, kind, err)
	}
	return e
}

// says tests that an error names what it is about.
func says(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error does not say %q: %v", p, err)
		}
	}
}

// recordsOf are all records of a tenant, newest first.
func recordsOf(t testing.TB, tenant *waygate.Tenant) []waygate.CallRecord {
	t.Helper()
	var all []waygate.CallRecord
	q := waygate.RecordQuery{Limit: 100}
	for {
		page, err := tenant.Records(t.Context(), q)
		must(t, err)
		all = append(all, page.Records...)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return all
		}
	}
}

// ring is a keyring of fresh keys, the first of which seals.
func ring(t testing.TB, ids ...string) *secret.Keyring {
	t.Helper()
	k, err := secret.NewKeyring(t.Context(), keys(t, ids...))
	must(t, err)
	return k
}

func keys(t testing.TB, ids ...string) secret.StaticKeys {
	t.Helper()
	var list secret.StaticKeys
	for _, id := range ids {
		k, err := secret.GenerateKey(id)
		must(t, err)
		list = append(list, k)
	}
	return list
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	return string(data)
}

func pointer[T any](v T) *T { return &v }
