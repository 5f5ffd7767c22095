package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
)

// said is what a provider answers.
type said struct {
	Status          int
	RateLimit, Body string // the header of that name, if it isn't empty
}

// inTurn is a provider that gives these answers, one after another, and then the last one again.
func inTurn(answers ...said) *httptest.Server {
	n := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[min(n, len(answers)-1)]
		n++
		if answer.RateLimit != "" {
			w.Header().Set("RateLimit", answer.RateLimit)
		}
		w.WriteHeader(answer.Status)
		_, _ = io.WriteString(w, answer.Body)
	}))
}

// A provider that says in the body how long it wants to be left alone.
func ExampleIntegration_waits() {
	provider := inTurn(said{Status: 429, Body: `{"retry_in": "20ms"}`}, said{Status: 200, Body: `{}`})
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "chat", BaseURL: provider.URL, Auth: auth.Bearer{},
		Waits:   []resilience.Wait{{Path: "retry_in", Form: resilience.FormDuration}},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "post", Method: "POST", Path: "/messages"}},
	})
	began := time.Now()
	res, err := acme.Invoke(context.Background(), "chat.post", map[string]any{"text": "hello"})
	noError(err)
	fmt.Println("attempts:", res.Meta.Attempts, "waited:", time.Since(began) >= 20*time.Millisecond)
	// Output: attempts: 2 waited: true
}

// A provider that says how much of a quota is left: when that is nothing for longer than a call waits, nothing is sent.
func ExampleIntegration_remaining() {
	provider := inTurn(said{Status: 200, RateLimit: `"daily";r=0;t=1800`, Body: `{}`})
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "chat", BaseURL: provider.URL, Auth: auth.Bearer{},
		Remaining: []resilience.Remaining{{Standard: resilience.StandardIETF}},
		Actions:   []waygate.Action{waygate.HTTPAction{ID: "post", Method: "POST", Path: "/messages"}},
	})
	for _, text := range []string{"the last one today", "one more"} {
		_, err := acme.Invoke(context.Background(), "chat.post", map[string]any{"text": text})
		var e *waygate.Error
		if errors.As(err, &e) {
			fmt.Println(e.Kind, "sent:", e.Attempts, "again after", e.RetryAfter.Round(time.Minute))
			continue
		}
		fmt.Println("ok")
	}
	// Output:
	// ok
	// rate_limited sent: 0 again after 30m0s
}

// A provider that answers 200 whatever happens. A POST is repeated after a refusal for want of quota, since that did
// nothing; any other failure stays one.
func ExampleIntegration_answers() {
	provider := inTurn(
		said{Status: 200, Body: `{"ok": false, "error": "ratelimited"}`},
		said{Status: 200, Body: `{"ok": true}`},
		said{Status: 200, Body: `{"ok": false, "error": "no_such_channel"}`})
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "chat", BaseURL: provider.URL, Auth: auth.Bearer{},
		Answers: []resilience.Answer{ // the first that matches counts
			{Status: []int{200}, Path: "error", Equals: "ratelimited", Means: resilience.RateLimited},
			{Status: []int{200}, Path: "ok", Equals: "false", Means: resilience.Fail},
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "post", Method: "POST", Path: "/messages"}},
	})
	res, err := acme.Invoke(context.Background(), "chat.post", map[string]any{"text": "hello"})
	noError(err)
	fmt.Println(string(res.JSON()), "attempts:", res.Meta.Attempts)
	_, err = acme.Invoke(context.Background(), "chat.post", map[string]any{"text": "hello"})
	var e *waygate.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Status, "attempts:", e.Attempts)
	}
	// Output:
	// {"ok":true} attempts: 2
	// rejected 200 attempts: 1
}
