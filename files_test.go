package waygate_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/waygate-go/waygate"
)

// ledger counts how often files were opened and closed.
type ledger struct{ opened, closed atomic.Int32 }

// file is a File of the ledger's; read is nil for content that is all there.
func (l *ledger) file(size int64, content func() io.Reader) waygate.File {
	return waygate.File{Name: "f.bin", Type: "application/x-test", Size: size, Open: func() (io.ReadCloser, error) {
		l.opened.Add(1)
		return &entry{content(), l}, nil
	}}
}

type entry struct {
	io.Reader
	l *ledger
}

func (e *entry) Close() error {
	e.l.closed.Add(1)
	return nil
}

// balanced tests that what was opened is closed, at the latest soon after a call.
func (l *ledger) balanced(t *testing.T, opened int32) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); l.opened.Load() != l.closed.Load() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if o, c := l.opened.Load(), l.closed.Load(); o != c || opened >= 0 && o != opened {
		t.Errorf("opened %d times, closed %d times, want %d", o, c, opened)
	}
}

func text(s string) func() io.Reader {
	return func() io.Reader { return iotest.OneByteReader(strings.NewReader(s)) }
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("a reader's own trouble") }

// uploads are the two ways of sending a file.
func uploads() map[string]waygate.HTTPAction {
	idempotent := waygate.Effects{Idempotent: true}
	return map[string]waygate.HTTPAction{
		"bytes":     {ID: "a", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "bytes", Member: "file"}, Effects: idempotent},
		"multipart": {ID: "a", Method: "POST", Path: "/a", Body: &waygate.Body{Encoding: "multipart"}, Effects: idempotent},
	}
}

// TestFileForms sends a file in each form that Go code may bring it in.
func TestFileForms(t *testing.T) {
	t.Parallel()
	file := waygate.FileBytes("a.txt", "text/x", []byte("content"))
	type inStruct struct {
		File waygate.File `json:"file"`
	}
	type inPointer struct {
		File *waygate.File `json:"file"`
	}
	type inReader struct {
		File io.Reader `json:"file"`
	}
	type inSlice struct {
		File []waygate.File `json:"file"`
	}
	type inAny struct {
		File any `json:"file"`
	}
	for kind, a := range uploads() {
		for name, in := range map[string]any{
			"map": map[string]any{"file": file}, "pointer in map": map[string]any{"file": &file}, "struct": inStruct{file}, "pointer": inPointer{&file},
			"pointer to struct": &inStruct{file}, "any": inAny{file}, "reader": inReader{strings.NewReader("content")},
			"reader in any": inAny{strings.NewReader("content")}, "slice": inSlice{[]waygate.File{file}}, "list": map[string]any{"file": []any{&file}},
			"one byte at a time": inReader{iotest.OneByteReader(strings.NewReader("content"))}, "named map": map[string]waygate.File{"file": file},
		} {
			many := name == "slice" || name == "list"
			if kind == "bytes" && many {
				continue // an array is no body of bytes
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				server := &arrivals{}
				_, err := served(t, server, a).Invoke(t.Context(), "api.a", in)
				must(t, err)
				if got := server.seen()[0]; !strings.Contains(got.body, "content") || got.broken {
					t.Errorf("the server reads %q", got.body)
				}
			})
		}
	}
	for name, in := range map[string]any{"nil pointer": inPointer{}, "nil reader": inReader{}, "nil in map": map[string]any{"file": (*waygate.File)(nil)}} {
		t.Run("none: "+name, func(t *testing.T) {
			t.Parallel()
			server := &arrivals{}
			_, err := served(t, server, uploads()["multipart"]).Invoke(t.Context(), "api.a", in)
			must(t, err)
			if got := server.seen()[0]; strings.Contains(got.body, "form-data") {
				t.Errorf("a part was sent for no file: %q", got.body)
			}
		})
	}
}

// TestFileSizes shows when a length is announced.
func TestFileSizes(t *testing.T) {
	t.Parallel()
	for kind, a := range uploads() {
		for _, size := range []int64{0, 7} {
			l := &ledger{}
			server := &arrivals{}
			_, err := served(t, server, a).Invoke(t.Context(), "api.a", map[string]any{"file": l.file(size, text("content"))})
			must(t, err)
			if got := server.seen()[0]; (got.length >= 0) != (size > 0) || got.broken {
				t.Errorf("%s of size %d: the length is %d", kind, size, got.length)
			}
			l.balanced(t, 1)
		}
	}
}

// TestBrokenFiles shows files that can't be sent: the call fails for that, is
// not repeated, and what was opened is closed.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 100_000)
	cause := errors.New("the disk is gone")
	cases := map[string]struct {
		file func(l *ledger) waygate.File
		kind waygate.Kind
		is   error
	}{
		"no Open": {func(*ledger) waygate.File { return waygate.File{Name: "x"} }, waygate.KindInvalidInput, nil},
		"Open fails": {func(*ledger) waygate.File {
			return waygate.File{Open: func() (io.ReadCloser, error) { return nil, cause }}
		}, waygate.KindInvalidInput, cause},
		"Open panics": {func(*ledger) waygate.File { return waygate.File{Open: func() (io.ReadCloser, error) { panic("ouch") }} }, waygate.KindConfig, nil},
		"Open gives nil": {func(*ledger) waygate.File {
			return waygate.File{Open: func() (io.ReadCloser, error) { return nil, nil }}
		}, "", nil},
		"Open's sentinel": {func(*ledger) waygate.File {
			return waygate.File{Open: func() (io.ReadCloser, error) { return nil, fmt.Errorf("mine: %w", waygate.ErrStore) }}
		}, waygate.KindStore, waygate.ErrStore},
		"Read fails": {func(l *ledger) waygate.File { return l.file(0, func() io.Reader { return iotest.ErrReader(cause) }) }, waygate.KindInvalidInput, cause},
		"Read's sentinel": {func(l *ledger) waygate.File {
			return l.file(0, func() io.Reader { return iotest.ErrReader(fmt.Errorf("mine: %w", waygate.ErrStore)) })
		}, waygate.KindStore, waygate.ErrStore},
		"Read fails late": {func(l *ledger) waygate.File {
			return l.file(0, func() io.Reader { return io.MultiReader(strings.NewReader(big), iotest.ErrReader(cause)) })
		}, waygate.KindInvalidInput, cause},
		"Read panics": {func(l *ledger) waygate.File { return l.file(0, func() io.Reader { return panicReader{} }) }, waygate.KindConfig, nil},
		"Read panics late": {func(l *ledger) waygate.File {
			return l.file(200_000, func() io.Reader { return io.MultiReader(strings.NewReader(big), panicReader{}) })
		}, waygate.KindConfig, nil},
		"too few": {func(l *ledger) waygate.File { return l.file(100, text("short")) }, waygate.KindInvalidInput, nil},
		"too few, big": {func(l *ledger) waygate.File {
			return l.file(100_001, func() io.Reader { return strings.NewReader(big) })
		}, waygate.KindInvalidInput, nil},
		"too many": {func(l *ledger) waygate.File { return l.file(3, text("content")) }, waygate.KindInvalidInput, nil},
		"too many, big": {func(l *ledger) waygate.File {
			return l.file(99_999, func() io.Reader { return strings.NewReader(big) })
		}, waygate.KindInvalidInput, nil},
		"nothing at all": {func(l *ledger) waygate.File { return l.file(1, text("")) }, waygate.KindInvalidInput, nil},
	}
	for kind, a := range uploads() {
		for name, c := range cases {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				l, server := &ledger{}, &arrivals{}
				_, err := served(t, server, a).Invoke(t.Context(), "api.a", map[string]any{"file": c.file(l)})
				var e *waygate.Error
				if !errors.As(err, &e) || c.kind != "" && e.Kind != c.kind || e.Kind == waygate.KindNetwork || e.Kind == waygate.KindTimeout {
					t.Fatalf("got %v, want the kind %s", err, c.kind)
				}
				if c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("the cause is lost: %v", err)
				}
				if says(t, err, "file"); e.Attempts > 1 {
					t.Errorf("%d attempts", e.Attempts)
				}
				for _, x := range server.seen() {
					if !x.broken {
						t.Errorf("the server read %d bytes as a whole request", len(x.body))
					}
				}
				l.balanced(t, -1)
			})
		}
	}
}

// TestFileThatGrows shows that a file with more bytes than its Size fails the
// call also when the provider, who has as many as were announced, has answered
// by then.
func TestFileThatGrows(t *testing.T) {
	t.Parallel()
	answered := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{}`)
		_ = http.NewResponseController(w).Flush()
		close(answered)
	})
	gw := open(t, s.URL)
	in := api(uploads()["bytes"])
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	l := &ledger{}
	late := readerFunc(func(p []byte) (int, error) {
		select {
		case <-answered:
			time.Sleep(20 * time.Millisecond)
		case <-time.After(time.Second): // who holds the end back until it is known waits here
		}
		return copy(p, "more"), io.EOF
	})
	const size = 100_000
	_, err := connect(t, gw, "acme", "api", pat).Invoke(t.Context(), "api.a", map[string]any{
		"file": l.file(size, func() io.Reader { return io.MultiReader(strings.NewReader(strings.Repeat("x", size)), late) })})
	if err == nil {
		t.Error("a file was cut at its Size, and nobody is told")
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
