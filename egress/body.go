package egress

import (
	"cmp"
	"context"
	"io"
)

const (
	firstBuffer = 4 << 10  // what is allocated when nothing is known about the length
	hintCap     = 64 << 10 // what is allocated at most because a server said so
	drainLimit  = 64 << 10 // what is read to keep a connection; beyond it a new one is cheaper
	wasteLimit  = 32 << 10 // what a finished body may waste of its buffer
	maxEmpty    = 100      // empty reads in a row before the reader is called broken
)

// sizer is what a body may implement to announce its length in bytes. Bodies of [Transport] do.
type sizer interface{ SizeHint() int64 }

// ReadBody reads body to its end, at most limit bytes (0 or less means 10 MiB), and fails with a [*TooLargeError] if
// there are more. It does not close body.
//
// While it reads, and until release is called, the bytes are reserved in b for tenant; when there is no room it waits
// for some until ctx ends, with an error that wraps ctx's. A nil b reserves nothing. A limit above what b has to give
// is lowered to that. An announced length is believed for 64 KiB of memory, not more; the rest is allocated as it
// arrives.
//
// release is never nil, may be called more than once and from any goroutine, and has nothing left to do after an
// error. Call it when data is no longer needed, and before the same goroutine reads the next body: two bodies held
// by one reader can wait for each other. Errors of body come back as they are; data is then nil.
func ReadBody(ctx context.Context, body io.Reader, limit int64, b *Budget, tenant string) (data []byte, release func(), err error) {
	limit = cmp.Or(max(limit, 0), defaultMaxBodyBytes)
	x := &struct {
		reader bodyReader
		hold   hold
	}{reader: bodyReader{body: body, limit: limit}}
	r := &x.reader
	if b != nil {
		b.enter(&x.hold, tenant, limit)
		r.limit, r.held = min(limit, x.hold.max), &x.hold
	}
	h, whole := r.held, false
	defer func() {
		if !whole { // an error, or a body of the host's that panicked or ended the goroutine
			h.leave()
		}
	}()
	data, err = r.readAll(ctx)
	r.body, r.buf = nil, nil // the hold stays
	if err != nil {
		return nil, func() {}, err
	}
	whole = true
	h.finish(int64(len(data)))
	return data, h.leave, nil
}

// bodyReader is one run of ReadBody.
type bodyReader struct {
	body  io.Reader
	limit int64
	held  *hold // nil where nothing is reserved
	buf   []byte
}

func (r *bodyReader) readAll(ctx context.Context) ([]byte, error) {
	if r.body == nil {
		return []byte{}, nil
	}
	size, err := r.firstSize()
	if err != nil {
		return nil, err
	}
	for {
		if err := r.resize(ctx, size); err != nil {
			return nil, err
		}
		done, err := r.fill(ctx)
		if err != nil {
			return nil, err
		}
		if done {
			return trim(r.buf), nil
		}
		size = min(2*size, r.limit)
	}
}

// firstSize is the length to begin with. A server that announces too much is believed that far: the body is not read.
func (r *bodyReader) firstSize() (int64, error) {
	s, ok := r.body.(sizer)
	if !ok {
		return min(firstBuffer, r.limit), nil
	}
	hint := s.SizeHint()
	if hint > r.limit {
		return 0, &TooLargeError{Limit: r.limit}
	}
	if hint <= 0 {
		hint = firstBuffer
	}
	return min(hint, hintCap, r.limit), nil
}

// resize reserves before it allocates. The buffer has one byte more than is reserved: the byte that tells a body that
// fits exactly from one that goes on.
func (r *bodyReader) resize(ctx context.Context, size int64) error {
	if err := r.held.grow(ctx, size); err != nil {
		return err
	}
	buf := make([]byte, len(r.buf), size+1)
	copy(buf, r.buf)
	r.buf = buf
	return nil
}

// fill reads until the body ends (done) or the buffer is full, which is an error if it may not grow.
func (r *bodyReader) fill(ctx context.Context) (done bool, err error) {
	for empty := 0; len(r.buf) < cap(r.buf); {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		room := r.buf[len(r.buf):cap(r.buf)]
		n, err := r.body.Read(room)
		if n < 0 || n > len(room) {
			return false, io.ErrNoProgress // a reader that miscounts cannot be believed
		}
		r.buf = r.buf[:len(r.buf)+n]
		if int64(len(r.buf)) > r.limit {
			break
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if empty++; n > 0 {
			empty = 0
		}
		if empty >= maxEmpty {
			return false, io.ErrNoProgress
		}
	}
	if int64(len(r.buf)) > r.limit {
		return false, &TooLargeError{Limit: r.limit}
	}
	return false, nil
}

// trim copies a body out of a buffer that is much too large for it, so that what is held is what is counted.
func trim(data []byte) []byte {
	if cap(data)-len(data) > wasteLimit {
		return append(make([]byte, 0, len(data)), data...)
	}
	return data
}

// Drain reads what is left of body, at most 64 KiB, so that its connection can serve another request, and closes it.
// A nil body is fine. A body that trickles holds Drain up until the context of its request ends.
func Drain(body io.ReadCloser) {
	if body == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, body, drainLimit)
	_ = body.Close()
}
