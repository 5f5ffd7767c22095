package waygate_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/waygatetest"
)

// pipeFile is a file whose reader is made for each attempt, and says when it was
// closed.
func pipeFile(size int64, closed *sync.Map, content func() io.ReadCloser) waygate.File {
	return waygate.File{Name: "f", Size: size, Open: func() (io.ReadCloser, error) {
		r := content()
		closed.Store(r, false)
		return closeNoter{r, closed}, nil
	}}
}

type closeNoter struct {
	io.ReadCloser
	closed *sync.Map
}

func (c closeNoter) Close() error {
	c.closed.Store(c.ReadCloser, true)
	return c.ReadCloser.Close()
}

// someThenNothing gives a few bytes, and stalls until it is closed.
func someThenNothing() io.ReadCloser {
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("some")) }()
	return r
}

// deaf stalls until free is closed, whoever closes it.
type deaf struct{ free <-chan struct{} }

func (d deaf) Read([]byte) (int, error) { <-d.free; return 0, io.EOF }
func (deaf) Close() error               { return nil }

// stuck stalls as deaf does, and so does its Close.
type stuck struct{ deaf }

func (s stuck) Close() error { <-s.free; return nil }

// lastStuck gives all that it has, and stalls when it is closed.
type lastStuck struct {
	io.Reader
	free <-chan struct{}
}

func (s lastStuck) Close() error { <-s.free; return nil }

// badlyClosed stalls, and doesn't like to be closed for that.
type badlyClosed struct{ deaf }

func (badlyClosed) Close() error { return errors.New("busy") }

// dripping never ends: a byte each 100 ms.
type dripping struct{ done chan struct{} }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(100 * time.Millisecond):
		return copy(p, "."), nil
	case <-d.done:
		return 0, errors.New("closed")
	}
}

func (d dripping) Close() error { close(d.done); return nil }

// streamedUpload sends bytes, and gets its answer while it comes.
func streamedUpload() waygate.HTTPAction {
	up := uploads()["bytes"]
	up.Response = waygate.ResponseStream
	return up
}

// TestStalledFiles shows that a call whose upload doesn't get on returns by its
// deadline, and when its caller goes; and that it closes what it opened.
func TestStalledFiles(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]func(free chan struct{}) io.ReadCloser{
		"nothing": func(chan struct{}) io.ReadCloser { r, _ := io.Pipe(); return r },
		"stalls":  func(chan struct{}) io.ReadCloser { return someThenNothing() },
		"deaf":    func(free chan struct{}) io.ReadCloser { return deaf{free} },
		"stuck":   func(free chan struct{}) io.ReadCloser { return stuck{deaf{free}} },
		"busy":    func(free chan struct{}) io.ReadCloser { return badlyClosed{deaf{free}} },
		"at last": func(free chan struct{}) io.ReadCloser { return lastStuck{strings.NewReader("content"), free} },
		"endless": func(chan struct{}) io.ReadCloser { return dripping{make(chan struct{})} },
	} {
		ups := uploads()
		ups["streamed"] = streamedUpload()
		for kind, up := range ups {
			for _, size := range []int64{0, 1 << 20} {
				if name == "at last" && size > 0 {
					continue // it has too few
				}
				for _, kindOfEnd := range []waygate.Kind{waygate.KindTimeout, waygate.KindCanceled} {
					t.Run(name+"/"+kind+"/"+string(kindOfEnd), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							provider, _, acme := piped(t, api(up))
							provider.On("POST /a", waygatetest.Hang())
							var closed sync.Map
							free := make(chan struct{})
							defer close(free)
							ctx, cancel := context.WithCancel(t.Context())
							opts := []waygate.Option{waygate.Timeout(time.Second)}
							if kindOfEnd == waygate.KindCanceled {
								opts = nil
								time.AfterFunc(time.Second, cancel)
							}
							defer cancel()
							start := time.Now()
							_, err := acme.Invoke(ctx, "api.a", map[string]any{"file": pipeFile(size, &closed, func() io.ReadCloser { return content(free) })}, opts...)
							if took := time.Since(start); took != time.Second {
								t.Errorf("returned after %s, want 1s", took)
							}
							failure(t, err, kindOfEnd)
							synctest.Wait()
							closed.Range(func(_, done any) bool {
								if done == false {
									t.Error("it wasn't closed")
								}
								return true
							})
						})
					})
				}
			}
		}
	}
}

// TestStalledAttempts shows that a file which stalls costs an attempt, and not the
// call; and that a call whose attempts all stall has timed out.
func TestStalledAttempts(t *testing.T) {
	t.Parallel()
	ups := uploads()
	ups["streamed"] = streamedUpload()
	for kind, up := range ups {
		counts := []int{1, 3}
		if kind == "streamed" { // what net/http says of such an end, or the file, comes by chance
			counts = append(counts, slices.Repeat([]int{3}, 30)...)
		}
		for _, stalls := range counts {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					provider, _, acme := piped(t, api(up))
					provider.On("POST /a", waygatetest.JSON(200, "{}"))
					opened := 0
					file := waygate.File{Name: "f", Open: func() (io.ReadCloser, error) {
						if opened++; opened <= stalls {
							return someThenNothing(), nil
						}
						return io.NopCloser(text("content")()), nil
					}}
					res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"file": file})
					if stalls == 3 {
						says(t, failure(t, err, waygate.KindTimeout), "30s")
					} else {
						if must(t, err); res.Stream() != nil {
							must(t, res.Stream().Close())
						}
					}
					rec := recordsOf(t, acme)[0]
					for i, a := range rec.Attempts {
						if stalled := i < stalls; stalled != (a.Kind == waygate.KindTimeout) || stalled && a.Duration != 30*time.Second {
							t.Errorf("attempt %d: %+v", i, a)
						}
					}
					if want := min(stalls+1, 3); len(rec.Attempts) != want {
						t.Errorf("%d attempts, want %d", len(rec.Attempts), want)
					}
				})
			})
		}
	}
}

// TestStalledStream shows that a file which stalls while the answer streams holds
// nobody who closes the stream, and is closed with it.
func TestStalledStream(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(w, r.Body)
	})
	gw := open(t, s.URL)
	in := api(streamedUpload())
	in.BaseURL = s.URL
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", pat)
	r, w := io.Pipe()
	res, err := acme.Invoke(t.Context(), "api.a", map[string]any{"file": waygate.File{Open: func() (io.ReadCloser, error) { return r, nil }}})
	must(t, err)
	must(t, res.Stream().Close())
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for err := error(nil); err == nil; { // it waits until the file is read or closed
			_, err = w.Write([]byte("more"))
		}
	}()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the file wasn't closed")
		_ = r.Close()
	}
}

// miscount is a reader that says another number of bytes than it gave.
type miscount func(p []byte) int

func (m miscount) Read(p []byte) (int, error) { return m(p), nil }

// TestMiscountedFiles shows readers that break the rules of io.Reader: the call
// fails for that, soon, and nobody takes what they gave for a file.
func TestMiscountedFiles(t *testing.T) {
	t.Parallel()
	for kind, up := range uploads() {
		for name, read := range map[string]func(p []byte) int{
			"more than there is room for": func(p []byte) int { return len(p) + 1 },
			"far more":                    func([]byte) int { return math.MaxInt },
			"less than nothing":           func([]byte) int { return -1 },
			"far less":                    func([]byte) int { return math.MinInt },
			"the end of its goroutine":    func([]byte) int { runtime.Goexit(); return 0 },
		} {
			for _, size := range []int64{0, 1, 1 << 20} {
				t.Run(kind+"/"+name, func(t *testing.T) {
					t.Parallel()
					server, l := &arrivals{}, &ledger{}
					_, err := served(t, server, up).Invoke(t.Context(), "api.a",
						map[string]any{"file": l.file(size, func() io.Reader { return miscount(read) })}, waygate.Timeout(20*time.Second))
					kind := waygate.KindInvalidInput
					if strings.HasPrefix(name, "the end") {
						kind = waygate.KindConfig
					}
					e := failure(t, err, kind)
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
}
