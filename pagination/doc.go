// Package pagination reads long lists page by page: strategies find out from one
// page how to ask for the next.
//
// A [Strategy] is a plain value that describes how a provider pages:
//
//	s, err := pagination.Prepare(pagination.Cursor{
//		Path: "meta.next_cursor", Param: "cursor", // where it is found and where it goes
//		Limit: 100, LimitParam: "per_page",        // page size, sent from the first request on
//	})
//
// It does no I/O. The caller sends a request with the parameters of First, gives
// what came back as a [Page] to Next, and goes on until Next gives nil:
//
//	var guard pagination.Guard
//	for next := &(pagination.Next{Set: s.First()}); next != nil; {
//		page := fetch(next)            // the request, with next applied to it
//		next, err = s.Next(page)       // nil after the last page
//		if err == nil && next != nil {
//			err = guard.Seen(*next) // a provider that goes in circles
//		}
//		…
//	}
//
// [Link] follows the Link header of RFC 8288 or a URL in the body, never to
// another origin unless it is told to. [Cursor] carries a token from the body, a
// header or the last record into a parameter. [None] is for a single page.
//
// A strategy is written as JSON with a "kind" member, {"kind":"link"}, and read
// back by [Decode]. Package paginationtest checks a strategy of your own against
// the contract, and reads random lists with it.
package pagination
