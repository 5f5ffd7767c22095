package waygate_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// withStatus puts the platform's app again, with another status.
func withStatus(t *testing.T, gw *waygate.Gateway, status waygate.AppStatus) {
	t.Helper()
	_, err := gw.PutApp(t.Context(), waygate.App{Integration: "api", ID: "main", RedirectURLs: []string{redirectURL}, Status: status})
	must(t, err)
}

// statusOf is the status of the platform's app.
func statusOf(t *testing.T, gw *waygate.Gateway) waygate.AppStatus {
	t.Helper()
	list, err := gw.Apps(t.Context(), "api")
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d apps", len(list))
	}
	return list[0].Status
}

func TestSuspendedApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		gw, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		begun, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "second"})
		must(t, err)
		withStatus(t, gw, waygate.AppSuspended)
		asked := func() int { return s.count("authorization_code") + s.count("refresh_token") }
		before := asked()
		_, err = acme.Complete(t.Context(), s.consent(t, begun.URL), begun.Binding)
		failure(t, err, waygate.KindConfig)
		for _, app := range []string{"", "main", "platform/main"} {
			_, err = acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "third", App: app})
			failure(t, err, waygate.KindConfig)
		}
		_, err = acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		failure(t, err, waygate.KindConfig)
		_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "third", App: "main", Credential: auth.Grant("", "a-refresh-token-0123", time.Time{})})
		failure(t, err, waygate.KindConfig)
		_, err = acme.Invoke(t.Context(), "api.read", nil) // what it has is good still
		must(t, err)
		time.Sleep(2 * time.Hour)
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		if says(t, failure(t, err, waygate.KindConfig), "suspended"); asked() != before {
			t.Errorf("%d token requests", asked()-before)
		}
		withStatus(t, gw, waygate.AppActive)
		time.Sleep(10 * time.Second)
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
	})
}

func TestDeprecatedApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		gw, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		begun, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "second"})
		must(t, err)
		withStatus(t, gw, waygate.AppDeprecated)
		_, err = acme.Complete(t.Context(), s.consent(t, begun.URL), begun.Binding)
		failure(t, err, waygate.KindConfig)
		time.Sleep(2 * time.Hour)
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		authorized(t, s, acme, "main") // again
		_, err = acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "third", App: "main"})
		failure(t, err, waygate.KindConfig)
		if s.count("refresh_token") != 1 || s.count("authorization_code") != 2 {
			t.Errorf("token requests %v", s.asked)
		}
	})
}

// TestAppError has the provider forget the client: that is told, and over as soon as it
// takes the client again, whichever connection finds out.
func TestAppError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, events := newAuthServer(), &eventBook{}
		gw, acme := oauthReady(t, s, oauthAPI(), func(c *waygate.Config) { c.Observers = []waygate.Observer{events} })
		authorized(t, s, acme, "main")
		authorized(t, s, acme, "second")
		refuse := func(answer func(*http.Request, url.Values) *http.Response) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refuse = answer
		}
		refuse(func(r *http.Request, _ url.Values) *http.Response { return reply(r, 401, `{"error":"invalid_client"}`) })
		time.Sleep(2 * time.Hour)
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		failure(t, err, waygate.KindAuth)
		info, err := acme.Connection(t.Context(), "api", "main")
		must(t, err)
		if statusOf(t, gw) != waygate.AppError || !events.has("app_error") || info.Status != waygate.StatusActive || info.CredentialStatus == waygate.CredentialNeedsReauth {
			t.Errorf("app %s, connection %s/%s, events %v", statusOf(t, gw), info.Status, info.CredentialStatus, events.names())
		}
		refuse(nil)
		_, err = acme.Invoke(t.Context(), "api.read", nil, waygate.On("second")) // which has never failed
		must(t, err)
		if got := statusOf(t, gw); got != waygate.AppActive {
			t.Errorf("after a success: %s", got)
		}
		withStatus(t, gw, waygate.AppSuspended)
		time.Sleep(10 * time.Minute)
		_, err = acme.Invoke(t.Context(), "api.read", nil)
		failure(t, err, waygate.KindConfig)
		if got := statusOf(t, gw); got != waygate.AppSuspended {
			t.Errorf("suspended, and then %s", got)
		}
	})
}

// TestConnectionKeepsItsApp adds apps, also of the same ID, after a connection was made.
func TestConnectionKeepsItsApp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		gw, acme := oauthReady(t, s, oauthAPI())
		authorized(t, s, acme, "main")
		put := func(how func(context.Context, waygate.App) (*waygate.AppInfo, error), id, client string) {
			_, err := how(t.Context(), waygate.App{Integration: "api", ID: id, RedirectURLs: []string{redirectURL}, Client: auth.Client{ID: client, Secret: secret.New(clientSecret)}})
			must(t, err)
		}
		last := func() string {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.clients[len(s.clients)-1]
		}
		uses := func(slug, want string) {
			t.Helper()
			time.Sleep(2 * time.Hour)
			_, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
			must(t, err)
			if got := last(); got != want {
				t.Errorf("%s was refreshed with %q, want %q", slug, got, want)
			}
		}
		put(acme.PutApp, "main", "client-of-acme")
		uses("main", "client-1")
		if info := authorized(t, s, acme, "own"); info.App != "main" || last() != "client-of-acme" {
			t.Errorf("a new connection is made with %q, %q", info.App, last())
		}
		if info := authorized(t, s, acme, "main"); info.App != "platform/main" || last() != "client-1" {
			t.Errorf("authorized again with %q, %q", info.App, last())
		}
		put(gw.PutApp, "other", "client-2")
		uses("main", "client-1")
		uses("own", "client-of-acme")
		_, err := gw.Tenant("else").Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		failure(t, err, waygate.KindInvalidInput) // which of the two?
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "third", App: "platform/main"})
		must(t, err)
		info, err := acme.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
		must(t, err)
		if info.App != "platform/main" {
			t.Errorf("named the platform's, got %q", info.App)
		}
		must(t, acme.DeleteApp(t.Context(), "api", "main"))
		time.Sleep(2 * time.Hour)
		_, err = acme.Invoke(t.Context(), "api.read", nil, waygate.On("own"))
		says(t, failure(t, err, waygate.KindConfig), "gone")
		if got := last(); got != "client-1" {
			t.Errorf("the platform's app of that ID was used in its place, or none: %q", got)
		}
		if _, err := gw.Tenant("else").Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", App: "acme/main"}); err == nil {
			t.Error("another tenant's app was found")
		}
	})
}

// TestAppLimits bounds what all connections of an app do together, whosever they are,
// from the first call of a process on.
func TestAppLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store, keyring := newAuthServer(), memory.New(), ring(t, "k1")
		shared := func(c *waygate.Config) { c.Store, c.Keyring = store, keyring }
		gw, acme := oauthReady(t, s, oauthAPI(), shared)
		limited := platformClient()
		limited.Limits = []resilience.Limit{{Rate: 1, Burst: 1}}
		_, err := gw.PutApp(t.Context(), limited)
		must(t, err)
		authorized(t, s, acme, "main")
		authorized(t, s, gw.Tenant("bravo"), "main")
		fresh := wired(t, s, shared)
		must(t, fresh.Register(t.Context(), oauthAPI()))
		s.forget()
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				if _, err := fresh.Tenant([]string{"acme", "bravo"}[i%2]).Invoke(t.Context(), "api.read", nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took < 9*time.Second-time.Millisecond || len(s.seen()) != 10 {
			t.Errorf("%d requests in %s, at one a second", len(s.seen()), took)
		}
	})
}

// racingApps changes an app between its being read and its being written.
type racingApps struct {
	*memory.Store
	race func()
}

func (s *racingApps) PutApp(ctx context.Context, a waygate.StoredApp, e *waygate.AuditEntry) (waygate.StoredApp, error) {
	if race := s.race; race != nil {
		s.race = nil
		race()
	}
	return s.Store.PutApp(ctx, a, e)
}

func TestAppConflict(t *testing.T) {
	t.Parallel()
	store := &racingApps{Store: memory.New()}
	gw, acme := oauthReady(t, newAuthServer(), oauthAPI(), func(c *waygate.Config) { c.Store = store })
	for name, put := range map[string]func(context.Context, waygate.App) (*waygate.AppInfo, error){"platform": gw.PutApp, "tenant": acme.PutApp} {
		again := platformClient()
		store.race = func() {
			_, err := put(t.Context(), again)
			must(t, err)
		}
		_, err := put(t.Context(), again)
		failure(t, err, waygate.KindConflict)
		info, err := put(t.Context(), again)
		must(t, err)
		if text := fmt.Sprintf("%+v %s", *info, jsonText(t, info)); strings.Contains(text, clientSecret) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
