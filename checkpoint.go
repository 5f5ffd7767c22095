package waygate

import (
	"context"
	"fmt"
)

// Checkpoint is a place in a read of pages from which another read can go on, in
// this process or another one.
type Checkpoint struct {
	// ReadID is that of the pages' records.
	ReadID string
	// Next is the token for [Continue]. It is empty after the last page: the read
	// is complete. Like [Meta].Next it is valid for an hour.
	Next string
	// Pages and Items count what this read has delivered so far; items as they
	// came, before any mapping.
	Pages, Items int
}

// OnPage calls f after each page of a read by Items, Pages or Collect, on the
// caller's goroutine, so that its place can be kept. f is called when the reader
// comes back for more: all records of the page have been used then, and a read
// that goes on from there neither misses nor repeats one. For a reader that stops
// within a page the checkpoint before it is the last.
//
// An error of f ends the read: an [*Error], and that of a ctx which is over, with its
// own kind, another with [ErrConfig], which wraps it; of a panic it is the text. Where only an answer after the last page tells that there are no more,
// f is called once more, with the same counts and no token.
func OnPage(f func(ctx context.Context, at Checkpoint) error) Option {
	return optionFunc(func(o *options) error {
		if f == nil {
			return fmt.Errorf("option OnPage: nil function: give one, or leave the option out")
		}
		o.bounded = append(o.bounded, "OnPage")
		o.onPage = f
		return nil
	})
}

// checkpoint tells of the page that was used, once.
func (r *reader) checkpoint(ctx context.Context) (err error) {
	f := r.spec.opts.onPage
	if f == nil || !r.due {
		return nil
	}
	r.due = false
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "read", "option OnPage: the function panicked: %v", p)
		}
		if err != nil {
			err = newError(kindOf(ctx, err, KindConfig), "read", fmt.Errorf("option OnPage: %w", err)).of(r.lastOut.run.place())
		}
	}()
	return f(ctx, r.at)
}
