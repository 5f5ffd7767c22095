package resilience

import "fmt"

// Error says that a setting or a written form is wrong, in which field, and what to do.
type Error struct {
	Field  string // path in the written form, "rate" or "retry.base"; empty if it is about the whole
	Reason string // what is wrong and what is right
	Err    error  // cause, may be nil
}

// Error names the field and the reason. It never holds the refused text itself.
func (e *Error) Error() string {
	if e.Field == "" {
		return "resilience: " + e.Reason
	}
	return "resilience: " + e.Field + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// AttemptError is how [Transport.Next] says what it knows of an attempt that failed. The loop takes any other error to
// mean that the request may have been sent, and may have taken effect.
type AttemptError struct {
	Err     error // the cause; context.Canceled in its chain forbids another attempt
	Unsent  bool  // no byte of the request was written: the dial failed, or the connection broke before
	Final   bool  // never to be repeated: the target is forbidden, the circuit is open, …
	Timeout bool  // the attempt's own time ran out; for the caller, the loop treats it as any other failure
}

// Error is the cause's text.
func (e *AttemptError) Error() string {
	if e.Err == nil {
		return "the attempt failed"
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *AttemptError) Unwrap() error { return e.Err }

func wrong(field, format string, args ...any) *Error {
	return &Error{Field: field, Reason: fmt.Sprintf(format, args...)}
}
