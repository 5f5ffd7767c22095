package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a cold build of stripe-mock included
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	for _, text := range []string{
		"594 operations = 594 imported + 0 filtered + 0 skipped",
		"\nPOST   /v1/customers ",
		"\nleft out: post_files: a file",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q", text)
		}
	}
	if strings.Contains(out.String(), "sk_test") {
		t.Error("the output holds the key")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestEnough: a program that shows too little fails.
func TestEnough(t *testing.T) {
	t.Parallel()
	good := tally{answered: 100, posts: 60, nested: 20, lists: 10, expanded: 20}
	if err := good.enough(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*tally){
		"answered":   func(c *tally) { c.answered-- },
		"POST":       func(c *tally) { c.posts-- },
		"objects":    func(c *tally) { c.nested-- },
		"lists":      func(c *tally) { c.lists-- },
		"expand[]":   func(c *tally) { c.expanded-- },
		"complaints": func(c *tally) { c.complaints = []string{"no"} },
	} {
		bad := good
		change(&bad)
		if err := bad.enough(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, &strings.Builder{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
