package waygate

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/waygate-go/waygate/internal/payload"
)

// hostBody is a body that parts of the host's may be read for.
type hostBody struct {
	payload.Source
	r     *run
	shown string // what a preview shows in the place of files; empty if there are none
}

// attach makes the body that of a request.
func (b *hostBody) attach(req *http.Request) error {
	if b.Size == 0 {
		req.Body, req.GetBody = http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }
		return nil
	}
	first, err := b.open()
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = first, b.Size
	if !b.Once {
		req.GetBody = b.open
	}
	return nil
}

// open opens the body, contained.
func (b *hostBody) open() (body io.ReadCloser, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, errorf(KindConfig, "", "opening a file of the input panicked: %v", p)
		}
	}()
	body, err = b.Open()
	if err != nil {
		return nil, newError(kindOf(b.r.ctx, err, KindInvalidInput), "", fmt.Errorf("a file of the input can't be opened: %w", err))
	}
	return &hostReader{ReadCloser: body, size: b.Size, r: b.r}, nil
}

// hostReader reads what the host gave. It runs on a goroutine of net/http's, so
// that its panic would end the process, and its error would look like the
// network's.
type hostReader struct {
	io.ReadCloser
	size, read int64
	r          *run
	closing    sync.Once
	closed     atomic.Bool // by net/http: what is read now interests nobody
}

// some reads some bytes. The last byte of a body whose size is known isn't given
// before the reader has ended: net/http stops at the size, and would send a file
// that has grown as if it were whole.
func (h *hostReader) some(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.read += int64(n)
	if h.size < 0 || n == 0 || err != nil || h.read != h.size {
		return n, err
	}
	var more [1]byte
	for range 100 { // an io.Reader may give nothing, but not for ever
		m, end := h.ReadCloser.Read(more[:])
		if m > 0 {
			h.read += int64(m)
			return n - 1, nil
		}
		if end != nil {
			return n, end
		}
	}
	return n, io.ErrNoProgress
}

func (h *hostReader) Read(p []byte) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, h.failed(errorf(KindConfig, "", "reading a file of the input panicked: %v", p))
		}
	}()
	n, err = h.some(p)
	switch {
	case h.closed.Load():
		return n, err
	case h.size >= 0 && h.read > h.size, h.size >= 0 && err == io.EOF && h.read < h.size:
		return n, h.failed(errorf(KindInvalidInput, "", "a file of the input has not the %d bytes that its Size says", h.size))
	case err != nil && err != io.EOF:
		return n, h.failed(newError(kindOf(h.r.ctx, err, KindInvalidInput), "", fmt.Errorf("a file of the input can't be read: %w", err)))
	}
	return n, err
}

// failed remembers why, for the attempt that fails of it.
func (h *hostReader) failed(err *Error) error {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	if h.r.bodyErr == nil {
		h.r.bodyErr = err
	}
	return err
}

// unreadable is why a file of the input couldn't be read; nil if all could.
func (r *run) unreadable() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bodyErr == nil {
		return nil
	}
	return r.bodyErr
}

func (h *hostReader) Close() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "closing a file of the input panicked: %v", p)
		}
	}()
	h.closed.Store(true)
	h.closing.Do(func() { err = h.ReadCloser.Close() })
	return err
}
