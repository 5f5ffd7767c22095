package suitetest_test

import (
	"errors"
	"slices"
	"testing"

	"maps"

	"github.com/waygate-go/waygate/internal/suitetest"
)

// TestFailures: a clause is broken by an error, by a panic, and where nothing can be tested; only those asked for are run.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := suitetest.Suite[int]{What: "number", Clauses: []suitetest.Clause[int]{
		{Name: "is small", Check: func(n int) error {
			if n > 9 {
				return errors.New("it is large")
			}
			return nil
		}},
		{Name: "divides", Check: func(n int) error { _ = 1 / n; return nil }},
	}}
	for _, c := range []struct {
		number int
		ready  error
		names  []string
		want   map[string]string
	}{
		{number: 1},
		{number: 10, want: map[string]string{"is small": "it is large"}},
		{number: 10, names: []string{"divides"}},
		{number: 0, want: map[string]string{"divides": "the number panics: runtime error: integer divide by zero"}},
		{ready: errors.New("no number"), names: []string{"divides"}, want: map[string]string{"divides": "no number"}},
	} {
		got := map[string]string{}
		for name, err := range s.Failures(func() (int, error) { return c.number, c.ready }, c.names...) {
			got[name] = err.Error()
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%d, %v: %q, want %q", c.number, c.names, got, c.want)
		}
	}
}

// TestRun: each clause is a subtest of its own, with a subject of its own.
func TestRun(t *testing.T) {
	t.Parallel()
	ran := make(chan string, 2)
	t.Run("suite", func(t *testing.T) {
		note := func(name string) func(*testing.T) error {
			return func(*testing.T) error { ran <- name; return nil }
		}
		suitetest.Suite[*testing.T]{What: "test", Clauses: []suitetest.Clause[*testing.T]{{Name: "one", Check: note("one")}, {Name: "two", Check: note("two")}}}.
			Run(t, func() (*testing.T, error) { return t, nil })
	})
	got := []string{<-ran, <-ran}
	slices.Sort(got)
	if !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("ran %q", got)
	}
}
