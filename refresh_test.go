package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// TestParallelRefresh sends requests side by side that all get a 401: they share
// one refresh, and each is repeated with what it gave.
func TestParallelRefresh(t *testing.T) {
	t.Parallel()
	const n = 4
	var all sync.WaitGroup
	all.Add(n)
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if r.Header.Get("Authorization") == "Bearer a-fresh-token-0001" {
			return reply(r, 200, `{}`), nil
		}
		all.Done()
		all.Wait() // until each was sent with the old credential
		return reply(r, 401, `{}`), nil
	}}
	var statuses [n]int
	_, acme := ready(t, w, inGo(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		var wg sync.WaitGroup
		var errs [n]error
		for i := range n {
			wg.Go(func() {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase+"/p", nil)
				var resp *http.Response
				if err == nil {
					resp, err = c.HTTPClient().Do(req)
				}
				if errs[i] = err; err == nil {
					statuses[i] = resp.StatusCode
					errs[i] = resp.Body.Close()
				}
			})
		}
		wg.Wait()
		return &waygate.Response{}, errors.Join(errs[:]...)
	}))
	v := &renewing{vault: vaultOf("acme", "api"), next: auth.Token("a-fresh-token-0001")}
	_, err := acme.Invoke(t.Context(), "api.go", nil, waygate.Through(v))
	must(t, err)
	if statuses != [n]int{200, 200, 200, 200} || v.asked != 1 || len(w.seen()) != 2*n {
		t.Errorf("statuses %v with %d refreshes in %d requests", statuses, v.asked, len(w.seen()))
	}
}

// foreign is the error of a ctx that somebody else made and cancelled.
func foreign() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return fmt.Errorf("part 3: %w", ctx.Err())
}

// canceledRead fails as a body that a foreign ctx ended.
type canceledRead struct{}

func (canceledRead) Read([]byte) (int, error) { return 0, foreign() }

// foreignPager fails so between two pages.
type foreignPager struct{ counter }

func (foreignPager) Next(context.Context, *waygate.Call, *waygate.Response) (any, bool, error) {
	return nil, false, foreign()
}

// TestForeignCanceled shows that a cancelled ctx of the host's, while the
// caller's goes on, is a failure of the host's part: not KindCanceled, which
// nobody would look into.
func TestForeignCanceled(t *testing.T) {
	t.Parallel()
	plain := api(get("go"))
	for name, c := range map[string]struct {
		in     waygate.Integration
		change func(*waygate.Config)
		opts   []waygate.Option
		kind   waygate.Kind
	}{
		"action": {in: inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, foreign() }), kind: waygate.KindConfig},
		"action after an answer": {in: inGo(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			resp, err := c.HTTPClient().Get(apiBase + "/p")
			if err == nil {
				_ = resp.Body.Close()
				err = foreign()
			}
			return nil, err
		}), kind: waygate.KindInvalidResponse},
		"body": {in: inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) {
			return &waygate.Response{Body: io.NopCloser(canceledRead{})}, nil
		}), kind: waygate.KindInvalidResponse},
		"pager":      {in: waygate.Integration{ID: "api", BaseURL: apiBase, Auth: auth.Bearer{}, Actions: []waygate.Action{foreignPager{}}}, kind: waygate.KindInvalidResponse},
		"credential": {in: plain, opts: []waygate.Option{waygate.Through(slowVault{vaultOf("acme", "api"), func(context.Context) error { return foreign() }})}, kind: waygate.KindStore},
		"resolve": {in: plain, change: func(c *waygate.Config) {
			c.Resolve = func(context.Context, string, string) (waygate.Connection, error) { return nil, foreign() }
		}, kind: waygate.KindStore},
		"store": {in: plain, change: func(c *waygate.Config) {
			c.Store = slowStore{c.Store, func(context.Context) error { return foreign() }}
		}, kind: waygate.KindStore},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, acme := ready(t, always(200, `{}`), c.in, func(cfg *waygate.Config) {
				if c.change != nil {
					c.change(cfg)
				}
			})
			id := "api.go"
			if name == "pager" {
				id = "api.count"
			}
			_, err := acme.Invoke(t.Context(), id, nil, c.opts...)
			if e := failure(t, err, c.kind); e.Hint == "" {
				t.Error("the error has no hint")
			}
			if list := recordsOf(t, acme); len(list) != 1 || list[0].Kind != c.kind {
				t.Errorf("the records are %+v", list)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, acme := ready(t, always(200, `{}`), inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) {
		cancel()
		return nil, foreign()
	}))
	_, err := acme.Invoke(ctx, "api.go", nil)
	failure(t, err, waygate.KindCanceled) // here it may well be the caller's
}

// TestPortParameter shows that a port is opened by the definition's owner alone:
// one that a tenant fills in, in a parameter or in a base URL, is held to the
// policy.
func TestPortParameter(t *testing.T) {
	t.Parallel()
	fill := func(host, port string) waygate.ConnectionSpec {
		return waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"host": host, "port": port}}
	}
	both := []waygate.ConnectionParameter{{Name: "host"}, {Name: "port"}}
	for name, c := range map[string]struct {
		base   string
		params []waygate.ConnectionParameter
		spec   waygate.ConnectionSpec
		opened bool
	}{
		"parameter":          {"https://{host}:{port}", both, fill("mail.example.com", "25"), false},
		"a known host":       {"https://{host}.example.com:{port}/v1", both, fill("mail", "25"), false},
		"within the host":    {"https://{host}", both[:1], waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"host": "mail.example.com:25"}}, false},
		"base URL":           {apiBase, nil, waygate.ConnectionSpec{Slug: "main", Credential: pat, BaseURL: "https://mail.example.com:25"}, false},
		"443 as a parameter": {"https://{host}:{port}", both, fill("mail.example.com", "443"), true},
		"a fixed port":       {"https://{host}.example.com:8443", both[:1], waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"host": "mail"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			gw := wired(t, w)
			in := api(get("a"))
			in.BaseURL, in.Parameters = c.base, c.params
			must(t, gw.Register(t.Context(), in))
			acme := gw.Tenant("acme")
			_, err := acme.Connect(t.Context(), "api", c.spec)
			v := vaultOf("acme", "api")
			v.info.BaseURL, v.info.Parameters = c.spec.BaseURL, c.spec.Parameters
			_, through := acme.Invoke(t.Context(), "api.a", nil, waygate.Through(v))
			if c.opened {
				must(t, errors.Join(err, through))
				return
			}
			if err == nil || through == nil || len(w.seen()) != 0 {
				t.Errorf("Connect: %v, a call through a host's connection: %v, %d requests", err, through, len(w.seen()))
			}
		})
	}
}

// TestDisableNeedsReauth shows that a connection which needs re-auth can't be
// made active by disabling and enabling it.
func TestDisableNeedsReauth(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(get("a")), func(c *waygate.Config) { c.Store = store })
	row, _, err := store.Connections().Find(t.Context(), "acme", "api", "main")
	must(t, err)
	row.Status = waygate.StatusNeedsReauth
	_, err = store.Connections().Update(t.Context(), row, nil)
	must(t, err)
	_, err = acme.Enable(t.Context(), "api", "main")
	failure(t, err, waygate.KindNeedsReauth)
	for _, change := range []func(context.Context, string, string) (*waygate.ConnectionInfo, error){acme.Disable, acme.Disable, acme.Enable} {
		_, err = change(t.Context(), "api", "main")
		must(t, err)
	}
	info, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	if info.Status != waygate.StatusNeedsReauth {
		t.Errorf("the status is %s", info.Status)
	}
	_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("main"))
	if failure(t, err, waygate.KindNeedsReauth); len(w.seen()) != 0 {
		t.Error("a request was sent")
	}
	_, err = acme.SetCredential(t.Context(), "api", "main", auth.Token("another-token-0123"))
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
}

// TestConnectionWithoutID shows that a host's connection must say which it is:
// by its ID circuits, limits, keys and continuation tokens are told apart.
func TestConnectionWithoutID(t *testing.T) {
	t.Parallel()
	nameless := vaultOf("acme", "api")
	nameless.info.ID = ""
	b := newBook("cursor", 2, 2)
	_, acme := ready(t, b, api(b.action()), func(c *waygate.Config) {
		c.Resolve = func(context.Context, string, string) (waygate.Connection, error) { return nameless, nil }
	})
	for name, opts := range map[string][]waygate.Option{"Through": {waygate.Through(nameless)}, "Resolve": nil} {
		_, err := acme.Collect(t.Context(), "api.list", nil, opts...)
		failure(t, err, waygate.KindConfig)
		if says(t, err, "no ID"); len(b.seen()) != 0 {
			t.Errorf("%s: a request was sent", name)
		}
	}
}
