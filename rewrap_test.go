package waygate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// keySource is a source whose keys can be changed.
type keySource struct {
	mu   sync.Mutex
	list secret.StaticKeys
}

func (s *keySource) Keys(ctx context.Context) ([]secret.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list.Keys(ctx)
}

func (s *keySource) set(list secret.StaticKeys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

// rewraps rewraps and compares the count.
func rewraps(t *testing.T, gw *waygate.Gateway, want waygate.Rewrapped) {
	t.Helper()
	got, err := gw.Rewrap(t.Context())
	must(t, err)
	if got != want {
		t.Errorf("came across %+v, want %+v", got, want)
	}
}

// TestRewrap rotates the key while calls go on: every row moves, no call fails,
// and the old key can be taken away.
func TestRewrap(t *testing.T) {
	t.Parallel()
	const tenants = 120 // more than a page of the scan
	all := keys(t, "new", "old")
	source := &keySource{list: all[1:]}
	keyring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	store := memory.New()
	w := always(200, `{}`)
	a := get("a")
	a.Headers = map[string]string{"X-V": "${tenant.v}"}
	gw := wired(t, w, func(c *waygate.Config) { c.Store, c.Keyring = store, keyring })
	must(t, gw.Register(t.Context(), api(a)))
	for i := range tenants {
		x := connect(t, gw, fmt.Sprint("t", i), "api", auth.Token(fmt.Sprint("token-of-tenant-", i)))
		must(t, x.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: i}))
	}
	rewraps(t, gw, waygate.Rewrapped{})
	source.set(all)
	must(t, keyring.Reload(t.Context()))

	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := g; ctx.Err() == nil; i++ {
				if _, err := gw.Tenant(fmt.Sprint("t", i%tenants)).Invoke(t.Context(), "api.a", nil); err != nil {
					t.Error(err)
				}
				if i%7 == 0 {
					_, err := gw.Tenant(fmt.Sprint("t", i%tenants)).SetCredential(t.Context(), "api", "main", auth.Token(fmt.Sprint("token-of-tenant-", i%tenants)))
					if err != nil && !strings.Contains(err.Error(), "meanwhile") {
						t.Error(err)
					}
				}
			}
		})
	}
	moved, err := gw.Rewrap(t.Context())
	must(t, err)
	stop()
	wg.Wait()
	if n := moved.Moved + moved.Left; moved.Moved == 0 || n > 2*tenants {
		t.Errorf("came across %+v", moved)
	}
	rewraps(t, gw, waygate.Rewrapped{}) // what was left is what a caller wrote anew
	source.set(all[:1])
	must(t, keyring.Reload(t.Context()))
	for i := range tenants {
		_, err := gw.Tenant(fmt.Sprint("t", i)).Invoke(t.Context(), "api.a", nil)
		must(t, err)
		if got := w.last(t).header; got.Get("Authorization") != fmt.Sprint("Bearer token-of-tenant-", i) || got.Get("X-V") != fmt.Sprint(i) {
			t.Errorf("tenant %d sent %v", i, got)
		}
	}
}

// TestRewrapLeavesRefreshes shows that a credential which a token request is
// under way for is left alone, and moved later.
func TestRewrapLeavesRefreshes(t *testing.T) {
	t.Parallel()
	all := keys(t, "new", "old")
	source := &keySource{list: all[1:]}
	keyring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	store := memory.New()
	gw, _ := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) { c.Store, c.Keyring = store, keyring })
	page, err := store.Credentials().Scan(t.Context(), "")
	must(t, err)
	row := page.Credentials[0]
	marked, err := store.Credentials().Mark(t.Context(), "acme", row.ID, row.Version, waygate.Intent{Holder: "h", Fence: 1, Remaining: time.Minute})
	must(t, err)
	source.set(all)
	must(t, keyring.Reload(t.Context()))
	rewraps(t, gw, waygate.Rewrapped{Left: 1})
	_, err = store.Credentials().Save(t.Context(), marked, nil) // the answer came
	must(t, err)
	rewraps(t, gw, waygate.Rewrapped{Moved: 1})
}

// TestRewrapErrors shows what happens to rows whose key is gone, and to an ended
// ctx.
func TestRewrapErrors(t *testing.T) {
	t.Parallel()
	all := keys(t, "new", "old")
	source := &keySource{list: all[1:]}
	keyring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	gw, acme := ready(t, always(200, `{}`), api(get("a")), func(c *waygate.Config) { c.Keyring = keyring })
	source.set(slices.Clone(all[:1]))
	must(t, keyring.Reload(t.Context()))
	_, err = gw.Rewrap(t.Context())
	failure(t, err, waygate.KindConfig)
	says(t, err, "acme", "old")
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, "old")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = gw.Rewrap(ctx)
	failure(t, err, waygate.KindCanceled)
}
