package waygatetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// actionPanic is clause 10.
func actionPanic(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil, WithConfig(func(c *waygate.Config) {
		c.Egress.MaxBodyBytes, c.Egress.MaxTenantBytes, c.Egress.MaxInFlightBytes = bodyLimit, 2*bodyLimit, 2*bodyLimit
	}))
	large := Text(http.StatusOK, "application/json", `"`+strings.Repeat("x", bodyLimit-2)+`"`)
	b.provider.On("POST /large", large)
	// Each way out leaves an answer behind that was neither read nor closed.
	leaving := func(out func()) spyDo {
		return func(ctx context.Context, c *waygate.Call, _ doFunc) (*waygate.Response, error) {
			if _, err := post(ctx, c.HTTPClient(), b.provider.URL()+"/large"); err != nil {
				t.Errorf("a request before the end: %v", err)
			}
			out()
			return nil, waygate.ErrConfig
		}
	}
	for _, c := range []struct {
		name string
		out  func()
	}{
		{"a panic", func() { panic("own panic") }},
		{"a panic with an error", func() { panic(io.ErrUnexpectedEOF) }},
		{"a Goexit", runtime.Goexit},
		{"an error", func() {}},
	} {
		for range 4 {
			b.spy.do = leaving(c.out)
			b.inGoroutine(c.name)
		}
	}
	b.spy.do = nil
	b.provider.On("POST /echo", large)
	if _, err := b.invoke(nil, waygate.Timeout(time.Second)); err != nil {
		t.Errorf("after panics and Goexits a plain call fails, so something is still held: %v", err)
	}
	b.stored(4*4 + 1)
}

// inGoroutine makes a call that may end its goroutine.
func (b *actionBench) inGoroutine(name string) {
	before := len(b.gw.Calls())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.invoke(nil, waygate.Timeout(time.Second))
		b.fails(name, err, waygate.ErrConfig)
	})
	wg.Wait()
	calls := b.gw.Calls()
	if len(calls) != before+1 || calls[before].Kind != waygate.KindConfig || len(calls[before].Attempts) != 1 {
		b.Errorf("%s: want one record, of kind %s and with the attempt; got %+v", name, waygate.KindConfig, calls[before:])
	}
}

// stored counts the records in the store.
func (b *actionBench) stored(want int) {
	if err := b.gw.Flush(b.Context()); err != nil {
		b.Errorf("flush: %v", err)
	}
	page, err := b.acme.Records(b.Context(), waygate.RecordQuery{Limit: 100})
	if err != nil || len(page.Records) != want {
		b.Errorf("the store has %+v, %v: want the records of %d calls", page, err, want)
	}
}

// actionEnd is clause 11.
func actionEnd(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, nil)
	kept, client := b.keepsCall()
	sent := b.sent()
	foreign := &waygate.Call{}
	for what, client := range map[string]*http.Client{"a client of then": client, "a client of a Call that ended": kept.HTTPClient(),
		"a client of a Call that no gateway made": foreign.HTTPClient()} {
		resp, err := post(t.Context(), client, b.provider.URL()+"/echo")
		if err == nil {
			_ = resp.Body.Close()
		}
		b.fails(what, err, waygate.ErrConfig)
	}
	for what, c := range map[string]*waygate.Call{"Invoke of a Call that ended": kept, "Invoke of a Call that no gateway made": foreign} {
		_, err := c.Invoke(t.Context(), b.id, nil)
		b.fails(what, err, waygate.ErrConfig)
	}
	if now := b.sent(); now != sent {
		t.Errorf("%d requests were sent after the call's end", now-sent)
	}
	b.leftBehind()
}

// keepsCall makes a call whose body is read after Do, and keeps what Do had.
func (b *actionBench) keepsCall() (kept *waygate.Call, client *http.Client) {
	var body *trackedBody
	done := false
	b.spy.do = func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		defer func() { done = true }()
		kept, client = c, c.HTTPClient()
		resp, err := next(ctx, c)
		if err != nil {
			return nil, err
		}
		var inner io.Reader = resp.Body
		if resp.Body == nil {
			inner = strings.NewReader(`{"a":1}`)
		}
		body = &trackedBody{r: readerFunc(func(p []byte) (int, error) {
			if !done {
				b.Error("the body was read before Do returned it")
			}
			return inner.Read(p)
		})}
		return &waygate.Response{Status: resp.Status, Header: resp.Header, Body: body}, nil
	}
	res, err := b.invoke(map[string]any{"a": 1})
	if err != nil || string(res.JSON()) != `{"a":1}` || body.read.Load() == 0 {
		b.Fatalf("a body that is read after Do: got %+v, %v", res, err)
	}
	return kept, client
}

// leftBehind ends a call while a goroutine of its action is still sending.
func (b *actionBench) leftBehind() {
	var wg sync.WaitGroup
	b.provider.On("POST /slow", Delay(time.Second, Status(http.StatusNoContent)))
	b.spy.do = func(ctx context.Context, c *waygate.Call, next doFunc) (*waygate.Response, error) {
		wg.Go(func() {
			if resp, err := post(ctx, c.HTTPClient(), b.provider.URL()+"/slow"); err == nil {
				_ = resp.Body.Close()
			}
		})
		time.Sleep(time.Millisecond)
		return next(ctx, c)
	}
	if _, err := b.invoke(map[string]any{"a": 1}); err != nil {
		b.Errorf("an action that leaves a request behind: %v", err)
	}
	before := fmt.Sprintf("%+v", b.lastCall())
	wg.Wait()
	if after := fmt.Sprintf("%+v", b.lastCall()); after != before {
		b.Errorf("a record changed after its call had ended, from\n%s\nto\n%s", before, after)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// actionPager is the contract of Pager, and that wrappers are looked through:
// the spy is one.
func actionPager(t *testing.T, h ActionHarness) {
	b := newActionBench(t, h, func(s *spyAction, _ *waygate.Integration) {
		s.info = func(i *waygate.ActionInfo) { i.Records = "$.items" }
	})
	b.provider.On("POST /echo", JSON(http.StatusOK, map[string]any{"items": []int{1}, "next": "same"}))
	read := 0
	var failure error
	for _, err := range waygate.Items[int](t.Context(), b.acme, b.id, map[string]any{"q": "x"}, waygate.MaxPages(10)) {
		if failure = err; err == nil {
			read++
		}
	}
	if !h.Pages {
		if read != 1 || failure != nil {
			t.Errorf("the harness says that the action has one page: got %d records, %v", read, failure)
		}
		return
	}
	b.fails("the same next input again and again", failure, waygate.ErrInvalidResponse)
	if n := b.sent(); n > 3 {
		t.Errorf("the same next input again and again: %d requests were sent before it was noticed", n)
	}
	b.provider.On("POST /echo", threePages)
	first, err := b.invoke(map[string]any{"q": "x"})
	if err != nil || !first.Meta.HasMore || first.Meta.Next == "" {
		t.Fatalf("the first page: got %+v, %v: want a way to go on", first, err)
	}
	rest, err := b.acme.Collect(t.Context(), b.id, map[string]any{"q": "x"}, waygate.Continue(first.Meta.Next))
	if err != nil || string(rest.JSON()) != "[2,3]" {
		t.Errorf("going on with Meta.Next: got %+v, %v, want the records 2 and 3", rest, err)
	}
}
