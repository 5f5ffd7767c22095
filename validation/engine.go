package validation

import "context"

// Engine compiles JSON Schemas. The zero value of [Kaptinlin] is the default
// one; a host may bring another. Package validationtest holds the suite that
// every engine passes. The contract, for those who write one:
//
//  1. Dialects. A schema without $schema is JSON Schema 2020-12; $schema may
//     also name draft-07. Any other dialect is refused, at the root and in
//     embedded resources.
//  2. Fail closed. What the engine can't enforce is a [*SchemaError] from
//     Compile, never a schema that accepts everything: an unknown type name, a
//     keyword whose value has the wrong form, a pattern that does not compile,
//     a $ref whose target is not in the document. Unknown keywords are allowed
//     and mean nothing.
//  3. Closed documents. Compile reads nothing but its argument, the metaschemas
//     of both dialects and documents that the engine was made with: no network,
//     no files. A reference to any other document is an error.
//  4. Cycles. A $ref cycle that comes back to itself without stepping into a
//     member or an item is refused. Recursion through properties or items is
//     accepted.
//  5. Limits. Text, depth, number of nodes and patterns are bounded; beyond
//     the bound Compile returns a [*SchemaError]. So is the work of Validate,
//     which also ends with its ctx: then there is one violation with the keyword
//     [KeywordLimit], and the tree counts as invalid.
//  6. Independence. Two schemas compiled by one engine never see one another,
//     whatever their $id. Compile neither keeps nor changes the bytes it gets.
//  7. Up front. Compile checks everything. A schema that compiled never
//     reports a mistake of the schema later.
//  8. Concurrency. Compile may be called from many goroutines at once.
//
// The clauses of [Schema] continue the list.
type Engine interface {
	// Compile checks and compiles the text of one JSON Schema. The error is
	// a *SchemaError.
	Compile(schema []byte) (Schema, error)
}

// Vetter is what an [Engine] can be beside: one that tells which schemas it refuses without compiling them. A gateway
// then registers thousands of actions in little time, and compiles the schemas of those that are called. Without it each
// schema is compiled to see whether it can be.
type Vetter interface {
	Engine
	// Vet returns a function that gives, for one schema after another, the error that Compile would give, in the same
	// words, or nil. It may remember what schemas have in common; it is used by one goroutine at a time, for a short while.
	Vet() func(schema []byte) error
}

// Schema is a compiled schema. The contract continues that of [Engine]:
//
//  9. Validate returns nil exactly if the tree is valid.
//  10. Validate may be called from many goroutines at once.
//  11. Validate never panics and never changes the tree. If the engine fails
//     inside, the tree counts as invalid: one violation with the keyword
//     [KeywordInternal], or [KeywordLimit] if a bound was reached.
//  12. All violations are reported, at most 100 of them, without doubles,
//     sorted by pointer and then by keyword, both in byte order. The same tree
//     gives the same list, unless a bound on time was reached.
//  13. A violation never holds a value of the tree; names of members appear in
//     pointers.
//  14. int64 is an integer, and so is a float64 or json.Number without
//     fraction (1.0, 1e300). Numbers compare by value, whatever their Go type.
//  15. A missing member (required, dependentRequired) is reported at the
//     pointer it would have, as received "absent". A member or item that may
//     not be there (additionalProperties, unevaluatedProperties, items and the
//     like being false) is reported at its own pointer.
//  16. allOf, $ref, if/then/else and dependentSchemas report what failed
//     beneath them, not themselves. anyOf and oneOf report themselves at the
//     value, and may add what failed in the alternative that came closest. not,
//     contains and propertyNames report themselves only.
//  17. format and the content keywords are annotations, as in both dialects,
//     and reject nothing.
type Schema interface {
	// Validate checks a parsed tree, for as long as ctx lasts: nil, bool, string, int64, float64,
	// json.Number, map[string]any and []any. Any other Go type is a
	// violation with the keyword KeywordInternal.
	Validate(ctx context.Context, tree any) []Violation
}
