package payload_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/waygate-go/waygate/internal/payload"
)

// seekOnly hides that a reader is also an io.ReaderAt, and counts what is done to it.
type seekOnly struct {
	r     *strings.Reader
	calls int
}

func (s *seekOnly) Read(p []byte) (int, error) { s.calls++; return s.r.Read(p) }
func (s *seekOnly) Seek(offset int64, whence int) (int64, error) {
	s.calls++
	return s.r.Seek(offset, whence)
}

// Close must never be called: the reader is its owner's.
func (s *seekOnly) Close() error { panic("closed what the caller owns") }

func file(t *testing.T, content string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "body"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return f
}

func open(t *testing.T, s payload.Source) io.ReadCloser {
	t.Helper()
	r, err := s.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return r
}

func read(t *testing.T, s payload.Source) string {
	t.Helper()
	r := open(t, s)
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return string(data)
}

// many lists the sources that can be opened again, each of "0123456789".
func many(t *testing.T) map[string]payload.Source {
	const text = "0123456789"
	later := strings.NewReader("skipped" + text)
	if _, err := later.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	form, err := payload.NewMultipart(nil, "b")
	if err != nil || form.Source().Size != 7 {
		t.Fatalf("empty form: %v, size %d", err, form.Source().Size)
	}
	return map[string]payload.Source{
		"bytes":        payload.Bytes([]byte(text)),
		"string":       payload.String(text),
		"bytes.Reader": payload.Reader(bytes.NewReader([]byte(text))),
		"from within":  payload.Reader(later),
		"seeker":       payload.Reader(&seekOnly{r: strings.NewReader(text)}),
		"file":         payload.Reader(file(t, text)),
	}
}

// TestOpenings reads two openings in turns: a transport may still read the body of an attempt that failed.
func TestOpenings(t *testing.T) {
	t.Parallel()
	for name, s := range many(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s.Size != 10 || s.Once {
				t.Errorf("size %d, once %v", s.Size, s.Once)
			}
			first, second := open(t, s), open(t, s)
			var got [2]strings.Builder
			for range 4 {
				_, err1 := io.CopyN(&got[0], first, 2)
				_, err2 := io.CopyN(&got[1], second, 1)
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
			}
			if got[0].String() != "01234567" || got[1].String() != "0123" {
				t.Errorf("read %q and %q", got[0].String(), got[1].String())
			}
			if third := read(t, s); third != "0123456789" {
				t.Errorf("a third opening read %q", third)
			}
			_ = first.Close()
			if rest, err := io.ReadAll(second); err != nil || string(rest) != "456789" {
				t.Errorf("the second goes on with %q, %v", rest, err)
			}
		})
	}
}

func TestConcurrentOpenings(t *testing.T) {
	t.Parallel()
	sources := many(t)
	form, err := payload.NewMultipart([]payload.Part{
		{Name: "a", Body: sources["seeker"]}, {Name: "b", Body: sources["file"]}, {Name: "c", Body: sources["bytes"]},
	}, "b")
	if err != nil {
		t.Fatal(err)
	}
	sources["form"] = form.Source()
	for name, s := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := read(t, s)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					r, err := s.Open()
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(iotest.OneByteReader(r))
					if err != nil || string(got) != want {
						t.Errorf("read %q, %v", got, err)
					}
					_ = r.Close()
				})
			}
			wg.Wait()
		})
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if _, err := w.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	once := payload.Reader(io.MultiReader(strings.NewReader("text")))
	form := func() payload.Source {
		m, err := payload.NewMultipart([]payload.Part{{Name: "a", Body: payload.Reader(iotest.HalfReader(strings.NewReader("x")))}}, "b")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Source().Open(); err != nil {
			t.Errorf("the first opening: %v", err)
		}
		return m.Source() // another Source of the same form
	}()
	for _, c := range []struct {
		name   string
		source payload.Source
		size   int64
		want   string
	}{
		{"reader", once, -1, "text"},
		{"pipe", payload.Reader(r), -1, "text"},
		{"buffer", payload.Reader(bytes.NewBufferString("text")), 4, "text"},
		{"form", form, -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !c.source.Once || c.source.Size != c.size {
				t.Errorf("once %v, size %d", c.source.Once, c.source.Size)
			}
			if c.want != "" {
				if got := read(t, c.source); got != c.want {
					t.Errorf("read %q", got)
				}
			}
			if r, err := c.source.Open(); !errors.Is(err, payload.ErrOnce) || r != nil {
				t.Errorf("opened twice: %v", err)
			}
		})
	}
}

// TestOnceRace opens what can be opened once from many goroutines: one of them gets it.
func TestOnceRace(t *testing.T) {
	t.Parallel()
	s := payload.Reader(iotest.OneByteReader(strings.NewReader("text")))
	var wg sync.WaitGroup
	opened := make(chan io.ReadCloser, 8)
	for range 8 {
		wg.Go(func() {
			if r, err := s.Open(); err == nil {
				opened <- r
			} else if !errors.Is(err, payload.ErrOnce) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(opened) != 1 {
		t.Errorf("opened %d times", len(opened))
	}
}

// TestReaderStaysTheCallers closes an opening: the reader isn't closed (seekOnly would panic) nor touched again.
func TestReaderStaysTheCallers(t *testing.T) {
	t.Parallel()
	seeker := &seekOnly{r: strings.NewReader("text")}
	f := file(t, "text")
	for _, s := range []payload.Source{payload.Reader(seeker), payload.Reader(f), payload.String("text")} {
		r := open(t, s)
		if _, err := io.CopyN(io.Discard, r, 1); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		before := seeker.calls
		if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("read after close: %d, %v", n, err)
		}
		if seeker.calls != before {
			t.Error("a closed opening touched the reader")
		}
	}
	if _, err := f.Stat(); err != nil {
		t.Errorf("the file was closed: %v", err)
	}
}

func TestAppendedIsNotSent(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]func(*os.File) io.Reader{
		"file":   func(f *os.File) io.Reader { return f },
		"seeker": func(f *os.File) io.Reader { return struct{ io.ReadSeeker }{f} },
	} {
		f := file(t, "before")
		s := payload.Reader(hide(f))
		if _, err := f.WriteAt([]byte("after"), 6); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s); got != "before" {
			t.Errorf("%s: read %q", name, got)
		}
	}
}

// TestReadAtMovesNothing reads a file past its own position, so that no reading waits for another.
func TestReadAtMovesNothing(t *testing.T) {
	t.Parallel()
	f := file(t, "0123456789")
	if got := read(t, payload.Reader(f)); got != "0123456789" {
		t.Errorf("read %q", got)
	}
	if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
		t.Errorf("the file stands at %d, %v", at, err)
	}
}

// TestDevice wants a device, which takes a seek to its end without having one, to be read once.
func TestDevice(t *testing.T) {
	t.Parallel()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if s := payload.Reader(f); !s.Once || s.Size != -1 || read(t, s) != "" {
		t.Errorf("once %v, size %d", s.Once, s.Size)
	}
}

// scripted seeks as its fields say.
type scripted struct {
	io.Reader
	seek func(offset int64, whence int) (int64, error)
}

func (s scripted) Seek(offset int64, whence int) (int64, error) { return s.seek(offset, whence) }

// lying claims more bytes than it was asked for.
type lying struct{}

func (lying) Read(p []byte) (int, error) { return len(p) + 1, nil }

func TestOddReaders(t *testing.T) {
	t.Parallel()
	fail := errors.New("no seek")
	text := strings.NewReader
	var bad *payload.Error
	s := payload.Reader(scripted{text("x"), func(int64, int) (int64, error) { return 0, fail }})
	if !s.Once || read(t, s) != "x" {
		t.Error("one that doesn't seek can't be read once")
	}
	s = payload.Reader(scripted{text("x"), func(_ int64, whence int) (int64, error) {
		if whence == io.SeekEnd {
			return 0, fail
		}
		return 0, nil
	}})
	if !s.Once || read(t, s) != "x" {
		t.Error("one that doesn't find its end can't be read once")
	}
	s = payload.Reader(scripted{text("x"), func(_ int64, whence int) (int64, error) {
		if whence == io.SeekStart {
			return 0, fail
		}
		return 1, nil
	}})
	if _, err := s.Open(); !errors.As(err, &bad) || !errors.Is(err, fail) {
		t.Errorf("one that doesn't come back: %v", err)
	}
	if _, err := payload.Reader(nil).Open(); !errors.As(err, &bad) || bad.Field != "body" {
		t.Errorf("nil: %v", err)
	}
	if _, err := open(t, payload.Reader(lying{})).Read(make([]byte, 4)); !errors.As(err, &bad) {
		t.Errorf("lying: %v", err)
	}
	past := text("x")
	if _, err := past.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if s := payload.Reader(past); s.Size != 0 || read(t, s) != "" {
		t.Errorf("past the end: size %d", s.Size)
	}
}

// TestShrunk reads a seeker that became shorter than it was: the end comes early, and nothing hangs.
func TestShrunk(t *testing.T) {
	t.Parallel()
	f := file(t, "0123456789")
	s := payload.Reader(f)
	if err := f.Truncate(4); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s); got != "0123" {
		t.Errorf("read %q", got)
	}
	form, err := payload.NewMultipart([]payload.Part{{Name: "a", Body: s}}, "b")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(open(t, form.Source()))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("as a part: %v", err)
	}
}
