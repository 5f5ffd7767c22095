package payload

import "strings"

// Class is what kind of body a media type promises, as far as reading it goes.
type Class string

// The classes.
const (
	Unknown Class = ""       // there is no media type, or none that can be read: the caller decides
	JSON    Class = "json"   // one JSON text
	Text    Class = "text"   // characters
	XML     Class = "xml"    // an XML document
	Form    Class = "form"   // pairs as of an HTML form (application/x-www-form-urlencoded)
	Binary  Class = "binary" // bytes
	Empty   Class = "empty"  // no body; [Classify] never says so, for a media type doesn't tell
)

// Classify reads a Content-Type value by type, subtype and structured suffix (RFC 6838, sections 4.2 and 4.2.8), in
// any case, and leaves the parameters alone:
//
//   - JSON: application/json, text/json, application/x-json, text/x-json and +json;
//   - XML: application/xml, text/xml and +xml (RFC 7303), image/svg+xml among them;
//   - Form: application/x-www-form-urlencoded;
//   - Text: text/* otherwise, and the types of other trees that are text in UTF-8. Among these are newline-delimited
//     JSON and JSON sequences: they are not one JSON text, and whoever reads them goes line by line;
//   - Binary: everything else, multipart/* and message/* included;
//   - Unknown: "" and what isn't a media type, as json, */* and two types with a comma between them.
func Classify(contentType string) Class {
	typ, sub, ok := splitType(contentType)
	if !ok {
		return Unknown
	}
	suffix := ""
	if i := strings.LastIndexByte(sub, '+'); i >= 0 {
		suffix = sub[i+1:]
	}
	switch {
	case suffix == "json", (typ == "application" || typ == "text") && (sub == "json" || sub == "x-json"):
		return JSON
	case suffix == "xml", (typ == "application" || typ == "text") && sub == "xml":
		return XML
	case typ == "application" && sub == "x-www-form-urlencoded":
		return Form
	case typ == "text", suffix == "yaml", suffix == "jwt", suffix == "json-seq":
		return Text
	case typ == "application" && isTextSubtype(sub):
		return Text
	}
	return Binary
}

// isTextSubtype knows the subtypes of application that are text although they don't say so.
func isTextSubtype(sub string) bool {
	switch sub {
	case "ndjson", "x-ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines", "json-seq",
		"yaml", "x-yaml", "toml", "csv", "x-csv", "graphql", "sql", "jwt", "jose",
		"javascript", "x-javascript", "ecmascript":
		return true
	}
	return false
}

// splitType gives type and subtype in lower case, without the parameters. ok is false unless both are names as
// RFC 6838, section 4.2 restricts them.
func splitType(contentType string) (typ, sub string, ok bool) {
	full, _, _ := strings.Cut(contentType, ";")
	typ, sub, _ = strings.Cut(strings.Trim(full, " \t"), "/")
	if !isTypeName(typ) || !isTypeName(sub) {
		return "", "", false
	}
	return strings.ToLower(typ), strings.ToLower(sub), true
}

// isTypeName is RFC 6838's restricted-name.
func isTypeName(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for i, b := range []byte(s) {
		alnum := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !alnum && (i == 0 || strings.IndexByte("!#$&-^_.+", b) < 0) {
			return false
		}
	}
	return true
}
