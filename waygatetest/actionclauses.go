package waygatetest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
)

// actionInfo is clause 1.
func actionInfo(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil)
	if first, second := b.spy.inner.Info(), b.spy.inner.Info(); !reflect.DeepEqual(first, second) {
		t.Errorf("Info says\n%+v\nand then\n%+v", first, second)
	}
	if !b.spy.inner.Info().Effects.Idempotent {
		t.Error("Info doesn't declare the action idempotent")
	}
	if b.sent() > 0 {
		t.Error("Info, or registering, sent a request")
	}
	asked := b.spy.infos.Load()
	b.spy.info = func(i *waygate.ActionInfo) { i.InputSchema, i.Timeout = json.RawMessage(`false`), 1 }
	if _, err := b.invoke(nil); err != nil {
		t.Errorf("what Info said after the action was registered had an effect: %v", err)
	}
	if now := b.spy.infos.Load(); now != asked {
		t.Errorf("a call asked Info %d times", now-asked)
	}
}

// actionOnce is clause 2.
func actionOnce(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, func(s *spyAction, _ *waygate.Integration) {
		s.info = func(i *waygate.ActionInfo) { i.Records = "$.items" }
	})
	b.provider.On("POST /echo", Status(http.StatusServiceUnavailable), Echo(http.StatusOK))
	res, err := b.invoke(map[string]any{"items": []int{1}})
	if err != nil || res.Meta.Attempts != 2 || b.spy.dos.Load() != 1 {
		t.Errorf("a request that needs two attempts: got %d of Do, error %v, want one Do with two attempts", b.spy.dos.Load(), err)
	}
	b.provider.On("POST /echo", Status(http.StatusServiceUnavailable))
	_, err = b.invoke(nil)
	b.fails("a provider that is down", err, waygate.ErrServer)
	if b.spy.dos.Load() != 2 || b.sent() != 2+3 {
		t.Errorf("a provider that is down: Do was called %d times for two calls, with %d requests of 5", b.spy.dos.Load(), b.sent())
	}
	b.atOnce()
	b.pages()
}

// atOnce makes calls from many goroutines.
func (b *actionBench) atOnce() {
	const calls = 16
	b.provider.On("POST /echo", Delay(time.Second, Echo(http.StatusOK)))
	before, start := b.spy.dos.Load(), time.Now()
	var wg sync.WaitGroup
	for n := range calls {
		wg.Go(func() {
			got, err := waygate.Invoke[[]int](b.Context(), b.acme, b.id, map[string]any{"items": []int{n}})
			if err != nil || len(got) != 1 || got[0] != n {
				b.Errorf("call %d of many at once: got %v, %v: want its own answer", n, got, err)
			}
		})
	}
	wg.Wait()
	if n := b.spy.dos.Load() - before; n != calls {
		b.Errorf("%d calls at once: Do was called %d times", calls, n)
	}
	if took := time.Since(start); took != time.Second {
		b.Errorf("%d calls at once took %s, want 1s: they wait for one another", calls, took)
	}
}

// pages reads three pages, of an action that has them.
func (b *actionBench) pages() {
	b.provider.On("POST /echo", threePages)
	want := []int{1}
	if b.h.Pages {
		want = []int{1, 2, 3}
	}
	before := b.spy.dos.Load()
	var got []int
	for item, err := range waygate.Items[int](b.Context(), b.acme, b.id, map[string]any{"q": "x"}) {
		if err != nil {
			b.Fatalf("reading pages: %v", err)
		}
		got = append(got, item)
	}
	if !reflect.DeepEqual(got, want) || b.spy.dos.Load()-before != int64(len(want)) {
		b.Errorf("pages (the harness says %t): got %v with %d of Do, want %v with as many", b.h.Pages, got, b.spy.dos.Load()-before, want)
	}
}

// threePages answers with one record a page.
func threePages(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Cursor string `json:"cursor"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil && r.ContentLength != 0 {
		Status(http.StatusBadRequest)(w, r)
		return
	}
	answers := map[string]map[string]any{
		"":  {"items": []int{1}, "next": "b"},
		"b": {"items": []int{2}, "next": "c"},
		"c": {"items": []int{3}},
	}
	JSON(http.StatusOK, answers[in.Cursor])(w, r)
}

// actionDeadline is clause 3.
func actionDeadline(t *testing.T, h ActionHarness) {
	const limit = 5 * time.Second
	b := newActionBench(t, h, nil)
	b.provider.On("POST /echo", Hang())
	b.provider.On("POST /late", Hang())
	b.endsAt(limit, "the action, whose provider hangs,")

	b.spy.do = b.asksLate(limit)
	b.endsAt(limit, "an action that waits for ctx")

	b.spy.do = func(ctx context.Context, c *waygate.Call, _ doFunc) (*waygate.Response, error) {
		_, err := post(context.WithoutCancel(ctx), c.HTTPClient(), b.provider.URL()+"/late")
		return nil, err
	}
	b.endsAt(limit, "a request with a ctx of its own")

	b.spy.do = nil
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := b.acme.Invoke(ctx, b.id, nil)
	b.fails("the caller's own deadline", err, waygate.ErrTimeout)
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	_, err = b.acme.Invoke(ctx, b.id, nil)
	b.fails("a caller who cancels", err, waygate.ErrCanceled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who cancels: %v doesn't match context.Canceled", err)
	}
}

// asksLate is an action that sends its requests when ctx has ended.
func (b *actionBench) asksLate(limit time.Duration) spyDo {
	return func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		if at, ok := ctx.Deadline(); !ok || time.Until(at) != limit {
			b.Errorf("ctx ends in %s (%t), want at the call's deadline in %s", time.Until(at), ok, limit)
		}
		<-ctx.Done()
		sent := b.sent()
		if resp, err := next(ctx, c); err == nil && resp.Status < http.StatusMultipleChoices {
			b.Error("the action has an answer though its ctx ended before it asked")
		}
		if resp, err := post(context.WithoutCancel(ctx), c.HTTPClient(), b.provider.URL()+"/late"); err == nil {
			_ = resp.Body.Close()
			b.Error("a request after the deadline was answered")
		}
		if now := b.sent(); now != sent {
			b.Errorf("%d requests were sent after the deadline", now-sent)
		}
		return nil, ctx.Err()
	}
}

// endsAt makes a call that ends with its timeout.
func (b *actionBench) endsAt(limit time.Duration, what string) {
	b.Helper()
	start := time.Now()
	_, err := b.invoke(nil, waygate.Timeout(limit))
	b.fails(what, err, waygate.ErrTimeout)
	if took := time.Since(start); took != limit {
		b.Errorf("%s: the call took %s, want %s", what, took, limit)
	}
}

// actionInput is clause 4.
func actionInput(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, func(s *spyAction, _ *waygate.Integration) {
		s.info = func(i *waygate.ActionInfo) {
			i.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "old", To: "name"}}}
			i.InputSchema = json.RawMessage(`{"type":"object","required":["name"]}`)
		}
	})
	caller := func() map[string]any {
		return map[string]any{"old": "x", "n": 3, "f": 1.5, "big": json.Number("123456789012345678901234567890"), "yes": true,
			"none": nil, "list": []any{1, map[string]any{"deep": "a"}}, "inner": map[string]any{"k": "v"}}
	}
	want := map[string]any{"name": "x", "n": int64(3), "f": 1.5, "big": json.Number("123456789012345678901234567890"), "yes": true,
		"none": nil, "list": []any{int64(1), map[string]any{"deep": "a"}}, "inner": map[string]any{"k": "v"}}
	in := caller()
	b.spy.do = func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		if !reflect.DeepEqual(c.Input, any(want)) {
			t.Errorf("Call.Input is\n%#v\nwant it mapped, as a tree:\n%#v", c.Input, want)
		}
		if !reflect.DeepEqual(in, caller()) {
			t.Errorf("the caller's value was changed to %#v", in)
		}
		in["n"], in["late"] = 4, true // as a caller may do meanwhile
		in["inner"].(map[string]any)["k"] = "changed"
		in["list"].([]any)[0] = "changed"
		return next(ctx, c)
	}
	if _, err := b.invoke(in); err != nil {
		t.Fatalf("the call fails: %v", err)
	}
	wanted, err := json.Marshal(want)
	if body := b.provider.Requests("POST /echo")[0].Body; err != nil || !sameJSON(body, wanted) {
		t.Errorf("the provider got\n%s\nwant the input as it was when the call was made\n%s", body, wanted)
	}
	_, err = b.invoke(map[string]any{"other": 1})
	b.fails("input that doesn't match its schema", err, waygate.ErrInvalidInput)
	if n := b.spy.dos.Load(); n != 1 {
		t.Errorf("input that doesn't match its schema: Do was called")
	}
}

// actionReach is clause 5.
func actionReach(t *testing.T, h ActionHarness) {
	elsewhere := NewProvider(t, OverPipe(), Host("elsewhere.test"))
	elsewhere.On("POST /x", Status(http.StatusNoContent))
	b := newActionBench(t, h, nil, WithProvider(elsewhere))
	integration, _, _ := strings.Cut(b.id, ".")
	b.connect("acme", integration, "second", "second-token")
	globex := b.connect("globex", integration, "main", globexToken)
	err := b.gw.Replace(t.Context(), waygate.Integration{ID: "other", BaseURL: elsewhere.URL(), Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "x", Method: http.MethodPost, Path: "/x"}}})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := globex.Connection(t.Context(), integration, "main")
	if err != nil {
		t.Fatal(err)
	}
	b.spy.do = b.reaches(theirs, elsewhere.URL()+"/x")
	if _, err := b.invoke(nil); err != nil {
		t.Errorf("the call fails: %v", err)
	}
	for _, r := range b.provider.Requests("") {
		if got := r.Header.Get("Authorization"); got != "Bearer "+acmeToken {
			t.Errorf("a request was signed with %q, want the call's own token", got)
		}
	}
	for _, r := range elsewhere.Requests("") {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("another origin got the credential: %q", got)
		}
	}
	if n := len(elsewhere.Requests("")); n != 1 || b.sent() != 2 {
		t.Errorf("%d requests arrived at the other origin and %d at the own, want 1 and 2", n, b.sent())
	}
}

// reaches is an action that tries to get at what isn't its own.
func (b *actionBench) reaches(theirs *waygate.ConnectionInfo, elsewhere string) spyDo {
	return func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		if nested, ok := c.Input.(map[string]any); ok && nested["nested"] == true {
			return next(ctx, c)
		}
		if c.Tenant != "acme" || c.Connection.Tenant != "acme" || c.Connection.Slug != "main" {
			b.Errorf("the Call is of tenant %q and connection %+v, want those of the call", c.Tenant, c.Connection)
		}
		c.Tenant, c.Connection = "globex", *theirs // without effect
		b.nested(ctx, c, theirs.ID)
		resp, err := post(ctx, c.HTTPClient(), elsewhere)
		if err != nil {
			b.Errorf("a request to another origin: %v", err)
		} else {
			_ = resp.Body.Close()
		}
		return next(ctx, c)
	}
}

// nested calls from within an action.
func (b *actionBench) nested(ctx context.Context, c *waygate.Call, theirs string) {
	in := map[string]any{"nested": true}
	for what, opt := range map[string]waygate.Option{"On": waygate.On("second"), "On with an ID": waygate.On(theirs), "Through": waygate.Through(&spyConnection{})} {
		_, err := c.Invoke(ctx, b.id, in, opt)
		b.fails("Call.Invoke with "+what, err, waygate.ErrConfig)
	}
	_, err := c.Invoke(ctx, "other.x", in)
	b.fails("Call.Invoke of another integration", err, waygate.ErrConfig)
	if _, err := c.Invoke(ctx, b.h.Action, in); err != nil { // its name alone is enough
		b.Errorf("Call.Invoke of %s: %v", b.h.Action, err)
	}
	if r := b.lastCall(); r.Parent != c.ID || r.Tenant != "acme" || r.Connection != "main" {
		b.Errorf("the nested call's record says parent %q, tenant %q, connection %q", r.Parent, r.Tenant, r.Connection)
	}
}
