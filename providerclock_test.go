package waygate_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// stamped is an integration whose requests are signed with the time.
func stamped() waygate.Integration {
	in := api(get("read"))
	in.Auth = auth.Signature{Payload: "{method}\n{timestamp}",
		Headers: map[string]string{"Authorization": "HMAC {key}:{signature}", "X-Timestamp": "{timestamp}"}}
	return in
}

var stampKey = auth.Fields(map[string]string{"key": "k-1", "secret": "a-signing-secret-0123"})

// TestProviderClock has a provider whose clock is off, and who takes no request that
// is signed a minute from its own time: the first call is told so and sends once
// more, the next is right at once.
func TestProviderClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off     time.Duration
		refusal int
	}{
		"ahead": {10 * time.Minute, 401}, "behind": {-10 * time.Minute, 401}, "right": {0, 401},
		"ahead, as AWS says it": {10 * time.Minute, 403}, "ahead, as AWS says it in JSON": {10 * time.Minute, 400},
	} {
		off := c.off
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
					now := time.Now().Add(off)
					at, err := strconv.ParseInt(r.Header.Get("X-Timestamp"), 10, 64)
					status := 200
					if err != nil || now.Sub(time.Unix(at, 0)).Abs() > time.Minute {
						status = c.refusal
					}
					return reply(r, status, `{}`, "Date", now.UTC().Format(http.TimeFormat)), nil
				}}
				gw := wired(t, w)
				must(t, gw.Register(t.Context(), stamped()))
				acme := connect(t, gw, "acme", "api", stampKey)
				for i := range 2 {
					res, err := acme.Invoke(t.Context(), "api.read", nil)
					must(t, err)
					want := 1
					if i == 0 && off != 0 {
						want = 2
					}
					if res.Meta.Attempts != want {
						t.Errorf("call %d took %d attempts, want %d", i, res.Meta.Attempts, want)
					}
				}
			})
		})
	}
}

// TestProviderClockIsNoReason shows that a refusal for another reason stands: with a
// right clock, and where the request that was refused had been signed with the right
// time already.
func TestProviderClockIsNoReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off      time.Duration
		statuses []int
		attempts int
	}{
		"right clock, forbidden":            {0, []int{403}, 1},
		"right clock, bad request":          {0, []int{400}, 1},
		"learnt from a failure, forbidden":  {time.Hour, []int{503, 403}, 2},
		"not found, by a clock that is off": {time.Hour, []int{404}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
					return reply(r, c.statuses[min(n, len(c.statuses))-1], `{}`, "Date", time.Now().Add(c.off).UTC().Format(http.TimeFormat)), nil
				}}
				gw := wired(t, w)
				must(t, gw.Register(t.Context(), stamped()))
				_, err := connect(t, gw, "acme", "api", stampKey).Invoke(t.Context(), "api.read", nil)
				var e *waygate.Error
				if !errors.As(err, &e) || e.Attempts != c.attempts {
					t.Errorf("want %d attempts: %v", c.attempts, err)
				}
			})
		})
	}
}

// TestProviderClockOnce shows that a clock which jumps doesn't make calls repeat for
// ever.
func TestProviderClockOnce(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 401, `{}`, "Date", time.Now().Add(time.Duration(n)*time.Hour).UTC().Format(http.TimeFormat)), nil
	}}
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), stamped()))
	_, err := connect(t, gw, "acme", "api", stampKey).Invoke(t.Context(), "api.read", nil)
	if e := failure(t, err, waygate.KindAuth); e.Attempts != 2 {
		t.Errorf("%d attempts", e.Attempts)
	}
}

// TestProviderClockTogether has calls at the same time, all signed by a clock that is off: each is sent once more, and not
// only that whose answer came first.
func TestProviderClockTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
			time.Sleep(time.Second)
			now := time.Now().Add(time.Hour)
			at, err := strconv.ParseInt(r.Header.Get("X-Timestamp"), 10, 64)
			status := 200
			if err != nil || now.Sub(time.Unix(at, 0)).Abs() > time.Minute {
				status = 403
			}
			return reply(r, status, `{}`, "Date", now.UTC().Format(http.TimeFormat)), nil
		}}
		gw := wired(t, w)
		must(t, gw.Register(t.Context(), stamped()))
		acme := connect(t, gw, "acme", "api", stampKey)
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() {
				res, err := acme.Invoke(t.Context(), "api.read", nil)
				if err != nil || res.Meta.Attempts != 2 {
					t.Errorf("%+v, %v", res, err)
				}
			})
		}
		calls.Wait()
	})
}

// TestSignatureIsRedacted shows that what a scheme makes of a credential is kept from
// errors and records, too.
func TestSignatureIsRedacted(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		return reply(r, 400, `{"message":"you sent `+r.Header.Get("Authorization")+`"}`), nil
	}}
	in := stamped()
	in.Errors = &waygate.ErrorFormat{Message: []string{"message"}}
	gw := wired(t, w, func(c *waygate.Config) { c.RecordBodies = true })
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", stampKey)
	_, err := acme.Invoke(t.Context(), "api.read", nil)
	e := failure(t, err, waygate.KindRejected)
	signature := strings.TrimPrefix(w.last(t).header.Get("Authorization"), "HMAC k-1:")
	shown := e.Error() + string(e.Body) + jsonText(t, recordsOf(t, acme))
	if len(signature) < 40 || strings.Contains(shown, signature) {
		t.Errorf("the signature %q is shown: %s", signature, shown)
	}
}
