package waygate_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// window is a provider that grants so many requests in each window of time, to each token, and says how many are left. It
// refuses what is more.
type window struct {
	wire
	grant int
	per   time.Duration

	mu      sync.Mutex // guards what follows
	used    map[string]int
	refused int
}

func newWindow(grant int, per time.Duration) *window {
	w := &window{grant: grant, per: per, used: map[string]int{}}
	w.answer = func(_ int, r *http.Request, _ string) (*http.Response, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		since := time.Since(midnight)
		key := r.Header.Get("Authorization") + strconv.Itoa(int(since/w.per))
		left := w.grant - w.used[key]
		reset := strconv.FormatFloat((w.per - since%w.per).Seconds(), 'f', -1, 64)
		if left == 0 {
			w.refused++
			return reply(r, 429, `{}`, "X-Left", "0", "X-Reset", reset), nil
		}
		w.used[key]++
		return reply(r, 200, `{}`, "X-Left", strconv.Itoa(left-1), "X-Reset", reset), nil
	}
	return w
}

// quotas is an integration that declares what a window says.
func quotas(per resilience.Scope) waygate.Integration {
	in := api(get("a"), get("b"))
	in.Remaining = []resilience.Remaining{{Header: "x-left", Reset: "x-reset", Form: resilience.FormSeconds, Per: per}}
	return in
}

// TestThrottledBeforeRefusal lets a connection use up its quota: its other calls wait until that is full again, and the
// provider never has to refuse one. Those of another connection, and of another tenant, go through at once.
func TestThrottledBeforeRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(3, 20*time.Second)
		gw, acme := ready(t, w, quotas(""))
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token("another-token-for-tests")})
		must(t, err)
		neighbour := connect(t, gw, "neighbour", "api", auth.Token("a-third-token-for-tests"))
		calls(t, acme, 3)
		if took := time.Since(midnight); took != 0 {
			t.Fatalf("what is granted took %v", took)
		}
		_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("second"))
		must(t, err)
		calls(t, neighbour, 1)
		if took := time.Since(midnight); took != 0 {
			t.Errorf("other connections waited %v", took)
		}
		var all sync.WaitGroup
		for _, action := range []string{"api.a", "api.b", "api.a"} { // all that goes over the connection
			all.Go(func() {
				if _, err := acme.Invoke(t.Context(), action, nil, waygate.On("main")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(midnight); took != 20*time.Second || w.refused != 0 || len(w.seen()) != 8 {
			t.Errorf("took %v, %d requests, %d refused; want 20s, 8, none", took, len(w.seen()), w.refused)
		}
		waited := 0
		for _, rec := range recordsOf(t, acme) {
			if len(rec.Attempts) != 1 {
				t.Errorf("a call has %d attempts", len(rec.Attempts))
			}
			if rec.Attempts[0].Wait == 20*time.Second {
				waited++
			}
		}
		if waited != 3 {
			t.Errorf("%d records say that the call waited, want 3", waited)
		}
	})
}

// TestNotThrottled is the same without the declaration: the provider refuses.
func TestNotThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1, 20*time.Second)
		_, acme := ready(t, w, api(get("a")))
		calls(t, acme, 1)
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		if e := failure(t, err, waygate.KindRateLimited); w.refused != 3 || e.RetryAfter != 0 {
			t.Errorf("%d refused: %v", w.refused, err)
		}
	})
}

// TestThrottledPerAction holds back only the action whose quota is used up.
func TestThrottledPerAction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(1, 20*time.Second)
		_, acme := ready(t, w, quotas(resilience.ScopeAction))
		calls(t, acme, 1)
		_, err := acme.Invoke(t.Context(), "api.b", nil, waygate.Retry(resilience.Never{}))
		if e := failure(t, err, waygate.KindRateLimited); e.Attempts != 1 || time.Since(midnight) != 0 || e.RetryAfter != 20*time.Second {
			t.Errorf("another action was held back: %v", err)
		}
		calls(t, acme, 1)
		if took := time.Since(midnight); took != 20*time.Second || w.refused != 1 {
			t.Errorf("took %v, %d refused", took, w.refused)
		}
	})
}

// TestThrottledTooLong fails at once, without a request, where the quota comes back too late for the call.
func TestThrottledTooLong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		per   time.Duration
		opts  []waygate.Option
		after time.Duration
	}{
		"beyond the cap":    {10 * time.Minute, nil, 10 * time.Minute},
		"past the deadline": {20 * time.Second, []waygate.Option{waygate.Timeout(20 * time.Second)}, 20 * time.Second},
		"a whole day":       {24 * time.Hour, nil, time.Hour}, // after which one may ask again
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWindow(1, c.per)
				_, acme := ready(t, w, quotas(""))
				calls(t, acme, 1)
				_, err := acme.Invoke(t.Context(), "api.a", nil, c.opts...)
				e := failure(t, err, waygate.KindRateLimited)
				if e.RetryAfter != c.after || e.Attempts != 0 || len(w.seen()) != 1 || time.Since(midnight) != 0 {
					t.Errorf("%+v after %v and %d requests", e, time.Since(midnight), len(w.seen()))
				}
				says(t, err, "nothing is left of its quota")
				failed, err := acme.Records(t.Context(), waygate.RecordQuery{Kind: waygate.KindRateLimited})
				must(t, err)
				if len(failed.Records) != 1 || len(failed.Records[0].Attempts) != 0 {
					t.Errorf("the records say %+v", failed.Records)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the caller leaves
		w := newWindow(1, 50*time.Second)
		_, acme := ready(t, w, quotas(""))
		calls(t, acme, 1)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		_, err := acme.Invoke(ctx, "api.a", nil)
		if failure(t, err, waygate.KindCanceled); time.Since(midnight) != 10*time.Second || len(w.seen()) != 1 {
			t.Errorf("%v after %v", err, time.Since(midnight))
		}
	})
}

// TestThrottleIsOfTheProvider takes no notice of what another origin says to which a request was sent on.
func TestThrottleIsOfTheProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
			if r.URL.Host == "api.example.com" {
				return reply(r, 302, ``, "Location", "https://files.example.org/x"), nil
			}
			return reply(r, 200, `{}`, "X-Left", "0", "X-Reset", "30"), nil
		}}
		_, acme := ready(t, w, quotas(""))
		calls(t, acme, 2)
		if took := time.Since(midnight); took != 0 {
			t.Errorf("a stranger held the connection back for %v", took)
		}
	})
}
