package waygate

// In is where an input value goes in a request.
type In string

// The places of a [Parameter].
const (
	InPath   In = "path"
	InQuery  In = "query"
	InHeader In = "header"
	InCookie In = "cookie"
	InBody   In = "body"
)

// Style says how a value is written where it isn't JSON. The names are OpenAPI's
// (3.1, section 4.8.12.3), but for the last three.
type Style string

// The styles, with the places that they fit.
const (
	StyleSimple         Style = "simple"         // path, header: a,b; the default there
	StyleLabel          Style = "label"          // path: .a.b
	StyleMatrix         Style = "matrix"         // path: ;id=a,b
	StyleForm           Style = "form"           // query, cookie, form body: id=a&id=b; the default there
	StyleSpaceDelimited Style = "spaceDelimited" // query, form body: id=a%20b
	StylePipeDelimited  Style = "pipeDelimited"  // query, form body: id=a%7Cb
	StyleDeepObject     Style = "deepObject"     // query, form body: id[x]=a, objects in a list id[x][0][y]=a
	StyleTabDelimited   Style = "tabDelimited"   // query, form body: id=a%09b (Swagger 2's tsv)
	StyleBrackets       Style = "brackets"       // query, form body: id[]=a, id[x][y]=b
	StyleIndices        Style = "indices"        // query, form body: id[0]=a
	StyleJSON           Style = "json"           // the value as JSON text, in any place
)

// Parameter says where one member of the input goes, how it is written there,
// and what it is when it is absent. One that isn't declared goes where
// [LayoutFlat] says, or to its group.
type Parameter struct {
	// Name is the member of the input.
	Name string `json:"name"`
	In   In     `json:"in"`
	// As is the name in the request, Name by default.
	As string `json:"as,omitempty"`
	// Style says how arrays and objects are written. In a query an object needs
	// one: it has no form that all providers read.
	Style Style `json:"style,omitempty"`
	// Explode writes each item or member apart: id=a&id=b for id=a,b. It is true
	// by default for the styles form, brackets, indices and deepObject.
	Explode *bool `json:"explode,omitempty"`
	// AllowReserved leaves characters like / and : as they are in a query (RFC
	// 3986, section 2.2), for a provider that doesn't unescape.
	AllowReserved bool `json:"allow_reserved,omitempty"`
	// AllowSlash lets a path value have several segments. Without it / is sent as
	// %2F. Segments . and .. are refused either way.
	AllowSlash bool `json:"allow_slash,omitempty"`
	// Type is the media type of the part, in a multipart body.
	Type string `json:"type,omitempty"`
	// Required refuses input without it. Path parameters always are.
	Required bool `json:"required,omitempty"`
	// Default is used when the member is absent (not when it is null).
	Default any `json:"default,omitempty"`
}
