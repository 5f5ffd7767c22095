package payload_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/waygate-go/waygate/internal/payload"
)

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zl(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func coded(values ...string) http.Header {
	return http.Header{"Content-Encoding": values}
}

func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

func TestDecoded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 20000)
	for _, c := range []struct {
		name   string
		header http.Header
		body   string
		want   string
	}{
		{"none", nil, "text", "text"},
		{"identity", coded("identity"), "text", "text"},
		{"empty values", coded("", " , identity,"), "text", "text"},
		{"gzip", coded("gzip"), gz("text"), "text"},
		{"x-gzip", coded(" X-GZip "), gz("text"), "text"},
		{"long gzip", coded("gzip"), gz(long), long},
		{"members", coded("gzip"), gz("one ") + gz("") + gz("two"), "one two"},
		{"gzip and identity", coded("gzip", "identity"), gz("text"), "text"},
		{"deflate", coded("deflate"), zl("text"), "text"},
		{"long deflate", coded("Deflate"), zl(long), long},
		{"gzip of nothing", coded("gzip"), gz(""), ""},
		{"no body", coded("gzip"), "", ""},
	} {
		for _, chunk := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader,
		} {
			r, err := payload.Decoded(c.header, io.NopCloser(chunk(strings.NewReader(c.body))))
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != c.want {
				t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
			}
		}
	}
	same := body("text")
	if r, err := payload.Decoded(nil, same); r != same || err != nil {
		t.Errorf("nothing to undo: another body, %v", err)
	}
	if r, err := payload.Decoded(coded("gzip"), nil); err != nil {
		t.Error(err)
	} else if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("nil body: %d, %v", n, err)
	}
}

func TestOtherCodings(t *testing.T) {
	t.Parallel()
	for want, header := range map[string]http.Header{
		"br": coded("br"), "zstd": coded("zstd"), "compress": coded("compress"), "gzip, gzip": coded("gzip, gzip"),
		"gzip, deflate": coded("gzip", "deflate"), "br, gzip": coded("br,gzip"), "unknown": coded("gzip;q=1"),
		"br, unknown": coded("br, x\x1b[0m"), "unknown, br": coded(strings.Repeat("y", 5000), "br"),
		"br, unknown, br, unknown": coded("BR, a-secret-0123456789, br", "A-SECRET-0123456789", "br, br", "br"),
	} {
		closed := false
		r, err := payload.Decoded(header, closer{strings.NewReader("x"), func() { closed = true }})
		var bad *payload.EncodingError
		if !errors.As(err, &bad) || bad.Encoding != want || bad.Err != nil || r != nil || closed {
			t.Errorf("%v: %v, closed %v", header, err, closed)
		}
	}
}

type closer struct {
	io.Reader
	close func()
}

func (c closer) Close() error { c.close(); return nil }

// TestDamaged cuts each coding at each byte, flips bytes of its checksum, and adds to its end.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for coding, whole := range map[string]string{"gzip": gz("some text"), "deflate": zl("some text")} {
		damaged := []string{
			whole + "x", whole + "\x00", whole[:len(whole)-1] + "\xff", "plain text, and not short at all", whole + whole[:5],
		}
		for i := 1; i < len(whole); i++ {
			damaged = append(damaged, whole[:i])
		}
		for _, data := range damaged {
			r, err := payload.Decoded(coded(coding), body(data))
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.ReadAll(r)
			var bad *payload.EncodingError
			if !errors.As(err, &bad) || bad.Encoding != coding || bad.Err == nil {
				t.Errorf("%s: %q: %v", coding, data, err)
			}
			if n, again := r.Read(make([]byte, 1)); n != 0 || again != err {
				t.Errorf("%s: after the error came %d bytes, %v", coding, n, again)
			}
		}
		if _, err := io.ReadAll(must(payload.Decoded(coded(coding), body(whole[:len(whole)-1])))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: cut: %v", coding, err)
		}
	}
}

func must(r io.ReadCloser, err error) io.ReadCloser {
	if err != nil {
		panic(err)
	}
	return r
}

// TestTransportErrors wants the body's own error, so that a broken connection isn't taken for bad data.
func TestTransportErrors(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{io.ErrUnexpectedEOF, context.DeadlineExceeded, errors.New("reset")} {
		for coding, whole := range map[string]string{"gzip": gz("some text"), "deflate": zl("some text")} {
			for i := range len(whole) + 1 {
				r := io.MultiReader(strings.NewReader(whole[:i]), iotest.ErrReader(cause))
				_, err := io.ReadAll(must(payload.Decoded(coded(coding), io.NopCloser(r))))
				if err != cause {
					t.Errorf("%s broken after %d bytes with %v: %v", coding, i, cause, err)
				}
			}
		}
	}
}

// TestBomb reads 32 MiB out of what is a hundredth of it or less, and adds up what is allocated meanwhile, so it
// runs alone.
func TestBomb(t *testing.T) {
	const size, most = 32 << 20, 128 << 10
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, io.LimitReader(zero{}, size)); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	r := must(payload.Decoded(coded("gzip"), io.NopCloser(&bomb)))
	buf := make([]byte, 32<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	total := 0
	for err = nil; err == nil; {
		var n int
		n, err = r.Read(buf)
		total += n
	}
	runtime.ReadMemStats(&after)
	if err != io.EOF || total != size {
		t.Errorf("%d bytes: %v", total, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > most {
		t.Errorf("reading %d bytes allocated %d, more than %d", total, used, most)
	}
}

// endless repeats a text for ever, and counts.
type endless struct {
	text string
	at   int
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	e.n += n
	return n, nil
}

// TestBarren reads streams that never yield a byte: a limit on what comes out would never end them.
func TestBarren(t *testing.T) {
	t.Parallel()
	var stored bytes.Buffer
	w, err := flate.NewWriter(&stored, flate.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Flush() // an empty block that isn't the last
	empty := &endless{text: gz("")}
	blocks := &endless{text: stored.String()}
	for name, c := range map[string]struct {
		coding string
		r      io.Reader
		source *endless
	}{
		"members": {"gzip", empty, empty},
		"blocks":  {"deflate", io.MultiReader(strings.NewReader("\x78\x9c"), blocks), blocks},
	} {
		n, err := io.Copy(io.Discard, must(payload.Decoded(coded(c.coding), io.NopCloser(c.r))))
		var bad *payload.EncodingError
		if !errors.As(err, &bad) || n != 0 {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		if c.source.n > 2<<20 {
			t.Errorf("%s: read %d bytes", name, c.source.n)
		}
	}
	// Data that is flushed byte by byte takes more than it gives, but isn't barren.
	var flushed bytes.Buffer
	slow, err := gzip.NewWriterLevel(&flushed, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	const length = 100_000
	for range length {
		_, _ = slow.Write([]byte("x"))
		_ = slow.Flush()
	}
	_ = slow.Close()
	if flushed.Len() < 1<<20 {
		t.Fatalf("only %d bytes, which prove nothing", flushed.Len())
	}
	if n, err := io.Copy(io.Discard, must(payload.Decoded(coded("gzip"), io.NopCloser(&flushed)))); n != length || err != nil {
		t.Errorf("flushed: %d bytes, %v", n, err)
	}
}

// TestDecodedIsLazy wants nothing read before the first Read, and the body closed by Close, also during a Read.
func TestDecodedIsLazy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hanging, w := io.Pipe()
		defer func() { _ = w.Close() }()
		r := must(payload.Decoded(coded("gzip"), hanging)) // would hang if it read
		ended := make(chan error)
		go func() {
			_, err := io.ReadAll(r)
			ended <- err
		}()
		synctest.Wait()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the reader got %v", err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("read after close: %v", err)
		}
	})
}
