package main

import "testing"

// TestLookups calls some of the actions that look-ups are measured by.
func TestLookups(t *testing.T) {
	t.Parallel()
	c, stop, err := lookups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.entrants {
		for i := range 2 * few {
			if err := e.call(t.Context(), i); err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
