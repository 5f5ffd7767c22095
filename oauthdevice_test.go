package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// deviceServer is an authorization server for devices: answers are given in order, and
// when there are none left the person has agreed.
type deviceServer struct {
	*wire
	begin   string
	answers []func(*http.Request) (*http.Response, error)
	forms   []url.Values
}

func newDeviceServer(answers ...func(*http.Request) (*http.Response, error)) *deviceServer {
	d := &deviceServer{answers: answers, begin: `{"device_code":"a-device-code-0123","user_code":"WDJB-MJHT","verification_uri":"https://login.example.net/device","expires_in":600,"interval":5}`}
	d.wire = &wire{answer: func(_ int, r *http.Request, body string) (*http.Response, error) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return nil, err
		}
		d.mu.Lock()
		d.forms = append(d.forms, form)
		d.mu.Unlock()
		switch {
		case r.URL.Path == "/device":
			return reply(r, 200, d.begin), nil
		case len(d.answers) > 0:
			next := d.answers[0]
			d.answers = d.answers[1:]
			return next(r)
		}
		return reply(r, 200, `{"access_token":"an-access-token-0001","expires_in":3600}`), nil
	}}
	return d
}

func deviceReady(t *testing.T, d *deviceServer, change func(*waygate.App)) (*waygate.Gateway, *waygate.Tenant) {
	gw := wired(t, d)
	must(t, gw.Register(t.Context(), oauthAPI(func(o *auth.OAuth2) {
		o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
	})))
	client := platformClient()
	if change != nil {
		change(&client)
	}
	_, err := gw.PutApp(t.Context(), client)
	must(t, err)
	return gw, gw.Tenant("acme")
}

// TestDeviceFlow waits for a person, through what goes wrong meanwhile.
func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	pending := func(r *http.Request) (*http.Response, error) {
		return reply(r, 400, `{"error":"authorization_pending"}`), nil
	}
	for name, c := range map[string]struct {
		answers []func(*http.Request) (*http.Response, error)
		kind    waygate.Kind // empty: connected
		asked   int
		took    time.Duration // at least
	}{
		"at once":     {asked: 1, took: 5 * time.Second},
		"pending":     {answers: list(pending, pending), asked: 3, took: 15 * time.Second},
		"slow down":   {answers: list(answered(400, `{"error":"slow_down"}`), pending), asked: 3, took: 25 * time.Second},
		"away":        {answers: list(answered(503, `x`), pending), asked: 3, took: 15 * time.Second},
		"lost answer": {answers: list(outages["refused"], outages["no answer"], pending), asked: 4, took: 40 * time.Second},
		"denied":      {answers: list(pending, answered(400, `{"error":"access_denied"}`)), kind: waygate.KindAuth, asked: 2},
		"expired":     {answers: list(answered(400, `{"error":"expired_token"}`)), kind: waygate.KindAuth, asked: 1},
		"bad client":  {answers: list(answered(401, `{"error":"invalid_client"}`)), kind: waygate.KindAuth, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDeviceServer(c.answers...)
				gw, acme := deviceReady(t, d, nil)
				got, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
				must(t, err)
				_, err = gw.Tenant("evil").CompleteDevice(t.Context(), "api", got.Handle)
				failure(t, err, waygate.KindInvalidInput)
				start := time.Now()
				info, err := acme.CompleteDevice(t.Context(), "api", got.Handle)
				if n := len(d.seen()) - 1; n != c.asked || time.Since(start) < c.took {
					t.Errorf("asked %d times in %s", n, time.Since(start))
				}
				if c.kind != "" {
					failure(t, err, c.kind)
					return
				}
				if must(t, err); info.Slug != "main" || info.App != "platform/main" {
					t.Errorf("connected %+v", info)
				}
			})
		})
	}
}

func list(l ...func(*http.Request) (*http.Response, error)) []func(*http.Request) (*http.Response, error) {
	return l
}

func TestDeviceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceServer()
		d.begin = strings.Replace(d.begin, `"expires_in":600,`, "", 1) // though it is required
		_, acme := deviceReady(t, d, nil)
		got, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		for range 1000 {
			d.answers = append(d.answers, answered(400, `{"error":"authorization_pending"}`))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = acme.CompleteDevice(ctx, "api", got.Handle)
		failure(t, err, waygate.KindTimeout)
		start := time.Now()
		_, err = acme.CompleteDevice(t.Context(), "api", got.Handle) // goes on
		failure(t, err, waygate.KindAuth)
		if took := time.Since(start); took < 8*time.Minute || took > 10*time.Minute {
			t.Errorf("ended after %s", took)
		}
	})
}

// TestDeviceAsksInTime has a provider who wants to be asked again when the flow is over:
// the wait ends with the flow.
func TestDeviceAsksInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceServer(func(r *http.Request) (*http.Response, error) {
			return reply(r, 429, `{}`, "Retry-After", "86400"), nil
		})
		_, acme := deviceReady(t, d, nil)
		got, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		start := time.Now()
		_, err = acme.CompleteDevice(t.Context(), "api", got.Handle)
		failure(t, err, waygate.KindAuth)
		if took := time.Since(start); took > 10*time.Minute {
			t.Errorf("ended after %s", took)
		}
	})
}

// TestDeviceScopes asks for what the spec says, else the app, else the definition.
func TestDeviceScopes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		app, spec []string
		want      string
	}{
		"definition": {nil, nil, "read write"},
		"app":        {[]string{"of-app"}, nil, "of-app"},
		"spec":       {[]string{"of-app"}, []string{"of-spec", "two"}, "of-spec two"},
	} {
		d := newDeviceServer()
		_, acme := deviceReady(t, d, func(a *waygate.App) { a.Scopes = c.app })
		_, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Scopes: c.spec})
		must(t, err)
		if got := d.forms[0].Get("scope"); got != c.want {
			t.Errorf("%s: asked for %q, want %q", name, got, c.want)
		}
	}
}

// TestTokenRequestsEnd shows that a provider who never answers keeps nobody waiting for
// longer than a token request may take, though the caller's ctx has no end.
func TestTokenRequestsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*auth.OAuth2)
		try    func(context.Context, *waygate.Tenant, *authServer) error
	}{
		"code": {nil, func(ctx context.Context, acme *waygate.Tenant, s *authServer) error {
			a, err := acme.Authorize(ctx, "api", waygate.AuthorizeSpec{Slug: "main"})
			if err == nil {
				u, _ := url.Parse(a.URL)
				_, err = acme.Complete(ctx, url.Values{"code": {"x"}, "state": {u.Query().Get("state")}}, a.Binding)
			}
			return err
		}},
		"client credentials": {func(o *auth.OAuth2) { o.Grant, o.AuthorizeURL = auth.GrantClientCredentials, "" },
			func(ctx context.Context, acme *waygate.Tenant, _ *authServer) error {
				_, err := acme.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.ClientCredentials("x", "a-secret-0123")})
				return err
			}},
		"device": {func(o *auth.OAuth2) {
			o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/token"
		},
			func(ctx context.Context, acme *waygate.Tenant, _ *authServer) error {
				_, err := acme.AuthorizeDevice(ctx, "api", waygate.AuthorizeSpec{Slug: "main"})
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newAuthServer()
				o := &outage{next: s}
				hang := outages["no answer"]
				o.answer.Store(&hang)
				_, acme := oauthReady(t, o, oauthAPI(func(def *auth.OAuth2) {
					if c.change != nil {
						c.change(def)
					}
				}))
				start := time.Now()
				err := c.try(context.Background(), acme, s)
				if failure(t, err, waygate.KindTimeout); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 20*time.Second {
					t.Errorf("ended after %s: %v", time.Since(start), err)
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				start = time.Now()
				if failure(t, c.try(ctx, acme, s), waygate.KindTimeout); time.Since(start) != time.Second {
					t.Errorf("with a ctx of 1 s it ended after %s", time.Since(start))
				}
			})
		})
	}
}

func answered(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return reply(r, status, body), nil }
}
