// Package validation checks parsed JSON trees against JSON Schemas, changes what
// can be made to fit, and counts how often the answers of an API stop fitting.
//
// An [Engine] compiles the text of a schema, 2020-12 or draft-07, into a
// [Schema]. [Kaptinlin] is the default one; package validation/santhosh, a module
// of its own, holds another. A schema that can't be enforced is refused with a
// [*SchemaError] instead of accepting everything. Validate gives every [Violation]
// with JSON pointer, keyword, what was expected and the JSON type received, never
// the value, so that the list may be logged:
//
//	schema, err := validation.Kaptinlin{}.Compile(text)
//	if err != nil { … }                            // *SchemaError: Pointer, Reason
//	for _, v := range schema.Validate(ctx, tree) { // nil = valid
//		fmt.Println(v.Pointer, v.Keyword, v.Expected, v.Received)
//	}
//
// A [Checker] applies [Rules]: a [Mode] ([Strict], [Coerce], [Warn] or [Off]),
// what becomes of nulls ([Nulls]) and of members that no schema declares
// ([Extra]). What it changes it copies, and what comes out is validated. [Vet] refuses
// what could not be compiled, at a small part of the price. [Drift] counts
// violations per action, field and keyword over an hour and raises an [Alert] when
// a field keeps failing.
//
// Schemas may come from strangers: their text, patterns, documents and the work
// that a check takes are bounded, and nothing is fetched.
//
// Trees are what the gateway parses: nil, bool, string, int64, float64,
// json.Number, map[string]any and []any. They are shared and never changed.
//
// Another engine passes the suite in package validationtest and may then take
// Kaptinlin's place.
package validation
