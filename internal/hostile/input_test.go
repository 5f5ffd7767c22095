package hostile_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

const (
	badInput = waygate.KindInvalidInput
	config   = waygate.KindConfig
)

// trial is one way of giving something to a gateway. It is run for each of its values; a way that can take the value in
// no form is refused when it is registered, connected or called: in all cases nothing is sent.
type trial struct {
	values []string
	kinds  []waygate.Kind // any of them will do
	// sent is how many requests come before the refusal.
	sent int64
	do   func(t *testing.T, w *counting, v string) error
}

// counting is a gateway whose requests go nowhere and are counted.
type counting struct {
	gw   *waygate.Gateway
	sent atomic.Int64
	// answer is what each request gets; {} by default.
	answer func(r *http.Request) (http.Header, string)
	last   *http.Request
}

func (w *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil { // a request whose body fails is none
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	w.sent.Add(1)
	w.last = r
	h, body := http.Header{}, "{}"
	if w.answer != nil {
		h, body = w.answer(r)
	}
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func newCounting(t *testing.T, change ...func(*waygate.Config)) *counting {
	w := &counting{}
	w.gw, _ = gateway(t, policy(), append(change, func(c *waygate.Config) {
		c.Transport = func(http.RoundTripper) http.RoundTripper { return w }
	})...)
	return w
}

const home = "https://api.example.com"

// register gives the gateway an integration with one action "x".
func (w *counting) register(t *testing.T, a waygate.HTTPAction, change ...func(*waygate.Integration)) error {
	a.ID = "x"
	if a.Method == "" {
		a.Method = "GET"
	}
	if a.Path == "" {
		a.Path = "/x"
	}
	in := waygate.Integration{ID: "api", BaseURL: home, Auth: auth.Bearer{}, Actions: []waygate.Action{a}}
	for _, c := range change {
		c(&in)
	}
	return w.gw.Register(t.Context(), in)
}

// connect makes a connection to it.
func (w *counting) connect(t *testing.T, spec waygate.ConnectionSpec) error {
	spec.Slug = "main"
	if spec.Credential.Kind == "" {
		spec.Credential = auth.Token(canary)
	}
	_, err := w.gw.Tenant("acme").Connect(t.Context(), "api", spec)
	return err
}

func (w *counting) invoke(t *testing.T, in any, opts ...waygate.Option) error {
	_, err := w.gw.Tenant("acme").Invoke(t.Context(), "api.x", in, opts...)
	return err
}

// call registers, connects and calls; all but the call must succeed.
func (w *counting) call(t *testing.T, a waygate.HTTPAction, in any, opts ...waygate.Option) error {
	t.Helper()
	must(t, w.register(t, a))
	must(t, w.connect(t, waygate.ConnectionSpec{}))
	return w.invoke(t, in, opts...)
}

// read reads all pages.
func (w *counting) read(t *testing.T, a waygate.HTTPAction, in any) error {
	t.Helper()
	must(t, w.register(t, a))
	must(t, w.connect(t, waygate.ConnectionSpec{}))
	for _, err := range waygate.Pages[any](t.Context(), w.gw.Tenant("acme"), "api.x", in) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestInput gives what no request can carry to each place that takes something.
func TestInput(t *testing.T) {
	t.Parallel()
	n := 0
	for _, list := range []map[string]trial{climbing(), breaking(), reserved()} {
		for name, tr := range list {
			for _, v := range tr.values {
				n++
				t.Run(name+"/"+fmt.Sprintf("%q", v), func(t *testing.T) {
					t.Parallel()
					w := newCounting(t)
					err := tr.do(t, w, v)
					kind := kindOf(t, err)
					ok := false
					for _, k := range tr.kinds {
						ok = ok || k == kind
					}
					if !ok || w.sent.Load() != tr.sent {
						t.Errorf("got %q with %d requests, want one of %q with %d: %v", kind, w.sent.Load(), tr.kinds, tr.sent, err)
					}
				})
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d trials", n)
	}
}

// only is the trial with other values.
func (tr trial) only(values ...string) trial { tr.values = values; return tr }
