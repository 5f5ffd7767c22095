package waygate_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// TestContinueRefused shows which tokens don't open: each is of the right form.
func TestContinueRefused(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := newBook("cursor", 2, 2, 2)
	other := b.action()
	other.ID = "other"
	gw, acme := ready(t, b, api(b.action(), other), func(c *waygate.Config) { c.Now = func() time.Time { return now } })
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: pat})
	must(t, err)
	evil := connect(t, gw, "evil", "api", pat)
	in := map[string]any{"q": "x"}
	res, err := acme.Collect(t.Context(), "api.list", in, waygate.MaxItems(3))
	must(t, err)
	token := res.Meta.Next
	fresh, err := acme.Collect(t.Context(), "api.list", in, waygate.MaxItems(3))
	must(t, err)
	if fresh.Meta.Next == token {
		t.Error("two tokens are equal: their nonces aren't random")
	}
	refused := func(name string, x *waygate.Tenant, action string, in any, token string, opts ...waygate.Option) {
		t.Helper()
		before := len(b.seen())
		_, err := x.Collect(t.Context(), action, in, append(opts, waygate.Continue(token))...)
		e := failure(t, err, waygate.KindInvalidInput)
		says(t, err, "Continue", "anew")
		if len(b.seen()) != before || e.Attempts != 0 {
			t.Errorf("%s: a request was sent", name)
		}
	}
	refused("another tenant", evil, "api.list", in, token)
	refused("another connection", acme, "api.list", in, token, waygate.On("second"))
	refused("another action", acme, "api.other", in, token)
	refused("another input", acme, "api.list", map[string]any{"q": "y"}, token)
	refused("no input", acme, "api.list", nil, token)
	refused("not base64", acme, "api.list", in, "%%%")
	refused("padded", acme, "api.list", in, token+"=")
	refused("a line in it", acme, "api.list", in, token[:9]+"\n"+token[9:])
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	must(t, err)
	if strings.Contains(string(sealed), `"step"`) {
		t.Error("the token can be read")
	}
	for i := range sealed {
		for _, bit := range []byte{1, 2, 4, 8, 16, 32, 64, 128} {
			flipped := append([]byte{}, sealed...)
			flipped[i] ^= bit
			refused("a bit", acme, "api.list", in, base64.RawURLEncoding.EncodeToString(flipped))
		}
	}
	refused("shorter", acme, "api.list", in, base64.RawURLEncoding.EncodeToString(sealed[:len(sealed)-1]))
	refused("longer", acme, "api.list", in, base64.RawURLEncoding.EncodeToString(append(sealed, 0)))

	now = now.Add(time.Hour - time.Second)
	if res, err = acme.Collect(t.Context(), "api.list", in, waygate.Continue(token)); err != nil || jsonText(t, res.Value()) != "[3,4,5]" {
		t.Fatalf("a good token: %v", err)
	}
	now = now.Add(time.Second)
	refused("expired", acme, "api.list", in, token)

	res, err = acme.Collect(t.Context(), "api.list", in, waygate.MaxItems(3))
	must(t, err)
	token = res.Meta.Next
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{BaseURL: pointer("https://elsewhere.example.com")})
	must(t, err)
	refused("another origin", acme, "api.list", in, token)
	_, err = acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{BaseURL: pointer("")})
	must(t, err)
	_, err = acme.Disable(t.Context(), "api", "main")
	must(t, err)
	_, err = acme.Collect(t.Context(), "api.list", in, waygate.On("main"), waygate.Continue(token))
	failure(t, err, waygate.KindConfig) // its status is looked at again
	_, err = acme.Enable(t.Context(), "api", "main")
	must(t, err)
	changed := api(b.action(), other)
	changed.Description = "another version"
	must(t, gw.Replace(t.Context(), changed))
	refused("another definition", acme, "api.list", in, token, waygate.On("main"))
}

// TestContinueOverGo shows that a token notices a change of a definition that holds
// Go, as far as it can be written.
func TestContinueOverGo(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 2, 2)
	plain := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{}, nil
	})
	gw, acme := ready(t, b, api(b.action(), plain))
	read := func(opts ...waygate.Option) (*waygate.Result, error) {
		return acme.Collect(t.Context(), "api.list", nil, append(opts, waygate.MaxItems(1))...)
	}
	res, err := read()
	must(t, err)
	must(t, gw.Replace(t.Context(), api(b.action(), plain)))
	_, err = read(waygate.Continue(res.Meta.Next))
	must(t, err)
	other := b.action()
	other.Headers = map[string]string{"X-Kind": "other"}
	must(t, gw.Replace(t.Context(), api(other, plain)))
	_, err = read(waygate.Continue(res.Meta.Next))
	failure(t, err, waygate.KindInvalidInput)
	says(t, err, "definition has changed")
}

// TestContinueElsewhere shows that a token opens in another gateway with the
// same keys, and in none with others.
func TestContinueElsewhere(t *testing.T) {
	t.Parallel()
	b := newBook("link", 2, 2)
	store, keyring := memory.New(), ring(t, "k1")
	same := func(c *waygate.Config) { c.Store, c.Keyring = store, keyring }
	_, acme := ready(t, b, api(b.action()), same)
	res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxItems(1))
	must(t, err)
	second := wired(t, b, same)
	must(t, second.Register(t.Context(), api(b.action())))
	got, err := second.Tenant("acme").Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
	must(t, err)
	if text := jsonText(t, got.Value()); text != "[1,2,3]" {
		t.Errorf("went on with %s", text)
	}
	third := wired(t, b, func(c *waygate.Config) { c.Store, c.Keyring = store, ring(t, "k1") })
	must(t, third.Register(t.Context(), api(b.action())))
	_, err = third.Tenant("acme").Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next), waygate.Through(vaultOf("acme", "api")))
	failure(t, err, waygate.KindInvalidInput)
}

// TestResolvedPages shows that a read over a connection of Config.Resolve stays
// on it.
func TestResolvedPages(t *testing.T) {
	t.Parallel()
	b := newBook("cursor", 2, 2, 2)
	asked := 0
	_, acme := ready(t, b, api(b.action()), func(c *waygate.Config) {
		c.Resolve = func(_ context.Context, tenant, integration string) (waygate.Connection, error) {
			asked++
			return vaultOf(tenant, integration), nil
		}
	})
	var got []int
	for i, err := range waygate.Items[int](t.Context(), acme, "api.list", nil) {
		must(t, err)
		got = append(got, i)
	}
	if diff := cmp.Diff(upTo(6), got); diff != "" {
		t.Error(diff)
	}
	res, err := acme.Collect(t.Context(), "api.list", nil, waygate.MaxPages(2))
	must(t, err)
	_, err = acme.Collect(t.Context(), "api.list", nil, waygate.Continue(res.Meta.Next))
	must(t, err)
	for _, x := range b.seen() {
		if x.header.Get("Authorization") != "Bearer a-token-of-the-vault" {
			t.Errorf("%s went out with %q", x.url, x.header.Get("Authorization"))
		}
	}
	before := asked
	_, err = acme.Invoke(t.Context(), "api.list", nil, waygate.On("main"))
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.list", nil, waygate.Through(vaultOf("acme", "api")))
	if must(t, err); asked != before {
		t.Error("Resolve is asked beside On or Through")
	}
}

// TestKeyOfEachPage shows that no two pages of a read have the same idempotency
// key on the wire, however the read is made.
func TestKeyOfEachPage(t *testing.T) {
	t.Parallel()
	read := map[string]func(*waygate.Tenant, waygate.Option) error{
		"Collect": func(x *waygate.Tenant, key waygate.Option) error {
			_, err := x.Collect(t.Context(), "api.list", nil, key)
			return err
		},
		"Collect page by page": func(x *waygate.Tenant, key waygate.Option) error {
			res, err := x.Collect(t.Context(), "api.list", nil, key, waygate.MaxPages(1))
			for err == nil && res.Meta.Next != "" {
				res, err = x.Collect(t.Context(), "api.list", nil, key, waygate.MaxPages(1), waygate.Continue(res.Meta.Next))
			}
			return err
		},
		"Invoke page by page": func(x *waygate.Tenant, key waygate.Option) error {
			res, err := x.Invoke(t.Context(), "api.list", nil, key)
			for err == nil && res.Meta.Next != "" {
				res, err = x.Invoke(t.Context(), "api.list", nil, key, waygate.Continue(res.Meta.Next))
			}
			return err
		},
	}
	for name, how := range read {
		b := newBook("post", 1, 1, 1)
		a := b.action()
		a.Idempotency = &waygate.Idempotency{Header: "X-Once"}
		_, acme := ready(t, b, api(a))
		must(t, how(acme, waygate.IdempotencyKey("order-1")))
		keys := map[string]bool{}
		for _, x := range b.seen() {
			keys[strings.Join(x.raw("x-once"), ",")] = true
		}
		if len(b.seen()) != 3 || len(keys) != 3 {
			t.Errorf("%s: %d requests with the keys %v", name, len(b.seen()), keys)
		}
		must(t, how(acme, waygate.IdempotencyKey("order-1"))) // the same again
		for i, x := range b.seen()[3:] {
			if diff := cmp.Diff(b.seen()[i].raw("x-once"), x.raw("x-once")); diff != "" {
				t.Errorf("%s: page %d has another key the second time: %s", name, i+1, diff)
			}
		}
	}
}

// TestKeysDiffer shows that one key of callers is another on the wire for each
// tenant, connection, action and key.
func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	keyed := func(id string) waygate.HTTPAction {
		return waygate.HTTPAction{ID: id, Method: "POST", Path: "/p", Idempotency: &waygate.Idempotency{Header: "X-Once"}}
	}
	gw, acme := ready(t, w, api(keyed("a"), keyed("b")))
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: pat})
	must(t, err)
	other := connect(t, gw, "other", "api", pat)
	same := vaultOf("other", "api")
	mine := vaultOf("acme", "api") // with the same ID: the vault's names may be a tenant's own
	seen := map[string]bool{}
	for i, call := range []func() (*waygate.Result, error){
		func() (*waygate.Result, error) {
			return acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"))
		},
		func() (*waygate.Result, error) {
			return acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("l"))
		},
		func() (*waygate.Result, error) {
			return acme.Invoke(t.Context(), "api.b", nil, waygate.IdempotencyKey("k"))
		},
		func() (*waygate.Result, error) {
			return acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"), waygate.On("second"))
		},
		func() (*waygate.Result, error) {
			return other.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"))
		},
		func() (*waygate.Result, error) {
			return other.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"), waygate.Through(same))
		},
		func() (*waygate.Result, error) {
			return acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"), waygate.Through(mine))
		},
	} {
		_, err := call()
		must(t, err)
		seen[strings.Join(w.last(t).raw("x-once"), ",")] = true
		if len(seen) != i+1 {
			t.Errorf("call %d has another's key", i)
		}
	}
}

// counter pages in Go: its input is the number to begin with.
type counter struct{ upTo int }

func (counter) Info() waygate.ActionInfo { return waygate.ActionInfo{ID: "count"} }

func (c counter) Do(_ context.Context, call *waygate.Call) (*waygate.Response, error) {
	from := int64(0)
	if in, ok := call.Input.(map[string]any); ok {
		from, _ = in["from"].(int64)
	}
	return &waygate.Response{Value: []int64{from, from + 1}}, nil
}

func (c counter) Next(_ context.Context, _ *waygate.Call, r *waygate.Response) (any, bool, error) {
	list, _ := r.Value.([]any)
	last, _ := list[len(list)-1].(int64)
	return map[string]any{"from": last + 1}, last+1 < int64(c.upTo), nil
}

// TestGoPager reads the pages of an action in Go, cut within one.
func TestGoPager(t *testing.T) {
	t.Parallel()
	_, acme := ready(t, always(200, `{}`), api(counter{8}))
	var got []int
	for i, err := range waygate.Items[int](t.Context(), acme, "api.count", nil) {
		must(t, err)
		got = append(got, i)
	}
	if diff := cmp.Diff(upTo(8), got); diff != "" {
		t.Error(diff)
	}
	got = nil
	token := ""
	for {
		opts := []waygate.Option{waygate.MaxItems(3)}
		if token != "" {
			opts = append(opts, waygate.Continue(token))
		}
		res, err := acme.Collect(t.Context(), "api.count", nil, opts...)
		must(t, err)
		list, err := waygate.Decode[[]int](res)
		must(t, err)
		got = append(got, list...)
		if token = res.Meta.Next; token == "" {
			break
		}
	}
	if diff := cmp.Diff(upTo(8), got); diff != "" {
		t.Error(diff)
	}
}

// TestForeignNextLink shows that a next link to another origin is refused, or
// goes unsigned if the definition allows it.
func TestForeignNextLink(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if r.URL.Host == "evil.example.org" {
			return reply(r, 200, `[2]`), nil
		}
		return reply(r, 200, `[1]`, "Link", `<https://evil.example.org/p2>; rel="next"`), nil
	}}
	a := get("list")
	a.Pagination, a.Headers = pagination.Link{}, map[string]string{"X-Own": "${tenant.v:-private}"}
	open := a
	open.ID, open.Pagination = "open", pagination.Link{AnyOrigin: true}
	_, acme := ready(t, w, api(a, open))
	_, err := acme.Collect(t.Context(), "api.list", nil)
	failure(t, err, waygate.KindInvalidResponse)
	if len(w.seen()) != 1 {
		t.Errorf("%d requests", len(w.seen()))
	}
	res, err := acme.Collect(t.Context(), "api.open", nil)
	must(t, err)
	got := w.last(t)
	if jsonText(t, res.Value()) != "[1,2]" || got.host != "evil.example.org" || got.header.Get("Authorization") != "" || got.header.Get("X-Own") != "" {
		t.Errorf("the other origin got %+v", got)
	}
}
