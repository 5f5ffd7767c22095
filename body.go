package waygate

import (
	"bytes"
	"io"
)

// Layout says how the input of an [HTTPAction] is laid out.
type Layout string

// The layouts of an input.
const (
	// LayoutFlat is the default: one object, whose members go where they are
	// declared, else to the path's {name}, to the query of a GET, HEAD, DELETE or
	// OPTIONS, or to the body.
	LayoutFlat Layout = "flat"
	// LayoutGrouped is an object with the members path, query, header, cookie
	// and body, each optional: the first four are objects, body is the body
	// itself. The same name can then stand in two places.
	LayoutGrouped Layout = "grouped"
)

// BodyEncoding says how a request's body is written. Others than the constants
// are names in [Kinds].Encoders, "xml" for one.
type BodyEncoding string

// The encodings that are built in.
const (
	BodyJSON      BodyEncoding = "json"      // application/json; the default
	BodyForm      BodyEncoding = "form"      // application/x-www-form-urlencoded
	BodyMultipart BodyEncoding = "multipart" // multipart/form-data (RFC 7578); files are of type [File], a []byte is text
	BodyBytes     BodyEncoding = "bytes"     // a File, an io.Reader or a text, as it is
	BodyText      BodyEncoding = "text"      // text/plain in UTF-8
)

// Body says how the body of an [HTTPAction]'s request is written. The zero value
// is a JSON object of the members that go there.
type Body struct {
	Encoding BodyEncoding `json:"encoding,omitempty"` // json by default
	// Member names the member of a flat input that is the whole body: an array,
	// a file, a text. Without it the body is an object of all members that go
	// there; bytes and text take the member "body".
	Member string `json:"member,omitempty"`
	// Type is the Content-Type, where it isn't the encoding's own; a File of its
	// own type comes before it.
	Type string `json:"type,omitempty"`
	// Objects says how a form writes objects: "brackets" (default, a[b]=c),
	// "dots" (a.b=c) or "flat" (they are refused).
	Objects string `json:"objects,omitempty"`
	// Arrays says how a form writes arrays: "brackets" (default, a[]=1; objects in
	// them are numbered, a[0][b]=c), "repeat" (a=1&a=2), "indices" (a[0]=1) or
	// "comma" (a=1,2).
	Arrays string `json:"arrays,omitempty"`
	// Required refuses input without a body.
	Required bool `json:"required,omitempty"`
}

// Encoder writes a body that isn't built in, such as XML. v is the tree of the
// body; it is read only. What it gives is the Content-Type and the text.
type Encoder func(v any) (contentType string, body []byte, err error)

// Decoder reads an answer that isn't JSON, such as XML, into anything that can be
// written as JSON. contentType is the answer's; body has at most
// egress.Policy.MaxBodyBytes bytes.
type Decoder func(contentType string, body []byte) (any, error)

// File is a file in an input: a part of a multipart body, or the whole of a body
// of bytes. It stands as a member of the input, in a slice of them, or in a field
// of a struct.
//
// A []byte is no file: it is a text in base64 (RFC 4648, section 4), as in JSON, in
// every encoding. In a multipart body it would go out as that text, without a file's
// name: use [FileBytes].
//
// An [io.Reader] can stand for a File without name. One that is an [io.Seeker] too
// is read from where it stands, each time; any other can be read once, so that the
// call isn't repeated when an attempt fails.
type File struct {
	// Name is the file's name, as the provider will see it; it has no control
	// characters.
	Name string
	// Type is its media type; application/octet-stream where it is empty.
	Type string
	// Open opens the file. It is asked once for each attempt, and each reader is
	// closed.
	Open func() (io.ReadCloser, error)
	// Size is the number of bytes, if it is known: it saves providers that don't
	// take chunked bodies. A file that has more or fewer fails the call.
	Size int64
}

// FileBytes is a [File] that holds its content.
func FileBytes(name, mediaType string, content []byte) File {
	return File{Name: name, Type: mediaType, Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// ResponseKind says what an answer is read as. Others than the constants are
// names in [Kinds].Decoders, "xml" for one.
type ResponseKind string

// The kinds of answers that are built in.
const (
	// ResponseJSON is the default. An answer without body is nil.
	ResponseJSON ResponseKind = "json"
	// ResponseText is a text; its charset is read.
	ResponseText ResponseKind = "text"
	// ResponseBytes is given by [Result.Bytes], and by Decode as a []byte.
	ResponseBytes ResponseKind = "bytes"
	// ResponseStream is read by the caller while it comes, see [Result.Stream].
	ResponseStream ResponseKind = "stream"
	// ResponseEmpty is not looked at.
	ResponseEmpty ResponseKind = "empty"
)

// ErrorFormat says where a provider's error answers say what was wrong.
type ErrorFormat struct {
	// Message and Code are paths in the body ("$.error.message"), in order: the
	// first that finds a text or number is taken for [Error].Message and Code.
	Message []string `json:"message,omitempty"`
	Code    []string `json:"code,omitempty"`
}

// Verification is a request that proves a credential: it is sent before
// [Tenant.Connect] or [Tenant.SetCredential] saves one. It is a call like any other,
// retried and recorded, under the action "(verification)".
type Verification struct {
	// Method is GET by default. With any other there is no body either.
	Method string `json:"method,omitempty"`
	// Path stands below the base URL, and has no {parameters} but the
	// connection's.
	Path string `json:"path"`
	// Status lists what the provider answers to a good credential; any 2xx if it
	// is empty.
	Status []int `json:"status,omitempty"`
}

// TLS is what an integration presents and trusts in the TLS handshake with its
// own origins.
type TLS struct {
	// Roots are PEM certificates that verify the provider, in the place of
	// egress.Policy.RootCAs.
	Roots string `json:"roots,omitempty"`
	// Certificate and Key are the platform's client certificate as PEM, best as
	// ${env.name}. The certificate of a customer is a credential: see
	// [auth.ClientCertificate].
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
}
