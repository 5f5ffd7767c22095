package main

import (
	"testing"
)

// TestProve shows that Waygate's retries, circuits, limits and schemas are on.
func TestProve(t *testing.T) {
	t.Parallel()
	if err := prove(t.Context(), startProvider(t)); err != nil {
		t.Error(err)
	}
}

// TestPeersProve shows the same of the others, as far as they have it, and that net/http has neither.
func TestPeersProve(t *testing.T) {
	t.Parallel()
	c := startProvider(t)
	for _, p := range []*peer{retryablePeer(c.url), failsafePeer(c.url), restyPeer(c.url)} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if err := proveRetry(t.Context(), c, p, p.name); err != nil {
				t.Error(err)
			}
			if err := proveBreaker(t.Context(), c, p, p.name); err != nil {
				t.Error(err)
			}
		})
	}
	bare := httpPeer(c.url)
	if err := proveRetry(t.Context(), c, bare, "bare"); err == nil {
		t.Error("net/http repeats requests: it isn't what it is meant to be")
	}
	if err := proveBreaker(t.Context(), c, bare, "bare"); err == nil {
		t.Error("net/http has a breaker: it isn't what it is meant to be")
	}
}
