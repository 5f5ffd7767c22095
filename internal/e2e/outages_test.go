package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/tokenscript"
	"github.com/waygate-go/waygate/store/memory"
)

// TestProviderAway plays each trick of a token endpoint on the renewal of a tenant's token, once, and then lets the
// endpoint be healthy. Only what says that the grant is gone, or spends it without an answer, takes it away; all else is
// over as soon as the endpoint is asked again.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for _, trick := range tokenscript.Tricks() {
		group.Go(func() { // most of the time they wait
			if err := providerAway(t.Context(), trick); err != nil {
				t.Errorf("%s: %v", trick.Name(), err)
			}
		})
	}
	group.Wait()
}

// lost says that a trick costs the grant: it is spent and the new one never came, or the provider says that it is gone.
func lost(trick tokenscript.Trick) bool {
	switch trick.Name() {
	case "invalid_grant 400", "truncated", "no access_token":
		return true
	case "end, spent", "reset, spent", "html 200, spent", "endless, spent", "504, spent":
		return true
	}
	return false
}

func providerAway(ctx context.Context, trick tokenscript.Trick) error {
	s, err := tokenscript.Start(tokenscript.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	gw, err := expiredAt(ctx, s)
	if err != nil {
		return err
	}
	s.PlayNext(trick)
	began := time.Now()
	for err = errors.New("not called yet"); err != nil && !errors.Is(err, waygate.ErrNeedsReauth); {
		if time.Since(began) > 30*time.Second {
			return fmt.Errorf("after 30 s: %w; %+v", err, s.Seen())
		}
		if _, err = gw.Tenant("acme").Invoke(ctx, "api.whoami", nil); err != nil {
			time.Sleep(50 * time.Millisecond)
		}
	}
	stats, asked := s.Stats(), len(s.Seen())
	if gone := errors.Is(err, waygate.ErrNeedsReauth); gone != lost(trick) || stats.Reuses > 1 || stats.Reuses == 1 && !gone || asked > 3 {
		return fmt.Errorf("in the end %v; asked %d times; %+v", err, asked, stats)
	}
	return gw.Shutdown(ctx)
}

// expiredAt is a gateway with one connection, whose token has expired.
func expiredAt(ctx context.Context, s *tokenscript.Server) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: s.Policy(), TokenLease: 6 * time.Second})
	if err != nil {
		return nil, err
	}
	err = gw.Register(ctx, waygate.Integration{
		ID: "api", BaseURL: s.URL() + "/api",
		Auth:    auth.OAuth2{AuthorizeURL: s.URL() + "/authorize", TokenURL: s.TokenURL(), ClientAuth: auth.ClientAuthNone},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}},
	})
	if err != nil {
		return nil, err
	}
	first := s.Grant("ada")
	_, err = gw.Tenant("acme").Connect(ctx, "api", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Grant(first.Access, first.Refresh, time.Now().Add(-time.Hour)),
	})
	return gw, err
}
