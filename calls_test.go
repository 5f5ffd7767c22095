package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
)

// inGo is an action of one function.
func inGo(do func(ctx context.Context, c *waygate.Call) (*waygate.Response, error)) waygate.Integration {
	return api(waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, do), get("a"), get("b"))
}

// TestGoActions shows what becomes of what an action in Go returns.
func TestGoActions(t *testing.T) {
	t.Parallel()
	body := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
	cases := map[string]struct {
		resp *waygate.Response
		err  error
		kind waygate.Kind
		json string
	}{
		"value":          {&waygate.Response{Value: map[string]any{"a": 1}}, nil, "", `{"a":1}`},
		"body":           {&waygate.Response{Body: body(`{"a":1}`)}, nil, "", `{"a":1}`},
		"empty":          {&waygate.Response{Status: 204}, nil, "", `null`},
		"blank body":     {&waygate.Response{Body: body(" \n")}, nil, "", `null`},
		"nothing":        {nil, nil, waygate.KindConfig, ""},
		"both":           {&waygate.Response{Body: body("1"), Value: 1}, nil, waygate.KindConfig, ""},
		"no form":        {&waygate.Response{Value: func() {}}, nil, waygate.KindInvalidResponse, ""},
		"status":         {&waygate.Response{Status: 404, Body: body("{}")}, nil, waygate.KindMissing, ""},
		"status, value":  {&waygate.Response{Status: 500, Value: "why"}, nil, waygate.KindServer, ""},
		"odd status":     {&waygate.Response{Status: 100}, nil, waygate.KindInvalidResponse, ""},
		"own error":      {nil, errors.New("own"), waygate.KindConfig, ""},
		"sentinel":       {nil, fmt.Errorf("own: %w", waygate.ErrRateLimited), waygate.KindRateLimited, ""},
		"canceled":       {nil, context.Canceled, waygate.KindConfig, ""}, // not the call's own end
		"deadline":       {nil, context.DeadlineExceeded, waygate.KindConfig, ""},
		"error and body": {&waygate.Response{Body: body("1")}, waygate.ErrForbidden, waygate.KindForbidden, ""},
		"broken body":    {&waygate.Response{Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), errReader{}))}, nil, waygate.KindInvalidResponse, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, acme := ready(t, always(200, `{}`), inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) { return c.resp, c.err }))
			res, err := acme.Invoke(t.Context(), "api.go", nil)
			if c.kind != "" {
				failure(t, err, c.kind)
				return
			}
			if must(t, err); string(res.JSON()) != c.json {
				t.Errorf("got %s", res.JSON())
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// TestCallClient shows what goes out through a Call's client, to whom, and what
// it gives an error's kind.
func TestCallClient(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		switch r.URL.Path {
		case "/away":
			return reply(r, 302, ``, "Location", "https://evil.example.org/x"), nil
		case "/x":
			return reply(r, 302, ``, "Location", apiBase+"/back"), nil
		case "/bad":
			return reply(r, 422, `{}`), nil
		}
		return reply(r, 200, `{}`), nil
	}}
	var kept *waygate.Call
	do := func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		kept = c
		for _, target := range []string{apiBase + "/mine", "https://uploads.example.com/up", "https://evil.example.org/", "https://api.example.com.evil.org/",
			"https://api.example.com:443/same", apiBase + "/away"} {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
			if err != nil {
				return nil, err
			}
			resp, err := c.HTTPClient().Do(req)
			if err != nil {
				return nil, err
			}
			_ = resp.Body.Close()
		}
		return &waygate.Response{}, nil
	}
	in := inGo(do)
	in.Origins = []string{"https://uploads.example.com"}
	_, acme := ready(t, w, in)
	res, err := acme.Invoke(t.Context(), "api.go", nil)
	must(t, err)
	want := map[string]bool{"/mine": true, "/up": true, "/": false, "/same": true, "/away": true, "/x": false, "/back": false}
	for _, x := range w.seen() {
		if signed := x.header.Get("Authorization") != ""; signed != want[x.path] {
			t.Errorf("%s: signed %v", x.url, signed)
		}
	}
	if len(w.seen()) != 8 || res.Meta.Attempts != 8 {
		t.Errorf("%d requests, %d attempts", len(w.seen()), res.Meta.Attempts)
	}
	for name, c := range map[string]*waygate.Call{"an ended call's": kept, "a made-up call's": {}} {
		_, err := c.HTTPClient().Post(apiBase, "text/plain", strings.NewReader("x"))
		if !errors.Is(err, waygate.ErrConfig) {
			t.Errorf("%s client: %v", name, err)
		}
		if _, err := c.Invoke(t.Context(), "a", nil); !errors.Is(err, waygate.ErrConfig) {
			t.Errorf("%s Invoke: %v", name, err)
		}
	}
	if _, err := get("a").Do(t.Context(), &waygate.Call{}); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("HTTPAction.Do of a made-up call: %v", err)
	}
	if _, _, err := get("a").Next(t.Context(), kept, &waygate.Response{}); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("HTTPAction.Next of another's call: %v", err)
	}
	fails := func(target string) error {
		_, acme := ready(t, w, inGo(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			resp, err := c.HTTPClient().Get(target) // without ctx, as an SDK may
			if err == nil {
				_ = resp.Body.Close()
				err = errors.New("the SDK says no")
			}
			return nil, err
		}))
		_, err := acme.Invoke(t.Context(), "api.go", nil)
		return err
	}
	failure(t, fails(apiBase+"/bad"), waygate.KindRejected)
	failure(t, fails(apiBase+"/mine"), waygate.KindInvalidResponse)
}

// TestNested shows what a call within a call may do.
func TestNested(t *testing.T) {
	t.Parallel()
	const pin = "an-input-secret-78"
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 400, `{"echo":"`+r.URL.Query().Get("pin")+`"}`), nil
	}}
	var inner error
	gw, acme := ready(t, w, inGo(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		for _, opt := range []waygate.Option{waygate.On("other"), waygate.Through(vaultOf("evil", "api")), waygate.MaxItems(1), nil} {
			if _, err := c.Invoke(ctx, "a", nil, opt); !errors.Is(err, waygate.ErrConfig) {
				return nil, fmt.Errorf("an option that doesn't fit: %w", err)
			}
		}
		if _, err := c.Invoke(ctx, "foreign.a", nil); !errors.Is(err, waygate.ErrConfig) {
			return nil, fmt.Errorf("another integration: %w", err)
		}
		_, inner = c.Invoke(ctx, "a", c.Input)
		return &waygate.Response{}, nil
	}), func(c *waygate.Config) { c.RecordBodies = true })
	foreign := api(get("a"))
	foreign.ID = "foreign"
	must(t, gw.Register(t.Context(), foreign))
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token("token-of-the-second")})
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.go", map[string]any{"pin": secret.New(pin)}, waygate.On("second"))
	must(t, err)
	if got := w.last(t); got.header.Get("Authorization") != "Bearer token-of-the-second" || !strings.Contains(got.query, pin) {
		t.Errorf("the inner call sent %+v", got)
	}
	e := failure(t, inner, waygate.KindRejected)
	if text := string(e.Body) + inner.Error() + jsonText(t, recordsOf(t, acme)); strings.Contains(text, pin) {
		t.Error("the outer call's secret is seen in the inner one's")
	}
}

// renewing is a vault that can refresh.
type renewing struct {
	vault
	mu    sync.Mutex
	asked int
	next  auth.Credential
	err   error
}

func (v *renewing) Refresh(_ context.Context, _ auth.Credential) (auth.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	return v.next, v.err
}

// wrapped hides nothing of the connection in it.
type wrapped struct{ waygate.Connection }

func (w wrapped) Unwrap() waygate.Connection { return w.Connection }

// TestRefresh shows what a 401 does to a connection that can refresh: one
// refresh, one repeat, whatever the method.
func TestRefresh(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		next     auth.Credential
		err      error
		kind     waygate.Kind
		requests int
	}{
		"works":           {auth.Token("a-fresh-token-0001"), nil, "", 2},
		"doesn't help":    {auth.Token("a-stale-token-0001"), nil, waygate.KindAuth, 2},
		"fails":           {auth.Credential{}, errors.New("no answer"), waygate.KindAuth, 1},
		"grant gone":      {auth.Credential{}, waygate.ErrNeedsReauth, waygate.KindNeedsReauth, 1},
		"gives nothing":   {auth.Credential{}, nil, waygate.KindConfig, 1},
		"gives the wrong": {auth.UserPassword("u", "p"), nil, waygate.KindConfig, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
				if r.Header.Get("Authorization") == "Bearer a-fresh-token-0001" {
					return reply(r, 200, `{}`), nil
				}
				return reply(r, 401, `{}`), nil
			}}
			seen := &watcher{}
			_, acme := ready(t, w, api(waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/p"}), func(cfg *waygate.Config) {
				cfg.Retry, cfg.Observers = resilience.Never{}, []waygate.Observer{seen}
			})
			v := &renewing{vault: vaultOf("acme", "api"), next: c.next, err: c.err}
			_, err := acme.Invoke(t.Context(), "api.pay", map[string]any{"a": 1}, waygate.Through(wrapped{v}))
			if c.kind == "" {
				must(t, err)
			} else {
				failure(t, err, c.kind)
			}
			if v.asked != 1 || len(w.seen()) != c.requests {
				t.Errorf("%d refreshes, %d requests", v.asked, len(w.seen()))
			}
			if c.kind == "" && (seen.changes()[len(seen.changes())-1] != "refreshed" || w.last(t).body != `{"a":1}`) {
				t.Errorf("told %v, sent %q", seen.changes(), w.last(t).body)
			}
		})
	}
}

// TestRefreshedOnce shows that what Refresh gave is for the one repeat: a later
// attempt asks the connection again, and a second 401 stands.
func TestRefreshedOnce(t *testing.T) {
	t.Parallel()
	answers := []int{401, 503, 401}
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, answers[n-1], `{}`), nil
	}}
	_, acme := ready(t, w, api(get("a")))
	v := &renewing{vault: vaultOf("acme", "api"), next: auth.Token("a-fresh-token-0001")}
	_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.Through(v))
	failure(t, err, waygate.KindAuth)
	var sent []string
	for _, x := range w.seen() {
		sent = append(sent, strings.TrimPrefix(x.header.Get("Authorization"), "Bearer "))
	}
	want := []string{"a-token-of-the-vault", "a-fresh-token-0001", "a-token-of-the-vault"}
	if strings.Join(sent, " ") != strings.Join(want, " ") || v.asked != 1 {
		t.Errorf("sent %q with %d refreshes", sent, v.asked)
	}
}

// TestResolve shows what Config.Resolve can answer.
func TestResolve(t *testing.T) {
	t.Parallel()
	disabled := vaultOf("acme", "api")
	disabled.info.Status = waygate.StatusDisabled
	gone := vaultOf("acme", "api")
	gone.info.Status = waygate.StatusNeedsReauth
	undeclared := vaultOf("acme", "api")
	undeclared.info.Parameters = map[string]string{"host": "evil.example.org"}
	inside := vaultOf("acme", "api")
	inside.info.BaseURL = "https://10.0.0.1"
	signing := vaultOf("acme", "api")
	signing.info.Headers = map[string]string{"Authorization": "mine"}
	for name, c := range map[string]struct {
		resolve func() (waygate.Connection, error)
		kind    waygate.Kind
		sent    string
	}{
		"stored":     {func() (waygate.Connection, error) { return nil, nil }, "", "Bearer a-token-for-tests-0123"},
		"own":        {func() (waygate.Connection, error) { return vaultOf("acme", "api"), nil }, "", "Bearer a-token-of-the-vault"},
		"foreign":    {func() (waygate.Connection, error) { return vaultOf("evil", "api"), nil }, waygate.KindConfig, ""},
		"fails":      {func() (waygate.Connection, error) { return nil, errors.New("sealed") }, waygate.KindStore, ""},
		"refuses":    {func() (waygate.Connection, error) { return nil, waygate.ErrUnresolved }, waygate.KindUnresolved, ""},
		"panics":     {func() (waygate.Connection, error) { panic("its own trouble") }, waygate.KindConfig, ""},
		"nil":        {func() (waygate.Connection, error) { return (*renewing)(nil), nil }, waygate.KindConfig, ""},
		"disabled":   {func() (waygate.Connection, error) { return disabled, nil }, waygate.KindConfig, ""},
		"gone":       {func() (waygate.Connection, error) { return gone, nil }, waygate.KindNeedsReauth, ""},
		"undeclared": {func() (waygate.Connection, error) { return undeclared, nil }, waygate.KindConfig, ""},
		"inside":     {func() (waygate.Connection, error) { return inside, nil }, waygate.KindConfig, ""},
		"signing":    {func() (waygate.Connection, error) { return signing, nil }, waygate.KindConfig, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			_, acme := ready(t, w, api(get("a")), func(cfg *waygate.Config) {
				cfg.Resolve = func(context.Context, string, string) (waygate.Connection, error) { return c.resolve() }
			})
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			if c.kind != "" {
				if failure(t, err, c.kind); len(w.seen()) != 0 {
					t.Error("a request was sent")
				}
				return
			}
			if must(t, err); w.last(t).header.Get("Authorization") != c.sent {
				t.Errorf("sent %q", w.last(t).header.Get("Authorization"))
			}
		})
	}
}

// TestRateLimit shows that a connection's limit delays its calls, and refuses
// those that would wait too long; another connection has its own.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := api(get("a"))
		in.Limits = []resilience.Limit{{Rate: 1, Per: 40 * time.Second, Burst: 1}}
		gw, acme := ready(t, always(200, `{}`), in)
		start := time.Now()
		calls(t, acme, 2)
		if took := time.Since(start); took != 40*time.Second {
			t.Errorf("two calls took %s", took)
		}
		var waited time.Duration
		for _, rec := range recordsOf(t, acme) {
			waited += rec.Attempts[0].Wait
		}
		if waited != 40*time.Second {
			t.Errorf("the records say %s", waited)
		}
		start = time.Now()
		calls(t, connect(t, gw, "other", "api", pat), 1)
		if time.Since(start) != 0 {
			t.Error("another tenant waits")
		}
		_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.Timeout(10*time.Second))
		e := failure(t, err, waygate.KindRateLimited)
		if e.RetryAfter != 40*time.Second || e.Attempts != 0 || time.Since(start) != 0 {
			t.Errorf("got %+v after %s", e, time.Since(start))
		}
	})
}

// TestInput reads a call's input as a type.
func TestInput(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `{}`), api(waygate.ActionFunc(waygate.ActionInfo{ID: "a"}, func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[struct {
			N int `json:"n"`
		}](c)
		return &waygate.Response{Value: in.N}, err
	})))
	n, err := waygate.Invoke[int](t.Context(), acme, "api.a", map[string]any{"n": 7, "N": 8})
	if err != nil || n != 7 {
		t.Errorf("got %d, %v", n, err)
	}
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"n": "s3cret-text"})
	if e := failure(t, err, waygate.KindInvalidInput); !strings.Contains(e.Error(), "/n") || strings.Contains(e.Error(), "s3cret") {
		t.Error(err)
	}
}
