package waygate_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// vault is a host's own connection.
type vault struct {
	info waygate.ConnectionInfo
	cred auth.Credential
	err  error
}

func (v vault) Info() waygate.ConnectionInfo { return v.info }
func (v vault) Credential(context.Context) (auth.Credential, error) {
	return v.cred, v.err
}

func vaultOf(tenant, integration string) vault {
	return vault{info: waygate.ConnectionInfo{ID: "vault-1", Tenant: tenant, Integration: integration, Slug: "v"}, cred: auth.Token("a-token-of-the-vault")}
}

// TestOptionErrors shows each cap and each misfit: ErrConfig, one record, and no
// request.
func TestOptionErrors(t *testing.T) {
	t.Parallel()
	const invoke, collect, items = "Invoke", "Collect", "Items"
	cases := map[string]struct {
		by     string
		action string
		opts   []waygate.Option
		says   []string
	}{
		"nil":                 {invoke, "list", []waygate.Option{waygate.ReadOnly(), nil}, []string{"option 1", "nil"}},
		"empty On":            {invoke, "list", []waygate.Option{waygate.On("")}, []string{"On"}},
		"nil Through":         {invoke, "list", []waygate.Option{waygate.Through(nil)}, []string{"Through"}},
		"On and Through":      {invoke, "list", []waygate.Option{waygate.On("main"), waygate.Through(vaultOf("acme", "api"))}, []string{"On", "Through"}},
		"short Timeout":       {invoke, "list", []waygate.Option{waygate.Timeout(time.Second - 1)}, []string{"Timeout", "999.999999ms"}},
		"long Timeout":        {invoke, "list", []waygate.Option{waygate.Timeout(300*time.Second + 1)}, []string{"Timeout"}},
		"zero Timeout":        {collect, "list", []waygate.Option{waygate.Timeout(0)}, []string{"Timeout"}},
		"empty key":           {invoke, "keyed", []waygate.Option{waygate.IdempotencyKey("")}, []string{"IdempotencyKey"}},
		"long key":            {invoke, "keyed", []waygate.Option{waygate.IdempotencyKey(strings.Repeat("k", 256))}, []string{"IdempotencyKey", "256"}},
		"undeclared key":      {invoke, "post", []waygate.Option{waygate.IdempotencyKey("k")}, []string{"IdempotencyKey", "api.post"}},
		"nil Retry":           {invoke, "list", []waygate.Option{waygate.Retry(nil)}, []string{"Retry", "Never"}},
		"bad Retry":           {invoke, "list", []waygate.Option{waygate.Retry(resilience.Exponential{MaxAttempts: 11})}, []string{"Retry", "max_attempts"}},
		"Var's name":          {invoke, "list", []waygate.Option{waygate.Var("a-b", "v")}, []string{"Var", "a-b"}},
		"MaxPages of Invoke":  {invoke, "list", []waygate.Option{waygate.MaxPages(1)}, []string{"MaxPages", "Collect"}},
		"MaxItems of Invoke":  {invoke, "list", []waygate.Option{waygate.MaxItems(1)}, []string{"MaxItems", "Collect"}},
		"MaxChars of Invoke":  {invoke, "list", []waygate.Option{waygate.MaxChars(1)}, []string{"MaxChars", "Collect"}},
		"MaxChars of Items":   {items, "list", []waygate.Option{waygate.MaxChars(1)}, []string{"MaxChars", "Collect"}},
		"no pages":            {collect, "list", []waygate.Option{waygate.MaxPages(0)}, []string{"MaxPages", "0"}},
		"pages":               {items, "list", []waygate.Option{waygate.MaxPages(101)}, []string{"MaxPages", "100"}},
		"no items":            {collect, "list", []waygate.Option{waygate.MaxItems(-1)}, []string{"MaxItems", "-1"}},
		"items":               {collect, "list", []waygate.Option{waygate.MaxItems(10_001)}, []string{"MaxItems", "10000"}},
		"no chars":            {collect, "list", []waygate.Option{waygate.MaxChars(0)}, []string{"MaxChars"}},
		"chars":               {collect, "list", []waygate.Option{waygate.MaxChars(1_000_001)}, []string{"MaxChars", "1000000"}},
		"empty Continue":      {invoke, "list", []waygate.Option{waygate.Continue("")}, []string{"Continue", "Meta.Next"}},
		"long Continue":       {collect, "list", []waygate.Option{waygate.Continue(strings.Repeat("a", 16<<10+1))}, []string{"Continue"}},
		"Continue of no list": {invoke, "get", []waygate.Option{waygate.Continue("AAAA")}, []string{"Continue", "api.get", "pagination"}},
		"ReadOnly":            {invoke, "post", []waygate.Option{waygate.ReadOnly()}, []string{"ReadOnly", "api.post"}},
		"ReadOnly of items":   {items, "post", []waygate.Option{waygate.ReadOnly()}, []string{"ReadOnly"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := always(200, `[]`)
			list := get("list")
			list.Pagination = pagination.Link{}
			_, acme := ready(t, w, api(list, get("get"), waygate.HTTPAction{ID: "post", Method: "POST", Path: "/p"},
				waygate.HTTPAction{ID: "keyed", Method: "POST", Path: "/k", Idempotency: &waygate.Idempotency{Header: "X-Key"}}))
			var err error
			switch c.by {
			case invoke:
				_, err = acme.Invoke(t.Context(), "api."+c.action, nil, c.opts...)
			case collect:
				_, err = acme.Collect(t.Context(), "api."+c.action, nil, c.opts...)
			case items:
				n := 0
				for _, err = range waygate.Items[any](t.Context(), acme, "api."+c.action, nil, c.opts...) {
					n++
				}
				if n != 1 {
					t.Errorf("the read gave %d times", n)
				}
			}
			failure(t, err, waygate.KindConfig)
			says(t, err, c.says...)
			records := recordsOf(t, acme)
			if len(w.seen()) != 0 || len(records) != 1 || records[0].Kind != waygate.KindConfig {
				t.Errorf("%d requests, records %+v", len(w.seen()), records)
			}
		})
	}
}

// TestOptionCaps shows that what is just within a cap is taken.
func TestOptionCaps(t *testing.T) {
	t.Parallel()
	list := get("list")
	list.Pagination = pagination.Link{}
	_, acme := ready(t, always(200, `[]`), api(list, waygate.HTTPAction{ID: "keyed", Method: "POST", Path: "/k",
		Idempotency: &waygate.Idempotency{Header: "X-Key"}, Effects: waygate.Effects{ReadOnly: true}}))
	for _, opts := range [][]waygate.Option{
		{waygate.Timeout(time.Second)}, {waygate.Timeout(300 * time.Second)}, {waygate.MaxPages(1), waygate.MaxItems(1), waygate.MaxChars(1)},
		{waygate.MaxPages(100), waygate.MaxItems(10_000), waygate.MaxChars(1_000_000)}, {waygate.ReadOnly(), waygate.Retry(resilience.Never{})},
	} {
		_, err := acme.Collect(t.Context(), "api.list", nil, opts...)
		must(t, err)
	}
	for _, key := range []string{"k", strings.Repeat("k", 255), "any bytes \x00\xff"} {
		_, err := acme.Invoke(t.Context(), "api.keyed", nil, waygate.IdempotencyKey(key), waygate.ReadOnly())
		must(t, err)
	}
}

// TestKeyLifetime shows that nothing is repeated once the provider may have
// forgotten the key.
func TestKeyLifetime(t *testing.T) {
	t.Parallel()
	for lifetime, want := range map[time.Duration]int{30 * time.Second: 1, 2 * time.Minute: 3, 0: 3} {
		synctest.Test(t, func(t *testing.T) {
			w := always(429, `{}`, "Retry-After", "40")
			a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Idempotency: &waygate.Idempotency{Header: "X-Once", Lifetime: waygate.Duration(lifetime)}}
			_, acme := ready(t, w, api(a))
			_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.IdempotencyKey("k"))
			if err == nil || len(w.seen()) != want {
				t.Errorf("lifetime %s: %d requests, then %v", lifetime, len(w.seen()), err)
			}
		})
	}
}

// failing fails every request.
func failing() *wire { return always(503, `{}`) }

// TestRetryOrder shows who says how often: call, action, integration, Config.
func TestRetryOrder(t *testing.T) {
	t.Parallel()
	attempts := func(n int) resilience.Policy {
		return resilience.Exponential{MaxAttempts: n, Base: 1, Max: 1, NoJitter: true}
	}
	w := failing()
	own := get("own")
	own.Retry = attempts(4)
	in := api(get("plain"), own)
	_, acme := ready(t, w, in, func(c *waygate.Config) { c.Retry = attempts(2); c.Breaker.Disabled = true })
	counts := func(x *waygate.Tenant, action string, want int, opts ...waygate.Option) {
		t.Helper()
		_, err := x.Invoke(t.Context(), action, nil, opts...)
		if e := failure(t, err, waygate.KindServer); e.Attempts != want {
			t.Errorf("%s: %d attempts, want %d", action, e.Attempts, want)
		}
	}
	counts(acme, "api.plain", 2)
	counts(acme, "api.own", 4)
	counts(acme, "api.own", 5, waygate.Retry(attempts(5)))
	counts(acme, "api.own", 1, waygate.Retry(resilience.Never{}))
	in.Retry = attempts(3)
	_, acme = ready(t, w, in, func(c *waygate.Config) { c.Retry = attempts(2); c.Breaker.Disabled = true })
	counts(acme, "api.plain", 3)
	counts(acme, "api.own", 4)
}

// TestTimeoutOrder shows whose timeout bounds a call: the option's, the
// action's, the integration's, Config's; and the caller's, if it is earlier.
func TestTimeoutOrder(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config, integration, action, call, ctx, want time.Duration
	}{
		"config":      {config: 5 * time.Second, want: 5 * time.Second},
		"integration": {config: 5 * time.Second, integration: 7 * time.Second, want: 7 * time.Second},
		"action":      {config: 5 * time.Second, integration: 7 * time.Second, action: 9 * time.Second, want: 9 * time.Second},
		"call":        {config: 5 * time.Second, action: 9 * time.Second, call: 11 * time.Second, want: 11 * time.Second},
		"shorter":     {action: 9 * time.Second, call: time.Second, want: time.Second},
		"caller":      {action: 9 * time.Second, ctx: 2 * time.Second, want: 2 * time.Second},
		"attempt":     {want: 30 * time.Second}, // the default of one attempt; retries are off
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}}
				a := get("a")
				a.Timeout = waygate.Duration(c.action)
				in := api(a)
				in.Timeout = waygate.Duration(c.integration)
				_, acme := ready(t, w, in, func(cfg *waygate.Config) { cfg.Timeout, cfg.Retry = c.config, resilience.Never{} })
				var opts []waygate.Option
				if c.call != 0 {
					opts = append(opts, waygate.Timeout(c.call))
				}
				ctx := t.Context()
				if c.ctx != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.ctx)
					defer cancel()
				}
				start := time.Now()
				_, err := acme.Invoke(ctx, "api.a", nil, opts...)
				e := failure(t, err, waygate.KindTimeout)
				if took := time.Since(start); took != c.want || e.Attempts != 1 {
					t.Errorf("took %s and %d attempts, want %s", took, e.Attempts, c.want)
				}
			})
		})
	}
}

// TestValidationOrder shows who says what a mismatch does.
func TestValidationOrder(t *testing.T) {
	t.Parallel()
	strict := get("strict")
	strict.OutputSchema, strict.Validation.Response = []byte(`{"type":"array"}`), "strict"
	off := strict
	off.ID, off.Validation.Response = "off", "off"
	plain := strict
	plain.ID, plain.Validation = "plain", waygate.Validation{}
	in := api(strict, off, plain)
	_, acme := ready(t, always(200, `{}`), in)
	res, err := acme.Invoke(t.Context(), "api.plain", nil)
	must(t, err)
	if len(res.Meta.Warnings) != 1 {
		t.Errorf("warnings %q", res.Meta.Warnings)
	}
	in.Validation.Response = "strict"
	_, acme = ready(t, always(200, `{}`), in)
	for action, fails := range map[string]bool{"strict": true, "plain": true, "off": false} {
		res, err := acme.Invoke(t.Context(), "api."+action, nil)
		if !fails {
			if must(t, err); len(res.Meta.Warnings) != 0 {
				t.Errorf("%s: warnings %q", action, res.Meta.Warnings)
			}
			continue
		}
		if e := failure(t, err, waygate.KindInvalidResponse); len(e.Fields) != 1 || e.Status != 200 {
			t.Errorf("%s: %+v", action, e)
		}
	}
}
