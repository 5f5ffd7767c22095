package main

import (
	"fmt"
	"os"
	"testing"
)

// TestMain is the provider in the processes that tests start.
func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		if err := serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// startProvider runs one until the test ends.
func startProvider(t *testing.T) *child {
	t.Helper()
	c, err := startChild()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// setUp makes all clients.
func setUp(t *testing.T, c *child) *bench {
	t.Helper()
	b, err := newBench(t.Context(), c.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
	return b
}
