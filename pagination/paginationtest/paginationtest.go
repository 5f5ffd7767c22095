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
	"net/http"
	"testing"

	"github.com/waygate-go/waygate/internal/suitetest"
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
	contract().Run(t, func() (subject, error) { return newSubject(s, o) })
}

func contract() suitetest.Suite[subject] {
	return suitetest.Suite[subject]{What: "strategy", Clauses: []suitetest.Clause[subject]{
		{Name: "definition", Check: subject.definition},
		{Name: "written form", Check: subject.written},
		{Name: "every item once", Check: subject.walkRandom},
		{Name: "no memory", Check: subject.noMemory},
		{Name: "concurrency", Check: subject.concurrency},
		{Name: "aliasing", Check: subject.aliasing},
		{Name: "origin", Check: subject.origin},
		{Name: "silence", Check: subject.silence},
		{Name: "places", Check: subject.places},
		{Name: "panics", Check: subject.panics},
	}}
}

// newSubject fills in the defaults.
func newSubject(s pagination.Strategy, o Options) (subject, error) {
	if o.Provider == nil || o.Records == nil {
		return subject{}, errors.New("the options must have Provider and Records; the suite can't read a list")
	}
	if o.Request == nil {
		o.Request = request
	}
	if o.Kinds == nil {
		o.Kinds = pagination.Kinds()
	}
	return subject{s, o}, nil
}

// subject is one strategy under test.
type subject struct {
	strategy pagination.Strategy
	o        Options
}
