package template

// Place says where a template's text goes, and so which literal text it may
// hold and how values are escaped. The zero value is [Text].
type Place uint8

const (
	// Text is free text: literals and values stand as they are.
	Text Place = iota
	// Path is the path of a URL (RFC 3986, section 3.3). A value stays inside
	// its segment: all but unreserved characters are percent-escaped, / too.
	// Empty values, those with a backslash, and those that are or hold a
	// segment . or .. are refused; so is a path that gets one, or two slashes at
	// its start, only by what stands beside the value.
	Path
	// Query is the query of a URL, without the question mark. Values are
	// escaped as form data, as net/url's QueryEscape does.
	Query
	// Header is the value of a header field (RFC 9110, section 5.5). A control
	// character is refused in literals and values.
	Header
	// Authority is host and port of a URL (RFC 3986, section 3.2), without user
	// information. A value is one or more labels of a host name: letters,
	// digits and inner hyphens, joined by dots; or, after the colon and alone,
	// a port from 1 to 65535.
	Authority
	// XML is text of an element or the value of an attribute (XML 1.0, sections 2.2
	// and 2.4). In values & < > and quotes, tabs and line ends are written as
	// references; characters that XML can't hold are refused. Literals stand as they
	// are.
	XML
)

// String names the place, for error texts.
func (p Place) String() string {
	switch p {
	case Text:
		return "text"
	case Path:
		return "path"
	case Query:
		return "query"
	case Header:
		return "header"
	case Authority:
		return "authority"
	case XML:
		return "XML"
	}
	return "unknown place"
}
