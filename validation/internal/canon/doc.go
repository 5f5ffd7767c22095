// Package canon checks the text of a JSON Schema and rewrites it into one plain
// form, so that an engine has less to get wrong.
//
// [Compile] reads a 2020-12 or draft-07 schema, refuses whatever an engine
// might silently ignore (see [Error]), and gives a [Doc]: a 2020-12 schema
// without identifiers or anchors, whose references are "#" or "#/$defs/dN",
// which holds nothing but keywords that accept or reject. Annotations, unknown
// keywords and unused definitions are gone; draft-07 spellings are translated;
// patterns are compiled and replaced by a format name, see [Doc.Formats].
//
// Sources: JSON Schema Core and Validation, drafts 2020-12 and draft-07
// (json-schema.org/specification); JSON pointers are RFC 6901, references RFC
// 3986.
package canon
