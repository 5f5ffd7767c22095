package suitetest_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

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

// brokenVariable makes TestBroken run a suite that fails.
const brokenVariable = "WAYGATE_BROKEN_SUITE"

// TestBroken fails only in the process that TestRunFails starts.
func TestBroken(t *testing.T) {
	if os.Getenv(brokenVariable) == "" {
		return
	}
	suitetest.Suite[int]{What: "number", Clauses: []suitetest.Clause[int]{{Name: "is kept", Check: func(int) error { return errors.New("it isn't kept") }}}}.
		Run(t, func() (int, error) { return 0, nil })
}

// TestRunFails: a broken clause fails its subtest, and so the test.
func TestRunFails(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$")
	cmd.Env = append(os.Environ(), brokenVariable+"=1")
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !strings.Contains(string(out), "--- FAIL: TestBroken/is_kept") || !strings.Contains(string(out), "it isn't kept") {
		t.Errorf("%v: %s", err, out)
	}
}
