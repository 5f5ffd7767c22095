package waygatetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// errors is clause 9.
func (b *connectionBench) errors() {
	own := errors.New("the vault is sealed")
	for _, c := range []struct {
		name        string
		give, want  error
		alsoMatches error
	}{
		{"another error", own, waygate.ErrStore, own},
		{"needs re-auth", waygate.ErrNeedsReauth, waygate.ErrNeedsReauth, nil},
		{"config", fmt.Errorf("%w: %w", own, waygate.ErrConfig), waygate.ErrConfig, own},
		{"rate limited", fmt.Errorf("%w: %w", own, waygate.ErrRateLimited), waygate.ErrRateLimited, own},
		{"an *Error", &waygate.Error{Kind: waygate.KindAuth, Err: own}, waygate.ErrAuth, own},
		{"a deadline of its own", fmt.Errorf("%w: %w", own, context.DeadlineExceeded), waygate.ErrStore, context.DeadlineExceeded},
		{"a ctx of its own, cancelled", context.Canceled, waygate.ErrStore, context.Canceled},
	} {
		b.gives(func(context.Context) error { return c.give })
		err := b.call("echo")
		b.fails(c.name, err, c.want)
		if c.alsoMatches != nil && !errors.Is(err, c.alsoMatches) {
			b.Errorf("%s: %v has lost its cause", c.name, err)
		}
		if errors.Is(c.give, own) && (err == nil || !strings.Contains(err.Error(), own.Error())) {
			b.Errorf("%s: %v doesn't say why", c.name, err)
		}
	}
	b.gives(func(context.Context) error { return fmt.Errorf("vault: can't log in with %s", platformSecret) })
	b.keepsSecret("the platform's secret", b.call("echo"), platformSecret)
	if b.conn != nil {
		b.knownToken()
	}
	if b.sent() > 1 {
		b.Errorf("%d requests were sent without credential", b.sent()-1)
	}
	if b.h.Resolve {
		b.resolveFails(own)
	}
}

// knownToken fails with the token that signed the attempt before.
func (b *connectionBench) knownToken() {
	b.provider.On("POST /echo", Status(http.StatusServiceUnavailable))
	asked := 0
	b.credentials(func(context.Context) (auth.Credential, error) {
		if asked++; asked == 1 {
			return auth.Token(firstToken), nil
		}
		return auth.Credential{}, fmt.Errorf("vault: %s has expired", firstToken)
	})
	b.keepsSecret("the token of the attempt before", b.call("echo"), firstToken)
}

// keepsSecret looks for a secret in an error and in all records.
func (b *connectionBench) keepsSecret(what string, err error, secret string) {
	b.Helper()
	b.fails(what, err, waygate.ErrStore)
	text := fmt.Sprintf("%v %+v %#v %+v", err, err, err, b.gw.Calls())
	var e *waygate.Error
	if errors.As(err, &e) {
		text += fmt.Sprintf("%+v %#v", *e, *e)
	}
	if strings.Contains(text, secret) {
		b.Errorf("%s is in the error or in a record", what)
	}
	if err == nil || !strings.Contains(err.Error(), "vault: ") {
		b.Errorf("%s: %v doesn't say the rest of the text", what, err)
	}
}

// resolveFails is what holds for Config.Resolve itself.
func (b *connectionBench) resolveFails(own error) {
	b.resolve = func() (waygate.Connection, error) { return nil, own }
	b.fails("Resolve's other error", b.call("echo"), waygate.ErrStore)
	b.resolve = func() (waygate.Connection, error) { return nil, waygate.ErrNeedsReauth }
	b.fails("Resolve's sentinel", b.call("echo"), waygate.ErrNeedsReauth)
	b.resolve = func() (waygate.Connection, error) { panic("own panic") }
	b.fails("a panic in Resolve", b.call("echo"), waygate.ErrConfig)
	b.resolve = func() (waygate.Connection, error) { return nil, nil }
	b.fails("Resolve that has none, and none is stored", b.call("echo"), waygate.ErrUnresolved)
}

// panics is clause 10.
func (b *connectionBench) panics() {
	if b.conn == nil {
		b.damaged()
		return
	}
	b.says(func(*waygate.ConnectionInfo) { panic("own panic") })
	b.fails("a panic in Info", b.call("echo"), waygate.ErrConfig)
	b.says(nil)
	for what, out := range map[string]func(){"a panic in Credential": func() { panic("own panic") }, "a Goexit in Credential": runtime.Goexit} {
		b.probe(what, func() { b.gives(func(context.Context) error { out(); return nil }) })
	}
}

// damaged is clause 10 for a stored connection, which is the gateway's own code:
// whatever the store gives, it doesn't panic.
func (b *connectionBench) damaged() {
	for what, damage := range map[string]func([]byte) []byte{
		"no bytes":        func([]byte) []byte { return nil },
		"a part":          func(s []byte) []byte { return s[:len(s)/2] },
		"a flipped bit":   func(s []byte) []byte { s = slices.Clone(s); s[len(s)-1] ^= 1; return s },
		"something else":  func([]byte) []byte { return []byte("something else") },
		"more than bytes": func(s []byte) []byte { return append(slices.Clone(s), 0) },
	} {
		b.probe("a sealed credential of "+what, func() {
			b.store.set(func(_ context.Context, _ *waygate.StoredConnection, cred *waygate.StoredCredential) error {
				cred.Sealed = damage(cred.Sealed)
				return nil
			})
		})
	}
}

// probe breaks the credential while a circuit is half open: the one probe must
// not be lost.
func (b *connectionBench) probe(what string, breakIt func()) {
	b.Helper()
	in, err := b.gw.Integration(suiteIntegration)
	if err != nil {
		b.Fatal(err)
	}
	in.Breaker = &resilience.BreakerSettings{Failures: 1, Open: time.Minute}
	if err := b.gw.Replace(b.Context(), in); err != nil {
		b.Fatal(err)
	}
	b.gives(nil)
	b.works("before " + what)
	b.provider.On("POST /echo", Status(http.StatusInternalServerError))
	_ = b.call("echo", waygate.Retry(resilience.Never{}))
	b.fails("before "+what, b.call("echo"), waygate.ErrCircuitOpen)
	time.Sleep(time.Minute)
	breakIt()
	before := len(b.gw.Calls())
	var wg sync.WaitGroup
	wg.Go(func() { b.fails(what, b.call("echo"), waygate.ErrConfig) })
	wg.Wait()
	if calls := b.gw.Calls(); len(calls) != before+1 || calls[before].Kind != waygate.KindConfig {
		b.Errorf("%s: got records %+v, want one of kind %s", what, calls[before:], waygate.KindConfig)
	}
	b.gives(nil)
	b.works("after " + what)
}

// target is clause 11.
func (b *connectionBench) target() {
	bad := map[string]waygate.ConnectionSpec{
		"an internal address":     {BaseURL: "http://10.0.0.1"},
		"a metadata address":      {BaseURL: "http://169.254.169.254/latest"},
		"another scheme":          {BaseURL: "ftp://elsewhere.test"},
		"a user":                  {BaseURL: "http://u:p@elsewhere.test"},
		"a query":                 {BaseURL: "http://elsewhere.test?a=b"},
		"a fragment":              {BaseURL: "http://elsewhere.test#a"},
		"a port that isn't open":  {BaseURL: "http://elsewhere.test:8443"},
		"no host":                 {BaseURL: "http://"},
		"no URL":                  {BaseURL: "%zz"},
		"a parameter that's odd":  {Parameters: map[string]string{"region": "EUROPE"}},
		"an undeclared parameter": {Parameters: map[string]string{"zone": "a"}},
	}
	for what, spec := range bad {
		if b.conn == nil {
			spec.Slug, spec.Credential = "bad", auth.Token(firstToken)
			_, err := b.acme.Connect(b.Context(), suiteIntegration, spec)
			if !errors.Is(err, waygate.ErrInvalidInput) && !errors.Is(err, waygate.ErrConfig) {
				b.Errorf("connecting with %s: got %v", what, err)
			}
			continue
		}
		b.says(func(i *waygate.ConnectionInfo) { i.BaseURL, i.Parameters = spec.BaseURL, spec.Parameters })
		b.fails(what, b.call("echo"), waygate.ErrConfig)
	}
	b.untouched("a base URL or parameter that is refused", 0, 0)
	b.goodTarget(waygate.ConnectionSpec{Slug: "good", Credential: auth.Token(firstToken),
		BaseURL: b.elsewhere.URL(), Parameters: map[string]string{"region": "us"}})
}

// goodTarget calls a connection that leads to the other provider.
func (b *connectionBench) goodTarget(spec waygate.ConnectionSpec) {
	var opts []waygate.Option
	if b.conn == nil {
		if _, err := b.acme.Connect(b.Context(), suiteIntegration, spec); err != nil {
			b.Fatalf("connecting with an own base URL: %v", err)
		}
		opts = append(opts, waygate.On("good"))
	}
	if b.conn != nil {
		b.says(func(i *waygate.ConnectionInfo) { i.BaseURL, i.Parameters = spec.BaseURL, spec.Parameters })
	}
	if err := b.call("echo", opts...); err != nil {
		b.Fatalf("an own base URL: %v", err)
	}
	r := b.elsewhere.Requests("POST /echo")
	if len(r) != 1 || b.sent() != 0 || r[0].Header.Get("X-Region") != "us" || r[0].Header.Get("Authorization") != "Bearer "+firstToken {
		b.Errorf("an own base URL: got %+v, want one request there, with region and credential", r)
	}
}
