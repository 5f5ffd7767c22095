package egress_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// stream is a body that gives one piece after each pause, as long as its request lives.
type stream struct {
	ctx    context.Context
	pauses []time.Duration
	closed atomic.Int32
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.pauses) == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(s.pauses[0]):
		s.pauses = s.pauses[1:]
		return copy(p, "piece;"), nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (s *stream) Close() error { s.closed.Add(1); return nil }

func seconds(list ...int) []time.Duration {
	pauses := make([]time.Duration, 0, len(list))
	for _, n := range list {
		pauses = append(pauses, time.Duration(n)*time.Second)
	}
	return pauses
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		pauses []time.Duration
		think  time.Duration // of the reader, before each Read
		pieces int
		after  time.Duration // when all is over
		idle   bool
	}{
		{"quick", seconds(1, 1, 1), 0, 3, 3 * time.Second, false},
		{"much longer than the limit altogether", seconds(9, 9, 9, 9), 0, 4, 36 * time.Second, false},
		{"a slow reader", seconds(1, 1), time.Hour, 2, 3*time.Hour + 2*time.Second, false},
		{"silent from the start", seconds(3600), 0, 0, 10 * time.Second, true},
		{"silent later", seconds(1, 9, 11), 0, 2, 20 * time.Second, true},
		{"empty", nil, 0, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithCancelCause(t.Context())
				s := &stream{ctx: ctx, pauses: tc.pauses}
				body := egress.IdleTimeout(s, 10*time.Second, cancel)
				pieces, err := 0, error(nil)
				for buf := make([]byte, 100); err == nil; {
					time.Sleep(tc.think)
					var n int
					if n, err = body.Read(buf); n > 0 {
						pieces++
					}
				}
				if pieces != tc.pieces || time.Since(start) != tc.after {
					t.Errorf("%d pieces in %s, want %d in %s", pieces, time.Since(start), tc.pieces, tc.after)
				}
				isIdle(t, err, tc.idle)
				if cause := context.Cause(ctx); tc.idle {
					isIdle(t, cause, true)
				} else if cause != nil || err != io.EOF {
					t.Errorf("ended with %v, and the context with %v", err, cause)
				}
				if tc.idle { // for good
					_, err := body.Read(make([]byte, 1))
					isIdle(t, err, true)
				}
				if err := body.Close(); err != nil || s.closed.Load() != 1 {
					t.Errorf("Close: %v, closed %d times", err, s.closed.Load())
				}
			})
		})
	}
}

func isIdle(t *testing.T, err error, want bool) {
	t.Helper()
	var idle *egress.IdleError
	var network net.Error
	if errors.As(err, &idle) != want {
		t.Errorf("got %v, want an IdleError %v", err, want)
		return
	}
	if want && (idle.After != 10*time.Second || !errors.As(err, &network) || !network.Timeout() || !strings.Contains(err.Error(), "10s")) {
		t.Errorf("%v: after %s", err, idle.After)
	}
}

// tardy is a body that knows nothing of its request and brings a byte after 20 s.
type tardy struct{}

func (tardy) Read(p []byte) (int, error) { time.Sleep(20 * time.Second); return copy(p, "x"), nil }
func (tardy) Close() error               { return nil }

// What came too late is not lost, but it is the last.
func TestIdleTimeoutIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		body := egress.IdleTimeout(tardy{}, 10*time.Second, cancel)
		if n, err := body.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		isIdle(t, context.Cause(ctx), true)
		n, err := body.Read(make([]byte, 1))
		isIdle(t, err, true)
		if n != 0 {
			t.Errorf("%d bytes after the end", n)
		}
	})
}

// After Close no timer fires: the context of the request stays as it was.
func TestIdleTimeoutEndsWithClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &stream{ctx: ctx, pauses: seconds(30)}
		body := egress.IdleTimeout(s, 10*time.Second, cancel)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = body.Read(make([]byte, 1))
		}()
		time.Sleep(5 * time.Second)
		if err := body.Close(); err != nil {
			t.Error(err)
		}
		<-done
		time.Sleep(time.Hour)
		if ctx.Err() != nil {
			t.Errorf("canceled after Close: %v", context.Cause(ctx))
		}
		cancel(nil)
	})
}

// Without cancel the body is closed, and a body that ends the wait for another reason says so.
func TestIdleTimeoutWithoutCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		body := egress.IdleTimeout(ours, 10*time.Second, nil)
		_, err := body.Read(make([]byte, 1))
		isIdle(t, err, true)
		_ = theirs.Close()
		_ = body.Close()
	})
	body := egress.IdleTimeout(io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), time.Minute, nil)
	if _, err := body.Read(make([]byte, 1)); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	body = egress.IdleTimeout(io.NopCloser(reads(0)), time.Minute, nil)
	if _, err := body.Read(make([]byte, 1)); err != io.ErrNoProgress {
		t.Errorf("a reader of nothing gave %v", err)
	}
	if n, err := body.Read(nil); n != 0 || err != nil {
		t.Errorf("an empty Read gave %d, %v", n, err)
	}
	if got := egress.IdleTimeout(nil, time.Minute, nil); got != nil {
		t.Errorf("nil became %v", got)
	}
	plain := io.NopCloser(bytes.NewReader(nil))
	if got := egress.IdleTimeout(plain, 0, nil); got != plain {
		t.Error("no limit, and yet a wrapper")
	}
}

// The announced length gets through to ReadBody.
func TestIdleTimeoutKeepsTheLength(t *testing.T) {
	t.Parallel()
	body := egress.IdleTimeout(struct {
		hinted
		io.Closer
	}{hinted{strings.NewReader("short"), 2000}, io.NopCloser(nil)}, time.Minute, nil)
	_, _, err := egress.ReadBody(t.Context(), body, 1000, nil, "acme")
	var large *egress.TooLargeError
	if !errors.As(err, &large) {
		t.Errorf("got %v", err)
	}
}

// A server that falls silent in the middle of a real response.
func TestIdleTimeoutOfAResponse(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, http2 bool) {
		p := newPeers(t, http2)
		defer close(p.rest)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		resp, err := mustNew(t, p.policy()).RoundTrip(newGet(t, "https://example.com/open").WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		body := egress.IdleTimeout(resp.Body, 50*time.Millisecond, cancel)
		data, err := io.ReadAll(body)
		var idle *egress.IdleError
		if string(data) != nobody || !errors.As(err, &idle) {
			t.Errorf("got %q, %v", data, err)
		}
		_ = body.Close()
	})
}
