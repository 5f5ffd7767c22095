// Package jsontree is the one parsed form of JSON that all rooms share: parsed once, checked first, read by everyone.
//
// A tree is an any that holds nil, bool, string, int64 (integers that fit), float64 (other numbers), json.Number (numbers
// too big for either), map[string]any or []any. Trees are shared and read-only: who wants to change one changes a [Clone].
//
// [Scan] looks at a text before anything is built from it: grammar (RFC 8259), depth, nodes, repeated keys. [Parse] scans
// and builds; [FromValue] makes the same tree of a Go value, [Decode] fills a Go value from a tree, [Append] writes one as
// text, the same bytes for the same tree:
//
//	tree, stats, err := jsontree.Parse(body, jsontree.Limits{})
//	if err != nil {
//		return err // *SyntaxError or *LimitError
//	}
//	var issues []Issue
//	err = jsontree.Decode(tree, &issues)
//
// [Decode] matches names exactly, where encoding/json would take AMOUNT for amount; [FromValue] writes a secret.String in
// clear and lists it, so that it can be kept out of logs.
//
// Errors are typed: [*SyntaxError] and [*LimitError] for texts, [*ValueError] for Go values, [*DecodeError] where a tree does
// not fit. They name the place (a JSON pointer, RFC 6901, or line and column), never a value.
package jsontree
