package waygate_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// TestRenewBefore: a token of ten minutes is renewed a minute before its end, and later where the provider says that it gives
// no new one before.
func TestRenewBefore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		before auth.Duration
		after  time.Duration // since the token was got
		want   int           // refreshes
	}{
		{0, 8 * time.Minute, 0},
		{0, 9*time.Minute + 5*time.Second, 1},
		{auth.Duration(25 * time.Second), 9*time.Minute + 30*time.Second, 0},
		{auth.Duration(25 * time.Second), 9*time.Minute + 38*time.Second, 1},
		{auth.Duration(time.Hour), 8 * time.Minute, 0},
	} {
		s := newAuthServer()
		s.lifetime = 600
		var late atomic.Int64
		now := func() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(late.Load())) }
		_, acme := oauthReady(t, s, oauthAPI(func(o *auth.OAuth2) { o.RenewBefore = tt.before }), func(c *waygate.Config) {
			c.Store, c.Now = memory.New(memory.Clock(now)), now
		})
		authorized(t, s, acme, "main")
		late.Store(int64(tt.after))
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		must(t, err)
		if got := s.count("refresh_token"); got != tt.want {
			t.Errorf("renew_before %s, %s after: %d refreshes, want %d", time.Duration(tt.before), tt.after, got, tt.want)
		}
	}
}
