package waygate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
)

// TestStreamEndsWithCaller ends the caller's ctx while a stream is read.
func TestStreamEndsWithCaller(t *testing.T) {
	t.Parallel()
	// Each gives an endless answer.
	bodies := map[string]func(ctx context.Context, c *waygate.Call) (*waygate.Response, error){
		"HTTPAction": nil,
		"passed on": func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://provider.test/a", nil)
			if err != nil {
				return nil, err
			}
			resp, err := c.HTTPClient().Do(req)
			if err != nil {
				return nil, err
			}
			return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
		},
		"of its own": func(context.Context, *waygate.Call) (*waygate.Response, error) {
			r, _ := io.Pipe()
			return &waygate.Response{Body: r}, nil
		},
	}
	for name, do := range bodies {
		for kind, end := range map[waygate.Kind]func(context.Context) (context.Context, context.CancelFunc){
			waygate.KindCanceled: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(5*time.Second, cancel)
				return ctx, cancel
			},
			waygate.KindTimeout: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 5*time.Second)
			},
		} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					action, id := waygate.Action(streaming("a")), "api.a"
					if do != nil {
						action, id = goStream(do), "api.go"
					}
					p, gw, acme := piped(t, api(action))
					p.On("GET /a", chunks(20*time.Second, strings.Split(strings.Repeat("x", 10), "")...))
					ctx, cancel := end(t.Context())
					defer cancel()
					res, err := acme.Invoke(ctx, id, nil)
					must(t, err)
					stuck := time.AfterFunc(time.Hour, func() { t.Error("the read goes on"); _ = res.Stream().Close() })
					start := time.Now()
					_, err = res.Stream().Read(make([]byte, 1))
					stuck.Stop()
					if failure(t, err, kind); time.Since(start) != 5*time.Second {
						t.Errorf("the read ended after %s", time.Since(start))
					}
					must(t, res.Stream().Close())
					if rec := gw.Calls(); len(rec) != 1 || rec[0].Kind != kind {
						t.Errorf("records %+v", rec)
					}
				})
			})
		}
	}
}

// TestShutdownWaitsForStreams shows that an open stream is a call in flight.
func TestShutdownWaitsForStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gw, err := waygate.New(wiredConfig(always(200, "x")))
		must(t, err)
		must(t, gw.Register(t.Context(), api(streaming("a"))))
		acme := connect(t, gw, "acme", "api", pat)
		res, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err = gw.Shutdown(ctx)
		if failure(t, err, waygate.KindTimeout); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		says(t, err, "1 still under way, of which 1 are streams", "Result.Stream")
		if time.Since(start) != 10*time.Second {
			t.Errorf("waited %s", time.Since(start))
		}
		time.AfterFunc(7*time.Second, func() { _ = res.Stream().Close() })
		start = time.Now()
		if must(t, gw.Shutdown(t.Context())); time.Since(start) != 7*time.Second {
			t.Errorf("waited %s", time.Since(start))
		}
	})
}

// TestStreamsLeaveNothing opens many streams at once, over real connections, and
// ends them in each way.
func TestStreamsLeaveNothing(t *testing.T) { // not parallel: it counts goroutines
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Query().Has("wait") {
			<-r.Context().Done()
		}
	})
	gw := open(t, s.URL, func(c *waygate.Config) {
		c.Egress.MaxTenantBytes, c.Egress.MaxInFlightBytes, c.Egress.MaxBodyBytes = 100, 200, 50
	})
	in := api(streaming("a"))
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", pat)
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			input := map[string]any{}
			if i%3 > 0 {
				input["wait"] = 1
			}
			res, err := acme.Invoke(ctx, "api.a", input)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.ReadFull(res.Stream(), make([]byte, 5))
			switch i % 3 {
			case 0:
				_, _ = io.ReadAll(res.Stream())
			case 1:
				cancel()
				_, _ = io.ReadAll(res.Stream())
			}
			if err := res.Stream().Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.CloseClientConnections()
	waitForGoroutines(t, before+2) // of the server's own listener
	if n := len(recordsOf(t, acme)); n != 60 {
		t.Errorf("%d records", n)
	}
}

// countedCtx counts what waits for its end.
type countedCtx struct {
	context.Context
	waiting atomic.Int32
}

// Value hides the ctx within, which would count by itself.
func (c *countedCtx) Value(any) any { return nil }

func (c *countedCtx) AfterFunc(f func()) func() bool {
	c.waiting.Add(1)
	stop := context.AfterFunc(c.Context, f)
	return func() bool {
		stopped := stop()
		if stopped {
			c.waiting.Add(-1)
		}
		return stopped
	}
}

// TestStreamLeavesCallersCtx shows that a closed stream leaves nothing with the
// ctx of its call, which may live as long as the process.
func TestStreamLeavesCallersCtx(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx := &countedCtx{Context: parent}
	_, acme := ready(t, always(200, "x"), api(streaming("a"), goStream(func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{Body: io.NopCloser(strings.NewReader("x"))}, nil
	})))
	for _, id := range []string{"api.a", "api.go", "api.a"} {
		res, err := acme.Invoke(ctx, id, nil)
		must(t, err)
		must(t, res.Stream().Close())
	}
	if n := ctx.waiting.Load(); n != 0 {
		t.Errorf("%d functions wait for the end of the caller's ctx", n)
	}
}

// TestStreamIdleCause shows that a silent stream can be told from a slow header.
func TestStreamIdleCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := api(streaming("a"))
		in.AttemptTimeout = waygate.Duration(2 * time.Second)
		p, _, acme := piped(t, in)
		p.On("GET /a", chunks(time.Minute, "a"))
		res, err := acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		time.Sleep(time.Minute - time.Second) // not reading isn't the provider's silence
		_, err = res.Stream().Read(make([]byte, 1))
		must(t, err)
		_, err = io.ReadAll(res.Stream())
		must(t, err)
		must(t, res.Stream().Close())
		res, err = acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		_, err = io.ReadAll(res.Stream())
		var idle *egress.IdleError
		if failure(t, err, waygate.KindTimeout); !errors.As(err, &idle) || idle.After != 2*time.Second {
			t.Errorf("got %v", err)
		}
		must(t, res.Stream().Close())
	})
}
