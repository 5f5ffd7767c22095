package waygate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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

// open opens the body, contained where it is the host's.
func (b *hostBody) open() (body io.ReadCloser, err error) {
	if b.Held {
		return b.Open()
	}
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
	closed     atomic.Bool // what is read now interests nobody
	buffer     []byte
}

// sendingCtx is that of the attempt which is being sent, else the call's.
func (r *run) sendingCtx() context.Context {
	if ctx := r.sending.Load(); ctx != nil {
		return *ctx
	}
	return r.ctx
}

// some reads some bytes. The last byte of a body whose size is known isn't given
// before the reader has ended: net/http stops at the size, and would send a file
// that has grown as if it were whole.
func (h *hostReader) some(p []byte) (int, error) {
	n, err := h.next(p)
	if h.size < 0 || n == 0 || err != nil || h.read != h.size {
		return n, err
	}
	var more [1]byte
	for range 100 { // an io.Reader may give nothing, but not for ever
		m, end := h.next(more[:])
		if m > 0 {
			return n - 1, nil
		}
		if end != nil {
			return n, end
		}
	}
	return n, io.ErrNoProgress
}

// next reads on a goroutine of its own, into a buffer of its own: a Read that
// stalls must not keep the call past its deadline, and net/http waits for it.
func (h *hostReader) next(p []byte) (int, error) {
	ctx := h.r.sendingCtx()
	if h.buffer == nil {
		h.buffer = make([]byte, 32<<10)
	}
	buffer := h.buffer[:min(len(p), len(h.buffer))]
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		out := outcome{err: errorf(KindConfig, "", "reading a file of the input ended its goroutine")}
		defer func() {
			if p := recover(); p != nil {
				out = outcome{err: errorf(KindConfig, "", "reading a file of the input panicked: %v", p)}
			}
			done <- out
		}()
		n, err := h.ReadCloser.Read(buffer)
		if n < 0 || n > len(buffer) {
			n, err = 0, errorf(KindInvalidInput, "", "a file of the input claims a number of bytes that it can't have read")
		}
		out = outcome{n, err}
	}()
	select {
	case out := <-done:
		h.read += int64(out.n)
		return copy(p, buffer[:out.n]), out.err
	case <-ctx.Done():
		h.buffer = nil // it is the stalled Read's
		if !h.closed.Swap(true) {
			go closeContained(h.ReadCloser) // which may free it
		}
		return 0, ctxError(ctx)
	}
}

func (h *hostReader) Read(p []byte) (n int, err error) {
	n, err = h.some(p)
	switch {
	case h.closed.Load():
		return n, err
	case h.size >= 0 && h.read > h.size, h.size >= 0 && err == io.EOF && h.read < h.size:
		return n, h.failed(errorf(KindInvalidInput, "", "a file of the input has not the %d bytes that its Size says: give the size that it has, or none", h.size))
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

// Close closes the file, contained. That it can't be closed fails the call: what
// was sent of it may not be all. One that stalls isn't waited for beyond the
// attempt, nor one whose Read does.
func (h *hostReader) Close() error {
	if h.closed.Swap(true) {
		return nil
	}
	ctx, done := h.r.sendingCtx(), make(chan error, 1)
	go func() {
		err := errors.New("its Close ended its goroutine")
		defer func() { done <- err }()
		err = h.close()
	}()
	select {
	case err := <-done:
		if err != nil {
			_ = h.failed(errorf(KindConfig, "", "a file of the input can't be closed: %w", err))
		}
	case <-ctx.Done():
	}
	return nil
}

func (h *hostReader) close() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "its Close panicked: %v", p)
		}
	}()
	return h.ReadCloser.Close()
}
