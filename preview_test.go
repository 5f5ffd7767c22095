package waygate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/secret"
)

// TestPreview shows a request that isn't sent, recorded or observed.
func TestPreview(t *testing.T) {
	t.Parallel()
	w, seen := always(200, `{}`), &watcher{}
	in := api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a/{id}", Body: &waygate.Body{Encoding: "form"}, Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"},
		Headers: map[string]string{"X-Team": "${connection.team}", "X-Call": "${call.c}"}, Parameters: []waygate.Parameter{{Name: "q", In: "query", Default: "d e"}}})
	gw, acme := ready(t, w, in, func(c *waygate.Config) { c.Observers = []waygate.Observer{seen} })
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Integration: "api", Connection: "main", Name: "team", Value: "blue"}))
	seen.mu.Lock()
	seen.own = nil
	seen.mu.Unlock()
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"id": "7/8", "name": "x"}, waygate.Var("c", "v"), waygate.IdempotencyKey("k-1"))
	must(t, err)
	key := p.Header.Get("Idempotency-Key")
	if delete(p.Header, "Idempotency-Key"); len(key) < 32 {
		t.Errorf("the key is %q", key)
	}
	want := &waygate.Preview{Method: "POST", URL: apiBase + "/a/7%2F8?q=d%20e", Body: "name=x", Connection: "main", Header: http.Header{
		"Authorization": {secret.Redacted}, "Accept": {"application/json"}, "User-Agent": {"waygate-go"}, "Content-Type": {"application/x-www-form-urlencoded"},
		"X-Team": {"blue"}, "X-Call": {"v"}}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	must(t, gw.Flush(t.Context()))
	records := recordsOf(t, acme)
	seen.mu.Lock()
	if len(w.seen()) != 0 || len(records) != 0 || len(seen.own) != 0 {
		t.Errorf("%d requests, %d records, observers told of %q", len(w.seen()), len(records), seen.own)
	}
	seen.mu.Unlock()
	res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"id": "7/8", "name": "x"}, waygate.Var("c", "v"), waygate.IdempotencyKey("k-1"))
	must(t, err)
	if sent := w.last(t); sent.url != p.URL || sent.body != p.Body || sent.raw("idempotency-key")[0] != key || res.Meta.Attempts != 1 {
		t.Errorf("Invoke sends %+v", sent)
	}
}

// TestPreviewFiles names files and opens none.
func TestPreviewFiles(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	once := readerFunc(func([]byte) (int, error) { t.Error("the reader is read"); return 0, io.EOF })
	for kind, want := range map[string][]string{
		"multipart": {`"file":"[file f.bin application/x-test, 7 bytes]"`, `"more":["[file]","[file n text/x, 1 bytes]"]`, `"title":"[redacted]"`},
		"bytes":     {"[file f.bin application/x-test, 7 bytes]"},
	} {
		in := map[string]any{"file": l.file(7, text("content"))}
		if kind == "multipart" {
			in["title"], in["more"] = secret.New("a-title-that-is-secret"), []any{once, waygate.FileBytes("n", "text/x", []byte("x"))}
		}
		_, acme := ready(t, always(200, `{}`), api(uploads()[kind]))
		p, err := acme.Preview(t.Context(), "api.a", in)
		must(t, err)
		for _, part := range want {
			if !strings.Contains(p.Body, part) {
				t.Errorf("%s: %q isn't in %q", kind, part, p.Body)
			}
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), map[string]string{"multipart": "multipart/form-data; boundary=", "bytes": "application/x-test"}[kind]) {
			t.Errorf("%s: %v", kind, p.Header)
		}
	}
	l.balanced(t, 0)
	_, acme := ready(t, always(200, `{}`), api(uploads()["bytes"]))
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"file": strings.Repeat("x", 50_000)})
	if must(t, err); len(p.Body) > 11_000 || !strings.Contains(p.Body, "50000 bytes in all") {
		t.Errorf("%d bytes of a body", len(p.Body))
	}
}

// TestPreviewErrors shows that Preview fails as Invoke would, by its own name.
func TestPreviewErrors(t *testing.T) {
	t.Parallel()
	a := waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a/{id}", Pagination: pagination.Cursor{Path: "next", Param: "c"}}
	goes := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, errors.New("ran") })
	broken := waygate.HTTPAction{ID: "own", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "own"}}
	w := always(200, `{}`)
	gw, acme := ready(t, w, api(a, goes, broken), func(c *waygate.Config) {
		c.Kinds.Encoders = map[string]waygate.Encoder{"own": func(any) (string, []byte, error) { panic("ouch") }}
	})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		tenant *waygate.Tenant
		ctx    context.Context
		action string
		in     any
		opts   []waygate.Option
		kind   waygate.Kind
	}{
		"Go":               {acme, t.Context(), "api.go", nil, nil, waygate.KindConfig},
		"no action":        {acme, t.Context(), "api.none", nil, nil, waygate.KindUnresolved},
		"no integration":   {acme, t.Context(), "none.a", nil, nil, waygate.KindUnresolved},
		"no connection":    {gw.Tenant("other"), t.Context(), "api.a", map[string]any{"id": 1}, nil, waygate.KindUnresolved},
		"bad tenant":       {gw.Tenant(""), t.Context(), "api.a", map[string]any{"id": 1}, nil, waygate.KindInvalidInput},
		"bad input":        {acme, t.Context(), "api.a", nil, nil, waygate.KindInvalidInput},
		"panicking part":   {acme, t.Context(), "api.own", map[string]any{"x": 1}, nil, waygate.KindConfig},
		"bad option":       {acme, t.Context(), "api.a", map[string]any{"id": 1}, []waygate.Option{waygate.IdempotencyKey("k")}, waygate.KindConfig},
		"option of a read": {acme, t.Context(), "api.a", map[string]any{"id": 1}, []waygate.Option{waygate.MaxPages(2)}, waygate.KindConfig},
		"ended":            {acme, ended, "api.a", map[string]any{"id": 1}, nil, waygate.KindCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := c.tenant.Preview(c.ctx, c.action, c.in, c.opts...)
			if e := failure(t, err, c.kind); p != nil || e.Op != "preview" || e.Attempts != 0 {
				t.Errorf("op %q, %d attempts, preview %v", e.Op, e.Attempts, p)
			}
		})
	}
	if len(w.seen()) != 0 || len(recordsOf(t, acme)) != 0 {
		t.Errorf("%d requests, %d records", len(w.seen()), len(recordsOf(t, acme)))
	}
}

// unwritable panics where it should be written.
type unwritable struct{}

func (unwritable) MarshalJSON() ([]byte, error) { panic("ouch") }

// TestPreviewFailures shows failures of what Preview runs on its way.
func TestPreviewFailures(t *testing.T) {
	t.Parallel()
	goes := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, errors.New("ran") })
	in := api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "bytes"}}, get("b"), goes)
	in.Auth = auth.Key{In: auth.InBody, Name: "key"}
	_, acme := ready(t, always(200, `{}`), in)
	_, err := acme.Preview(t.Context(), "api.a", map[string]any{"body": "x"})
	failure(t, err, waygate.KindConfig)
	says(t, err, "body") // which the key can't be put into
	p, err := acme.Preview(t.Context(), "api.b", map[string]any{"x": unwritable{}})
	if failure(t, err, waygate.KindConfig); p != nil {
		t.Errorf("shows %+v", p)
	}
	says(t, err, "panicked")
	_, err = acme.Preview(t.Context(), "api.go", nil)
	says(t, err, "is Go")
}

// TestPreviewLeavesCallersCtx shows that nothing waits for the end of a ctx that
// may live as long as the process.
func TestPreviewLeavesCallersCtx(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx := &countedCtx{Context: parent}
	_, acme := ready(t, always(200, `{}`), api(get("a")))
	_, err := acme.Preview(ctx, "api.a", nil)
	must(t, err)
	if n := ctx.waiting.Load(); n != 0 {
		t.Errorf("%d functions wait", n)
	}
}

// TestPreviewOfALaterPage shows the request that goes on with a read.
func TestPreviewOfALaterPage(t *testing.T) {
	t.Parallel()
	a := get("a")
	a.Pagination = pagination.Cursor{Path: "next", Param: "c"}
	_, acme := ready(t, always(200, `{"next":"c2"}`), api(a))
	res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"q": 1})
	must(t, err)
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"q": 1}, waygate.Continue(res.Meta.Next))
	must(t, err)
	if p.URL != apiBase+"/a?c=c2&q=1" {
		t.Errorf("shows %s", p.URL)
	}
}
