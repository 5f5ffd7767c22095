package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// TestConnectAgainAfterTheGrantWasRefused is a provider that gives a person the same
// refresh token again. A second connection shares the first one's credential, which was
// refused before: it gets the token that the person has just authorized, and so does
// the first.
func TestConnectAgainAfterTheGrantWasRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		var gone atomic.Bool
		w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
			switch {
			case r.URL.Host == "api.example.com":
				return reply(r, 200, `{"ok":true}`), nil
			case gone.Load():
				return reply(r, 400, `{"error":"invalid_grant"}`), nil
			}
			return reply(r, 200, `{"access_token":"an-access-token-0001","refresh_token":"the-one-refresh-token","expires_in":3600}`), nil
		}}
		_, acme := oauthReady(t, w, oauthAPI())
		authorized(t, s, acme, "main")
		time.Sleep(2 * time.Hour)
		gone.Store(true)
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		failure(t, err, waygate.KindNeedsReauth)
		gone.Store(false)
		info := authorized(t, s, acme, "second")
		if info.Status != waygate.StatusActive || info.CredentialStatus != waygate.CredentialActive {
			t.Errorf("connected %+v", info)
		}
		for _, slug := range []string{"second", "main"} {
			_, err := acme.Invoke(t.Context(), "api.read", nil, waygate.On(slug))
			must(t, err)
		}
	})
}

// updatedBetween changes a connection right before a flow does, and lets something
// happen then, once.
type updatedBetween struct {
	*memory.Store
	then atomic.Pointer[func()]
}

func (s *updatedBetween) Unwrap() waygate.Store { return s.Store }

func (s *updatedBetween) Connections() waygate.ConnectionStore {
	return connectionsBetween{s.Store.Connections(), s}
}

type connectionsBetween struct {
	waygate.ConnectionStore
	s *updatedBetween
}

func (c connectionsBetween) Update(ctx context.Context, row waygate.StoredConnection, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	then := c.s.then.Swap(nil)
	if then == nil {
		return c.ConnectionStore.Update(ctx, row, a)
	}
	now, _, err := c.Find(ctx, row.Tenant, row.Integration, row.ID)
	if err == nil {
		_, err = c.ConnectionStore.Update(ctx, now, nil)
	}
	if err == nil {
		(*then)()
		_, err = c.ConnectionStore.Update(ctx, row, a)
	}
	return row, err
}

// TestRefreshedWhileAuthorizedAgain renews the new credential while the connection, which
// somebody else changed, couldn't be written yet: the renewed token stays.
func TestRefreshedWhileAuthorizedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := newAuthServer(), &updatedBetween{Store: memory.New()}
		gw, acme := oauthReady(t, s, oauthAPI(), func(c *waygate.Config) { c.Store = store })
		authorized(t, s, acme, "main")
		other := platformClient()
		other.ID, other.Client.ID = "other", "client-2"
		_, err := gw.PutApp(t.Context(), other)
		must(t, err)
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", App: "other"})
		must(t, err)
		between := func() {
			s.expireAll()
			_, err := acme.Invoke(t.Context(), "api.read", nil)
			must(t, err)
		}
		store.then.Store(&between)
		info, err := acme.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
		must(t, err)
		if info.App != "platform/other" || store.then.Load() != nil {
			t.Errorf("authorized again: %+v", info)
		}
		time.Sleep(2 * time.Hour)
		if _, err = acme.Invoke(t.Context(), "api.read", nil); err != nil || s.reused != 0 {
			t.Errorf("%d reuses: %v", s.reused, errors.Unwrap(err))
		}
	})
}
