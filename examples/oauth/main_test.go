package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	for _, line := range []string{
		`app main of contacts, active`,
		`connected as main with the app platform/main, active; the API says: ada`,
		`refused as invalid_input, before the provider was asked for a token`,
		`one renewal, no call failed`,
		`needs_reauth, REFRESH_CREDENTIALS; the credential is needs_reauth because of invalid_grant`,
		`the same connection, active again; the API says: ada`,
		`its tokens are revoked; no refresh token was ever sent twice`,
	} {
		if !strings.Contains(out.String(), "  "+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestRunFails: a fact that isn't so ends the program with an error.
func TestRunFails(t *testing.T) {
	t.Parallel()
	t.Run("another number of token requests", func(t *testing.T) {
		t.Parallel()
		provider, err := fositeserver.Start(fositeserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(provider.Close)
		s := &story{provider: provider}
		if s.tokenRequests(0, 0); s.err != nil {
			t.Errorf("error %v", s.err)
		}
		if s.tokenRequests(1, 0); s.err == nil {
			t.Error("no error")
		}
	})
	t.Run("another announcement", func(t *testing.T) {
		t.Parallel()
		s := &story{events: []string{"refresh_failed"}}
		if s.announced("refreshed"); s.err == nil || !strings.Contains(s.err.Error(), "refresh_failed") {
			t.Errorf("error %v", s.err)
		}
	})
	t.Run("a context that ended", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := run(ctx, &strings.Builder{}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
	})
}
