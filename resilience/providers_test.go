package resilience_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// providers has declarations for well-known APIs, in their written form, from what their documentation says of headers and
// bodies.
func providers() map[string]string {
	return map[string]string{
		"github": `{
		"remaining": [{"standard":"x_ratelimit","form":"epoch"}],
		"answers": [
			{"status":[403],"header":"X-RateLimit-Remaining","equals":"0","means":"rate_limited"},
			{"status":[403],"path":"message","contains":"secondary rate limit","means":"rate_limited","wait":"1m"},
			{"status":[429],"path":"message","contains":"secondary rate limit","means":"rate_limited","wait":"1m"}]}`,
		"stripe": `{
		"answers": [
			{"status":[409,429,500,503],"header":"Stripe-Should-Retry","equals":"false","means":"fail"},
			{"status":[409],"header":"Stripe-Should-Retry","equals":"true","means":"retry"}]}`,
		"hubspot": `{
		"remaining": [{"header":"X-HubSpot-RateLimit-Remaining","reset":"X-HubSpot-RateLimit-Interval-Milliseconds","form":"milliseconds"}],
		"answers": [{"status":[429],"path":"policyName","equals":"DAILY","means":"fail"}]}`,
		"slack": `{
		"answers": [
			{"status":[200],"path":"error","equals":"ratelimited","means":"rate_limited"},
			{"status":[200],"path":"error","equals":"token_expired","means":"refresh_then_retry"},
			{"status":[200],"path":"ok","equals":"false","means":"fail"}]}`,
		"shopify": `{
		"remaining": [{"header":"X-Shopify-Shop-Api-Call-Limit","wait":"500ms"}],
		"answers": [{"status":[200],"path":"errors[*].extensions.code","equals":"THROTTLED","means":"rate_limited","wait":"1s"}]}`,
		"linear": `{
		"remaining": [
			{"header":"X-RateLimit-Requests-Remaining","reset":"X-RateLimit-Requests-Reset","form":"epoch_ms"},
			{"header":"X-RateLimit-Complexity-Remaining","reset":"X-RateLimit-Complexity-Reset","form":"epoch_ms"}],
		"answers": [{"status":[400],"path":"errors[*].extensions.code","equals":"RATELIMITED","means":"rate_limited"}]}`,
		"discord": `{
		"waits": [{"path":"retry_after","form":"seconds"}],
		"remaining": [{"header":"X-RateLimit-Remaining","reset":"X-RateLimit-Reset-After","form":"seconds","per":"action"}]}`,
		"zendesk": `{
		"waits": [{"header":"Zendesk-RateLimit-Tickets-Index","pattern":"remaining=0; resets=([0-9]+)","form":"seconds"}],
		"remaining": [{"standard":"ietf"}]}`,
		"twitter": `{
		"remaining": [{"header":"x-rate-limit-remaining","reset":"x-rate-limit-reset","form":"epoch","per":"action"}]}`,
		"salesforce": `{
		"answers": [
			{"status":[401,403],"path":"[*].errorCode","equals":"INVALID_SESSION_ID","means":"refresh_then_retry"},
			{"status":[403],"path":"[*].errorCode","equals":"REQUEST_LIMIT_EXCEEDED","means":"rate_limited"}]}`,
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	const limited, none = resilience.RateLimited, resilience.Meaning("")
	epoch := func(in time.Duration) string { return fmt.Sprint(noon.Add(in).Unix()) }
	millis := func(in time.Duration) string { return fmt.Sprint(noon.Add(in).UnixMilli()) }
	for _, tc := range []struct {
		provider, name   string
		status           int
		header, body     string
		means            resilience.Meaning
		wait             time.Duration // that is stated; -1 = none
		connection, held time.Duration // nothing is left for the connection, and for the action
	}{
		{"github", "well", 200, "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-used: 1\nx-ratelimit-reset: " + epoch(time.Hour), `{}`, none, -1, 0, 0},
		{"github", "the last one", 200, "x-ratelimit-remaining: 0\nx-ratelimit-reset: " + epoch(40*time.Second), `{}`, none, -1, 40 * time.Second, 0},
		{"github", "primary limit", 403, "x-ratelimit-remaining: 0\nx-ratelimit-reset: " + epoch(25*time.Minute), `{"message":"API rate limit exceeded for user ID 1."}`, limited, 25 * time.Minute, 25 * time.Minute, 0},
		{"github", "secondary limit", 403, "retry-after: 30\nx-ratelimit-remaining: 4000\nx-ratelimit-reset: " + epoch(time.Hour), `{"message":"You have exceeded a secondary rate limit. Please wait."}`, limited, 30 * time.Second, 0, 0},
		{"github", "secondary limit, untold", 429, "x-ratelimit-remaining: 4000\nx-ratelimit-reset: " + epoch(time.Hour), `{"message":"You have exceeded a secondary rate limit."}`, limited, time.Minute, 0, 0},
		{"github", "forbidden", 403, "x-ratelimit-remaining: 4000\nx-ratelimit-reset: " + epoch(time.Hour), `{"message":"Resource not accessible by integration"}`, none, -1, 0, 0},
		{"stripe", "rate limited", 429, "Stripe-Rate-Limited-Reason: global-rate\nStripe-Should-Retry: true", `{"error":{"code":"rate_limit"}}`, none, -1, 0, 0},
		{"stripe", "told not to", 500, "Stripe-Should-Retry: false", `{"error":{"type":"api_error"}}`, resilience.Fail, -1, 0, 0},
		{"stripe", "a conflict that passes", 409, "Stripe-Should-Retry: true", `{"error":{"type":"idempotency_error"}}`, resilience.Retry, -1, 0, 0},
		{"hubspot", "ten seconds", 429, "X-HubSpot-RateLimit-Max: 110\nX-HubSpot-RateLimit-Remaining: 0\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000", `{"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`, none, 10 * time.Second, 10 * time.Second, 0},
		{"hubspot", "the day's", 429, "X-HubSpot-RateLimit-Daily-Remaining: 0", `{"message":"You have reached your daily limit.","errorType":"RATE_LIMIT","policyName":"DAILY"}`, resilience.Fail, -1, 0, 0},
		{"slack", "by status", 429, "Retry-After: 30", `{"ok":false,"error":"ratelimited"}`, none, 30 * time.Second, 0, 0},
		{"slack", "by body", 200, "Retry-After: 10", `{"ok":false,"error":"ratelimited"}`, limited, 10 * time.Second, 0, 0},
		{"slack", "expired", 200, "", `{"ok":false,"error":"token_expired"}`, resilience.RefreshThenRetry, -1, 0, 0},
		{"slack", "refused", 200, "", `{"ok":false,"error":"channel_not_found"}`, resilience.Fail, -1, 0, 0},
		{"slack", "well", 200, "", `{"ok":true,"message":{"text":"error: ratelimited"}}`, none, -1, 0, 0},
		{"shopify", "bucket full", 429, "Retry-After: 2.0\nX-Shopify-Shop-Api-Call-Limit: 40/40", `{"errors":"Exceeded 2 calls per second"}`, none, 2 * time.Second, 500 * time.Millisecond, 0},
		{"shopify", "bucket nearly full", 200, "X-Shopify-Shop-Api-Call-Limit: 39/40", `{}`, none, -1, 0, 0},
		{"shopify", "GraphQL", 200, "", `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]}`, limited, time.Second, 0, 0},
		{"linear", "limited", 400, "X-RateLimit-Requests-Remaining: 0\nX-RateLimit-Requests-Reset: " + millis(45*time.Second) + "\nX-RateLimit-Complexity-Remaining: 100\nX-RateLimit-Complexity-Reset: " + millis(time.Hour), `{"errors":[{"message":"Rate limit exceeded","extensions":{"code":"RATELIMITED"}}]}`, limited, 45 * time.Second, 45 * time.Second, 0},
		{"linear", "rejected", 400, "X-RateLimit-Requests-Remaining: 5", `{"errors":[{"extensions":{"code":"INVALID_INPUT"}}]}`, none, -1, 0, 0},
		{"discord", "limited", 429, "Retry-After: 65\nX-RateLimit-Limit: 10\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1470173023.123\nX-RateLimit-Reset-After: 64.57\nX-RateLimit-Bucket: abcd1234\nX-RateLimit-Scope: user", `{"message":"You are being rate limited.","retry_after":64.57,"global":false}`, none, 65 * time.Second, 0, 64570 * time.Millisecond},
		{"discord", "the last one", 200, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset-After: 1.5", `{}`, none, -1, 0, 1500 * time.Millisecond},
		{"zendesk", "limited", 429, "Retry-After: 93\nX-Rate-Limit: 700\nX-Rate-Limit-Remaining: 0", `Rate limit exceeded`, none, 93 * time.Second, 0, 0},
		{"zendesk", "one endpoint", 429, "ratelimit-remaining: 699\nratelimit-reset: 41\nzendesk-ratelimit-tickets-index: total=100; remaining=0; resets=12", ``, none, 12 * time.Second, 0, 0},
		{"zendesk", "the last one", 200, "ratelimit-limit: 700\nratelimit-remaining: 0\nratelimit-reset: 41", `{}`, none, -1, 41 * time.Second, 0},
		{"twitter", "limited", 429, "x-rate-limit-limit: 900\nx-rate-limit-remaining: 0\nx-rate-limit-reset: " + epoch(15*time.Minute), `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`, none, 15 * time.Minute, 0, 15 * time.Minute},
		{"salesforce", "session gone", 401, "", `[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`, resilience.RefreshThenRetry, -1, 0, 0},
		{"salesforce", "limited", 403, "", `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, limited, -1, 0, 0},
	} {
		r, err := declared(t, providers()[tc.provider])
		if err != nil {
			t.Fatalf("%s: %v", tc.provider, err)
		}
		h := http.Header{}
		for line := range strings.Lines(tc.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			h.Add(name, value)
		}
		got := r.Read(tc.status, h, []byte(tc.body), noon)
		want := resilience.Reading{Means: tc.means, Wait: max(tc.wait, 0), Stated: tc.wait >= 0}
		if tc.status == http.StatusOK && tc.means == "" { // nobody asks how long to wait
			got.Wait, got.Stated = 0, false
		}
		if got != want {
			t.Errorf("%s, %s: %+v, want %+v", tc.provider, tc.name, got, want)
		}
		if connection, action := r.Exhausted(h, noon); connection != tc.connection || action != tc.held {
			t.Errorf("%s, %s: held back %v and %v, want %v and %v", tc.provider, tc.name, connection, action, tc.connection, tc.held)
		}
	}
}
