package waygate_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
)

// TestShutdownWaitsForARefresh has the only caller of a refresh leave: Shutdown waits
// until its answer is there and saved.
func TestShutdownWaitsForARefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newAuthServer()
		g := &gate{next: s}
		gw, acme := oauthReady(t, g, oauthAPI())
		authorized(t, s, acme, "main")
		time.Sleep(2 * time.Hour)
		open := g.shut()
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := acme.Invoke(ctx, "api.read", nil)
			left <- err
		}()
		synctest.Wait()
		leave()
		failure(t, <-left, waygate.KindCanceled)
		down := make(chan error, 1)
		go func() { down <- gw.Shutdown(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-down:
			t.Fatalf("Shutdown didn't wait: %v", err)
		default:
		}
		open()
		must(t, <-down)
	})
}

// TestRefusalStands has a provider refuse every token: the call fails by that 401, also
// when it comes too soon after a renewal for another one.
func TestRefusalStands(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	_, acme := oauthReady(t, s, oauthAPI())
	authorized(t, s, acme, "main")
	for range 3 {
		s.expireAll()
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		if s.count("refresh_token") == 1 && err == nil {
			continue // the first was renewed
		}
		if e := failure(t, err, waygate.KindAuth); e.Status != 401 || e.RetryAfter != 0 {
			t.Errorf("status %d, retry after %s: %v", e.Status, e.RetryAfter, err)
		}
	}
	if n := s.count("refresh_token"); n != 1 {
		t.Errorf("%d renewals", n)
	}
}
