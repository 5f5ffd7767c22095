package payload

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/waygate-go/waygate/internal/header"
)

// MaxParts is how many parts a [Multipart] may have: as many as Go's own parser of forms accepts.
const MaxParts = 1000

// Part is one field of a form (RFC 7578, section 4).
type Part struct {
	// Name is the field's name: any UTF-8 without control characters; more than one part may have it.
	Name string
	// FileName makes the part a file; it is the name that the server gets to see. The same characters as in Name.
	FileName string
	// Type is the media type of the content, with parameters if need be. Default: application/octet-stream for a
	// file; otherwise none is written, which means text/plain (RFC 7578, section 4.4).
	Type string
	// Body is the content. A Size that isn't -1 has to be true: reading fails where it is not.
	Body Source
}

// Multipart is a body of type multipart/form-data (RFC 7578). It may be used by many goroutines at once.
type Multipart struct {
	boundary string
	parts    []Part
	heads    []string // for each part: delimiter, header fields and the empty line
	tail     string   // the closing delimiter
	size     int64    // -1 if it isn't known
	once     bool
	opened   atomic.Bool // for once
}

// NewMultipart makes a body of parts, at most [MaxParts], in their order. It opens none of them. Without parts the
// body is the closing delimiter alone, which is what browsers send for an empty form.
//
// boundary is 1 to 70 of the characters of RFC 2046, section 5.1.1, and doesn't end with a space; [Boundary] makes
// one. If a content holds the boundary's delimiter at the beginning of a line, reading fails there.
//
// Names are written as browsers do (the HTML standard, "multipart form data"): as UTF-8, a quotation mark as %22, and
// a percent sign as it is, so a server can't tell `"` from a name's own `%22`. Other than browsers, a backslash is
// doubled, as in every quoted string (RFC 2045, section 5.1): most servers take a single one for an escape, and with
// it a name could end early and bring parameters of its own.
//
// An [*Error] refuses what can't be written so: control characters and line separators in a name or file name,
// invalid UTF-8, a bad media type, a Body without Open, a Size below -1, a bad boundary.
func NewMultipart(parts []Part, boundary string) (*Multipart, error) {
	if reason := checkBoundary(boundary); reason != "" {
		return nil, &Error{Part: -1, Field: "boundary", Reason: reason}
	}
	if len(parts) > MaxParts {
		return nil, &Error{Part: -1, Field: "parts", Reason: "more than 1000: send fewer, or several requests"}
	}
	m := &Multipart{boundary: boundary, parts: slices.Clone(parts), tail: "--" + boundary + "--\r\n"}
	for i, p := range m.parts {
		if err := checkPart(i, p); err != nil {
			return nil, err
		}
		m.heads = append(m.heads, head(i, p, boundary))
		m.once = m.once || p.Body.Once
	}
	if len(parts) > 0 {
		m.tail = "\r\n" + m.tail
	}
	return m, m.measure()
}

// head is what stands before the content of part i.
func head(i int, p Part, boundary string) string {
	var b strings.Builder
	if i > 0 {
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=" + quoted(p.Name))
	if p.FileName != "" {
		b.WriteString("; filename=" + quoted(p.FileName))
	}
	b.WriteString("\r\n")
	mediaType := p.Type
	if mediaType == "" && p.FileName != "" {
		mediaType = "application/octet-stream"
	}
	if mediaType != "" {
		b.WriteString("Content-Type: " + mediaType + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

// quoted writes a checked name as a parameter's value. No parser sees an end of the value before the last byte:
// there is no other quotation mark, and each backslash has its double.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, "%22", `\`, `\\`).Replace(s) + `"`
}

// measure sets the size.
func (m *Multipart) measure() error {
	m.size = int64(len(m.tail))
	for i, p := range m.parts {
		if p.Body.Size < 0 {
			m.size = -1
			return nil
		}
		if p.Body.Size > math.MaxInt64-m.size-int64(len(m.heads[i])) {
			return &Error{Part: i, Field: "body", Reason: "the sizes add up to more than can be sent: correct Size"}
		}
		m.size += int64(len(m.heads[i])) + p.Body.Size
	}
	return nil
}

// ContentType is the value of the request's Content-Type field.
func (m *Multipart) ContentType() string {
	if header.IsToken(m.boundary) {
		return "multipart/form-data; boundary=" + m.boundary
	}
	return `multipart/form-data; boundary="` + m.boundary + `"`
}

// Source is the whole message. Its Size is known if the sizes of all parts are. It is Once if a part is, and then for
// all Sources of m together.
//
// A part is opened when the reading comes to it, and closed before the next is opened. Reading fails with an
// [*Error] that names the part: if it can't be opened or read, gives more or fewer bytes than its Size, or holds the
// delimiter. What was read until then is no whole message.
func (m *Multipart) Source() Source {
	return Source{Open: m.open, Size: m.size, Once: m.once}
}

func (m *Multipart) open() (io.ReadCloser, error) {
	if m.once && !m.opened.CompareAndSwap(false, true) {
		return nil, ErrOnce
	}
	return newStream(m), nil
}

// Boundary makes a boundary of 128 bits of random, in 32 characters that need no quotes. A nil random is
// crypto/rand's Reader. It fails if random does.
func Boundary(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", &Error{Part: -1, Field: "boundary", Reason: "reading random bytes", Err: err}
	}
	return hex.EncodeToString(b[:]), nil
}
