package waygate_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// watcher notes all that an observer can be told.
type watcher struct {
	name    string
	before  func(method string) // may panic or end the goroutine
	headers http.Header         // to add to attempts

	mu     sync.Mutex
	log    *[]string // shared between watchers; nil is the watcher's own
	own    []string
	calls  []waygate.CallRecord
	infos  []waygate.CallInfo
	ctxOK  bool
	events []waygate.ConnectionEvent
	alerts []validation.Alert
	states []resilience.BreakerChange
}

type watchKey struct{ name string }

func (w *watcher) note(method string) {
	w.mu.Lock()
	log := w.log
	if log == nil {
		log = &w.own
	}
	*log = append(*log, strings.Trim(w.name+" "+method, " "))
	w.mu.Unlock()
	if w.before != nil {
		w.before(method)
	}
}

func (w *watcher) CallStarted(ctx context.Context, c waygate.CallInfo) context.Context {
	w.mu.Lock()
	w.infos = append(w.infos, c)
	w.mu.Unlock()
	w.note("CallStarted")
	return context.WithValue(ctx, watchKey{w.name}, true)
}

func (w *watcher) CallEnded(ctx context.Context, r waygate.CallRecord) {
	w.mu.Lock()
	w.calls = append(w.calls, r)
	w.ctxOK, _ = ctx.Value(watchKey{w.name}).(bool)
	w.mu.Unlock()
	w.note("CallEnded")
}

func (w *watcher) AttemptStarted(_ context.Context, _ waygate.AttemptInfo, h http.Header) {
	for name, values := range w.headers {
		h[name] = slices.Clone(values)
	}
	w.note("AttemptStarted")
}

func (w *watcher) AttemptEnded(context.Context, waygate.AttemptInfo, waygate.AttemptRecord) {
	w.note("AttemptEnded")
}

func (w *watcher) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	w.mu.Lock()
	w.events = append(w.events, e)
	w.mu.Unlock()
	w.note("ConnectionChanged")
}

func (w *watcher) BreakerChanged(c resilience.BreakerChange) {
	w.mu.Lock()
	w.states = append(w.states, c)
	w.mu.Unlock()
	w.note("BreakerChanged")
}

func (w *watcher) Drifted(_ context.Context, a validation.Alert) {
	w.mu.Lock()
	w.alerts = append(w.alerts, a)
	w.mu.Unlock()
	w.note("Drifted")
}

func (w *watcher) ended() []waygate.CallRecord {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

func (w *watcher) changes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, e := range w.events {
		out = append(out, e.Event)
	}
	return out
}

// TestObserverOrder shows who is told what, and in which order.
func TestObserverOrder(t *testing.T) {
	t.Parallel()
	var log []string
	a, b := &watcher{name: "a", log: &log}, &watcher{name: "b", log: &log}
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		if n == 1 {
			return reply(r, 503, `{}`), nil
		}
		return reply(r, 200, `{}`), nil
	}}
	gw := wired(t, w, func(c *waygate.Config) { c.Observers = []waygate.Observer{a, b} })
	must(t, gw.Register(t.Context(), api(get("a"))))
	acme := connect(t, gw, "acme", "api", pat)
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	var want []string
	for _, method := range []string{"ConnectionChanged", "CallStarted", "AttemptStarted", "AttemptEnded", "AttemptStarted", "AttemptEnded", "CallEnded"} {
		want = append(want, "a "+method, "b "+method)
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if !a.ctxOK || !b.ctxOK {
		t.Error("CallEnded has another ctx than the one of CallStarted")
	}
	info, rec := a.infos[0], a.ended()[0]
	if info.ID != rec.ID || info.Tenant != "acme" || info.Action != "api.a" || !info.Start.Equal(rec.Start) {
		t.Errorf("started %+v, ended %+v", info, rec)
	}
	kinds := []waygate.Kind{rec.Attempts[0].Kind, rec.Attempts[1].Kind}
	if diff := cmp.Diff([]waygate.Kind{waygate.KindServer, ""}, kinds); diff != "" || rec.Status != 200 {
		t.Errorf("the record says %+v: %s", rec, diff)
	}
}

// TestObserverPanics shows that an observer that panics, or ends the goroutine,
// leaves nothing held: later calls work, and each call has its record.
func TestObserverPanics(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"CallStarted", "AttemptStarted", "AttemptEnded", "CallEnded", "ConnectionChanged", "BreakerChanged", "Drifted"} {
		t.Run("panic in "+method, func(t *testing.T) {
			t.Parallel()
			bad := &watcher{before: func(m string) {
				if m == method {
					panic("an observer's own trouble")
				}
			}}
			good := &watcher{name: "good"}
			a := get("a")
			a.OutputSchema = []byte(`{"type":"array"}`)
			gw, acme := ready(t, always(200, `{}`), api(a), func(c *waygate.Config) { c.Observers = []waygate.Observer{bad, good} })
			for range 6 {
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				must(t, err)
			}
			must(t, gw.Breakers().Force(breakerOf(t, gw), resilience.StateOpen))
			if n := len(recordsOf(t, acme)); n != 6 {
				t.Errorf("%d records", n)
			}
			if !slices.Contains(good.own, "good "+method) {
				t.Error("the observer after it wasn't told")
			}
		})
		if method == "ConnectionChanged" || method == "BreakerChanged" || method == "Drifted" {
			continue
		}
		t.Run("goexit in "+method, func(t *testing.T) {
			t.Parallel()
			var once sync.Once
			bad := &watcher{before: func(m string) {
				if m == method {
					once.Do(runtime.Goexit)
				}
			}}
			in := api(get("a"))
			in.Breaker = &resilience.BreakerSettings{}
			gw, acme := ready(t, always(200, `{}`), in, func(c *waygate.Config) { c.Observers = []waygate.Observer{bad} })
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = acme.Invoke(t.Context(), "api.a", nil)
				t.Error("the goroutine went on")
			}()
			<-done
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			list := recordsOf(t, acme)
			if len(list) != 2 {
				t.Fatalf("%d records", len(list))
			}
			if first := list[1]; method != "CallEnded" && first.Kind != waygate.KindConfig {
				t.Errorf("the ended call's record: %+v", first)
			}
			must(t, gw.Shutdown(t.Context())) // would wait for a call that is still counted
		})
	}
}

// breakerOf is the one circuit of acme.
func breakerOf(t *testing.T, gw *waygate.Gateway) resilience.BreakerKey {
	t.Helper()
	list := gw.Breakers().List("acme")
	if len(list) != 1 {
		t.Fatalf("%d circuits", len(list))
	}
	return list[0].Key
}

// TestObserverHeaders shows what an observer may add to a request.
func TestObserverHeaders(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	first := &watcher{headers: http.Header{"traceparent": {"00-1"}, "authorization": {"Bearer mine"}, "X-Action": {"mine"}, "x-once": {"mine"},
		"Host": {"evil.example.com"}, "Idempotency-Key": {"mine"}, "X-Forwarded-For": {"mine"}, "a b": {"mine"}, "X-Bad": {"a\r\nB: c"}}}
	second := &watcher{headers: http.Header{"Traceparent": {"00-2"}, "X-More": {"1", "2"}}}
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Headers: map[string]string{"X-Action": "action's"},
		Idempotency: &waygate.Idempotency{Header: "X-Once"}}
	_, acme := ready(t, w, api(a), func(c *waygate.Config) { c.Observers = []waygate.Observer{first, second} })
	_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"))
	must(t, err)
	sent := w.last(t)
	got := sent.header
	want := map[string][]string{"Traceparent": {"00-1"}, "Authorization": {"Bearer a-token-for-tests-0123"}, "X-Action": {"action's"},
		"X-More": {"1", "2"}, "Host": nil, "Idempotency-Key": nil, "X-Forwarded-For": nil, "A b": nil, "a b": nil, "X-Bad": nil, "X-Once": nil}
	for name, values := range want {
		if diff := cmp.Diff(values, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if key := sent.raw("x-once"); len(key) != 1 || key[0] == "mine" {
		t.Errorf("the key is %q", key)
	}
}

// TestDrift shows the alert after five answers that don't match.
func TestDrift(t *testing.T) {
	t.Parallel()
	seen := &watcher{}
	a := get("a")
	a.OutputSchema = []byte(`{"type":"object","required":["id"]}`)
	_, acme := ready(t, always(200, `{"name":"x"}`), api(a), func(c *waygate.Config) { c.Observers = []waygate.Observer{seen} })
	for i := range 7 {
		res, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		if len(res.Meta.Warnings) != 1 || !strings.Contains(res.Meta.Warnings[0], "required") {
			t.Errorf("warnings %q", res.Meta.Warnings)
		}
		if want := i / 4; len(seen.alerts) != min(want, 1) {
			t.Errorf("%d alerts after %d answers", len(seen.alerts), i+1)
		}
	}
	if a := seen.alerts[0]; a.Action != "api.a" || a.Keyword != "required" {
		t.Errorf("got %+v", a)
	}
}
