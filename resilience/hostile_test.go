package resilience_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// TestPatternsAreBounded refuses patterns that are short but compile to a program that would be at work for minutes, and
// keeps those of the size that anybody needs.
func TestPatternsAreBounded(t *testing.T) {
	t.Parallel()
	for pattern, ok := range map[string]bool{
		"(" + strings.Repeat("x", 1000) + ")":    true,
		"(?i)try again in ([0-9.]{1,20}) *s":     true,
		"(" + strings.Repeat("x", 1100) + ")":    false,
		strings.Repeat(".{0,1000}", 100) + "(x)": false,
		"((?:a?){1000}b*c?){2}":                  false,
		"((a{0,50}){20}){3}":                     false,
	} {
		err := resilience.Wait{Pattern: pattern}.Validate()
		var e *resilience.Error
		if ok != (err == nil) || !ok && (!errors.As(err, &e) || e.Field != "pattern") {
			t.Errorf("%.40q: %v", pattern, err)
		}
	}
}

// TestSubjectIsBounded applies a pattern to many long texts: 64 KiB of them all together.
func TestSubjectIsBounded(t *testing.T) {
	t.Parallel()
	r, err := resilience.NewReader([]resilience.Wait{{Path: "e[*]", Pattern: "wait ([0-9]+)"}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for before, want := range map[int]bool{1: true, 3: false} {
		body := `{"e":[` + strings.Repeat(fmt.Sprintf("%q,", strings.Repeat("a", 30<<10)), before) + `"wait 7"]}`
		got := r.Read(429, http.Header{}, []byte(body), time.Now())
		if got.Stated != want {
			t.Errorf("behind %d texts of 30 KiB: %+v", before, got)
		}
	}
}

// TestThrottlesOfNeighbours holds that one tenant who makes up connections pushes out its own keys, not those of others.
func TestThrottlesOfNeighbours(t *testing.T) {
	t.Parallel()
	throttles := resilience.NewThrottles(100)
	quiet := resilience.ThrottleKey{Tenant: "quiet", Connection: "c"}
	throttles.Hold(quiet, time.Minute)
	for i := range 1000 {
		throttles.Hold(resilience.ThrottleKey{Tenant: "loud", Connection: fmt.Sprint(i)}, time.Minute)
	}
	if err := throttles.Wait(t.Context(), -1, quiet); err == nil {
		t.Error("what was known of the quiet tenant is forgotten")
	}
}

// TestBudgetsOfNeighbours does so for retry budgets, and for the caps of hosts.
func TestBudgetsOfNeighbours(t *testing.T) {
	t.Parallel()
	spend := func(b *resilience.RetryBudgets, key resilience.BudgetKey) (n int) {
		for b.Retry(key) {
			n++
		}
		return n
	}
	b := resilience.NewRetryBudgets(100, resilience.BudgetSettings{Floor: 2})
	quiet := resilience.BudgetKey{Tenant: "quiet", Host: "api.example.com"}
	if n := spend(b, quiet); n != 2 {
		t.Fatalf("%d retries, want 2", n)
	}
	for i := range 1000 {
		b.Request(resilience.BudgetKey{Tenant: "loud", Host: fmt.Sprint(i, ".example.com")})
	}
	if n := spend(b, quiet); n != 0 {
		t.Errorf("the quiet tenant has %d retries again: its budget was forgotten", n)
	}
	taken := 0
	for i := range 30 {
		taken += spend(b, resilience.BudgetKey{Tenant: fmt.Sprint(i), Host: "api.example.com"})
	}
	if taken != 18 {
		t.Errorf("others took %d retries, want the 18 that the host has left", taken)
	}
}
