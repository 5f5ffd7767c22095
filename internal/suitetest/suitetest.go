// Package suitetest runs the clauses of a contract against an implementation of it. A clause is a function that returns an
// error, and not a test, so that a suite can itself be tested with implementations that break it.
package suitetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Clause checks one promise of a contract. S is the implementation, with what is known about it.
type Clause[S any] struct {
	Name  string
	Check func(S) error
}

// Suite is a contract. What names the kind of thing that keeps it, in messages: "scheme".
type Suite[S any] struct {
	What    string
	Clauses []Clause[S]
}

// Run checks each clause in a parallel subtest. ready makes the subject of each, or says why it can't be tested.
func (s Suite[S]) Run(t *testing.T, ready func() (S, error)) {
	t.Helper()
	for _, c := range s.Clauses {
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if err := s.check(c, ready); err != nil {
				t.Error(err)
			}
		})
	}
}

// Failures checks the clauses of those names, all if none is given, and gives those that are broken.
func (s Suite[S]) Failures(ready func() (S, error), names ...string) map[string]error {
	broken := map[string]error{}
	for _, c := range s.Clauses {
		if len(names) > 0 && !slices.Contains(names, c.Name) {
			continue
		}
		if err := s.check(c, ready); err != nil {
			broken[c.Name] = err
		}
	}
	return broken
}

// check is one clause; a panic breaks any of them.
func (s Suite[S]) check(c Clause[S], ready func() (S, error)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the %s panics: %v", s.What, v)
		}
	}()
	subject, err := ready()
	if err != nil {
		return err
	}
	return c.Check(subject)
}
