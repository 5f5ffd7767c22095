// Package jsonpath reads places in a parsed JSON tree: ojg JSONPath, cut down to what can be proven right.
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
// "items[1:3]", "$..id", "$['@odata.nextLink']". "" and "$" are the whole document. Names outside letters, digits, "_"
// and "-" stand in brackets and quotes. As a convenience a source that begins with a quote, or with "@" and a name, is
// one key as a whole: "@odata.nextLink" is $['@odata.nextLink'].
//
// The accepted paths are a common part of RFC 9535 and of github.com/ohler55/ojg/jp. What that library answers
// differently from the RFC, or can't answer at all, is refused when compiled: filters, scripts, functions, lists in
// brackets, more than one "..", indexes over [MaxIndex]. Its evaluator isn't used, because it visits the members of an
// object in another order on each call and can't be stopped early; here objects are visited by sorted name, and
// evaluation ends at the first result or at the bound given.
//
// A tree is nil, bool, string, int64, float64, json.Number, map[string]any or []any. Results are parts of that tree,
// not copies: read them, never change them.
package jsonpath
