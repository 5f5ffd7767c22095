package wire

// In is the part of a request that a parameter stands in.
type In string

// The places of a parameter.
const (
	InPath   In = "path"   // a variable of the path template
	InQuery  In = "query"  // one or more pairs of the query
	InHeader In = "header" // the value of a header field
	InCookie In = "cookie" // one or more pairs of the Cookie field
)

// Style says how a value that is more than a scalar becomes text; see the package documentation for what each one
// writes. The zero value is [Simple] in path and header and [Form] in query and cookie.
type Style string

// The styles. The names up to DeepObject are those of OpenAPI 3, but for TabDelimited, which is Swagger 2's tsv.
const (
	Simple         Style = "simple"         // a,b (RFC 6570, section 3.2.2); path and header
	Label          Style = "label"          // .a.b (RFC 6570, section 3.2.5); path
	Matrix         Style = "matrix"         // ;n=a;n=b (RFC 6570, section 3.2.7); path
	Form           Style = "form"           // n=a&n=b (RFC 6570, section 3.2.8); query and cookie
	SpaceDelimited Style = "spaceDelimited" // n=a%20b; query, and Swagger 2's ssv in path and header
	PipeDelimited  Style = "pipeDelimited"  // n=a%7Cb; query, and Swagger 2's pipes in path and header
	TabDelimited   Style = "tabDelimited"   // n=a%09b; query and path
	DeepObject     Style = "deepObject"     // n[k]=a, an array inside repeats n[k], or counts objects: n[k][0][l]=a; query
	Brackets       Style = "brackets"       // n[k]=a and n[]=a; query
	Indices        Style = "indices"        // n[k]=a and n[0]=a; query
	JSON           Style = "json"           // the value as JSON text (OpenAPI's content); everywhere
)

// places is a set of [In].
type places uint8

const (
	path places = 1 << iota
	query
	header
	cookie
)

// place gives the set of one, empty for what is no place.
func (in In) place() places {
	switch in {
	case InPath:
		return path
	case InQuery:
		return query
	case InHeader:
		return header
	case InCookie:
		return cookie
	}
	return 0
}
