package waygate

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/resilience"
)

// Stream is the answer of an action whose Response is [ResponseStream], while it
// comes. It is nil for any other: check it where the definition isn't yours. The caller reads and closes it.
//
// The attempt's timeout ends with the answer's header. From then on each Read may
// take as long as an attempt ([Integration].AttemptTimeout), and the ctx of the
// call ends it, as Close does. There is no limit to its length. The call's record
// is written when the stream is closed; [Gateway.Shutdown] waits for that. An
// error of Read is an [*Error], but for [io.EOF].
func (r *Result) Stream() io.ReadCloser {
	if r.stream == nil {
		return nil
	}
	return r.stream
}

// streams says that the answer is passed on while it comes.
func (a *compiledAction) streams() bool { return a.info.Response == ResponseStream }

// longer is a ctx for a request whose answer outlives its attempt: it ends with
// attempt until settled is called, which says whether it had not ended before;
// from then on with the call's.
func (r *run) longer(attempt context.Context) (ctx context.Context, hangUp context.CancelCauseFunc, settled func() bool) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(attempt))
	stop := context.AfterFunc(attempt, func() { cancel(context.Cause(attempt)) })
	leave := func() bool { return true }
	hangUp = func(cause error) {
		stop()
		leave() // the caller's ctx may last
		cancel(cause)
	}
	return ctx, hangUp, func() bool {
		leave = context.AfterFunc(r.caller, func() { cancel(context.Cause(r.caller)) })
		return stop()
	}
}

// bounded is a body that an action brought itself: it ends with the caller's
// ctx, and when nothing comes for as long as an attempt may take.
func (r *run) bounded(body io.ReadCloser) io.ReadCloser {
	if _, live := body.(*liveBody); live {
		return body
	}
	stop := context.AfterFunc(r.caller, func() { closeContained(body) })
	idle := egress.IdleTimeout(body, r.action.integ.attempt, func(error) { closeContained(body) })
	return &liveBody{ReadCloser: idle, hangUp: func(error) { stop() }}
}

// sendStream exchanges one request for a response; that of a success is still
// coming.
func (a *attempts) sendStream(ctx context.Context, x *attempt, out *http.Request) (*http.Response, error) {
	live, hangUp, settled := a.r.longer(out.Context())
	x.stop = hangUp          // ends also what outlives the attempt
	a.r.sending.Store(&live) // what is still to be sent goes on while the answer comes
	resp, err := a.exchange(x, out.WithContext(x.wire.Begin(live, x)))
	if err != nil {
		hangUp(nil)
		return nil, x.failed(ctx, err)
	}
	x.status = resp.StatusCode
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer hangUp(nil)
		return a.read(ctx, x, out, resp)
	}
	if !settled() {
		_ = resp.Body.Close()
		hangUp(nil)
		return nil, x.broken(ctxError(ctx), true, false)
	}
	idle := egress.IdleTimeout(resp.Body, a.r.action.integ.attempt, hangUp)
	resp.Body = &liveBody{ReadCloser: idle, hangUp: hangUp}
	return resp, nil
}

// closeContained closes what a host gave, on a goroutine where its panic would end
// the process.
func closeContained(body io.Closer) {
	defer func() { _ = recover() }()
	_ = body.Close()
}

// liveBody ends its request when it is closed.
type liveBody struct {
	io.ReadCloser
	hangUp context.CancelCauseFunc
	said   resilience.Reading
}

func (b *liveBody) Close() error {
	err := b.ReadCloser.Close()
	b.hangUp(nil)
	return err
}

// callStream is a stream as the caller has it. Its close ends the call.
type callStream struct {
	body io.ReadCloser
	r    *run
	done func(n int64, err error)

	mu     sync.Mutex // guards what follows
	n      int64
	failed error // what ended it, but for io.EOF
	closed bool
}

func (s *callStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return 0, errorf(KindConfig, "read", "the stream is closed: read it before Close").of(s.r.place())
	}
	n, err := s.read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n += int64(n)
	if err != nil && err != io.EOF {
		if s.failed == nil {
			s.failed = s.r.finalError(s.r.caller, s.classify(err), 0)
		}
		return n, s.failed
	}
	return n, err
}

// read contains a panic of a body that an action gave.
func (s *callStream) read(p []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			n, err = 0, errorf(KindConfig, "", "the action's Body panicked: %v", v)
		}
	}()
	return s.body.Read(p)
}

// classify gives a broken stream its kind.
func (s *callStream) classify(err error) error {
	var idle *egress.IdleError
	var known *Error
	var garbled *payload.EncodingError
	switch {
	case s.r.unreadable() != nil: // a file of the input, which the request has ended of
		return s.r.unreadable()
	case errors.As(err, &known):
		return err
	case s.r.caller.Err() != nil:
		return ctxError(s.r.caller)
	case errors.As(err, &idle), isTimeout(err):
		return newError(KindTimeout, "", err)
	case errors.As(err, &garbled):
		return newError(KindInvalidResponse, "", err)
	}
	return newError(kindOf(s.r.caller, err, KindNetwork), "", err)
}

// Close ends the stream and writes the call's record. Closing it again does
// nothing.
func (s *callStream) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	n, failed := s.n, s.failed
	s.mu.Unlock()
	defer s.done(n, failed) // also if the action's Body ends the goroutine
	closeContained(s.body)
	return nil
}
