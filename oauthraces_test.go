package waygate_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// gate keeps the answers of refreshes back, after the server has given them.
type gate struct {
	next http.RoundTripper

	mu    sync.Mutex
	leave chan struct{} // nil: nothing is held
	held  int
}

// shut holds what comes from now on, until the func that it returns is called.
func (g *gate) shut() (open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	leave := make(chan struct{})
	g.leave = leave
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.leave == leave {
			g.leave = nil
		}
		close(leave)
	}
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := g.next.RoundTrip(again)
	form, _ := url.ParseQuery(string(body))
	g.mu.Lock()
	leave := g.leave
	if form.Get("grant_type") != "refresh_token" {
		leave = nil
	}
	if leave != nil {
		g.held++
	}
	g.mu.Unlock()
	if leave == nil {
		return resp, err
	}
	select {
	case <-leave:
		return resp, err
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// grantOf makes the server know a grant of its own, and returns what is imported.
func (s *authServer) grantOf(refresh string, expires time.Time) auth.Credential {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &issued{access: "access-of-" + refresh, refresh: refresh}
	s.grants[refresh], s.access[g.access] = g, g
	return auth.Grant(g.access, refresh, expires)
}

// midRefresh is a connection while its refresh is under way: the provider has rotated
// the token, and the answer is held back.
type midRefresh struct {
	*testing.T
	s     *authServer
	store *memory.Store
	gw    *waygate.Gateway
	acme  *waygate.Tenant
	book  *eventBook
	open  func()
	ended chan error // of the call that refreshes
}

func newMidRefresh(t *testing.T) *midRefresh {
	m := &midRefresh{T: t, s: newAuthServer(), store: memory.New(), book: &eventBook{}, ended: make(chan error, 1)}
	g := &gate{next: m.s}
	m.gw, m.acme = oauthReady(t, g, oauthAPI(), func(c *waygate.Config) { c.Store, c.Observers = m.store, []waygate.Observer{m.book} })
	authorized(t, m.s, m.acme, "main")
	time.Sleep(2 * time.Hour)
	m.open = g.shut()
	go func() {
		_, err := m.acme.Invoke(t.Context(), "api.read", nil)
		m.ended <- err
	}()
	synctest.Wait()
	if g.held != 1 {
		t.Fatalf("%d refreshes are held back", g.held)
	}
	return m
}

// rotated is the refresh token that the held answer brings.
func (m *midRefresh) rotated() *issued {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	return m.s.grants["a-refresh-token-0003"]
}

func (m *midRefresh) rows() (rows []waygate.StoredCredential) {
	page, err := m.store.Credentials().Scan(m.Context(), "")
	must(m, err)
	return page.Credentials
}

// TestDuringRefresh changes a connection while the answer of its refresh is under way:
// what people want counts, and what the refresh brought is given back if nobody has
// the account any more.
func TestDuringRefresh(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(*midRefresh)
		gone bool
	}{
		"authorized again": {act: func(m *midRefresh) { authorized(m, m.s, m.acme, "main") }},
		"SetCredential": {act: func(m *midRefresh) {
			_, err := m.acme.SetCredential(m.Context(), "api", "main", m.s.grantOf("a-refresh-token-9001", time.Now().Add(time.Hour)))
			must(m, err)
		}},
		"SetCredential of the same grant": {act: func(m *midRefresh) {
			_, err := m.acme.SetCredential(m.Context(), "api", "main", auth.Grant("an-access-token-0002", "a-refresh-token-0002", time.Now().Add(time.Hour)))
			must(m, err)
		}},
		"Disconnect": {gone: true, act: func(m *midRefresh) { must(m, m.acme.Disconnect(m.Context(), "api", "main")) }},
		"Purge": {gone: true, act: func(m *midRefresh) {
			_, err := m.acme.Purge(m.Context())
			must(m, err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMidRefresh(t)
				c.act(m)
				m.open()
				err := <-m.ended
				synctest.Wait()
				if g := m.rotated(); g == nil || g.dead != c.gone { // after a re-auth a revocation might end that, too
					t.Errorf("whether the new token of the old grant was given back: %+v", g)
				}
				rows := m.rows()
				if c.gone {
					if failure(t, err, waygate.KindUnresolved); len(rows) != 0 {
						t.Errorf("%d credentials are there", len(rows))
					}
					return
				}
				must(t, err) // with the newer
				if len(rows) != 1 || rows[0].Status != waygate.CredentialActive || rows[0].Intent != nil || len(rows[0].Spare) != 0 {
					t.Errorf("stored: %+v", rows)
				}
				before := m.s.count("refresh_token")
				_, err = m.acme.Invoke(t.Context(), "api.read", nil)
				must(t, err)
				time.Sleep(2 * time.Hour)
				_, err = m.acme.Invoke(t.Context(), "api.read", nil)
				must(t, err)
				if n := m.s.count("refresh_token") - before; n != 1 || m.s.reused != 0 {
					t.Errorf("%d refreshes later, %d reuses", n, m.s.reused)
				}
			})
		})
	}
}

// TestAuthorizedAgainWithTheSameGrant is a provider that gives the same refresh token
// to who authorizes again, while that one is being refreshed.
func TestAuthorizedAgainWithTheSameGrant(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 200, `{"access_token":"an-access-token-0001","refresh_token":"the-one-refresh-token","expires_in":3600}`), nil
	}}
	spy := &savedBetween{Store: memory.New()}
	_, acme := oauthReady(t, w, oauthAPI(), func(c *waygate.Config) { c.Store = spy })
	authorized(t, s, acme, "main")
	spy.arm()
	info := authorized(t, s, acme, "main")
	if info.CredentialStatus != waygate.CredentialActive || spy.times() != 1 {
		t.Errorf("connected %+v after %d changes", info, spy.times())
	}
}

// savedBetween changes a credential right after FindGrant has found it, once.
type savedBetween struct {
	*memory.Store
	armed, done atomic.Int64
}

func (s *savedBetween) arm()         { s.armed.Store(1) }
func (s *savedBetween) times() int64 { return s.done.Load() }

func (s *savedBetween) Unwrap() waygate.Store { return s.Store }

func (s *savedBetween) Credentials() waygate.CredentialStore {
	return credentialsBetween{s.Store.Credentials(), s}
}

type credentialsBetween struct {
	waygate.CredentialStore
	s *savedBetween
}

func (c credentialsBetween) FindGrant(ctx context.Context, tenant string, digests [][]byte) (waygate.StoredCredential, error) {
	row, err := c.CredentialStore.FindGrant(ctx, tenant, digests)
	if err == nil && c.s.armed.CompareAndSwap(1, 0) {
		c.s.done.Add(1)
		_, err := c.Save(ctx, row, nil)
		return row, err
	}
	return row, err
}

// TestRewrapUnderWay changes the key while 20 goroutines call and refresh: nothing
// fails, all is sealed with the new key in the end, and grants are still found.
func TestRewrapUnderWay(t *testing.T) {
	t.Parallel()
	s, store := newAuthServer(), memory.New()
	list := keys(t, "k1")
	source := &keySource{list: list}
	ring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	gw, acme := oauthReady(t, s, oauthAPI(), func(c *waygate.Config) { c.Store, c.Keyring = store, ring })
	const n = 20
	slugs := make([]string, n)
	for i := range slugs {
		slugs[i] = "c" + string(rune('a'+i))
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: slugs[i], Credential: s.grantOf("refresh-of-"+slugs[i]+"-0123", time.Now().Add(-time.Minute))})
		must(t, err)
	}
	_, err = acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "quiet", Credential: s.grantOf("refresh-of-quiet-0123", time.Now().Add(time.Hour))})
	must(t, err) // which nobody calls, so that it isn't saved but by Rewrap
	var stop atomic.Bool
	var wg sync.WaitGroup
	var calls atomic.Int64
	for _, slug := range slugs {
		wg.Go(func() {
			for i := 0; !stop.Load() || i < 5; i++ {
				if _, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(slug)); err != nil {
					t.Errorf("%s: %v", slug, err)
					return
				}
				calls.Add(1)
			}
		})
	}
	both := append(keys(t, "k2"), list...)
	source.set(both)
	must(t, ring.Reload(t.Context()))
	moved := 0
	for range 1000 {
		got, err := gw.Rewrap(t.Context())
		must(t, err)
		if moved += got.Moved; got.Left == 0 {
			break
		}
	}
	stop.Store(true)
	wg.Wait()
	left, err := gw.Rewrap(t.Context())
	must(t, err)
	if left != (waygate.Rewrapped{}) || moved == 0 {
		t.Errorf("moved %d, then %+v", moved, left)
	}
	page, err := store.Credentials().Scan(t.Context(), "")
	must(t, err)
	for _, row := range page.Credentials {
		if ring.Stale(row.Sealed) || len(row.Spare) > 0 {
			t.Errorf("%s is sealed with the old key, or has a spare", row.ID)
		}
	}
	source.set(both[:1]) // the old key is gone
	must(t, ring.Reload(t.Context()))
	s.mu.Lock()
	var current []string
	for token, g := range s.grants {
		if g.refresh == token {
			current = append(current, token)
		}
	}
	s.mu.Unlock()
	for i, token := range current {
		c := auth.Grant("an-older-access-token", token, time.Now().Add(time.Hour))
		info, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "copy" + string(rune('a'+i)), Credential: c})
		must(t, err)
		_, err = gw.Tenant("evil").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "stolen", Credential: c})
		failure(t, err, waygate.KindConflict)
		_, err = acme.Invoke(t.Context(), "api.read", nil, waygate.On(info.Slug)) // with what its first connection has
		must(t, err)
	}
	if page, err = store.Credentials().Scan(t.Context(), ""); err != nil || len(page.Credentials) != n+1 || len(current) != n+1 || s.reused != 0 || s.count("refresh_token") != n {
		t.Errorf("%d credentials for %d grants after %d refreshes, %d reuses: %v", len(page.Credentials), len(current), s.count("refresh_token"), s.reused, err)
	}
	t.Logf("%d calls", calls.Load())
}
