package waygate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/waygatetest"
)

// streaming is a GET whose answer is streamed.
func streaming(id string) waygate.HTTPAction {
	a := get(id)
	a.Response = waygate.ResponseStream
	return a
}

// goStream is an action in Go with a Body of its own.
func goStream(do func(ctx context.Context, c *waygate.Call) (*waygate.Response, error)) waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "go", Response: waygate.ResponseStream}, do)
}

// chunks answers piece by piece, with a pause before each.
func chunks(pause time.Duration, pieces ...string) waygatetest.Answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		for _, p := range pieces {
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, p)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// piped connects acme to a provider over pipes, in a bubble of synctest. All that
// a stream leaves behind keeps the bubble from its end, which fails the test.
func piped(t *testing.T, in waygate.Integration, change ...func(*waygate.Config)) (*waygatetest.Provider, *waygatetest.Gateway, *waygate.Tenant) {
	t.Helper()
	p := waygatetest.NewProvider(t, waygatetest.OverPipe())
	opts := []waygatetest.Option{waygatetest.WithProvider(p)}
	for _, c := range change {
		opts = append(opts, waygatetest.WithConfig(c))
	}
	gw := waygatetest.New(t, opts...)
	in.BaseURL = p.URL()
	must(t, gw.Register(t.Context(), in))
	return p, gw, connect(t, gw.Gateway, "acme", in.ID, pat)
}

// TestStream reads an answer while it comes.
func TestStream(t *testing.T) {
	t.Parallel()
	w := always(200, `streamed`)
	gw, acme := ready(t, w, api(streaming("a")))
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	must(t, gw.Flush(t.Context()))
	if n := len(recordsOf(t, acme)); n != 0 {
		t.Errorf("%d records before the end", n)
	}
	body, err := io.ReadAll(res.Stream())
	must(t, err)
	must(t, res.Stream().Close())
	must(t, res.Stream().Close())
	rec := recordsOf(t, acme)
	if string(body) != "streamed" || len(rec) != 1 || rec[0].ResponseBytes != 8 || rec[0].Status != 200 || !rec[0].Succeeded() || len(rec[0].Attempts) != 1 {
		t.Errorf("read %q, records %+v", body, rec)
	}
	if res.Meta.Attempts != 1 || res.Meta.CallID != rec[0].ID || res.Status != 200 || res.Value() != nil || res.Bytes() != nil {
		t.Errorf("result %+v", res)
	}
	n, err := res.Stream().Read(make([]byte, 1))
	if e := failure(t, err, waygate.KindConfig); n != 0 || e.Op != "read" || e.Action != "api.a" || e.Tenant != "acme" {
		t.Errorf("read %d after the end: %+v", n, e)
	}
	_, err = waygate.Decode[string](res)
	failure(t, err, waygate.KindConfig)
	_, err = waygate.Decode[[]byte](res)
	failure(t, err, waygate.KindConfig)
}

// TestStreamClosedEarly closes a stream that isn't read to its end, or not at all.
func TestStreamClosedEarly(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]int{"unread": 0, "begun": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, gw, acme := piped(t, api(streaming("a")))
				p.On("GET /a", chunks(time.Second, "abc", "def", strings.Repeat("x", 1<<20)))
				res, err := acme.Invoke(t.Context(), "api.a", nil)
				must(t, err)
				_, err = io.ReadFull(res.Stream(), make([]byte, read))
				must(t, err)
				must(t, res.Stream().Close())
				if got := gw.Calls(); len(got) != 1 || got[0].ResponseBytes != int64(read) || !got[0].Succeeded() {
					t.Errorf("records %+v", got)
				}
			})
		})
	}
}

// TestStreamTimes shows which time bounds what of a stream.
func TestStreamTimes(t *testing.T) {
	t.Parallel()
	const attempt = 30 * time.Second
	cases := map[string]struct {
		answer waygatetest.Answer
		opts   []waygate.Option
		kind   waygate.Kind
		early  bool // it fails in Invoke
		took   time.Duration
		read   string
	}{
		"no header":   {waygatetest.Hang(), []waygate.Option{waygate.Retry(resilience.Never{})}, waygate.KindTimeout, true, attempt, ""},
		"late header": {waygatetest.Delay(29*time.Second, chunks(29*time.Second, "a", "b", "c")), nil, "", false, 4 * 29 * time.Second, "abc"},
		"silence":     {chunks(31*time.Second, "a"), nil, waygate.KindTimeout, false, attempt, ""},
		"silence in the midst": {waygatetest.Answer(func(w http.ResponseWriter, r *http.Request) {
			chunks(20*time.Second, "a", "b")(w, r)
			time.Sleep(attempt + 1)
		}), nil, waygate.KindTimeout, false, 40*time.Second + attempt, "ab"},
		"the call's time":       {waygatetest.Hang(), []waygate.Option{waygate.Timeout(5 * time.Second)}, waygate.KindTimeout, true, 5 * time.Second, ""},
		"the call's time later": {chunks(20*time.Second, "a", "b"), []waygate.Option{waygate.Timeout(5 * time.Second)}, "", false, 40 * time.Second, "ab"},
		"cut":                   {waygatetest.Cut(200, "text/plain", "abc"), nil, waygate.KindNetwork, false, 0, "abc"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, gw, acme := piped(t, api(streaming("a")))
				p.On("GET /a", c.answer)
				start := time.Now()
				var read []byte
				res, err := acme.Invoke(t.Context(), "api.a", nil, c.opts...)
				if c.early != (err != nil) {
					t.Fatalf("Invoke: %v", err)
				}
				if !c.early {
					read, err = io.ReadAll(res.Stream())
					again := err
					if err != nil {
						_, again = res.Stream().Read(make([]byte, 1))
					}
					if took := time.Since(start); took != c.took {
						t.Errorf("took %s, want %s", took, c.took)
					}
					if must(t, res.Stream().Close()); !errors.Is(again, err) {
						t.Errorf("failed with %v, then with %v", err, again)
					}
				}
				if c.kind == "" {
					must(t, err)
				} else if e := failure(t, err, c.kind); e.Action != "api.a" || e.CallID == "" {
					t.Errorf("error %+v", e)
				}
				rec := gw.Calls()
				if len(rec) != 1 || rec[0].Kind != c.kind || rec[0].ResponseBytes != int64(len(c.read)) || string(read) != c.read || (rec[0].Error == "") != (c.kind == "") {
					t.Errorf("read %q, records %+v", read, rec)
				}
			})
		})
	}
}

// TestStreamErrors shows that an answer which is none ends the call as always.
func TestStreamErrors(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		if r.URL.Path == "/b" && n > 1 {
			return reply(r, 200, "at last"), nil
		}
		return reply(r, map[string]int{"/a": 404, "/b": 503}[r.URL.Path], `{"m":"none here"}`), nil
	}}
	in := api(streaming("a"), streaming("b"))
	in.Errors = &waygate.ErrorFormat{Message: []string{"m"}}
	_, acme := ready(t, w, in)
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	e := failure(t, err, waygate.KindMissing)
	if res != nil || e.Message != "none here" || string(e.Body) != `{"m":"none here"}` || e.Status != 404 {
		t.Errorf("result %v, error %+v", res, e)
	}
	if rec := recordsOf(t, acme); len(rec) != 1 || rec[0].Status != 404 || rec[0].ResponseBytes == 0 {
		t.Errorf("records %+v", rec)
	}
	w.forget()
	res, err = acme.Invoke(t.Context(), "api.b", nil)
	must(t, err)
	body, err := io.ReadAll(res.Stream())
	must(t, err)
	must(t, res.Stream().Close())
	if rec := recordsOf(t, acme)[0]; string(body) != "at last" || res.Meta.Attempts != 2 || len(rec.Attempts) != 2 || rec.Attempts[0].Status != 503 {
		t.Errorf("read %q after %d attempts, record %+v", body, res.Meta.Attempts, rec)
	}
}

// TestStreamIsNoRead shows that pages aren't streamed.
func TestStreamIsNoRead(t *testing.T) {
	t.Parallel()
	w := always(200, `[]`)
	_, acme := ready(t, w, api(streaming("a")))
	_, err := acme.Collect(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindConfig)
	for _, err := range waygate.Items[int](t.Context(), acme, "api.a", nil) {
		failure(t, err, waygate.KindConfig)
	}
	for _, err := range waygate.Pages[int](t.Context(), acme, "api.a", nil) {
		says(t, err, "Result.Stream")
	}
	if len(w.seen()) != 0 {
		t.Error("a request was sent")
	}
	_, err = waygate.Invoke[string](t.Context(), acme, "api.a", nil)
	failure(t, err, waygate.KindConfig)
	if rec := recordsOf(t, acme); len(rec) != 4 {
		t.Errorf("%d records for 4 calls", len(rec))
	}
}

// TestStreamHasNoLimit reads more than a body may have.
func TestStreamHasNoLimit(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, strings.Repeat("x", 100_000)), api(streaming("a"), get("b")), func(c *waygate.Config) {
		c.Egress.MaxBodyBytes, c.Egress.MaxInFlightBytes = 1000, 2000
	})
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	n, err := io.Copy(io.Discard, res.Stream())
	must(t, err)
	if must(t, res.Stream().Close()); n != 100_000 {
		t.Errorf("%d bytes", n)
	}
	_, err = acme.Invoke(t.Context(), "api.b", nil)
	failure(t, err, waygate.KindInvalidResponse)
}

// TestGarbledStream streams what isn't the gzip that it says.
func TestGarbledStream(t *testing.T) {
	t.Parallel()
	whole := zipped(strings.Repeat("abc", 1000))
	_, acme := ready(t, plain(200, "text/plain", whole[:len(whole)-4], "Content-Encoding", "gzip"), api(streaming("a")))
	res, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	_, err = io.ReadAll(res.Stream())
	failure(t, err, waygate.KindInvalidResponse)
	must(t, res.Stream().Close())
}

// TestStreamedUpload streams the answer to a file that turns out to be broken
// after the answer has begun.
func TestStreamedUpload(t *testing.T) {
	t.Parallel()
	for range 5 {
		begun := make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex()
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
			close(begun)
			_, _ = io.Copy(w, r.Body)
		})
		gw := open(t, s.URL)
		up := uploads()["bytes"]
		up.Response = waygate.ResponseStream
		in := api(up)
		in.BaseURL = s.URL
		must(t, gw.Register(t.Context(), in))
		acme := connect(t, gw, "acme", "api", pat)
		l := &ledger{}
		res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"file": l.file(0, func() io.Reader {
			return io.MultiReader(strings.NewReader("first"), readerFunc(func([]byte) (int, error) { <-begun; return 0, errors.New("the disk is gone") }))
		})})
		if err == nil {
			_, err = io.ReadAll(res.Stream())
			must(t, res.Stream().Close())
		}
		if e := failure(t, err, waygate.KindInvalidInput); recordsOf(t, acme)[0].Kind != e.Kind {
			t.Errorf("recorded %+v", recordsOf(t, acme)[0])
		}
		l.balanced(t, 1)
	}
}
