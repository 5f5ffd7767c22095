package payload_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/payload"
)

// FuzzNewMultipart wants a message of exactly the parts that were given, or an error: no part, header field or
// parameter more.
func FuzzNewMultipart(f *testing.F) {
	f.Add("name", "file.txt", "text/plain", "content", "boundary", 7)
	f.Add("a\"; filename=\"x", "\\", "text/plain; a=\"b\"", "x\r\n--b\r\n", "b", 1)
	f.Add("\\\"", "..\\\"", "", "\r\n--b--\r\n", "b", 3)
	f.Add("", "", "multipart/mixed; boundary=b", "--b\r\n\r\n--b--", "b", 100)
	f.Add("\u0085", "a\r\nb", "a/b\r\nc: d", "--", "-", 2)
	f.Add("%22", "%0d%0a", "a/b;", "----\r\n-", "--", 2)
	f.Add("n", "f", "a/b; c", "content", "a b", 2)
	f.Fuzz(func(t *testing.T, name, fileName, mediaType, content, boundary string, length int) {
		length = max(1, min(length, 1<<16))
		part := payload.Part{Name: name, FileName: fileName, Type: mediaType, Body: payload.Source{
			Open: func() (io.ReadCloser, error) { return io.NopCloser(&pieces{content, length}), nil },
			Size: int64(len(content)),
		}}
		last := payload.Part{Name: "last", Body: payload.String("of all")}
		m, err := payload.NewMultipart([]payload.Part{part, last}, boundary)
		if err != nil {
			var bad *payload.Error
			if !errors.As(err, &bad) {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		message, err := io.ReadAll(open(t, m.Source()))
		if err != nil {
			if !strings.Contains(content, "--"+boundary) {
				t.Errorf("%q: %v", content, err)
			}
			return
		}
		if int64(len(message)) != m.Source().Size {
			t.Errorf("%d bytes, announced as %d", len(message), m.Source().Size)
		}
		want := []field{sent(part, content), sent(last, "of all")}
		want[0].Type = strings.TrimSpace(want[0].Type)
		for _, r := range []io.Reader{bytes.NewReader(message), iotest.OneByteReader(bytes.NewReader(message))} {
			got, err := parse(m.ContentType(), r)
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%v\n%s", err, cmp.Diff(want, got))
			}
		}
	})
}

// FuzzClassify wants one of the classes, the same in any case and with any parameters.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"application/json", "text/xml; charset=x", "*/*", "a/b+json", "/", "text/\u212a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, contentType string) {
		got := payload.Classify(contentType)
		switch got {
		case payload.Unknown, payload.JSON, payload.Text, payload.XML, payload.Form, payload.Binary:
		default:
			t.Errorf("%q", got)
		}
		if again := payload.Classify(contentType + "; charset=utf-8"); again != got {
			t.Errorf("%q, with a parameter %q", got, again)
		}
		ascii := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				r -= 'a' - 'A'
			}
			return r
		}, contentType)
		if again := payload.Classify(ascii); again != got && utf8.ValidString(contentType) {
			t.Errorf("%q, in capitals %q", got, again)
		}
	})
}

// FuzzUTF8 wants at most three times the body, valid where it says so, and the body unchanged.
func FuzzUTF8(f *testing.F) {
	f.Add("text/plain; charset=utf-16", []byte("\xd8\x3d\xd8"))
	f.Add("text/plain; charset=\"koi8-r", []byte("\xf0\xd2"))
	f.Add("application/json", []byte("\xff\xfe{\x00"))
	f.Add("text/html;charset=x", []byte("\xef\xbb\xbf\xff"))
	f.Add("a/b; c=\"\\", []byte("\xff"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		before := bytes.Clone(body)
		got, err := payload.UTF8(contentType, body)
		if !bytes.Equal(before, body) {
			t.Error("the body was changed")
		}
		if err != nil {
			var bad *payload.CharsetError
			if !errors.As(err, &bad) || utf8.RuneCountInString(bad.Charset) > 41 || strings.ContainsAny(bad.Charset, "\r\n\x1b") {
				t.Errorf("%T: %q", err, err)
			}
			return
		}
		if len(got) > 3*len(body) {
			t.Errorf("%d bytes of %d", len(got), len(body))
		}
		if payload.Classify(contentType) == payload.Text && !utf8.Valid(got) {
			t.Errorf("%q is no UTF-8", got)
		}
	})
}

// FuzzDecoded wants an end, and the same bytes whatever the pieces are that they come in.
func FuzzDecoded(f *testing.F) {
	f.Add("gzip", []byte(gz("text")))
	f.Add("deflate", []byte(zl("text")))
	f.Add("gzip", []byte(gz("a") + gz("b"))[:25])
	f.Add("gzip, br", []byte("x"))
	f.Add("deflate", []byte("\x78\x9c"))
	f.Fuzz(func(t *testing.T, coding string, data []byte) {
		const most = 1 << 20
		var first []byte
		var firstErr error
		for i, chunk := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader} {
			r, err := payload.Decoded(coded(coding), io.NopCloser(chunk(bytes.NewReader(data))))
			var bad *payload.EncodingError
			if err != nil {
				if !errors.As(err, &bad) {
					t.Errorf("%T: %v", err, err)
				}
				return
			}
			got, err := io.ReadAll(io.LimitReader(r, most))
			if err != nil && !errors.As(err, &bad) {
				t.Errorf("%T: %v", err, err)
			}
			if i == 0 {
				first, firstErr = got, err
			} else if !bytes.Equal(first, got) || (firstErr == nil) != (err == nil) {
				t.Errorf("%d bytes, %v; by bytes %d, %v", len(first), firstErr, len(got), err)
			}
		}
	})
}
