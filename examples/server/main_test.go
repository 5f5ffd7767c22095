package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	want := `ada, not logged in: 401 not_logged_in
ada logs in: 204
ada, nothing connected: 404 unresolved CHECK_INTEGRATION_CONFIG
ada connects, and is back: 200 ada
bob logs in: 204
bob, of another customer: 404 unresolved CHECK_INTEGRATION_CONFIG
ada, the provider away: 502 network RETRY_AFTER_DELAY
ada, the provider back: 200 ada
ada, who took the grant away: 409 needs_reauth REFRESH_CREDENTIALS
ada connects again: 200 ada
ada's report, under way at shutdown: 200 ada
the gateway is shut down: true
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
