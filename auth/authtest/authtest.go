// Package authtest checks that a scheme keeps the contract of [auth.Scheme].
//
// Call [Scheme] from a test of the scheme, with credentials it takes and some it
// doesn't:
//
//	func TestAcme(t *testing.T) {
//		authtest.Scheme(t, Acme{Region: "eu"}, authtest.Options{
//			Good:  []auth.Credential{auth.APIKey("k-0123456789")},
//			Bad:   []auth.Credential{auth.UserPassword("u", "p")},
//			Kinds: auth.KindMap{"acme": decodeAcme},
//		})
//	}
//
// Each clause of the contract is a subtest. Run it with -race: the clause on
// concurrency relies on the detector. A request as [Request] makes it can carry a
// secret anywhere, in the body too; a scheme that wants another brings it in
// [Options].
package authtest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/auth"
)

// Options says what is known about the scheme.
type Options struct {
	// Good are credentials that the scheme accepts; at least one. Values of 8 bytes
	// and more let the suite look for them in errors.
	Good []auth.Credential
	// Bad are credentials that it refuses.
	Bad []auth.Credential
	// Request makes a request that suits the scheme, a new one each time. Nil means
	// [Request].
	Request func() *http.Request
	// Kinds are the decoders to read the written form with. Nil means auth.Kinds().
	Kinds auth.KindMap
	// Unwritten is set for a scheme without a written form, such as a Go hook.
	Unwritten bool
	// Varies is set for a scheme whose signatures differ from one to the next, as
	// by the time or a random number.
	Varies bool
}

// Scheme checks s, one subtest for each clause.
func Scheme(t *testing.T, s auth.Scheme, o Options) {
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
// errors, and not tests, so that the suite can be tested with bad schemes.
type clause struct {
	name  string
	check func(suite) error
}

func clauses() []clause {
	return []clause{
		{"definition", suite.definition},
		{"written form", suite.written},
		{"end of ctx", suite.endOfContext},
		{"concurrency", suite.concurrency},
		{"absence", suite.absence},
		{"agreement", suite.agreement},
		{"aliasing", suite.aliasing},
		{"repetition", suite.repetition},
		{"replacement", suite.replacement},
		{"silence", suite.silence},
		{"extent", suite.extent},
		{"body", suite.body},
		{"safety on the wire", suite.wire},
		{"panics", suite.panics},
	}
}

// run checks one clause; a panic breaks any of them.
func (c clause) run(s auth.Scheme, o Options) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the scheme panics: %v", v)
		}
	}()
	if len(o.Good) == 0 {
		return errors.New("the options have no Good credential; the suite can't sign")
	}
	if o.Request == nil {
		o.Request = Request
	}
	if o.Kinds == nil {
		o.Kinds = auth.Kinds()
	}
	return c.check(suite{s, o})
}

// suite is one scheme under test.
type suite struct {
	scheme auth.Scheme
	o      Options
}
