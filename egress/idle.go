package egress

import (
	"context"
	"io"
	"math"
	"sync/atomic"
	"time"
)

// IdleTimeout wraps the body of a response that may go on for long, such as a stream of events: a Read that brings no
// byte within d ends the request with cancel, whose cause is an [*IdleError], and fails with that error, as does every
// Read after it. The time between two Reads does not count: a slow reader is not a silent server.
//
// cancel belongs to the context of the body's request; if it is nil, body is closed instead. A d of 0 or less means no
// limit, and body comes back as it is. Close stops the timer and closes body; nothing is left running. Like any body
// it is read by one goroutine at a time, while another may close it.
func IdleTimeout(body io.ReadCloser, d time.Duration, cancel context.CancelCauseFunc) io.ReadCloser {
	if body == nil || d <= 0 {
		return body
	}
	b := &idleBody{body: body, limit: d, cancel: cancel}
	b.timer = time.AfterFunc(math.MaxInt64, b.expire)
	b.timer.Stop() // Read starts it
	return b
}

type idleBody struct {
	body    io.ReadCloser
	limit   time.Duration
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	expired atomic.Bool
}

// expire runs when a Read took too long. The bytes of a Read that ended at the same moment are not lost: the next one
// fails.
func (b *idleBody) expire() {
	b.expired.Store(true)
	if b.cancel == nil {
		_ = b.body.Close()
		return
	}
	b.cancel(&IdleError{After: b.limit})
}

// Read reads some bytes, for which it waits no longer than the limit.
func (b *idleBody) Read(p []byte) (int, error) {
	if b.expired.Load() {
		return 0, &IdleError{After: b.limit}
	}
	b.timer.Reset(b.limit)
	n, err := b.readSome(p)
	b.timer.Stop()
	if err != nil && err != io.EOF && b.expired.Load() {
		err = &IdleError{After: b.limit}
	}
	return n, err
}

// readSome reads until there is a byte, as a reader that gives none and no error has brought nothing.
func (b *idleBody) readSome(p []byte) (int, error) {
	for range maxEmpty {
		n, err := b.body.Read(p)
		if n != 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// Close stops the timer and closes the body.
func (b *idleBody) Close() error {
	b.timer.Stop()
	return b.body.Close()
}

// SizeHint passes on the length that the body announced, 0 if none.
func (b *idleBody) SizeHint() int64 {
	if s, ok := b.body.(sizer); ok {
		return s.SizeHint()
	}
	return 0
}
