package payload

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// Source is a body that may be opened more than once. What the functions of this package give may be opened by many
// goroutines at once, unless Once is set; each opening reads from the start, at its own pace.
//
// A Source of the caller's own has to keep that, and: what Open gives ends with io.EOF, and may be closed while
// another goroutine reads it, because net/http does so.
type Source struct {
	// Open begins a new reading. The reader is the opener's to close.
	Open func() (io.ReadCloser, error)
	// Size is the length in bytes; -1 if it isn't known. 0 is a body without a byte: net/http wants http.NoBody for it.
	Size int64
	// Once says that Open works only once; the second time it gives ErrOnce.
	Once bool
	// Held says that the bytes are in memory: reading them can't stall, fail or panic.
	Held bool
}

// Bytes is a body of the bytes b, which it doesn't copy: b may not be changed while a request with it is under way.
func Bytes(b []byte) Source {
	return Source{
		Open: func() (io.ReadCloser, error) { return &handle{r: bytes.NewReader(b)}, nil },
		Size: int64(len(b)), Held: true,
	}
}

// String is a body of the bytes of s.
func String(s string) Source {
	return Source{
		Open: func() (io.ReadCloser, error) { return &handle{r: strings.NewReader(s)}, nil },
		Size: int64(len(s)), Held: true,
	}
}

// broken is a body that can't be opened.
func broken(err error) Source {
	return Source{Open: func() (io.ReadCloser, error) { return nil, err }, Size: -1}
}

// handle is one reading of something that isn't ours to close. After Close it gives no byte and touches r no more, so
// that a transport which is late with a cancelled request leaves alone what its owner uses again. Only a Read that
// has begun by then goes on.
type handle struct {
	r      io.Reader
	closed atomic.Bool
}

func (h *handle) Read(p []byte) (int, error) {
	if h.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return readInto(h.r, p)
}

func (h *handle) Close() error {
	h.closed.Store(true)
	return nil
}
