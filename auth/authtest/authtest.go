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
	"net/http"
	"testing"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/suitetest"
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
	contract().Run(t, func() (subject, error) { return newSubject(s, o) })
}

func contract() suitetest.Suite[subject] {
	return suitetest.Suite[subject]{What: "scheme", Clauses: []suitetest.Clause[subject]{
		{Name: "definition", Check: subject.definition},
		{Name: "written form", Check: subject.written},
		{Name: "end of ctx", Check: subject.endOfContext},
		{Name: "concurrency", Check: subject.concurrency},
		{Name: "absence", Check: subject.absence},
		{Name: "agreement", Check: subject.agreement},
		{Name: "aliasing", Check: subject.aliasing},
		{Name: "repetition", Check: subject.repetition},
		{Name: "replacement", Check: subject.replacement},
		{Name: "silence", Check: subject.silence},
		{Name: "extent", Check: subject.extent},
		{Name: "body", Check: subject.body},
		{Name: "safety on the wire", Check: subject.wire},
		{Name: "panics", Check: subject.panics},
	}}
}

// newSubject fills in the defaults.
func newSubject(s auth.Scheme, o Options) (subject, error) {
	if len(o.Good) == 0 {
		return subject{}, errors.New("the options have no Good credential; the suite can't sign")
	}
	if o.Request == nil {
		o.Request = Request
	}
	if o.Kinds == nil {
		o.Kinds = auth.Kinds()
	}
	return subject{s, o}, nil
}

// subject is one scheme under test.
type subject struct {
	scheme auth.Scheme
	o      Options
}
