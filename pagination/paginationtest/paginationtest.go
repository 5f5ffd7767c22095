// Package paginationtest checks that a strategy keeps the contract of
// [pagination.Strategy].
//
// Call [Strategy] from a test of the strategy, with a provider that pages the way
// the strategy reads:
//
//	func TestAcme(t *testing.T) {
//		paginationtest.Strategy(t, Acme{Limit: 3}, paginationtest.Options{
//			Provider: func(items []any, size int) http.Handler { return acmeServer{items, size} },
//			Records:  func(body any) []any { … },
//		})
//	}
//
// Each clause of the contract is a subtest; "every item once" reads lists of
// random lengths through the strategy, in memory, and resumes after each page
// from what the strategy wrote down. Run it with -race.
package paginationtest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/pagination"
)

// Options says what is known about the strategy.
type Options struct {
	// Provider serves items, so many to a page, to a reader who asks for no other
	// page size; required.
	Provider func(items []any, size int) http.Handler
	// Records gives the records of a parsed body; required.
	Records func(body any) []any
	// Request makes the first request. A {name} in its path takes a parameter that
	// goes to the path. Nil means a GET of https://api.example.com/v1/items?q=a%20b.
	Request func() *http.Request
	// Kinds are the decoders to read the written form with. Nil means
	// pagination.Kinds().
	Kinds pagination.KindMap
	// Unwritten is set for a strategy without a written form.
	Unwritten bool
	// AnyOrigin is set for a strategy whose definition allows other origins.
	AnyOrigin bool
}

// Strategy checks s, one subtest for each clause.
func Strategy(t *testing.T, s pagination.Strategy, o Options) {
	t.Helper()
	for _, c := range clauses() {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			if err := c.run(s, o); err != nil {
				t.Error(err)
			}
		})
	}
}

// clause checks one promise of the contract. A list of functions that return
// errors, and not tests, so that the suite can be tested with bad strategies.
type clause struct {
	name  string
	check func(suite) error
}

func clauses() []clause {
	return []clause{
		{"definition", suite.definition},
		{"written form", suite.written},
		{"every item once", suite.walkRandom},
		{"no memory", suite.noMemory},
		{"concurrency", suite.concurrency},
		{"aliasing", suite.aliasing},
		{"origin", suite.origin},
		{"silence", suite.silence},
		{"places", suite.places},
		{"panics", suite.panics},
	}
}

// run checks one clause; a panic breaks any of them.
func (c clause) run(s pagination.Strategy, o Options) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the strategy panics: %v", v)
		}
	}()
	if o.Provider == nil || o.Records == nil {
		return errors.New("the options must have Provider and Records; the suite can't read a list")
	}
	if o.Request == nil {
		o.Request = request
	}
	if o.Kinds == nil {
		o.Kinds = pagination.Kinds()
	}
	return c.check(suite{s, o})
}

// suite is one strategy under test.
type suite struct {
	strategy pagination.Strategy
	o        Options
}
