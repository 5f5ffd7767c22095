package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// A provider that answers 200 whatever happens, and states its waits in the body. A POST is repeated after a refusal for
// want of quota, since that did nothing; and when nothing is left for longer than a call waits, nothing is sent at all.
func ExampleIntegration_waits() {
	requests := 0
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch requests++; requests {
		case 1:
			_, _ = fmt.Fprint(w, `{"ok": false, "error": "ratelimited", "retry_in": "20ms"}`)
		default:
			w.Header().Set("RateLimit", `"daily";r=0;t=1800`)
			_, _ = fmt.Fprint(w, `{"ok": true}`)
		}
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "chat", BaseURL: provider.URL, Auth: auth.Bearer{},
		Waits:     []resilience.Wait{{Path: "retry_in", Form: resilience.FormDuration}},
		Remaining: []resilience.Remaining{{Standard: resilience.StandardIETF}},
		Answers: []resilience.Answer{
			{Status: []int{200}, Path: "error", Equals: "ratelimited", Means: resilience.RateLimited},
			{Status: []int{200}, Path: "ok", Equals: "false", Means: resilience.Fail},
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "post", Method: "POST", Path: "/messages"}},
	})

	res, err := acme.Invoke(context.Background(), "chat.post", map[string]any{"text": "hello"})
	noError(err)
	fmt.Println("sent in", res.Meta.Attempts, "attempts")

	var e *waygate.Error
	_, err = acme.Invoke(context.Background(), "chat.post", map[string]any{"text": "again"})
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Attempts, e.RetryAfter.Minutes() > 29)
	}
	fmt.Println("the provider saw", requests, "requests")
	// Output:
	// sent in 2 attempts
	// rate_limited 0 true
	// the provider saw 2 requests
}
