package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
	"github.com/waygate-go/waygate/internal/e2e/oidcserver"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/postgres"
)

// metadata are the endpoints of a discovery document (OpenID Connect Discovery 1.0 §3).
type metadata struct {
	Issuer string `json:"issuer"`
	Token  string `json:"token_endpoint"`
	Device string `json:"device_authorization_endpoint"`
	Revoke string `json:"revocation_endpoint"`
	Auth   string `json:"authorization_endpoint"`
}

func discover(t *testing.T, s *oidcserver.Server) (m metadata) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/.well-known/openid-configuration", nil)
	must(t, err)
	resp, err := s.Client().Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	must(t, json.NewDecoder(resp.Body).Decode(&m))
	return m
}

// TestDeviceFlow connects by the device flow of an OpenID provider, as a public client and as one with a secret, with
// the endpoints that its discovery document names; then a token expires, and the person takes the grant away.
func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]oidcserver.Options{
		"public": {Lifetime: 4 * time.Second}, "confidential": {Lifetime: 4 * time.Second, ClientSecret: "s3cr%et +/&=:é", TLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := oidcserver.Start(o)
			must(t, err)
			t.Cleanup(s.Close)
			deviceFlow(t, s, o)
		})
	}
}

func deviceFlow(t *testing.T, s *oidcserver.Server, o oidcserver.Options) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: s.Policy()})
	must(t, err)
	m := discover(t, s)
	scheme := auth.OAuth2{
		Grant: auth.GrantDeviceCode, AuthorizeURL: m.Auth, TokenURL: m.Token, DeviceURL: m.Device, RevokeURL: m.Revoke,
		ClientAuth: auth.ClientAuthNone, Scopes: []string{"openid", "offline_access"},
	}
	if o.ClientSecret != "" {
		scheme.ClientAuth = auth.ClientAuthBasic
	}
	must(t, gw.Register(t.Context(), waygate.Integration{
		ID: "tv", BaseURL: s.URL() + "/api", Auth: scheme,
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}},
	}))
	_, err = gw.PutApp(t.Context(), waygate.App{
		Integration: "tv", ID: "main", Client: auth.Client{ID: oidcserver.DefaultClientID, Secret: secret.New(o.ClientSecret)},
	})
	must(t, err)
	x := gw.Tenant("acme")

	denied, err := x.AuthorizeDevice(t.Context(), "tv", waygate.AuthorizeSpec{Slug: "denied"})
	must(t, err)
	must(t, s.Decide(t.Context(), denied.VerificationURLComplete, "ada", false))
	if _, err := x.CompleteDevice(t.Context(), "tv", denied.Handle); !errors.Is(err, waygate.ErrAuth) {
		t.Errorf("denied: %v", err)
	}

	d, err := x.AuthorizeDevice(t.Context(), "tv", waygate.AuthorizeSpec{Slug: "main"})
	must(t, err)
	decided := make(chan error, 1)
	time.AfterFunc(1500*time.Millisecond, func() { decided <- s.Decide(t.Context(), d.VerificationURLComplete, "ada", true) })
	_, err = x.CompleteDevice(t.Context(), "tv", d.Handle)
	must(t, errors.Join(err, <-decided))
	wantWhoami(t, x, "tv", "ada")
	if stats := s.Stats(); stats.Grants != 1 || stats.Early != 0 || stats.Polls < 3 {
		t.Errorf("%+v", stats)
	}

	waitExpired(t, x, "tv")
	wantWhoami(t, x, "tv", "ada")
	if stats := s.Stats(); stats.Refreshes != 1 || stats.Refused != 0 {
		t.Errorf("%+v", stats)
	}
	s.Kill("ada")
	waitExpired(t, x, "tv")
	if _, err := x.Invoke(t.Context(), "tv.whoami", nil); !errors.Is(err, waygate.ErrNeedsReauth) {
		t.Errorf("after the grant was taken away: %v", err)
	}
	must(t, gw.Shutdown(t.Context()))
}

func wantWhoami(t *testing.T, x *waygate.Tenant, integration, want string) {
	t.Helper()
	got, err := waygate.Invoke[map[string]string](t.Context(), x, integration+".whoami", nil)
	must(t, err)
	if got["sub"] != want {
		t.Errorf("the token is %q's, want %q", got["sub"], want)
	}
}

// waitExpired waits until the access token of a tenant's connection has expired.
func waitExpired(t *testing.T, x *waygate.Tenant, integration string) {
	t.Helper()
	info, err := x.Connection(t.Context(), integration, "main")
	must(t, err)
	time.Sleep(time.Until(info.Expires) + 100*time.Millisecond)
}

// keySource is a list of keys that changes.
type keySource struct {
	mu   sync.Mutex
	list secret.StaticKeys
}

// Keys gives the list as it is now.
func (s *keySource) Keys(ctx context.Context) ([]secret.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list.Keys(ctx)
}

func (s *keySource) set(list ...secret.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

// TestKeyRotation brings in a new key and takes the old one away while 100 goroutines call over tokens that live for 4 s.
// Nothing fails, and in the end every record is under the new key.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	provider := startProvider(t, fositeserver.Options{Lifetime: 4 * time.Second})
	place := newPlace(t, pgserver.Shared(t))
	before, err := secret.GenerateKey("before")
	must(t, err)
	after, err := secret.GenerateKey("after")
	must(t, err)
	source := &keySource{list: secret.StaticKeys{before}}
	ring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	store := postgres.New(place.pool(t, place.dsn))
	gw, err := waygate.New(waygate.Config{Store: store, Keyring: ring, Egress: reaching(provider)})
	must(t, err)
	register(t, gw, "api", provider)
	const tenants = 20
	for i := range tenants {
		authorize(t, gw, provider, fmt.Sprint("tenant-", i), "api")
	}
	stop := callAlways(t, gw, tenants, 100)
	time.Sleep(time.Second)
	source.set(after, before)
	must(t, ring.Reload(t.Context()))
	rewrapped, err := gw.Rewrap(t.Context())
	must(t, err)
	time.Sleep(4 * time.Second) // each token is renewed under the new key
	again, err := gw.Rewrap(t.Context())
	must(t, err)
	source.set(after)
	must(t, ring.Reload(t.Context()))
	time.Sleep(time.Second)
	calls := stop()
	t.Logf("%d calls; moved %+v, then %+v; %+v", calls, rewrapped, again, provider.Stats())
	onKey(t, store, ring, "after")
	if stats := provider.Stats(); stats.Reuses != 0 || stats.Refreshes < tenants {
		t.Errorf("%+v", stats)
	}
	must(t, gw.Shutdown(t.Context()))
}

// callAlways has goroutines call until the function that it gives is called, which tells how many calls there were. None
// may fail.
func callAlways(t *testing.T, gw *waygate.Gateway, tenants, goroutines int) (stop func() int64) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	var calls, failed atomic.Int64
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			for ctx.Err() == nil {
				if _, err := gw.Tenant(fmt.Sprint("tenant-", g%tenants)).Invoke(t.Context(), "api.whoami", nil); err != nil && failed.Add(1) < 5 {
					t.Error(err)
				}
				calls.Add(1)
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	return func() int64 {
		end()
		group.Wait()
		if n := failed.Load(); n > 0 {
			t.Errorf("%d calls failed", n)
		}
		return calls.Load()
	}
}

// onKey wants every credential and app to be sealed with a key.
func onKey(t *testing.T, store *postgres.Store, ring *secret.Keyring, want string) {
	t.Helper()
	check := func(what string, sealed []byte) {
		if id, err := ring.KeyID(sealed); err != nil || id != want {
			t.Errorf("%s is under the key %q, %v", what, id, err)
		}
	}
	n := 0
	for cursor := ""; ; {
		page, err := store.Credentials().Scan(t.Context(), cursor)
		must(t, err)
		for _, c := range page.Credentials {
			check("credential of "+c.Tenant, c.Sealed)
			n++
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	apps, err := store.Apps(t.Context(), "", "api")
	must(t, err)
	for _, a := range apps {
		check("app", a.Sealed)
	}
	if n == 0 || len(apps) == 0 {
		t.Errorf("%d credentials, %d apps", n, len(apps))
	}
}

// TestCallbackTwice gives one callback to two processes at once: one of them asks the provider, once.
func TestCallbackTwice(t *testing.T) {
	t.Parallel()
	s := newService(t, 0, 30*time.Second)
	processes := startAll(t, s, 2)
	strict := s.apis["strict"]
	for i := range 5 {
		tenant := fmt.Sprint("tenant-", i)
		a, err := s.gw.Tenant(tenant).Authorize(t.Context(), "strict", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		callback, err := strict.NewBrowser(tenant).Authorize(t.Context(), a.URL)
		must(t, err)
		before := strict.Stats().Requests["authorization_code"]
		var replies []<-chan report
		for _, p := range processes {
			replies = append(replies, p.order(order{Do: "complete", Tenant: tenant, Query: callback.RawQuery, Binding: a.Binding}))
		}
		var outcomes []string
		for _, reply := range replies {
			outcomes = append(outcomes, outcome(t, reply, time.Minute).Outcome)
		}
		slices.Sort(outcomes)
		if !slices.Equal(outcomes, []string{"connected", "refused"}) {
			t.Errorf("outcomes %q", outcomes)
		}
		if n := strict.Stats().Requests["authorization_code"] - before; n != 1 {
			t.Errorf("%d token requests", n)
		}
		wantWhoami(t, s.gw.Tenant(tenant), "strict", tenant)
	}
}
