// Package openapi makes integrations of API documents: Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2, in JSON or YAML.
//
// A document is loaded, which costs little, and may be listed. An import makes actions of the operations that are
// selected; what comes out is a [waygate.Integration], to be registered as it is or changed before:
//
//	doc, err := openapi.Load(ctx, openapi.File(os.DirFS("."), "crm.yaml"), openapi.Options{})
//	if err != nil {
//		return err // *Error: file, line, what is wrong
//	}
//	only, err := openapi.Matching("tag:contacts", "!DELETE /**")
//	res, err := doc.Import(ctx, openapi.ImportOptions{ID: "crm", Select: only})
//	for _, s := range res.Report.Skips {
//		fmt.Println(s) // what can't be called, with place and reason
//	}
//	err = gw.Register(ctx, res.Integration)
//
// Nothing is lost unsaid. [Report] counts: Total = Imported + Filtered + Skipped. Each operation that was skipped is a
// [Skip] with its place and a [Code]; where something was narrowed, left out or guessed, a [Note] says so. One bad part
// costs the operations that need it, never the document.
//
// # What becomes of what
//
//   - Names: [ActionName]. They depend on nothing but the operations of the document, so that they stay the same from
//     import to import, whatever is selected.
//   - Input: flat by default, see [waygate.Layout]. Members of a body stand beside the parameters; a body that is no plain
//     object is the member "body". A name that is taken gets its place behind it: id_query, id_body.
//   - Schemas become JSON Schema 2020-12: nullable, exclusive bounds as booleans, example, and in Swagger 2.0 also the
//     parameters' own. References, also by $anchor and $id, lead to $defs; nothing is written out twice, and schemas that
//     refer to themselves stay as they are. Read-only members aren't part of an input, write-only ones not of an output. What can't be enforced is left
//     out with a note, so that a schema accepts too much rather than too little.
//   - Bodies and answers: JSON before forms, multipart, text and bytes, see [ImportOptions].MediaTypes. XML is text.
//   - Security: the integration's Auth takes a credential for any of the alternatives that its actions need; an action that
//     needs something else than all of them together says so in its own Auth. Scopes stand in the action's metadata.
//   - Servers: variables in a host become parameters of the connection. An operation's own server is its BaseURL.
//   - Pages: followed where a parameter and the answer's schema agree on a cursor, or a Link header is declared.
//   - An Idempotency-Key header is the action's Idempotency.
//
// # Untrusted documents
//
// [Options] bounds size, depth, values, and what aliases make of YAML. References to other documents are followed only
// through the [Source], never over the network by this package's own doing.
//
// # The next version
//
// [Diff] compares two imports: which actions came and went, and for each that changed whether a program that works with
// the old one may break.
package openapi
