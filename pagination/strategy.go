package pagination

import (
	"net/http"
	"net/url"

	"github.com/waygate-go/waygate/internal/written"
)

// Strategy finds the next page. It is a definition, shared by everything that
// reads the list, and keeps nothing of a single read.
//
// Contract, checked by paginationtest.Strategy:
//
//  1. No memory. Next looks at the page it is given and at nothing else: the same
//     page gives the same answer, in any process and any order, so that a read
//     can be resumed elsewhere.
//  2. Concurrency. All methods may be called at the same time from any number of
//     goroutines.
//  3. Aliasing. The page, its URL, header, body and last record are read only and
//     not kept. Slices that are given away belong to who gets them.
//  4. The end. Next gives nil, nil after the last page. It never gives a [Next]
//     that asks for nothing, and never an error for an ordinary last page.
//  5. Doubt. A page that says neither where to go on nor that it is the last is an
//     *Error, not the end: a list cut short unnoticed is worse than a failure.
//  6. Origin. A URL in Next is absolute, http or https, without user
//     information, of the page's origin unless the definition allows others,
//     and at most 4 KiB; so is a cursor.
//  7. Silence. No error holds a cursor, a record, or the query of a URL.
//  8. Page size. First gives it, and it stays in force for the whole read, for the
//     caller sets the parameters of First and of the latest Next.
//  9. Places. Next sets no parameter that Places, where it is implemented, doesn't
//     list, nor one of First that isn't listed there.
//  10. Panics. None, whatever the page and the definition hold, nil fields
//     included.
//
// First and Next are only asked of a strategy whose Validate gave nil. An
// implementation that a definition file may name is a struct whose MarshalJSON
// writes its kind as the member "kind", and has a [Decoder].
type Strategy interface {
	// Kind names the strategy in written definitions and errors: [a-z0-9_]{1,64}.
	Kind() string
	// Validate checks the definition, once, before it is first used. The *Error
	// names the field and what to do.
	Validate() error
	// First gives the parameters of the first request, such as the page size. It
	// may be empty.
	First() []Param
	// Next says how to ask for the page after p, and nil, nil if p is the last.
	Next(p Page) (*Next, error)
}

// Preparer is implemented by a strategy that has something to compile. What
// Prepare gives answers like the strategy itself, only faster.
type Preparer interface {
	// Prepare validates and compiles.
	Prepare() (Strategy, error)
}

// Prepare validates s and compiles it, if it is a [Preparer]. What it gives is
// what to read pages with; s stays what to write down.
func Prepare(s Strategy) (Strategy, error) {
	if written.IsNil(s) {
		return nil, &Error{Op: opValidate, Reason: "there is no strategy; use pagination.None for a single page"}
	}
	if p, ok := s.(Preparer); ok {
		return p.Prepare()
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// Page is one page as it came back. It is read only.
type Page struct {
	// URL is that of the request that gave the page, before it was signed.
	URL *url.URL
	// Header is the header of the response.
	Header http.Header
	// Body is the parsed body: nil, bool, string, int64, float64, json.Number,
	// map[string]any or []any. Nil if it is empty.
	Body any
	// Records is the number of records on the page before any filter, -1 if it is
	// not known.
	Records int
	// Last is the last record of the page, nil if there is none.
	Last any
	// Status is that of the response, 0 if it is not known.
	Status int
	// Index is the number of pages that were read before this one, Before the
	// number of records on them, -1 if it is not known. A read that goes on
	// elsewhere goes on with both.
	Index, Before int
	// Sent are parameters that the page was asked for with: at least those of
	// First and of the latest Next, and those of [Placer] that the request had by
	// itself, such as a page to begin with. A value may be text where the place has
	// no types.
	Sent []Param
}

// sent finds what a parameter went out with, nil if that is not known.
func (p Page) sent(in In, name string) any {
	var found any
	for _, s := range p.Sent {
		if samePlace(s.In, s.Name, in, name) {
			found = s.Value
		}
	}
	return found
}

// Placer is implemented by a strategy whose Next sets parameters. A caller can
// find out before the first page whether a request has room for them, and what
// they are in a request that sets them by itself: it is told as [Page].Sent, and
// holds instead of what First says.
type Placer interface {
	// Places lists the parameters that Next may set, without values.
	Places() []Param
}

// Ender is implemented by a strategy for which a status after the first page may
// mean that the page before was the last: a 404 for the page after it.
type Ender interface {
	// Ends reports whether a response of that status, other than to the first
	// request, is the end of the list.
	Ends(status int) bool
}

// Counter is implemented by a strategy that goes on by counting, not by what a
// page says. A provider that doesn't know its parameter gives the same page
// again and again: see [Guard.Same].
type Counter interface {
	// Counts reports whether it does.
	Counts() bool
}

// Explainer is implemented by a strategy that finds out from the pages how the
// provider pages.
type Explainer interface {
	// Explain says what it would go by after p.
	Explain(p Page) Evidence
}
