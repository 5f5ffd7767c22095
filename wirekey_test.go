package waygate_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

// declared is the key that these tests look for.
func declared() *waygate.Idempotency { return &waygate.Idempotency{Header: "X-Once"} }

// onceKey is the one key of a request.
func onceKey(t *testing.T, x trip) string {
	t.Helper()
	if n := len(x.raw("x-once")); n != 1 || len(x.raw("X-Once")) != 0 {
		t.Fatalf("%s %s has %d keys", x.method, x.url, n)
	}
	return x.raw("x-once")[0]
}

// TestWireKey shows the key on the wire to be SHA-256 over tenant, connection id,
// action, the caller's key and the page, each behind its length in eight bytes:
// with that, a provider's log can be searched.
func TestWireKey(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/pay/{n}", Idempotency: declared()}))
	info, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	var clear []byte
	for _, part := range []string{"acme", info.ID, "api.pay", "order-1", "1"} {
		clear = append(binary.BigEndian.AppendUint64(clear, uint64(len(part))), part...)
	}
	want := sha256.Sum256(clear)
	for _, in := range []map[string]any{{"n": 1}, {"n": 2, "amount": 7}} { // whatever is sent
		_, err = acme.Invoke(t.Context(), "api.pay", in, waygate.IdempotencyKey("order-1"))
		must(t, err)
		if got := onceKey(t, w.last(t)); got != hex.EncodeToString(want[:]) {
			t.Errorf("%v is sent with the key %s, want %x", in, got, want)
		}
	}
}

// payments is an action in Go that posts to paths, side by side or in turn.
func payments(paths *[]string, sideBySide bool) waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "pay", Idempotency: declared()}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		var wg sync.WaitGroup
		var failed atomic.Value
		for _, path := range *paths {
			send := func() {
				path, body, post := strings.Cut(path, " ")
				method := http.MethodGet
				if post {
					method = http.MethodPost
				}
				req, err := http.NewRequestWithContext(ctx, method, apiBase+path, strings.NewReader(body))
				if err == nil {
					var resp *http.Response
					if resp, err = c.HTTPClient().Do(req); err == nil {
						err = resp.Body.Close()
					}
				}
				if err != nil {
					failed.Store(err)
				}
			}
			if sideBySide {
				wg.Go(send)
			} else {
				send()
			}
		}
		wg.Wait()
		err, _ := failed.Load().(error)
		return &waygate.Response{}, err
	})
}

// TestWireKeyInGo repeats a call of an action in Go with other GETs between its
// POSTs, in another order, and side by side: each POST has the key that it had,
// and no two have the same.
func TestWireKeyInGo(t *testing.T) {
	t.Parallel()
	keysOf := func(sideBySide bool, paths ...string) map[string]string {
		w := always(200, `{}`)
		gw := wired(t, w)
		must(t, gw.Register(t.Context(), api(payments(&paths, sideBySide))))
		_, err := gw.Tenant("acme").Invoke(t.Context(), "api.pay", nil, waygate.IdempotencyKey("k"), waygate.Through(vaultOf("acme", "api")))
		must(t, err)
		keys, all := map[string]string{}, map[string]bool{}
		for _, x := range w.seen() {
			if x.method == http.MethodGet {
				if len(x.raw("x-once")) != 0 {
					t.Error("a GET has a key")
				}
				continue
			}
			name := x.path + " " + x.body
			for keys[name] != "" {
				name += "'"
			}
			keys[name] = onceKey(t, x)
			all[keys[name]] = true
		}
		if len(all) != len(keys) {
			t.Errorf("%q share a key", paths)
		}
		return keys
	}
	want := keysOf(false, "/pay a", "/pay b", "/log a", "/pay a")
	if len(want) != 4 {
		t.Fatalf("%d keys", len(want))
	}
	for name, got := range map[string]map[string]string{
		"GETs between":  keysOf(false, "/rates", "/pay a", "/pay b", "/rates", "/rates", "/log a", "/pay a"),
		"another order": keysOf(false, "/log a", "/pay a", "/pay a", "/pay b"),
		"side by side":  keysOf(true, "/pay b", "/rates", "/log a"),
	} {
		expect := maps.Clone(want)
		if name == "side by side" { // without the two that are equal: which is first is chance
			delete(expect, "/pay a")
			delete(expect, "/pay a'")
		}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestKeyOfSignedOriginsOnly shows that only an origin which is signed for is
// told the key, and only there a POST is repeated for it, or because the action
// is declared idempotent.
func TestKeyOfSignedOriginsOnly(t *testing.T) {
	t.Parallel()
	for name, info := range map[string]waygate.ActionInfo{
		"key":        {ID: "pay", Idempotency: declared()},
		"idempotent": {ID: "pay", Effects: waygate.Effects{Idempotent: true}},
	} {
		for target, signed := range map[string]bool{apiBase: true, "https://uploads.example.com": true, "https://other.example.net": false} {
			w := failing()
			in := api(waygate.ActionFunc(info, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
				resp, err := c.HTTPClient().Post(target+"/p", "application/json", strings.NewReader(`{}`))
				if err != nil {
					return nil, err
				}
				return &waygate.Response{Status: resp.StatusCode, Body: resp.Body}, nil
			}))
			in.Origins = []string{"https://uploads.example.com"}
			_, acme := ready(t, w, in)
			var opts []waygate.Option
			if info.Idempotency != nil {
				opts = append(opts, waygate.IdempotencyKey("k"))
			}
			_, err := acme.Invoke(t.Context(), "api.pay", nil, opts...)
			failure(t, err, waygate.KindServer)
			want := 1
			if signed {
				want = 3
			}
			if n := len(w.seen()); n != want {
				t.Errorf("%s: %d POSTs to %s", name, n, target)
			}
			for _, x := range w.seen() {
				has := len(x.raw("x-once")) + len(x.raw("X-Once"))
				if (has == 1) != (signed && info.Idempotency != nil) || (x.header.Get("Authorization") != "") != signed {
					t.Errorf("%s: %s was told %v", name, target, x.header)
				}
			}
		}
	}
}

// counting does more than the HTTPAction that it embeds.
type counting struct {
	waygate.HTTPAction
	n *atomic.Int32
}

func (c counting) Do(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
	c.n.Add(1)
	return c.HTTPAction.Do(ctx, call)
}

// TestEmbeddedHasNoForm shows that an action which embeds an HTTPAction isn't
// taken for it: it has no written form, and Register doesn't call the two equal.
func TestEmbeddedHasNoForm(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	gw, acme := ready(t, always(200, `{}`), api(get("a")))
	must(t, gw.Register(t.Context(), api(get("a")))) // the same
	for name, a := range map[string]waygate.Action{"value": counting{get("a"), &n}, "pointer": &counting{get("a"), &n}} {
		data, err := json.Marshal(api(a))
		if err == nil {
			t.Errorf("a %s is written as %s", name, data)
		} else {
			says(t, err, "counting", "no written form")
		}
		failure(t, gw.Register(t.Context(), api(a)), waygate.KindConflict)
		if _, err := acme.Invoke(t.Context(), "api.a", nil); err != nil || n.Load() != 0 {
			t.Errorf("the refused definition is in use: %v", err)
		}
	}
	must(t, gw.Replace(t.Context(), api(counting{get("a"), &n})))
	failure(t, gw.Register(t.Context(), api(get("a"))), waygate.KindConflict)
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	if must(t, err); n.Load() != 1 {
		t.Errorf("Do ran %d times", n.Load())
	}
}
