package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// outer is an action in Go around others.
func outer(do func(ctx context.Context, c *waygate.Call) (*waygate.Response, error)) waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "outer"}, do)
}

// passed gives an inner result on as the outer one.
func passed(res *waygate.Result, err error) (*waygate.Response, error) {
	if err != nil {
		return nil, err
	}
	return &waygate.Response{Value: res.Value()}, nil
}

// TestNestedKeepsDefinition changes the definition while a call is under way: the
// calls within it stay with the one that it began with, so that a secret of the
// platform which only the new one sends never reaches the tenant's own base URL.
func TestNestedKeepsDefinition(t *testing.T) {
	t.Parallel()
	const platform = "a-secret-of-the-platform"
	after := api(get("inner"), get("fresh"))
	after.Headers = map[string]string{"X-Platform": "${env.k}"}
	for name, change := range map[string]func(gw *waygate.Gateway) error{
		"replaced":     func(gw *waygate.Gateway) error { return gw.Replace(t.Context(), after) },
		"unregistered": func(gw *waygate.Gateway) error { return gw.Unregister(t.Context(), "api") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `{}`)
			gw := wired(t, w, func(c *waygate.Config) { c.Env = map[string]string{"k": platform} })
			must(t, gw.Register(t.Context(), api(get("inner"), outer(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
				if err := change(gw); err != nil {
					return nil, err
				}
				if _, err := c.Invoke(ctx, "api.fresh", nil); !errors.Is(err, waygate.ErrUnresolved) {
					t.Errorf("an action that only the new definition has: %v", err)
				}
				return passed(c.Invoke(ctx, "api.inner", nil))
			}))))
			acme := gw.Tenant("acme")
			_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, BaseURL: "https://tenant.example.net"})
			must(t, err)
			_, err = acme.Invoke(t.Context(), "api.outer", nil)
			must(t, err)
			if _, err := acme.Invoke(t.Context(), "api.inner", nil); err == nil { // a new call has the new definition, or none
				t.Error("a connection that leads elsewhere still gets the platform's secret")
			}
			if all := w.seen(); len(all) != 1 || all[0].host != "tenant.example.net" || strings.Contains(jsonText(t, all[0].header), platform) {
				t.Errorf("the requests are %+v", all)
			}
		})
	}
}

// TestNestedDeadline shows that a call within a call ends at the outer one's
// deadline, also under a ctx that knows none.
func TestNestedDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _, _ := held()
		_, acme := ready(t, w, api(get("inner"), outer(func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
			return passed(c.Invoke(context.Background(), "inner", nil))
		})))
		start := time.Now()
		_, err := acme.Invoke(t.Context(), "api.outer", nil, waygate.Timeout(2*time.Second))
		if failure(t, err, waygate.KindTimeout); time.Since(start) != 2*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
		for _, rec := range recordsOf(t, acme) {
			if rec.Kind != waygate.KindTimeout {
				t.Errorf("the record of %s says %s", rec.Action, rec.Kind)
			}
		}
	})
}

// TestNestedReadOnly shows that what a caller forbade is forbidden to the calls
// within, too.
func TestNestedReadOnly(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	look := waygate.ActionFunc(waygate.ActionInfo{ID: "look", Effects: waygate.Effects{ReadOnly: true}}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		if _, err := c.Invoke(ctx, "a", nil); err != nil {
			return nil, err
		}
		return passed(c.Invoke(ctx, "remove", nil))
	})
	_, acme := ready(t, w, api(look, get("a"), waygate.HTTPAction{ID: "remove", Method: "DELETE", Path: "/r"}))
	_, err := acme.Invoke(t.Context(), "api.look", nil, waygate.ReadOnly())
	failure(t, err, waygate.KindConfig)
	says(t, err, "ReadOnly", "api.remove")
	if w.last(t).method != "GET" || len(w.seen()) != 1 {
		t.Errorf("sent %+v", w.seen())
	}
	_, err = acme.Invoke(t.Context(), "api.look", nil)
	if must(t, err); w.last(t).method != "DELETE" {
		t.Error("it is refused without the option as well")
	}
}

// TestNestedDepth shows that an action which calls itself comes to an end.
func TestNestedDepth(t *testing.T) {
	t.Parallel()
	depth := 0
	_, acme := ready(t, always(200, `{}`), api(outer(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		if depth++; depth > 100 {
			return nil, errors.New("deep enough")
		}
		return passed(c.Invoke(ctx, "outer", nil))
	})))
	_, err := acme.Invoke(t.Context(), "api.outer", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, "calls within calls", "at most 10")
	if n := len(recordsOf(t, acme)); depth != 11 || n != 12 { // the refused one has a record too
		t.Errorf("%d deep, %d records", depth, n)
	}
}

// TestNestedDuringShutdown shows that Shutdown waits for the whole of a call:
// what it calls within still works.
func TestNestedDuringShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entered, leave := make(chan struct{}), make(chan struct{})
		gw, acme := ready(t, always(200, `{"a":1}`), api(get("inner"), outer(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			close(entered)
			<-leave
			return passed(c.Invoke(ctx, "inner", nil))
		})))
		called, down := make(chan error, 1), make(chan error, 1)
		go func() { _, err := acme.Invoke(t.Context(), "api.outer", nil); called <- err }()
		<-entered
		go func() { down <- gw.Shutdown(t.Context()) }()
		synctest.Wait()
		_, err := acme.Invoke(t.Context(), "api.inner", nil)
		failure(t, err, waygate.KindConfig) // a new call is refused meanwhile
		close(leave)
		must(t, <-called)
		must(t, <-down)
	})
}

// TestNestedContinue shows that a page which was delivered in part goes on where
// it was cut, also within a call.
func TestNestedContinue(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 3, 2)
	token := ""
	_, acme := ready(t, b, api(b.action(), outer(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		return passed(c.Invoke(ctx, "list", nil, waygate.Continue(token)))
	})))
	res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxItems(2))
	must(t, err)
	token = res.Meta.Next
	for _, action := range []string{"api.list", "api.outer"} {
		opts := []waygate.Option{waygate.Continue(token)}
		if action == "api.outer" {
			opts = nil
		}
		res, err = acme.Invoke(t.Context(), action, nil, opts...)
		if must(t, err); jsonText(t, res.Value()) != "[2]" {
			t.Errorf("%s went on with %s", action, res.JSON())
		}
	}
}

// TestNestedSecrets shows that what a call within learnt, a secret variable and
// the credential, is removed from the outer call's error.
func TestNestedSecrets(t *testing.T) {
	t.Parallel()
	const variable, short = "a-secret-variable-0099", "hunter2"
	inner := get("inner")
	inner.Headers = map[string]string{"X-V": "${tenant.v}"}
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 200, `{"variable":"`+r.Header.Get("X-V")+`","signed":"`+r.Header.Get("Authorization")+`"}`), nil
	}}
	in := api(inner, outer(func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		res, err := c.Invoke(ctx, "inner", nil)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: 400, Value: res.Value()}, nil
	}))
	in.Auth = auth.Basic{}
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", auth.UserPassword("administrator", short))
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: variable, Secret: true}))
	_, err := acme.Invoke(t.Context(), "api.outer", nil)
	e := failure(t, err, waygate.KindRejected)
	if !strings.Contains(string(e.Body), "variable") {
		t.Fatalf("the body is %q", e.Body)
	}
	if strings.Contains(string(e.Body), variable) {
		t.Errorf("the inner call's variable is in the outer error: %s", e.Body)
	}
	pair := strings.TrimPrefix(w.last(t).header.Get("Authorization"), "Basic ")
	if pair == "" || strings.Contains(string(e.Body), pair) {
		t.Errorf("the inner call's credential is in the outer error: %s", e.Body)
	}
}

// TestNestedAfterEnd shows that a goroutine which an action leaves behind can't
// call through it any more, and that one under way ends with the outer call.
func TestNestedAfterEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, entered, _ := held()
		left := make(chan error, 2)
		_, acme := ready(t, w, api(get("inner"), outer(func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
			go func() {
				_, err := c.Invoke(context.Background(), "inner", nil)
				left <- err
				_, err = c.Invoke(context.Background(), "inner", nil)
				left <- err
			}()
			<-entered
			return &waygate.Response{}, nil
		})))
		start := time.Now()
		_, err := acme.Invoke(t.Context(), "api.outer", nil)
		must(t, err)
		if err := <-left; err == nil || time.Since(start) != 0 {
			t.Errorf("what was under way went on for %s: %v", time.Since(start), err)
		}
		failure(t, <-left, waygate.KindConfig)
		var names []string
		for _, rec := range recordsOf(t, acme) {
			names = append(names, rec.Action)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"inner", "outer"}) {
			t.Errorf("records of %q", names)
		}
	})
}
