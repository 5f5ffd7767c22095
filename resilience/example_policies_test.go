package resilience_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// What each policy waits. Jitter is left out here: rnd gives the upper end.
func ExamplePolicy() {
	end := func() float64 { return 1 }
	for _, p := range []resilience.Policy{
		resilience.Exponential{MaxAttempts: 5, NoJitter: true},
		resilience.Linear{MaxAttempts: 4, Step: 2 * time.Second, NoJitter: true},
		resilience.Schedule{Waits: []time.Duration{time.Minute, time.Hour}},
		resilience.Never{},
	} {
		text, err := json.Marshal(p)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(string(text), ":")
		for retry := 1; retry < p.Attempts(); retry++ {
			fmt.Print(" ", p.Wait(retry, end))
		}
		fmt.Println()
	}
	// Output:
	// {"kind":"exponential","max_attempts":5,"no_jitter":true}: 1s 2s 4s 8s
	// {"kind":"linear","max_attempts":4,"step":"2s","no_jitter":true}: 2s 4s 6s
	// {"kind":"schedule","waits":["1m0s","1h0m0s"]}: 1m0s 1h0m0s
	// {"kind":"never"}:
}

// A host that bears two requests at once, of all tenants together.
func ExampleSlots() {
	ctx := context.Background()
	slots := resilience.NewSlots(0)
	bound := resilience.Concurrency{Max: 2}
	first, err := slots.Acquire(ctx, "acme", "api.example.com", bound, -1)
	fmt.Println("first:", err)
	_, err = slots.Acquire(ctx, "globex", "api.example.com", bound, -1)
	fmt.Println("second:", err)
	_, err = slots.Acquire(ctx, "acme", "api.example.com", bound, -1) // -1: doesn't wait
	var full *resilience.LimitError
	fmt.Println("third refused:", errors.As(err, &full))
	first(false) // its request has ended, and the host didn't mind
	_, err = slots.Acquire(ctx, "acme", "api.example.com", bound, -1)
	fmt.Println("then:", err)
	// Output:
	// first: <nil>
	// second: <nil>
	// third refused: true
	// then: <nil>
}
