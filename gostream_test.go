package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// TestGoStreams shows streams of actions in Go.
func TestGoStreams(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 100_000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "begun ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(20 * time.Millisecond) // until the call has returned
		_, _ = io.WriteString(w, long)
	})
	client := func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/a", nil)
		if err != nil {
			return nil, err
		}
		resp, err := c.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	}
	nested := func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		res, err := c.Invoke(ctx, "a", nil)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Body: res.Stream()}, nil
	}
	within := func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		res, err := c.Invoke(ctx, "a", nil)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Stream())
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Body: io.NopCloser(strings.NewReader(string(body)))}, res.Stream().Close()
	}
	for name, c := range map[string]struct {
		do      func(ctx context.Context, c *waygate.Call) (*waygate.Response, error)
		records int
	}{"by HTTPClient": {client, 1}, "nested, passed on": {nested, 2}, "nested, read": {within, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := open(t, s.URL)
			in := api(goStream(c.do), streaming("a"))
			in.BaseURL = s.URL
			must(t, gw.Register(t.Context(), in))
			acme := connect(t, gw, "acme", "api", pat)
			res, err := acme.Invoke(t.Context(), "api.go", nil)
			must(t, err)
			body, err := io.ReadAll(res.Stream())
			if err != nil || string(body) != "begun "+long {
				t.Errorf("read %d bytes: %v", len(body), err)
			}
			must(t, res.Stream().Close())
			rec := recordsOf(t, acme)
			if len(rec) != c.records {
				t.Fatalf("%d records", len(rec))
			}
			for _, r := range rec {
				if !r.Succeeded() || r.ResponseBytes != int64(len(long)+6) {
					t.Errorf("record %+v", r)
				}
			}
		})
	}
	t.Run("an error status", func(t *testing.T) {
		t.Parallel()
		var open atomic.Int32
		_, acme := ready(t, always(200, `{}`), api(goStream(func(context.Context, *waygate.Call) (*waygate.Response, error) {
			open.Add(1)
			return &waygate.Response{Status: 404, Body: &closing{io.NopCloser(strings.NewReader("gone")), func() { open.Add(-1) }}}, nil
		})))
		_, err := acme.Invoke(t.Context(), "api.go", nil)
		if e := failure(t, err, waygate.KindMissing); string(e.Body) != "gone" || open.Load() != 0 {
			t.Errorf("body %q, %d open", e.Body, open.Load())
		}
	})
}

// troubled is a Body that fails or panics.
type troubled struct {
	read  func() error
	close func()
}

func (b *troubled) Read([]byte) (int, error) { return 0, b.read() }

func (b *troubled) Close() error {
	if b.close != nil {
		b.close()
	}
	return errors.New("of Close")
}

// TestStreamTrouble shows a Body of the host's that fails: by an *Error, without
// secrets, and the call still ends.
func TestStreamTrouble(t *testing.T) {
	t.Parallel()
	const token = "the-token-of-the-customer-55"
	for name, c := range map[string]struct {
		body *troubled
		kind waygate.Kind
		says string
	}{
		"secret":         {&troubled{read: func() error { return fmt.Errorf("reading with %s: reset", token) }}, waygate.KindNetwork, "reset"},
		"secret in base": {&troubled{read: func() error { return errors.New("Basic dGhlLXRva2VuLW9mLXRoZS1jdXN0b21lci01NQ==") }}, waygate.KindNetwork, "[redacted]"},
		"timeout":        {&troubled{read: func() error { return fmt.Errorf("mine: %w", os.ErrDeadlineExceeded) }}, waygate.KindTimeout, "mine"},
		"sentinel":       {&troubled{read: func() error { return fmt.Errorf("mine: %w", waygate.ErrForbidden) }}, waygate.KindForbidden, "mine"},
		"panic":          {&troubled{read: func() error { panic("of " + token) }}, waygate.KindConfig, "panicked"},
		"panic in Close": {&troubled{read: func() error { return errors.New("reset") }, close: func() { panic("in Close") }}, waygate.KindNetwork, "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := wired(t, always(200, `{}`))
			must(t, gw.Register(t.Context(), api(goStream(func(_ context.Context, call *waygate.Call) (*waygate.Response, error) {
				resp, err := call.HTTPClient().Get(apiBase + "/x") // so that the credential is known
				if err != nil {
					return nil, err
				}
				return &waygate.Response{Body: c.body}, resp.Body.Close()
			}))))
			acme := connect(t, gw, "acme", "api", auth.Token(token))
			res, err := acme.Invoke(t.Context(), "api.go", nil)
			must(t, err)
			_, err = res.Stream().Read(make([]byte, 1))
			failure(t, err, c.kind)
			says(t, err, c.says)
			func() {
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("Close panicked: %v", p)
					}
				}()
				must(t, res.Stream().Close())
			}()
			rec := recordsOf(t, acme)
			if len(rec) != 1 || rec[0].Kind != c.kind {
				t.Fatalf("records %+v", rec)
			}
			for what, text := range map[string]string{"error": fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), "record": rec[0].Error} {
				if strings.Contains(text, token) || strings.Contains(text, "dGhlLXRva2Vu") {
					t.Errorf("the %s tells the token: %s", what, text)
				}
			}
		})
	}
}

// TestGoStreamIdle shows that a Body of an action's own may be silent as long as
// an attempt may take, and no longer.
func TestGoStreamIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		_, gw, acme := piped(t, api(goStream(func(context.Context, *waygate.Call) (*waygate.Response, error) {
			return &waygate.Response{Body: r}, nil
		})))
		time.AfterFunc(20*time.Second, func() { _, _ = io.WriteString(w, "a") })
		stuck := time.AfterFunc(time.Hour, func() { _ = w.Close() })
		defer stuck.Stop()
		res, err := acme.Invoke(t.Context(), "api.go", nil)
		must(t, err)
		start := time.Now()
		body, err := io.ReadAll(res.Stream())
		if failure(t, err, waygate.KindTimeout); string(body) != "a" || time.Since(start) != 50*time.Second {
			t.Errorf("read %q, ended after %s", body, time.Since(start))
		}
		must(t, res.Stream().Close())
		if rec := gw.Calls(); len(rec) != 1 || rec[0].Kind != waygate.KindTimeout {
			t.Errorf("records %+v", rec)
		}
	})
}
