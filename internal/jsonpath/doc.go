// Package jsonpath reads places in a parsed JSON tree: RFC 9535, cut down to what can be proven right.
//
// [Compile] checks a path once; [Path.First] and [Path.All] then read as often as wanted, from any goroutine:
//
//	next, err := jsonpath.Compile("paging.next")
//	if err != nil {
//		return err // *jsonpath.Error, with the offset
//	}
//	if v, ok := next.First(tree); ok {
//		use(v)
//	}
//
// A path is written with or without the leading "$": "a.b", "$.a.b", "items[0].id", "items[-1]", "items[*].id",
// "items[1:3]", "items[::-1]", "$..id", "$['@odata.nextLink']", "user['id', 'name']", "items[0, 2:4]". "" and "$" are the
// whole document. Names outside letters, digits, "_" and "-" stand in brackets and quotes. As a convenience a source that begins with a quote, or with "@" and a name, is
// one key as a whole: "@odata.nextLink" is $['@odata.nextLink'].
//
// The accepted paths are a part of RFC 9535, and what they give is what it says: whoever has its compliance test suite
// names the file in JSONPATH_CTS, and the tests hold every case of it that compiles. Refused when compiled are what a
// mapping or a page doesn't need and what costs without bound: filters, functions, more than one "..", blanks outside
// brackets, long lists ([MaxList]), indexes over [MaxIndex]. The evaluator of github.com/ohler55/ojg/jp isn't used: it
// differs from the RFC, visits the members of an object in another order on each call and can't be stopped early. Here
// objects are visited by sorted name, and evaluation ends at the first result or at the bound given.
//
// A tree is nil, bool, string, int64, float64, json.Number, map[string]any or []any. Results are parts of that tree,
// not copies: read them, never change them.
package jsonpath
