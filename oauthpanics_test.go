package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// apart runs what may end its goroutine, and says whether it did.
func apart(run func()) (ended bool) {
	done := make(chan bool)
	go func() {
		ended := true
		defer func() { done <- ended }()
		run()
		ended = false
	}()
	return <-done
}

// mishaps are the ways in which a host's function can go wrong.
var mishaps = map[string]func(){
	"panic":  func() { panic("quotes the-clear-secret-0123") },
	"nil":    func() { panic(error(nil)) },
	"Goexit": runtime.Goexit,
}

// TestAfterConnectMishaps connects with a hook that goes wrong: nothing is saved, and
// nothing stays held.
func TestAfterConnectMishaps(t *testing.T) {
	t.Parallel()
	for name, mishap := range mishaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			bad := true
			in := oauthAPI()
			in.AfterConnect = "hook"
			_, acme := oauthReady(t, s, in, func(c *waygate.Config) {
				c.Kinds.AfterConnect = map[string]waygate.AfterConnect{"hook": func(context.Context, *waygate.Call) (map[string]string, error) {
					if bad {
						mishap()
					}
					return nil, nil
				}}
			})
			a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
			must(t, err)
			q := s.consent(t, a.URL)
			ended := apart(func() { _, err = acme.Complete(t.Context(), q, a.Binding) })
			if ended != (name == "Goexit") || !ended && err == nil {
				t.Errorf("ended %v with %v", ended, err)
			}
			if _, err := acme.Connection(t.Context(), "api", "main"); !errors.Is(err, waygate.ErrUnresolved) {
				t.Errorf("it is connected: %v", err)
			}
			bad = false
			authorized(t, s, acme, "main") // and Shutdown, at the end, waits for nothing
		})
	}
}

// TestCallbackMishaps visits a callback whose functions go wrong: the browser is sent
// on, no code is sent, and no text of the request is shown.
func TestCallbackMishaps(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"Tenant", "Binding", "Done"} {
		for name, mishap := range mishaps {
			t.Run(where+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newAuthServer()
				core, logs := observer.New(zap.DebugLevel)
				gw, acme := oauthReady(t, s, oauthAPI(), func(c *waygate.Config) { c.Logger = zap.New(core) })
				a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
				must(t, err)
				q := s.consent(t, a.URL)
				in := func(here string, r *http.Request) {
					if where != here {
						return
					}
					if name == "panic" {
						panic(fmt.Sprint("with ", r.URL, a.Binding, q.Get("code"), q.Get("state")))
					}
					mishap()
				}
				var told error
				h := gw.Callback(waygate.CallbackConfig{
					Tenant:  func(r *http.Request) (string, error) { in("Tenant", r); return "acme", nil },
					Binding: func(r *http.Request) (string, error) { in("Binding", r); return a.Binding, nil },
					Done: func(_ http.ResponseWriter, r *http.Request, _ *waygate.ConnectionInfo, err error) {
						told = err
						in("Done", r)
					},
				})
				w := httptest.NewRecorder()
				ended := apart(func() { h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/oauth/api?"+q.Encode(), nil)) })
				if ended != (name == "Goexit") || !ended && w.Code != http.StatusSeeOther {
					t.Errorf("ended %v with %d", ended, w.Code)
				}
				if where != "Done" && len(s.seen()) != 0 || where == "Done" && s.count("authorization_code") != 1 {
					t.Errorf("%d requests", len(s.seen()))
				}
				text := fmt.Sprintf("%v %+v %v %s", told, told, w.Header(), w.Body)
				for _, e := range logs.All() {
					text += fmt.Sprintf("%s %+v", e.Message, e.ContextMap())
				}
				for _, secret := range []string{a.Binding, q.Get("code"), q.Get("state")} {
					if strings.Contains(text, secret) {
						t.Errorf("shows %q: %s", secret, text)
					}
				}
			})
		}
	}
}

// TestAbortHandler lets a host end the connection, as net/http wants it said.
func TestAbortHandler(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	gw, _ := oauthReady(t, s, oauthAPI())
	h := gw.Callback(waygate.CallbackConfig{
		Tenant:  func(*http.Request) (string, error) { return "acme", nil },
		Binding: func(*http.Request) (string, error) { return "x", nil },
		Done:    func(http.ResponseWriter, *http.Request, *waygate.ConnectionInfo, error) { panic(http.ErrAbortHandler) },
	})
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // it is a panic value
			t.Error("not aborted")
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/oauth/api?code=x&state=y", nil))
}

// brittle is a host's Renewer that goes wrong when it is told to.
type brittle struct {
	auth.Bearer
	mishap *func()
}

func (brittle) Kind() string { return "brittle" }

func (b brittle) Accepts(c auth.Credential) error { return nil }

func (b brittle) Authorize(_ context.Context, r *http.Request, c auth.Credential) error {
	r.Header.Set("Authorization", "Bearer "+c.Values["access_token"].Reveal())
	return nil
}

func (b brittle) Renewal(auth.Credential) auth.Renewal { return auth.Renewal{Possible: true} }

func (b brittle) Renew(_ context.Context, _ auth.TokenCall, c auth.Credential) (auth.Credential, error) {
	(*b.mishap)()
	next := auth.Grant("an-access-token-0099", "a-refresh-token-0099", time.Now().Add(time.Hour))
	next.Kind = c.Kind
	return next, nil
}

// TestRenewerMishaps refreshes with a host's Renewer that goes wrong: the call fails,
// the process goes on, and when the Renewer works again, so do the calls.
func TestRenewerMishaps(t *testing.T) {
	t.Parallel()
	for name, mishap := range mishaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := always(200, `{}`)
				now := mishap
				in := api(get("a"))
				in.Auth = brittle{mishap: &now}
				gw := wired(t, w)
				must(t, gw.Replace(t.Context(), in))
				acme := gw.Tenant("acme")
				_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main",
					Credential: auth.Grant("a-stale-access-token", "a-refresh-token-0001", time.Now().Add(-time.Minute))})
				must(t, err)
				if apart(func() { _, err = acme.Invoke(t.Context(), "api.a", nil) }) || err == nil {
					t.Fatalf("got %v", err)
				}
				if strings.Contains(err.Error(), "the-clear-secret") {
					t.Errorf("shows the panic: %v", err)
				}
				e := failure(t, err, waygate.KindAuth)
				if e.RetryAfter <= 0 {
					t.Errorf("RetryAfter %s", e.RetryAfter)
				}
				now = func() {}
				time.Sleep(e.RetryAfter + time.Second)
				_, err = acme.Invoke(t.Context(), "api.a", nil)
				must(t, err)
				if len(w.seen()) != 1 {
					t.Errorf("%d requests", len(w.seen()))
				}
			})
		})
	}
}

// FuzzCallback gives Complete what a browser may bring: nothing but the flow's own
// state and code are taken, and no panic comes of it.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{"", "code=x", "state=STATE", "code=CODE&state=STATE", "code=CODE&code=x&state=STATE", "state=STATE&error=access_denied",
		"code=CODE&state=STATE&iss=x", "state=STATE&state=x&code=CODE", "state=%00&code=%ff", "shop=evil&code=CODE&state=STATE", "state=x;code=y", "STATE=state&CODE=code"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, query string, post bool) {
		s := newAuthServer()
		gw, acme := oauthReady(t, s, oauthAPI())
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		q := s.consent(t, a.URL)
		good := q
		query = strings.NewReplacer("STATE", q.Get("state"), "CODE", q.Get("code")).Replace(query)
		r := httptest.NewRequest(http.MethodGet, "/oauth/api", nil)
		if r.URL.RawQuery = query; post {
			r = httptest.NewRequest(http.MethodPost, "/oauth/api", strings.NewReader(query))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		var info *waygate.ConnectionInfo
		w := httptest.NewRecorder()
		gw.Callback(waygate.CallbackConfig{
			Tenant:  func(*http.Request) (string, error) { return "acme", nil },
			Binding: func(*http.Request) (string, error) { return a.Binding, nil },
			Done:    func(_ http.ResponseWriter, _ *http.Request, i *waygate.ConnectionInfo, _ error) { info = i },
		}).ServeHTTP(w, r)
		brought, bad := url.ParseQuery(query)
		fits := bad == nil && slices.Equal(brought["code"], good["code"]) && slices.Equal(brought["state"], good["state"]) && brought.Get("error") == ""
		if info != nil && !fits || info == nil && s.count("authorization_code") > 0 && brought.Get("code") == good.Get("code") {
			t.Errorf("connected %v by %q with %d exchanges", info != nil, query, s.count("authorization_code"))
		}
		if strings.Contains(w.Header().Get("Location")+w.Body.String(), good.Get("code")) {
			t.Errorf("%q in %q", w.Body, w.Header())
		}
	})
}

// FuzzDeviceHandle changes a device flow's handle: only the one that was given goes on.
func FuzzDeviceHandle(f *testing.F) {
	for _, seed := range []string{"", "x", "AAAA", "%", strings.Repeat("A", 20_000)} {
		f.Add([]byte(seed), 0, byte(0))
	}
	f.Add([]byte(nil), 3, byte(1))
	f.Add([]byte(nil), 40, byte(0x80))
	f.Add([]byte("\n"), -1, byte(0))
	s := newAuthServer()
	s.approved = "WDJB-MJHT"
	_, acme := oauthReady(f, s, oauthAPI(func(o *auth.OAuth2) {
		o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
	}))
	d, err := acme.AuthorizeDevice(f.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
	must(f, err)
	f.Fuzz(func(t *testing.T, text []byte, at int, flip byte) {
		handle := string(text)
		if len(text) == 0 && at >= 0 {
			raw := []byte(d.Handle)
			raw[at%len(raw)] ^= flip
			handle = string(raw)
		} else if at < 0 {
			handle = d.Handle + handle
		}
		if handle == d.Handle {
			return
		}
		_, err := acme.CompleteDevice(t.Context(), "api", handle)
		failure(t, err, waygate.KindInvalidInput)
		if strings.Contains(err.Error(), d.Handle) {
			t.Error("the error shows the handle")
		}
	})
}
