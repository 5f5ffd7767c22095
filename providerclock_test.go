package waygate_test

import (
	"net/http"
	"strconv"
	"strings"
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
	for name, off := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute, "right": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
					now := time.Now().Add(off)
					at, err := strconv.ParseInt(r.Header.Get("X-Timestamp"), 10, 64)
					status := 200
					if err != nil || now.Sub(time.Unix(at, 0)).Abs() > time.Minute {
						status = 401
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
