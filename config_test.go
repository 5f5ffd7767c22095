package waygate_test

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// durable is a store that says it outlives the process.
type durable struct{ waygate.Store }

func (durable) Durable() bool           { return true }
func (d durable) Unwrap() waygate.Store { return d.Store }

// TestConfigErrors shows that New names the field that is wrong.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*waygate.Config)
		says   []string
	}{
		"no store":        {func(c *waygate.Config) { c.Store = nil }, []string{"Config.Store", "memory.New()"}},
		"durable":         {func(c *waygate.Config) { c.Store = durable{memory.New()} }, []string{"Config.Keyring", "secret.NewKeyring"}},
		"transport":       {func(c *waygate.Config) { c.Transport = func(http.RoundTripper) http.RoundTripper { return nil } }, []string{"Config.Transport", "nil"}},
		"egress":          {func(c *waygate.Config) { c.Egress.Allow = []netip.Prefix{{}} }, []string{"Config.Egress", "Allow[0]"}},
		"retry":           {func(c *waygate.Config) { c.Retry = resilience.Exponential{Factor: math.NaN()} }, []string{"Config.Retry", "factor"}},
		"host breaker":    {func(c *waygate.Config) { c.HostBreaker.Tenants = 1 }, []string{"Config.HostBreaker", "tenants"}},
		"breaker":         {func(c *waygate.Config) { c.Breaker.Probes = 4 }, []string{"Config.Breaker", "probes"}},
		"limits":          {func(c *waygate.Config) { c.Limits = []resilience.Limit{{Rate: 1}, {Rate: -1}} }, []string{"Config.Limits[1]", "rate"}},
		"short timeout":   {func(c *waygate.Config) { c.Timeout = time.Second - 1 }, []string{"Config.Timeout"}},
		"long timeout":    {func(c *waygate.Config) { c.Timeout = 300*time.Second + 1 }, []string{"Config.Timeout"}},
		"attempt":         {func(c *waygate.Config) { c.AttemptTimeout = -1 }, []string{"Config.AttemptTimeout"}},
		"long attempt":    {func(c *waygate.Config) { c.AttemptTimeout = 301 * time.Second }, []string{"Config.AttemptTimeout"}},
		"retention":       {func(c *waygate.Config) { c.Retention = -1 }, []string{"Config.Retention"}},
		"stale":           {func(c *waygate.Config) { c.MaxStale = -1 }, []string{"Config.MaxStale", "60 s"}},
		"lease":           {func(c *waygate.Config) { c.TokenLease = time.Second - 1 }, []string{"Config.TokenLease", "60 s"}},
		"observer":        {func(c *waygate.Config) { c.Observers = []waygate.Observer{nil} }, []string{"Config.Observers[0]", "nil"}},
		"env":             {func(c *waygate.Config) { c.Env = map[string]string{"a-b": "v"} }, []string{"Config.Env", "a-b"}},
		"built-in auth":   {func(c *waygate.Config) { c.Kinds.Auth = auth.KindMap{"bearer": nil} }, []string{"Config.Kinds.Auth", "bearer"}},
		"built-in pages":  {func(c *waygate.Config) { c.Kinds.Pagination = pagination.KindMap{"link": nil} }, []string{"Config.Kinds.Pagination", "link"}},
		"retry budget":    {func(c *waygate.Config) { c.RetryBudget.Ratio = 2 }, []string{"Config.RetryBudget", "ratio"}},
		"built-in retry":  {func(c *waygate.Config) { c.Kinds.Retry = resilience.KindMap{"never": nil} }, []string{"Config.Kinds.Retry", "never"}},
		"built-in action": {func(c *waygate.Config) { c.Kinds.Actions = waygate.ActionKindMap{"http": nil} }, []string{"Config.Kinds.Actions", "http"}},
		"nil auth":        {func(c *waygate.Config) { c.Kinds.Auth = auth.KindMap{"x": nil} }, []string{"Config.Kinds.Auth", "x", "nil"}},
		"nil pages":       {func(c *waygate.Config) { c.Kinds.Pagination = pagination.KindMap{"x": nil} }, []string{"Config.Kinds.Pagination", "x", "nil"}},
		"nil retry":       {func(c *waygate.Config) { c.Kinds.Retry = resilience.KindMap{"x": nil} }, []string{"Config.Kinds.Retry", "x", "nil"}},
		"nil action":      {func(c *waygate.Config) { c.Kinds.Actions = waygate.ActionKindMap{"x": nil} }, []string{"Config.Kinds.Actions", "x", "nil"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := waygate.Config{Store: memory.New()}
			c.change(&cfg)
			gw, err := waygate.New(cfg)
			if gw != nil {
				t.Error("a gateway comes with the error")
			}
			if e := failure(t, err, waygate.KindConfig); e.Op != "new" {
				t.Errorf("op %q", e.Op)
			}
			says(t, err, c.says...)
		})
	}
}

// TestConfig shows what New takes.
func TestConfig(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]waygate.Config{
		"zero":          {Store: memory.New()},
		"durable":       {Store: durable{memory.New()}, Keyring: ring(t, "k1")},
		"least":         {Store: memory.New(), Timeout: time.Second, AttemptTimeout: 1},
		"most":          {Store: memory.New(), Timeout: 300 * time.Second, AttemptTimeout: 300 * time.Second},
		"records apart": {Store: memory.New(), Records: memory.New().Records()},
	} {
		if _, err := waygate.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := fmt.Sprintf("%v %+v %#v %s", waygate.Config{Env: map[string]string{"k": "platform-value"}},
		waygate.Config{Env: map[string]string{"k": "platform-value"}}, waygate.Config{Env: map[string]string{"k": "platform-value"}},
		waygate.Config{Env: map[string]string{"k": "platform-value"}})
	if strings.Contains(text, "platform-value") {
		t.Errorf("a printed Config shows Env: %s", text)
	}
}

// TestConfigIsCopied shows that a gateway doesn't see what the host does with
// its Config later.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	seen := &watcher{}
	env := map[string]string{"k": "platform-value"}
	observers := []waygate.Observer{seen}
	in := api(get("a"))
	in.Headers = map[string]string{"X-K": "${env.k}"}
	_, acme := ready(t, w, in, func(c *waygate.Config) { c.Env, c.Observers = env, observers })
	env["k"], observers[0] = "changed", nil
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	if got := w.last(t).header.Get("X-K"); got != "platform-value" {
		t.Errorf("sent %q", got)
	}
	if n := len(seen.ended()); n != 1 {
		t.Errorf("the observer was told %d times", n)
	}
}
