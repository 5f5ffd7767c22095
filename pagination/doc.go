// Package pagination reads long lists page by page: strategies find out from one
// page how to ask for the next.
//
// A [Strategy] is a plain value that describes how a provider pages, and does no
// I/O. With a client of your own, [Pages] reads a list by it, and [Apply] makes the
// request for each page:
//
//	s := pagination.Cursor{
//		Path: "meta.next_cursor", Param: "cursor", // where it is found and where it goes
//		Limit: 100, LimitParam: "per_page",        // page size, sent from the first request on
//	}
//	for page, err := range pagination.Pages(ctx, s, func(ctx context.Context, n pagination.Next) (pagination.Page, error) {
//		req, err := pagination.Apply(first.WithContext(ctx), n)
//		…
//	}) {
//		…
//	}
//
// [Link] follows the Link header of RFC 8288 or a URL in the body, never to
// another origin unless it is told to. [Cursor] carries a token from the body, a
// header or the last record into a parameter. [Offset] counts records and
// [PageNumber] pages, up to a flag, a total, an empty page or a status. [GraphQL]
// goes by the pageInfo of a connection. [None] is for a single page. [Auto]
// recognises what is customary, for reading alone, and tells its [Evidence];
// [Detect] gives the strategy to declare instead.
//
// A [Guard] notices a provider that goes in circles. A strategy is written as JSON
// with a "kind" member, {"kind":"link"}, and read back by [Decode]. Package
// paginationtest checks a strategy of your own against the contract, and reads
// random lists with it.
package pagination
