package payload_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/payload"
)

// zeros gives n bytes.
func zeros(n int64) payload.Source {
	return payload.Source{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zero{}, n)), nil },
		Size: n,
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestStreams reads 10 MiB parts and adds up everything that is allocated meanwhile, so it runs alone.
func TestStreams(t *testing.T) {
	const size, most = 10 << 20, 16 << 10
	m := multi(t, []payload.Part{
		{Name: "a", FileName: "a", Body: zeros(size)}, {Name: "b", FileName: "b", Body: zeros(size)},
	}, "b")
	buf := make([]byte, 32<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := m.Source().Open()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for err == nil {
		var n int
		n, err = r.Read(buf)
		total += int64(n)
	}
	runtime.ReadMemStats(&after)
	if err != io.EOF || total != m.Source().Size {
		t.Errorf("read %d of %d bytes: %v", total, m.Source().Size, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > most {
		t.Errorf("reading %d bytes allocated %d, more than %d", total, used, most)
	}
}

func TestFalseSize(t *testing.T) {
	t.Parallel()
	const text = "0123456789"
	for _, c := range []struct {
		size int64
		want string
	}{
		{0, "part 1: body: more than its size of 0 bytes"},
		{9, "part 1: body: more than its size of 9 bytes"},
		{11, "part 1: body: ended after 10 of 11 bytes"},
		{1 << 40, "part 1: body: ended after 10 of 1099511627776 bytes"},
	} {
		for name, chunk := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "with EOF": iotest.DataErrReader,
		} {
			src := payload.Source{Size: c.size, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(chunk(strings.NewReader(text))), nil
			}}
			m := multi(t, []payload.Part{{Name: "ok", Body: payload.String("")}, {Name: "f", Body: src}}, "b")
			r := open(t, m.Source())
			got, err := io.ReadAll(r)
			var bad *payload.Error
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("size %d, %s: %v", c.size, name, err)
			}
			if int64(len(got)) >= m.Source().Size || strings.HasSuffix(string(got), "--b--\r\n") {
				t.Errorf("size %d, %s: gave all of the message: %q", c.size, name, got)
			}
			if n, again := r.Read(make([]byte, 1)); n != 0 || again != err {
				t.Errorf("size %d, %s: after the error came %d bytes, %v", c.size, name, n, again)
			}
		}
	}
}

// TestDelimiter puts the delimiter into a content, in pieces of each length.
func TestDelimiter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		refused bool
	}{
		{"--bound", true}, {"--bound--", true}, {"--boundary", true}, {"x\r\n--bound\r\n", true}, {"x\n--bound", true},
		{"x\r--bound", true}, {"\r\n\r\n--bound\r\nContent-Disposition: form-data; name=\"evil\"\r\n\r\nx", true},
		{"x--bound\r\n--bound", true}, {"----bound\n--bound", true},
		{"x--bound", false}, {"-bound", false}, {"\r\n--boun", false}, {"\r\n --bound", false}, {"----bound", false},
		{"\n-\n--\n--b\n--bo\n--bou", false},
	} {
		for length := 1; length <= len(c.content); length++ {
			src := payload.Source{Size: -1, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(&pieces{c.content, length}), nil
			}}
			m := multi(t, []payload.Part{{Name: "before", Body: payload.String("\r\n")}, {Name: "f", Body: src}}, "bound")
			got, err := parse(m.ContentType(), open(t, m.Source()))
			var bad *payload.Error
			switch {
			case c.refused && (!errors.As(err, &bad) || bad.Part != 1):
				t.Errorf("%q in pieces of %d: %v, %v", c.content, length, got, err)
			case !c.refused && (err != nil || len(got) != 2 || got[1].Body != c.content):
				t.Errorf("%q in pieces of %d: %v, %v", c.content, length, got, err)
			}
		}
	}
}

// pieces gives a text in reads of at most length bytes.
type pieces struct {
	text   string
	length int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.length)], p.text)
	p.text = p.text[n:]
	return n, nil
}

// logged writes down what is done to a part.
type logged struct {
	io.Reader
	name string
	log  *[]string
}

func (l *logged) Close() error { *l.log = append(*l.log, "close "+l.name); return nil }

func logs(name string, log *[]string, r io.Reader) payload.Source {
	return payload.Source{Size: -1, Open: func() (io.ReadCloser, error) {
		*log = append(*log, "open "+name)
		return &logged{r, name, log}, nil
	}}
}

// TestOnePartIsOpen wants each part opened when its turn comes, closed once, and the rest left alone after Close.
func TestOnePartIsOpen(t *testing.T) {
	t.Parallel()
	var log []string
	make3 := func() io.ReadCloser {
		log = nil
		var parts []payload.Part
		for i := range 3 {
			name := fmt.Sprint(i)
			parts = append(parts, payload.Part{Name: name, Body: logs(name, &log, strings.NewReader("content"))})
		}
		return open(t, multi(t, parts, "b").Source())
	}
	r := make3()
	if len(log) != 0 {
		t.Errorf("opened before it was read: %v", log)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	_, _ = r.Close(), r.Close()
	if diff := cmp.Diff([]string{"open 0", "close 0", "open 1", "close 1", "open 2", "close 2"}, log); diff != "" {
		t.Error(diff)
	}
	r = make3()
	for len(log) < 3 {
		if _, err := r.Read(make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
	}
	_ = r.Close()
	if n, err := r.Read(make([]byte, 5)); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("read after close: %d, %v", n, err)
	}
	if diff := cmp.Diff([]string{"open 0", "close 0", "open 1", "close 1"}, log); diff != "" {
		t.Error(diff)
	}
}

func TestFaultyParts(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	opens := func(r io.Reader, err error) payload.Source {
		return payload.Source{Size: -1, Open: func() (io.ReadCloser, error) {
			if r == nil {
				return nil, err
			}
			return io.NopCloser(r), err
		}}
	}
	for _, c := range []struct {
		name  string
		body  payload.Source
		cause error
	}{
		{"not opened", opens(nil, cause), cause},
		{"nil reader", opens(nil, nil), nil},
		{"breaks", opens(io.MultiReader(strings.NewReader("x"), iotest.ErrReader(cause)), nil), cause},
		{"cut", opens(iotest.ErrReader(io.ErrUnexpectedEOF), nil), io.ErrUnexpectedEOF},
		{"gives nothing", opens(nothing{}, nil), io.ErrNoProgress},
		{"lies", opens(lying{}, nil), nil},
	} {
		m := multi(t, []payload.Part{{Name: "a", Body: payload.String("1")}, {Name: "b", Body: c.body}}, "b")
		got, err := io.ReadAll(open(t, m.Source()))
		var bad *payload.Error
		if !errors.As(err, &bad) || bad.Part != 1 || bad.Field != "body" || c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("%s: %v", c.name, err)
		}
		if strings.HasSuffix(string(got), "--b--\r\n") {
			t.Errorf("%s: gave all of the message", c.name)
		}
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

// TestCloseWhileReading closes a message whose part hangs: net/http does so when a request is cancelled.
func TestCloseWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hanging, w := io.Pipe()
		defer func() { _ = w.Close() }()
		m := multi(t, []payload.Part{{Name: "a", Body: payload.Source{
			Open: func() (io.ReadCloser, error) { return hanging, nil }, Size: -1,
		}}}, "b")
		r := open(t, m.Source())
		ended := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, r)
			ended <- err
		}()
		synctest.Wait() // the reader waits for the pipe
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("the reader got %v", err)
		}
	})
}

// TestCloseWhileOpening closes a message while a part is being opened: that part is closed all the same.
func TestCloseWhileOpening(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log []string
		slow := make(chan bool)
		src := logs("a", &log, strings.NewReader("x"))
		m := multi(t, []payload.Part{{Name: "a", Body: payload.Source{Size: -1, Open: func() (io.ReadCloser, error) {
			<-slow
			return src.Open()
		}}}}, "b")
		r := open(t, m.Source())
		ended := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, r)
			ended <- err
		}()
		synctest.Wait()
		_ = r.Close()
		close(slow)
		if err := <-ended; !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("the reader got %v", err)
		}
		if diff := cmp.Diff([]string{"open a", "close a"}, log); diff != "" {
			t.Error(diff)
		}
	})
}
