package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/problem"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind waygate.Kind
		want int
	}{
		{waygate.KindNetwork, 502}, {waygate.KindTimeout, 504}, {waygate.KindAuth, 409}, {waygate.KindNeedsReauth, 409},
		{waygate.KindForbidden, 409}, {waygate.KindRateLimited, 429}, {waygate.KindInvalidInput, 422},
		{waygate.KindRejected, 422}, {waygate.KindMissing, 404}, {waygate.KindServer, 502}, {waygate.KindClient, 500},
		{waygate.KindCircuitOpen, 503}, {waygate.KindInvalidResponse, 502}, {waygate.KindUnresolved, 404},
		{waygate.KindConflict, 500}, {waygate.KindConfig, 500}, {waygate.KindStore, 503}, {waygate.KindCanceled, 504},
	} {
		if got := problem.Status(fmt.Errorf("listing: %w", &waygate.Error{Kind: tc.kind})); got != tc.want {
			t.Errorf("%s: status %d, want %d", tc.kind, got, tc.want)
		}
	}
	if got := problem.Status(errors.New("odd")); got != http.StatusInternalServerError {
		t.Errorf("another error: status %d", got)
	}
}

// TestRetryAfter: a wait is rounded up, never down.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	problem.Write(w, &waygate.Error{Kind: waygate.KindRateLimited, RetryAfter: 1100 * time.Millisecond})
	if w.Code != 429 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}
