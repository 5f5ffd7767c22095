package payload

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// maxBarren is how many compressed bytes may yield nothing: a stream of empty blocks has no end that a limit on its
// output would find.
const maxBarren = 1 << 20

// errBarren and errAfter say what is wrong with compressed data that its decoder takes.
var (
	errBarren = errors.New("a megabyte of it held no data")
	errAfter  = errors.New("more data after its end")
)

// Decoded undoes the content coding of a response (RFC 9110, section 8.4) that net/http has left in place: gzip (or
// x-gzip) and deflate (the zlib format of RFC 1950, as section 8.4.1.2 wants), once. identity, or no coding, gives
// body itself. Everything else, and one coding on top of another, is an [*EncodingError] that names it; body is open
// then.
//
// It reads nothing before it is read, holds some 50 KiB, and says nothing about the header, in which
// Content-Encoding and Content-Length still tell of the coded body. How much comes out is for the caller to limit:
// it can be a thousand times what goes in. A body without a byte stays one, since answers to HEAD and 304 have the
// field and no body. Data that is damaged, cut short, or followed by other data is an [*EncodingError] with Err; an
// error of body comes back as it is.
//
// net/http's own decoding, on unless a request names its Accept-Encoding, looks at the first Content-Encoding field
// alone and then removes them all, so of two fields one coding stays on the body and nothing tells. Who wants that
// refused sets Transport.DisableCompression, asks for gzip itself, and leaves all decoding to Decoded.
//
// Close closes body, also while another goroutine reads.
func Decoded(header http.Header, body io.ReadCloser) (io.ReadCloser, error) {
	if body == nil {
		body = http.NoBody
	}
	codings := contentCodings(header)
	if len(codings) == 0 {
		return body, nil
	}
	name := strings.Join(codings, ", ")
	d := &decoded{name: name, body: body}
	switch name {
	case "gzip", "x-gzip":
		d.begin = beginGzip
	case "deflate":
		d.begin = beginZlib
	default:
		return nil, &EncodingError{Encoding: named(name)}
	}
	return d, nil
}

// named is a coding that is in use; any other isn't repeated, since it could be anything.
func named(codings string) string {
	var names []string
	for name := range strings.SplitSeq(codings, ", ") {
		switch name {
		case "gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz", "aes128gcm", "exi", "pack200-gzip", "lzma", "xz", "bzip2":
		default:
			name = "unknown"
		}
		if names = append(names, name); len(names) == 4 {
			break
		}
	}
	return strings.Join(names, ", ")
}

// contentCodings lists what was applied, in lower case and in its order.
func contentCodings(header http.Header) []string {
	var codings []string
	for _, line := range header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			coding = strings.ToLower(strings.Trim(coding, " \t"))
			if coding != "" && coding != "identity" {
				codings = append(codings, coding)
			}
		}
	}
	return codings
}

func beginGzip(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }
func beginZlib(r *bufio.Reader) (io.Reader, error) { return zlib.NewReader(r) }

// decoded is a body whose coding is undone while it is read.
type decoded struct {
	name   string
	body   io.ReadCloser
	begin  func(*bufio.Reader) (io.Reader, error)
	closed atomic.Bool

	// What follows is the reader's alone.
	coded  *bufio.Reader // over source
	clear  io.Reader
	barren int   // coded bytes since the last that came out
	failed error // what body or source failed with, other than io.EOF
	err    error // how the reading ended
}

// Read gives the next bytes without the coding. An error is for good.
func (d *decoded) Read(p []byte) (int, error) {
	switch {
	case d.closed.Load():
		return 0, http.ErrBodyReadAfterClose
	case d.err != nil:
		return 0, d.err
	case len(p) == 0:
		return 0, nil
	}
	n, err := d.read(p)
	if n > 0 {
		d.barren = 0
	}
	switch {
	case err == nil || err == io.EOF:
		d.err = err
	case d.failed != nil: // the transport's error, not a fault of the data
		d.err = d.failed
	default:
		d.err = &EncodingError{Encoding: d.name, Err: err}
	}
	return n, d.err
}

// Close closes the body. It touches nothing of the decoder, which a reader may be using.
func (d *decoded) Close() error {
	d.closed.Store(true)
	return d.body.Close()
}

func (d *decoded) read(p []byte) (int, error) {
	if d.clear == nil {
		d.coded = bufio.NewReader(source{d})
		if _, err := d.coded.Peek(1); err != nil {
			return 0, err // io.EOF: no body
		}
		clear, err := d.begin(d.coded)
		if err != nil {
			return 0, err
		}
		d.clear = clear
	}
	n, err := d.clear.Read(p)
	if err == io.EOF {
		if _, more := d.coded.Peek(1); more == nil {
			return n, errAfter
		} else if more != io.EOF {
			return n, more
		}
	}
	return n, err
}

// source is the coded body as the decoder reads it; it keeps the body's error apart from the decoder's.
type source struct{ d *decoded }

func (s source) Read(p []byte) (int, error) {
	if s.d.barren > maxBarren {
		return 0, errBarren
	}
	n, err := readInto(s.d.body, p)
	s.d.barren += n
	if err != nil && err != io.EOF {
		s.d.failed = err
	}
	return n, err
}
