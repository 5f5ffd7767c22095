package waygate

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/waygate-go/waygate/resilience"
)

// newError makes an error of a kind with that kind's hint.
func newError(kind Kind, op string, cause error) *Error {
	return &Error{Kind: kind, Op: op, Hint: kind.facts().hint, Err: cause}
}

// errorf makes an error of a kind from a message.
func errorf(kind Kind, op, format string, args ...any) *Error {
	return newError(kind, op, fmt.Errorf(format, args...))
}

// kindOf returns the kind of an error that a host or a store gave us: that of
// an *Error or sentinel; Canceled or Timeout if ctx, the caller's, has ended and
// err says so; else fallback. A ctx error of somebody else's ctx is a failure of
// theirs.
func kindOf(ctx context.Context, err error, fallback Kind) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	var s sentinel
	if errors.As(err, &s) {
		return Kind(s)
	}
	switch {
	case ctx.Err() == nil:
	case errors.Is(err, context.Canceled):
		return KindCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return KindTimeout
	}
	return fallback
}

// errorAs makes err an *Error of a kind: itself where it is one of that kind.
func errorAs(err error, kind Kind) *Error {
	err = bare(err)
	var e *Error
	if errors.As(err, &e) && e.Kind == kind {
		c := *e
		if err != error(e) { // keep what was wrapped around it
			c.Err = err
		}
		return &c
	}
	return newError(kind, "", err)
}

// bare takes off the wrappers of the attempt loop and of http.Client: what they
// say stands in the error's own fields.
func bare(err error) error {
	for {
		switch w := err.(type) {
		case *resilience.AttemptError:
			err = w.Err
		case *url.Error:
			err = w.Err
		default:
			return err
		}
	}
}

func (e *Error) withOp(op string) *Error { e.Op = op; return e }
